// Headers as plugins see and set them: flat lists (name, value, …), of which no credential is shown (CONTRACT.md §5.8). Which names are
// hidden or may not be set is the host's to know; which values hold a credential only the exchange knows.
import { holdsWeirKey } from '../../core/weir-key.js';
import type { HeaderEdit } from '../../plugin/hook.js';
import { stableSecret } from '../../route/credentials.js';
import type { Exchange } from '../exchange.js';

/** Of requests and answers: checksums, which are wrong once a byte is another (RFC 9530, RFC 3230, RFC 1864). */
export const OF_THE_BYTES: readonly string[] = ['digest', 'content-digest', 'repr-digest', 'content-md5'];

/** A shorter text is no secret, and stands in harmless values by chance. */
const SECRET_CHARS_MIN = 8;

/** The first of that name (lower case), unless its value holds a credential; null where absent. */
export function shownHeader(exchange: Exchange, list: readonly string[], name: string): string | null {
  for (let i = 0; i + 1 < list.length; i += 2) {
    if (list[i]?.toLowerCase() !== name) continue;
    const value = list[i + 1] ?? '';
    return holdsCredential(exchange, value) ? null : asText(value);
  }
  return null;
}

export function shownHeaders(exchange: Exchange, list: readonly string[]): [string, string][] {
  const shown: [string, string][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) {
    const value = list[i + 1] ?? '';
    if (!holdsCredential(exchange, value)) shown.push([(list[i] ?? '').toLowerCase(), asText(value)]);
  }
  return shown;
}

/** Puts the edits into the list. `octets`: it travels to the provider, as one character an octet. */
export function editHeaders(list: string[], edits: readonly HeaderEdit[], octets: boolean): void {
  for (const { name, value } of edits) {
    for (let i = list.length - 2; i >= 0; i -= 2) {
      if (list[i]?.toLowerCase() === name) list.splice(i, 2);
    }
    if (value === null) continue;
    list.push(name, octets ? Buffer.from(value, 'utf8').toString('latin1') : value);
  }
}

export function dropHeaders(list: string[], names: readonly string[]): void {
  for (let i = list.length - 2; i >= 0; i -= 2) {
    if (names.includes(list[i]?.toLowerCase() ?? '')) list.splice(i, 2);
  }
}

function holdsCredential({ caller, runtime }: Exchange, value: string): boolean {
  if (holdsWeirKey(value)) return true;
  const own = caller?.credential?.value;
  if (own !== undefined && holds(value, stableSecret(own))) return true;
  return runtime.secrets.some(secret => holds(value, secret));
}

const holds = (value: string, secret: string): boolean =>
  secret.length >= SECRET_CHARS_MIN && value.includes(secret);

const NOT_ASCII = /[\u0080-\u00ff]/;

/** Request headers are kept as octets. */
function asText(value: string): string {
  return NOT_ASCII.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
}
