// Path → answer. Everything here only reads; asking changes nothing.
import { explain } from '../explain/explain.js';
import { queryFromParams } from '../ledger/query.js';
import { PROMETHEUS_CONTENT_TYPE, renderPrometheus } from '../metrics/prometheus.js';
import { type Answer, json, problem } from './answer.js';
import { APP_JS } from './dashboard/app.js';
import { PAGE_HTML } from './dashboard/page.js';
import { ICON_SVG, STYLE_CSS } from './dashboard/style.js';
import { limitsQueryFromParams } from './limits-query.js';
import { maskConfig } from './mask.js';
import type { AdminSource } from './source.js';
import { inflightOf, summarize } from './summary.js';

type Handler = (source: AdminSource, params: URLSearchParams) => Answer | Promise<Answer>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  '/': () => ({ status: 200, type: 'text/html; charset=utf-8', body: PAGE_HTML }),
  '/app.js': () => ({ status: 200, type: 'text/javascript; charset=utf-8', body: APP_JS }),
  '/style.css': () => ({ status: 200, type: 'text/css; charset=utf-8', body: STYLE_CSS }),
  '/icon.svg': () => ({ status: 200, type: 'image/svg+xml', body: ICON_SVG }),
  '/healthz': () => json(200, { status: 'ok' }),
  '/readyz': source => (source.ready() ? json(200, { status: 'ready' }) : json(503, { status: 'draining' })),
  '/metrics': metrics,
  '/api/summary': async source => json(200, summarize(await source.metrics())),
  '/api/config': config,
  '/api/requests': list,
  '/api/limits': limits,
  '/api/plugins': async source => json(200, { items: await source.plugins(), next: null }),
};

/** @param path as it came, still percent-encoded */
export function route(source: AdminSource, path: string, params: URLSearchParams): Answer | Promise<Answer> {
  const handler = Object.hasOwn(HANDLERS, path) ? HANDLERS[path] : undefined;
  if (handler !== undefined) return handler(source, params);
  const one = /^\/api\/requests\/([^/]+)(\/why)?$/.exec(path);
  if (one?.[1] !== undefined) return request(source, one[1], one[2] !== undefined);
  return problem(404, 'weir_not_found', 'there is nothing at this path; docs/admin.md lists what is');
}

async function list(source: AdminSource, params: URLSearchParams): Promise<Answer> {
  const query = queryFromParams(params, Date.now());
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  return json(200, await source.list(query));
}

async function limits(source: AdminSource, params: URLSearchParams): Promise<Answer> {
  const query = limitsQueryFromParams(params);
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  return json(200, await source.limits(query));
}

async function request(source: AdminSource, id: string, why: boolean): Promise<Answer> {
  const record = /^[\w-]{1,64}$/.test(id) ? await source.get(id) : null;
  if (record === null) {
    const message =
      'no request of this id is known: it may be mistyped, or older than the records kept in memory';
    return problem(404, 'weir_not_found', message);
  }
  return json(200, why ? { id: record.id, sentences: explain(record) } : record);
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
  });
  return { status: 200, type: PROMETHEUS_CONTENT_TYPE, body };
}
