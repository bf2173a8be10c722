// Path → answer. Everything here only reads; asking changes nothing. What changes something is in key-routes.ts.
import { queryFromParams } from '../ledger/query.js';
import { PROMETHEUS_CONTENT_TYPE, renderPrometheus } from '../metrics/prometheus.js';
import { type Answer, json, problem } from './answer.js';
import { exportUsage } from './export.js';
import { formOf, JSON_OR_CSV } from './format.js';
import { limitsQueryFromParams } from './limits-query.js';
import { maskConfig } from './mask.js';
import { oneRequest } from './one-request.js';
import { pageFile } from './page-files.js';
import { targetItems } from './providers.js';
import { requestsCsv } from './requests-csv.js';
import type { AdminSource, LedgerSource } from './source.js';
import { inflightOf, summarize } from './summary.js';
import { usage } from './usage.js';

type Handler = (source: AdminSource, params: URLSearchParams, accept: string) => Answer | Promise<Answer>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  '/healthz': () => json(200, { status: 'ok' }),
  '/readyz': source => (source.ready() ? json(200, { status: 'ready' }) : json(503, { status: 'draining' })),
  '/metrics': metrics,
  '/api/summary': async source => json(200, summarize(await source.metrics())),
  '/api/config': config,
  '/api/requests': list,
  '/api/usage': fromLedger(usage),
  '/api/export': fromLedger(exportUsage),
  '/api/ledger': fromLedger(async ledger => json(200, await ledger.state())),
  '/api/limits': limits,
  '/api/providers': async source => json(200, { items: targetItems(await source.targets()), next: null }),
  '/api/plugins': async source => json(200, { items: await source.plugins(), next: null }),
};

/**
 * @param path as it came, still percent-encoded
 * @param accept the Accept header, empty without one
 */
export function route(
  source: AdminSource,
  path: string,
  params: URLSearchParams,
  accept: string,
): Answer | Promise<Answer> {
  const handler = Object.hasOwn(HANDLERS, path) ? HANDLERS[path] : undefined;
  if (handler !== undefined) return handler(source, params, accept);
  const one = /^\/api\/requests\/([^/]+)(\/why)?$/.exec(path);
  if (one?.[1] !== undefined) return oneRequest(source, one[1], one[2] !== undefined);
  return (
    pageFile(path) ??
    problem(404, 'weir_not_found', 'there is nothing at this path; docs/admin.md lists what is')
  );
}

type LedgerHandler = (ledger: LedgerSource, params: URLSearchParams, accept: string) => Promise<Answer>;

function fromLedger(handler: LedgerHandler): Handler {
  return ({ ledger }, params, accept) => handler(ledger, params, accept);
}

async function list(source: AdminSource, params: URLSearchParams, accept: string): Promise<Answer> {
  const form = formOf(params, accept, JSON_OR_CSV);
  if (typeof form !== 'string') return problem(400, 'weir_bad_request', form.problem);
  const query = queryFromParams(params, Date.now());
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  const page = await source.list(query);
  return form === 'csv' ? requestsCsv(page) : json(200, page);
}

async function limits(source: AdminSource, params: URLSearchParams): Promise<Answer> {
  const query = limitsQueryFromParams(params);
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  return json(200, await source.limits(query));
}

function config(source: AdminSource): Answer {
  const { config: inForce, problems, loadedAt, version } = source.config();
  return json(200, { config: maskConfig(inForce), problems, loaded_at: loadedAt, version });
}

async function metrics(source: AdminSource): Promise<Answer> {
  const snapshots = await source.metrics();
  const body = await renderPrometheus(snapshots, {
    workers: snapshots.length,
    inflight: inflightOf(snapshots),
    ready: source.ready(),
    configVersion: source.config().version,
    holds: await source.holds(),
    targets: targetItems(await source.targets()),
    ledger: await withinMs(source.ledger.state(), LEDGER_MS_MAX),
  });
  return { status: 200, type: PROMETHEUS_CONTENT_TYPE, body };
}

/** A ledger that does not answer must not take the other metrics along: then they say so. */
const LEDGER_MS_MAX = 2000;

/** Null where it fails or takes longer. */
async function withinMs<T>(answer: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(resolve, ms, null);
  });
  const failed = (): null => null;
  return await Promise.race([answer.catch(failed), late]).finally(() => clearTimeout(timer));
}
