// What the admin side answers with, and the one way it is written: never cached, never sniffed, never framed.
import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Codes of the admin side alone; the data plane's are in core/codes.ts. */
export type AdminCode =
  | 'weir_bad_request'
  | 'weir_not_found'
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

export function send(response: ServerResponse, answer: Answer, closing: boolean): void {
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(answer.body),
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
  response.end(answer.body);
}
