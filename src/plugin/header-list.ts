// Headers as plugins see and set them: flat lists (name, value, …). Which names are hidden or may not be set is header-rules.ts'; which values hold a
// credential, whoever has the list knows.
import type { HeaderEdit } from './hook.js';

/** By lower-case name, each once: what stands there more than once is one value (RFC 9110 §5.3). Without those whose value `hides`. */
export function shownHeaders(list: readonly string[], hides: (value: string) => boolean): [string, string][] {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = (list[i] ?? '').toLowerCase();
    values.set(name, joined(values.get(name) ?? null, list[i + 1] ?? ''));
  }
  return [...values].filter(([, value]) => !hides(value)).map(([name, value]) => [name, asText(value)]);
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

/** Of requests and answers: checksums, which are wrong once a byte is another (RFC 9530, RFC 3230, RFC 1864). */
export const OF_THE_BYTES: readonly string[] = ['digest', 'content-digest', 'repr-digest', 'content-md5'];
/** What no longer holds of a request's body that is another and goes on decoded. */
const OF_THE_BODY: readonly string[] = ['content-encoding', ...OF_THE_BYTES];

export function dropOfTheBody(list: string[]): void {
  dropHeaders(list, OF_THE_BODY);
}

const ACCEPT_ENCODING = 'accept-encoding';

/**
 * Puts a plugin's edits into a request's list. What the answer may be encoded in is Weir's to say where it reads the answer, and stands apart from the
 * rest: returned, `''` where it is removed; null: as it was.
 */
export function editRequestHeaders(list: string[], edits: readonly HeaderEdit[]): string | null {
  const [encoding] = edits.filter(({ name }) => name === ACCEPT_ENCODING).slice(-1);
  const others = edits.filter(({ name }) => name !== ACCEPT_ENCODING);
  editHeaders(list, others, true);
  return encoding === undefined ? null : (encoding.value ?? '');
}

const NOT_ASCII = /[\u0080-\u00ff]/;

/** Request headers are kept as octets. */
function asText(value: string): string {
  return NOT_ASCII.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
}
