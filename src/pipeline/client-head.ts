// The head of a provider's answer as the client gets it: Weir's CORS and limit headers beside the provider's own. Hot path: per response.
import type { ProviderConfig } from '../config/config.js';
import { rateLimitHeaders } from '../policy/rate-limit-headers.js';
import type { Exchange } from './exchange.js';
import { type ResponseHeaders, readResponseHeaders } from './response-headers.js';

/** What scripts of another origin may read beside the plain fields (Fetch, CORS-safelisted response headers). */
const EXPOSED =
  'x-weir-request-id, x-weir-code, x-weir-reason, ratelimit, ratelimit-policy, retry-after, x-should-retry';

/** Reads the provider's head. What is left of the limits is told as it is now: the settlement may come before the head goes out. */
export function readHead(
  exchange: Exchange,
  config: ProviderConfig,
  raw: readonly Buffer[],
): ResponseHeaders {
  const { caller, entry, head, runtime, policies } = exchange;
  if (policies !== null) exchange.limitHeaders = rateLimitHeaders(policies.held);
  const own = caller !== null && caller.key !== null && config.credentials === 'own';
  const cors = head.origin !== '' && runtime.corsOrigins.has(head.origin);
  return readResponseHeaders(raw, entry.id, own, own && !config.exposeProviderLimits, cors);
}

/** `length`: of the body, -1 where it is not known. */
export function sendHead(
  exchange: Exchange,
  status: number,
  { forward }: ResponseHeaders,
  length: number,
): void {
  const { downstream, head, runtime, limitHeaders } = exchange;
  if (head.origin !== '' && runtime.corsOrigins.has(head.origin)) {
    forward.push('access-control-allow-origin', head.origin, 'vary', 'origin');
    forward.push('access-control-expose-headers', EXPOSED);
  }
  if (limitHeaders !== null) {
    forward.push('ratelimit-policy', limitHeaders[0], 'ratelimit', limitHeaders[1]);
  }
  downstream.head(status, forward, length);
}
