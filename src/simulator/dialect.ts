// The contract between the simulator and its dialects: a dialect reads its own request, has an Answer planned,
// and gives back a Reply in its own wire format; pacing, faults and backpressure are the sender's work, not the dialect's.
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from './json.js';
import type { SimError } from './sim-error.js';

/** Bytes of one event; all frames of one stream are of one kind. */
export type Frame = string | Buffer;

/** What decides an answer apart from the request. */
export interface Settings {
  readonly seed: number;
  /** Length asked for, in tokens; null: the seed decides. */
  readonly tokens: number | null;
  /** False: no usage anywhere in the answer. */
  readonly usage: boolean;
}

export interface SimRequest {
  /** As it came, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `{}` where the operation takes no body. */
  readonly body: JsonObject;
  /** The capture groups of the route's path, URL-decoded. */
  readonly names: readonly string[];
  readonly settings: Settings;
}

/** A body that is sent in one piece. `tokens` is what its generation took, for pacing. */
export interface WholeReply {
  readonly kind: 'whole';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly tokens: number;
}

/** A stream: `before`, then one event a token, then `after`. Only the token events are paced. */
export interface StreamReply {
  readonly kind: 'stream';
  readonly headers: Readonly<Record<string, string>>;
  readonly before: readonly Frame[];
  readonly tokens: number;
  token(index: number): Frame;
  readonly after: readonly Frame[];
}

export type Reply = WholeReply | StreamReply;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Matches the tail of a path: any prefix may stand before it. */
  readonly path: RegExp;
  handle(request: SimRequest): Reply;
}

export interface Dialect {
  readonly name: string;
  readonly routes: readonly Route[];
  /** The provider's own error body. */
  error(error: SimError): WholeReply;
}

/** A JSON reply; `headers` come on top of the content type. */
export function jsonReply(
  value: unknown,
  tokens = 0,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): WholeReply {
  return {
    kind: 'whole',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
    tokens,
  };
}

export const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
} as const;

/** An SSE event without a name. */
export function sse(json: string): string {
  return `data: ${json}\n\n`;
}

/** An SSE event with a name. */
export function namedSse(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
