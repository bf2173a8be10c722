// Hot path: per request. Where credentials stand in a request's head, and which of them are Weir keys:
// anything that begins with `weir_` is one, wherever it stands, and is never forwarded.
import { WEIR_KEY_PREFIX } from '../core/weir-key.js';

export type Place = 'x-weir-key' | 'authorization' | 'x-api-key' | 'api-key' | 'x-goog-api-key' | 'query';

/** Values as they came; '' = absent. */
export interface CredentialHeaders {
  readonly xWeirKey: string;
  readonly authorization: string;
  readonly xApiKey: string;
  readonly apiKey: string;
  readonly xGoogApiKey: string;
  /** Raw query without '?'. */
  readonly query: string;
}

export interface Credential {
  readonly place: Place;
  /** The whole header value (with its scheme), or the decoded query value. */
  readonly value: string;
}

/** Printed by no browser and accepted by no provider in the middle of a key: a Weir key after one of these stands on its own. */
const BORDERS = ' ,;=:"\t';

/**
 * The Weir key in a header value: '' if there is none. With or without a scheme (`Bearer`), as user or password of
 * `Basic`, as access key id of AWS Signature Version 4. A value that holds one in any other way is returned whole,
 * so that it fails as a malformed key instead of being forwarded.
 */
export function weirKeyIn(value: string): string {
  if (value.startsWith(WEIR_KEY_PREFIX)) return value;
  const at = value.indexOf(WEIR_KEY_PREFIX);
  if (at < 0) return isBasic(value) ? weirKeyInBasic(value) : '';
  if (!BORDERS.includes(value.charAt(at - 1))) return '';
  if (isScheme(value, at)) return value.slice(at).trim();
  const slash = value.indexOf('/', at);
  return value.startsWith('AWS4-') && slash > 0 ? value.slice(at, slash) : value;
}

/** Whether only `Bearer`, `Token` or another single word stands before the key. */
function isScheme(value: string, at: number): boolean {
  for (let i = 0; i < at; i++) {
    const letter = value.charCodeAt(i) | 32;
    if (letter >= 97 && letter <= 122) continue;
    return i > 0 && value.slice(i, at).trim() === '';
  }
  return false;
}

function isBasic(value: string): boolean {
  return value.length > 6 && value.slice(0, 6).toLowerCase() === 'basic ';
}

function weirKeyInBasic(value: string): string {
  const text = Buffer.from(value.slice(6), 'base64').toString('latin1');
  if (text.startsWith(WEIR_KEY_PREFIX)) return text.slice(0, (text.indexOf(':') + 1 || text.length + 1) - 1);
  const colon = text.indexOf(`:${WEIR_KEY_PREFIX}`);
  return colon < 0 ? '' : text.slice(colon + 1);
}

/**
 * What tells one anonymous caller from another: the secret without its scheme; of an AWS signature, which differs
 * for every request, the access key id.
 */
export function stableSecret(value: string): string {
  if (value.startsWith('AWS4-')) {
    const at = value.indexOf('Credential=');
    const slash = value.indexOf('/', at);
    if (at > 0 && slash > at) return value.slice(at + 11, slash);
  }
  const space = value.indexOf(' ');
  return space < 0 ? value : value.slice(space + 1).trim();
}

/** Whether a header value carries anything besides a scheme: SDKs without a key send `Bearer `. */
export function isBare(value: string): boolean {
  if (value.length > 8) return false;
  const text = value.trim().toLowerCase();
  return text === '' || text === 'bearer' || text === 'basic';
}

/** The Weir key among the values of `key=`, else the first such value, decoded; '' if there is none. */
export function queryKey(query: string): string {
  if (query === '' || !(query.includes('key=') || query.includes('%'))) return '';
  let first = '';
  for (let at = 0; at <= query.length; ) {
    const end = query.indexOf('&', at);
    const stop = end < 0 ? query.length : end;
    const equals = query.indexOf('=', at);
    if (equals >= 0 && equals < stop && decoded(query.slice(at, equals)) === 'key') {
      const value = decoded(query.slice(equals + 1, stop));
      if (value.startsWith(WEIR_KEY_PREFIX)) return value;
      if (first === '') first = value;
    }
    at = stop + 1;
  }
  return first;
}

/** Percent-decoding that takes broken escapes as they stand. */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
