// Headers as plugins see and set them: flat lists (name, value, …), of which no credential is shown (CONTRACT.md §5.8). Which names are
// hidden or may not be set is the host's to know; which values hold a credential only the exchange knows.
import { holdsWeirKey } from '../../core/weir-key.js';
import type { HeaderEdit } from '../../plugin/hook.js';
import { holdsSecret } from '../../plugin/scrub.js';
import { stableSecret } from '../../route/credentials.js';
import type { Exchange } from '../exchange.js';

/** Of requests and answers: checksums, which are wrong once a byte is another (RFC 9530, RFC 3230, RFC 1864). */
export const OF_THE_BYTES: readonly string[] = ['digest', 'content-digest', 'repr-digest', 'content-md5'];

/** By lower-case name, each once: what stands there more than once is one value (RFC 9110 §5.3). Without those that hold a credential. */
export function shownHeaders(exchange: Exchange, list: readonly string[]): [string, string][] {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = (list[i] ?? '').toLowerCase();
    values.set(name, joined(values.get(name) ?? null, list[i + 1] ?? ''));
  }
  return [...values]
    .filter(([, value]) => !holdsCredential(exchange, value))
    .map(([name, value]) => [name, asText(value)]);
}

const joined = (before: string | null, value: string): string =>
  before === null ? value : `${before}, ${value}`;

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
  if (own !== undefined && holdsSecret(value, [stableSecret(own)])) return true;
  return holdsSecret(value, runtime.secrets);
}

const NOT_ASCII = /[\u0080-\u00ff]/;

/** Request headers are kept as octets. */
function asText(value: string): string {
  return NOT_ASCII.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
}
