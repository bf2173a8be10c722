// When a request was admitted, by its id alone: what can still be said of one that is no longer kept.

const ID = /^req_([0-9A-HJKMNP-TV-Z]{10})[0-9A-HJKMNP-TV-Z]{16}$/;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** ms since the epoch; null where the text is no request id. */
export function requestIdMs(id: string): number | null {
  const time = ID.exec(id)?.[1];
  if (time === undefined) return null;
  let ms = 0;
  for (const character of time) ms = ms * 32 + ALPHABET.indexOf(character);
  // 48 bits: the first character of a real id is 0 to 7; dates end at 8.64e15 ms, beyond them.
  return ms < 2 ** 48 ? ms : null;
}
