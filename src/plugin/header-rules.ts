// Which headers a guest may see and set, and what a value may be (CONTRACT.md §5.8).

import { Memo } from './memo.js';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

/** Credentials, cookies, framing and hop-by-hop fields (RFC 9110 §7.6.1), `host`. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'proxy-authenticate',
  'www-authenticate',
  'authentication-info',
  'proxy-authentication-info',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
  'cookie',
  'cookie2',
  'set-cookie',
  'set-cookie2',
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const FORBIDDEN_PREFIXES = ['content-', 'x-weir-', 'x-amz-'];

const allowed = new Memo(lowerIfAllowed);

/** In lower case; null where it is no name, or that of a header that plugins neither see nor set. */
export function allowedHeader(name: string): string | null {
  return allowed.of(name);
}

function lowerIfAllowed(name: string): string | null {
  if (!HEADER_NAME.test(name)) return null;
  const lower = name.toLowerCase();
  if (FORBIDDEN.has(lower)) return null;
  for (const prefix of FORBIDDEN_PREFIXES) if (lower.startsWith(prefix)) return null;
  return lower;
}

/** Printable ASCII: what every HTTP library sends as it is. */
export function isHeaderValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}
