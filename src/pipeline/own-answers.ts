// What Weir answers itself before anything else: health and readiness for load balancers and what consumers ask about themselves
// (no record: they would crowd out the traffic), and preflights of listed origins (CONTRACT.md §3 cors: before authentication).
import { WeirError } from '../core/error.js';
import { answerError } from '../http/rescue.js';
import type { Exchange } from './exchange.js';
import { answerOwnData, OWN_DATA_PREFIX } from './own-data-answer.js';

/** True: answered. */
export function answerItself(exchange: Exchange): boolean {
  const { head } = exchange;
  // What two servers could read in two ways is refused with the rest.
  if (head.framingProblem !== null) return false;
  if (isPreflight(exchange)) answerPreflight(exchange);
  else if (head.path.startsWith(OWN_DATA_PREFIX)) answerOwnData(exchange);
  else if (head.path.startsWith('/weir/') || head.path === '/weir') answerWeirPath(exchange);
  else return false;
  return true;
}

function isPreflight({ head, runtime }: Exchange): boolean {
  if (head.method !== 'OPTIONS' || head.origin === '' || !runtime.corsOrigins.has(head.origin)) return false;
  return head.header('access-control-request-method') !== null;
}

function answerWeirPath(exchange: Exchange): void {
  const { head, downstream, entry, thread } = exchange;
  if (head.path === '/weir/healthz') answerText(exchange, 200, 'ok\n');
  else if (head.path === '/weir/readyz') {
    answerText(exchange, thread.draining ? 503 : 200, thread.draining ? 'draining\n' : 'ready\n');
  } else {
    const error = new WeirError(
      'weir_not_found',
      `${head.path} is not one of Weir's own addresses: /weir/healthz, /weir/readyz, /weir/v1/requests/<id>, /weir/v1/usage, /weir/v1/limits`,
    );
    answerError(downstream, head.method, 'none', error, entry.id, false, []);
  }
}

function answerText(exchange: Exchange, status: number, text: string): void {
  const { downstream, entry, head } = exchange;
  downstream.head(
    status,
    ['content-type', 'text/plain; charset=utf-8', 'x-weir-request-id', entry.id, 'cache-control', 'no-store'],
    -1,
  );
  if (head.method === 'HEAD') downstream.endEmpty(text.length);
  else downstream.end(text);
}

function answerPreflight(exchange: Exchange): void {
  const { downstream, entry, head } = exchange;
  const asked = head.header('access-control-request-headers');
  const headers = [
    'access-control-allow-origin',
    head.origin,
    'access-control-allow-methods',
    'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'access-control-max-age',
    '600',
    'vary',
    'origin, access-control-request-headers',
    'x-weir-request-id',
    entry.id,
  ];
  if (asked !== null) headers.push('access-control-allow-headers', asked);
  downstream.head(204, headers, -1);
  downstream.endEmpty(-1);
}
