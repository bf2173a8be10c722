// The one place where an error becomes a response. Whatever was thrown, the client gets its own dialect's error with
// Weir's code and request id; what is not a WeirError is a bug and shows as weir_internal without its details.
import { type ApiName, dialectOf } from '../core/api.js';
import { WeirError } from '../core/error.js';
import type { Downstream } from './downstream.js';
import { errorAnswer, errorEvent } from './error-body.js';

export function asWeirError(thrown: unknown): WeirError {
  if (thrown instanceof WeirError) return thrown;
  return new WeirError('weir_internal', 'Weir failed inside; its log has the details under this request id', {
    cause: thrown,
  });
}

/** Answers before anything was sent. `close`: what is left of the request's body is not worth reading. */
export function answerError(
  downstream: Downstream,
  method: string,
  api: ApiName,
  error: WeirError,
  requestId: string,
  close: boolean,
  extra: readonly string[],
): void {
  const answer = errorAnswer(dialectOf(api), error, requestId);
  const { status, retryable } = error.facts;
  const headers = [
    'content-type',
    answer.contentType,
    'x-weir-request-id',
    requestId,
    'x-weir-code',
    error.code,
  ];
  if (!retryable) headers.push('x-should-retry', 'false');
  // RFC 9110, section 10.2.3: whole seconds, rounded up, so that who waits as told passes.
  if (error.retryAfterMs !== null) headers.push('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  else if (status === 503) headers.push('retry-after', '1'); // also where `x-should-retry: false` says that waiting is no cure: CONTRACT.md §2
  headers.push(...answer.headers, ...extra);
  if (close) downstream.closeAfter = true;
  downstream.head(status, headers, -1);
  // RFC 9110 §9.3.2: the answer to HEAD has a head only; a body would be read as the next answer.
  if (method === 'HEAD') downstream.endEmpty(Buffer.byteLength(answer.body));
  else downstream.end(answer.body);
}

/**
 * Ends a stream that has begun so that its reader notices: the dialect's error event where one fits, and then
 * always a cut connection, because a complete-looking end would be a lie.
 */
export function breakStream(
  downstream: Downstream,
  api: ApiName,
  contentType: string,
  betweenEvents: boolean,
  error: WeirError,
  requestId: string,
): void {
  if (betweenEvents) {
    const event = errorEvent(dialectOf(api), api === 'openai.responses', contentType, error, requestId);
    if (event !== null) downstream.write(Buffer.from(event));
  }
  downstream.close();
}
