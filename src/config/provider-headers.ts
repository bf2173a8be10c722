// Extra request headers of a provider: any but those that frame the message, carry credentials or are Weir's own.
import type { Findings } from './findings.js';
import type { Path } from './problem.js';

/** A token of RFC 9110. */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

/** RFC 9110 §7.6.1 and 9112: hop-by-hop or framing, set by Weir for each message. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** By lower-case name. */
export function isFraming(name: string): boolean {
  return FRAMING.has(name);
}

const CREDENTIALS = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'proxy-authorization',
]);

/** The headers with lower-case names. */
export function resolveHeaders(
  headers: Readonly<Record<string, string>>,
  path: Path,
  findings: Findings,
): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const place = [...path, name];
    if (!HEADER_NAME.test(name))
      findings.error(place, 'is no header name; allowed: a token (RFC 9110)', 'key');
    else if (FRAMING.has(lower))
      findings.error(place, 'is set by Weir itself; allowed: end-to-end headers', 'key');
    else if (CREDENTIALS.has(lower))
      findings.error(place, 'carries a credential; allowed: under keys', 'key');
    else if (lower.startsWith('x-weir-')) findings.error(place, 'is one of Weir’s own headers', 'key');
    else if (Object.hasOwn(resolved, lower))
      findings.error(place, 'stands here a second time; allowed: once', 'key');
    resolved[lower] = value;
  }
  return resolved;
}
