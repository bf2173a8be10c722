// Request ids: `req_` + 26 characters of Crockford's base32, sortable by time (the ULID layout).
// Hot path: per request. 10 characters of milliseconds, 4 of a sequence within the millisecond (so that one
// thread's ids never go back), 12 random ones (60 bits: threads and restarts do not collide). While the clock stands behind the
// last id, the sequence counts on, and the milliseconds move on by one whenever it is full.
import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Two characters for every 10-bit group, so that time and sequence are put together from table reads. */
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, group) => (ALPHABET[group >> 5] ?? '') + (ALPHABET[group & 31] ?? ''),
);
const RANDOM_CHARS = 12;
/** Ids of one thread in one millisecond: 30 times what a thread can serve, and 10 bits, which the ledger's keys have room for. */
export const SEQUENCE_MAX = 1023;
/** Random parts made at once: one text, cut up as ids are asked for. */
const BATCH = 256;

export class RequestIds {
  readonly #bytes = Buffer.alloc(RANDOM_CHARS * BATCH);
  #random = '';
  #next = this.#bytes.length;
  #lastMs = -1;
  #prefix = '';
  #sequence = 0;

  /** A new id for a request admitted at `wallMs` (ms since the epoch). */
  next(wallMs: number): string {
    if (wallMs > this.#lastMs || this.#sequence === SEQUENCE_MAX) {
      this.#lastMs = Math.max(wallMs, this.#lastMs + 1);
      this.#prefix = `req_${timePart(this.#lastMs)}`;
      this.#sequence = 0;
    } else {
      this.#sequence++;
    }
    if (this.#next === this.#bytes.length) this.#refill();
    const random = this.#random.slice(this.#next, this.#next + RANDOM_CHARS);
    this.#next += RANDOM_CHARS;
    return this.#prefix + pair(this.#sequence >> 10) + pair(this.#sequence) + random;
  }

  #refill(): void {
    const bytes = this.#bytes;
    randomFillSync(bytes);
    // 32 of 256 divide evenly: five of the eight random bits, no bias.
    for (let i = 0; i < bytes.length; i++) bytes[i] = ALPHABET.charCodeAt((bytes[i] ?? 0) & 31);
    this.#random = bytes.toString('latin1');
    this.#next = 0;
  }
}

function pair(group: number | undefined): string {
  return PAIRS[(group ?? 0) & 1023] ?? '';
}

/** 48 bits of milliseconds as 10 characters. */
function timePart(wallMs: number): string {
  const high = Math.floor(wallMs / 2 ** 30);
  const low = wallMs % 2 ** 30;
  return pair(high >> 10) + pair(high) + pair(low >> 20) + pair(low >> 10) + pair(low);
}
