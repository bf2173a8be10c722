// `/weir/v1/…`: what a consumer is told of its own requests, usage and limits. The answers are those of the admin API, over a source that has
// nothing but this consumer's data: what is another's is as absent as what never was.
import { CODES, type WeirCode } from '../core/codes.js';
import type { OwnDataQuestion, OwnDataReply } from '../core/own-data.js';
import type { LimitsOwner, LimitsPage, LimitsQuery } from '../policy/limits-view.js';
import { type Answer, json, problem } from './answer.js';
import { limitsQueryFromParams } from './limits-query.js';
import { oneRequest } from './one-request.js';
import type { AdminSource } from './source.js';
import { usage } from './usage.js';

export interface OwnDataSource extends Pick<AdminSource, 'get' | 'ledger'> {
  limits(query: LimitsQuery, owner: LimitsOwner): Promise<LimitsPage>;
}

/** A thread keeps so much for a client that takes it slowly, 64 times at most. */
const BODY_CHARS_MAX = 1024 * 1024;

/** Rejects where the ledger breaks over it. */
export async function ownData(source: OwnDataSource, question: OwnDataQuestion): Promise<OwnDataReply> {
  const { type, body, headers = {}, status } = await answer(source, question);
  if (status === 200 && body.length <= BODY_CHARS_MAX) return { ok: true, type, body, headers };
  if (status === 200) {
    const message = `the answer has more than ${BODY_CHARS_MAX} characters; ask for a shorter time, fewer dimensions or a smaller limit`;
    return { ok: false, code: 'weir_bad_request', message };
  }
  const { error } = JSON.parse(body) as { error: { code: string; message: string } };
  const code = Object.hasOwn(CODES, error.code) ? (error.code as WeirCode) : 'weir_internal';
  return { ok: false, code, message: error.message };
}

function answer(source: OwnDataSource, question: OwnDataQuestion): Answer | Promise<Answer> {
  const { path, query, accept, consumer } = question;
  const params = new URLSearchParams(query);
  if (path === 'usage') return ownUsage(source, params, accept, consumer);
  if (path === 'limits') return ownLimits(source, params, question);
  const one = /^requests\/([^/]+)(\/why)?$/.exec(path);
  if (one?.[1] !== undefined) return ownRequest(source, one[1], one[2] !== undefined, consumer);
  const message =
    'there is nothing at this path; /weir/v1/ has requests/<id>, requests/<id>/why, usage and limits';
  return problem(404, 'weir_not_found', message);
}

function ownRequest(
  { ledger, get }: OwnDataSource,
  id: string,
  why: boolean,
  consumer: string,
): Promise<Answer> {
  const ownGet: OwnDataSource['get'] = async asked => {
    const record = await get(asked);
    return record?.consumer?.name === consumer ? record : null;
  };
  return oneRequest({ ledger, get: ownGet }, id, why);
}

function ownUsage(
  { ledger }: OwnDataSource,
  params: URLSearchParams,
  accept: string,
  consumer: string,
): Answer | Promise<Answer> {
  // Told, not silently answered with something else than was asked for.
  if (params.getAll('consumer').some(asked => asked !== consumer))
    return problem(
      403,
      'weir_denied',
      `this key may ask for the usage of ${consumer} only; leave consumer out`,
    );
  params.set('consumer', consumer);
  return usage(ledger, params, accept);
}

async function ownLimits(
  source: OwnDataSource,
  params: URLSearchParams,
  { consumer, key }: OwnDataQuestion,
): Promise<Answer> {
  const query = limitsQueryFromParams(params);
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  return json(200, await source.limits(query, { consumer, key }));
}
