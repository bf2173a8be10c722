// An error on its way to the client, if anybody is there to hear: as an answer where nothing was sent, else as the end of
// a stream that cannot be mistaken for a whole one.
import type { WeirError } from '../core/error.js';
import { answerError, breakStream } from '../http/rescue.js';
import type { Exchange } from './exchange.js';
import { sendOwnAnswer } from './model-list.js';

/** uWebSockets.js reads on and drops what is left of a body; a longer one is not worth keeping the connection for. */
const UNREAD_BYTES_MAX = 1024 * 1024;

/** The answer that may have begun. */
export interface BegunAnswer {
  readonly contentType: string;
  readonly betweenEvents: boolean;
}

/** The end of an exchange as the client sees it; `bodyComplete`: the request's body has been read to its end. */
export function endAnswer(
  exchange: Exchange,
  relay: (BegunAnswer & { finish(whole: boolean): void }) | null,
  error: WeirError | null,
  bodyComplete: boolean,
): void {
  relay?.finish(error === null);
  if (error !== null) tellClient(exchange, error, relay, bodyComplete);
  else if (relay === null) sendOwnAnswer(exchange);
}

function tellClient(
  exchange: Exchange,
  error: WeirError,
  answer: BegunAnswer | null,
  bodyComplete: boolean,
): void {
  const { downstream, entry, api, head, runtime } = exchange;
  if (downstream.done) return;
  if (downstream.headSent) {
    const { contentType = '', betweenEvents = false } = answer ?? {};
    breakStream(downstream, api, contentType, betweenEvents, error, entry.id);
    return;
  }
  const cors = head.origin !== '' && runtime.corsOrigins.has(head.origin);
  const extra = cors ? ['access-control-allow-origin', head.origin, 'vary', 'origin'] : [];
  if (exchange.limitHeaders !== null) {
    extra.push('ratelimit-policy', exchange.limitHeaders[0], 'ratelimit', exchange.limitHeaders[1]);
  }
  const { reason } = error.detail;
  if (error.code === 'weir_plugin_denied' && typeof reason === 'string') extra.push('x-weir-reason', reason);
  const unread = !bodyComplete && (head.chunked || head.contentLength > UNREAD_BYTES_MAX);
  answerError(downstream, head.method, api, error, entry.id, unread, extra);
}
