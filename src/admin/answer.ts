// What the admin side answers with, and the one way it is written: never cached, never sniffed, never framed.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { KeysErrorCode } from './keys-source.js';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** The body once compressed, where it is always the same. */
  readonly gzipped?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Codes of the admin side alone; the data plane's are in core/codes.ts. */
export type AdminCode =
  | KeysErrorCode
  | 'weir_bad_request'
  | 'weir_not_found'
  | 'weir_denied'
  | 'weir_method_not_allowed'
  | 'weir_admin_token'
  | 'weir_foreign_host'
  | 'weir_foreign_origin'
  | 'weir_internal';

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value), headers };
}

export function problem(status: number, code: AdminCode, message: string, headers = {}): Answer {
  return json(status, { error: { code, message } }, headers);
}

/** Own files only, no inline script or style, nothing to post to, not to be framed. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Below it a body fits one packet anyway. */
const GZIP_BYTES_MIN = 1400;
const compress = promisify(gzip);

export async function send(
  { headers }: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  closing: boolean,
): Promise<void> {
  const zipped = takesGzip(headers['accept-encoding']) ? await gzipped(answer) : null;
  const body = zipped ?? answer.body;
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(body),
    ...(zipped === null ? {} : { 'content-encoding': 'gzip' }),
    vary: 'accept-encoding',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    ...(closing ? { connection: 'close' } : {}),
    ...answer.headers,
  });
  response.end(body);
}

/** On libuv's threads, not on this one; null where it is not worth it. */
async function gzipped({ body, gzipped }: Answer): Promise<Buffer | null> {
  if (gzipped !== undefined) return gzipped;
  return body.length < GZIP_BYTES_MIN ? null : await compress(body);
}

/** RFC 9110 §12.5.3, as far as anybody uses it: named, and not with a weight of 0. */
function takesGzip(accept: string | string[] | undefined): boolean {
  const codings = String(accept ?? '').split(',');
  return codings.some(coding => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/i.test(coding));
}
