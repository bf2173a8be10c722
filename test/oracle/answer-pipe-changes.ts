// Recorded answers sent through the pipe with every text changed, and what may differ then.
import type { ApiName } from '../../src/core/api.js';
import { AnswerPipe } from '../../src/plugin/answer/answer-pipe.js';
import { cuts } from '../kernel/meter-reading.js';
import { PipeRun, passed, TestStage } from '../plugin/answer/pipe-run.js';
import { answers, responseBody } from './meter-recordings.js';
import { twinReading } from './meter-twin.js';
import { isObject, type Json } from './meter-twin-json.js';

/**
 * A change that commutes with cutting and joining, and that keeps JSON JSON (none of these letters stands in true, false, null, an escape),
 * so that what an answer must become does not depend on how its text was cut.
 */
export const changed = (text: string): string =>
  text.replace(/[ghijkmopqvwxyz]/g, letter => letter.toUpperCase());
export const isChangeable = (text: string): boolean => changed(text) !== text;

const TELLTALES = new Set([
  'logprobs',
  'logprobsResult',
  'avgLogprobs',
  'token_ids',
  'token_likelihoods',
  'parsed',
]);

/** Quotations of the answer: emptied where what was let pass does not have them. */
const QUOTATION = /\.(citations(\[\d+\])?|segment|segments\[\d+\])\.text$/;

export const recorded = answers()
  .map(answer => ({
    id: answer.id,
    api: (answer.weir_api ?? 'other') as ApiName,
    wrapped: answer.weir_api === 'bedrock.invoke',
    contentType: answer.response_content_type ?? '',
    status: answer.status ?? 200,
    body: responseBody(answer),
  }))
  .filter(({ api, status, body, wrapped }) => {
    const twin = twinReading(body, wrapped);
    return AnswerPipe.applies(api, status) && twin.clean && twin.events > 0;
  });

export function rewritten(
  { api, contentType, body }: (typeof recorded)[number],
  size: number | 'whole',
): PipeRun & { stage: TestStage } {
  const stage = new TestStage(({ text }) => passed(changed(text)));
  const run = new PipeRun([stage], { api, contentType });
  run.feed(cuts(body, size)).pipe.end();
  return Object.assign(run, { stage });
}

export function* strings(json: Json, path: string): Generator<readonly [string, string]> {
  if (typeof json === 'string') yield [path, json];
  else if (Array.isArray(json)) for (const one of json) yield* strings(one, `${path}[]`);
  else if (isObject(json))
    for (const [key, value] of Object.entries(json)) yield* strings(value, `${path}.${key}`);
}

/** Paths where `after` is neither the same nor the same with its text changed. */
export function* differences(before: Json, after: Json, path: string): Generator<string> {
  if (typeof before === 'string' && typeof after === 'string') {
    if (after !== before && after !== changed(before) && !(after === '' && QUOTATION.test(path))) yield path;
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [i, one] of before.entries()) yield* differences(one, after[i] ?? null, `${path}[${i}]`);
  } else if (isObject(before) && isObject(after)) {
    const names = Object.keys(after);
    for (const [i, [key, value]] of Object.entries(before).entries()) {
      const name = names[i] ?? '';
      if (name !== key && name !== changed(key)) yield `${path}.${key} is called ${name}`;
      else if (TELLTALES.has(key) && isEmpty(after[name] ?? null)) continue;
      else yield* differences(value, after[name] ?? null, `${path}.${key}`);
    }
  } else if (before !== after) yield path;
}

function isEmpty(json: Json): boolean {
  return json === null || (Array.isArray(json) && json.length === 0);
}
