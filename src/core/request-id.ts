// Request ids: `req_` + 26 characters of Crockford's base32, sortable by time (the ULID layout).
// Hot path: per request. 10 characters of milliseconds, 4 of a sequence within the millisecond (so that one
// thread's ids never go back), 12 random ones (60 bits: threads and restarts do not collide).
import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Two characters for every 10-bit group, so that an id is put together from 13 table reads. */
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, group) => (ALPHABET[group >> 5] ?? '') + (ALPHABET[group & 31] ?? ''),
);
const RANDOM_GROUPS = 6;
const POOL_GROUPS = RANDOM_GROUPS * 256;

export class RequestIds {
  readonly #pool = new Uint16Array(POOL_GROUPS);
  #next = POOL_GROUPS;
  #lastMs = -1;
  #prefix = '';
  #sequence = 0;

  /** A new id for a request admitted at `wallMs` (ms since the epoch). */
  next(wallMs: number): string {
    if (wallMs > this.#lastMs) {
      this.#lastMs = wallMs;
      this.#prefix = `req_${timePart(wallMs)}`;
      this.#sequence = 0;
    } else {
      this.#sequence = (this.#sequence + 1) & 0xfffff;
    }
    if (this.#next === POOL_GROUPS) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    const pool = this.#pool;
    const at = this.#next;
    this.#next = at + RANDOM_GROUPS;
    const sequence = this.#sequence;
    return (
      this.#prefix +
      pair(sequence >> 10) +
      pair(sequence) +
      pair(pool[at]) +
      pair(pool[at + 1]) +
      pair(pool[at + 2]) +
      pair(pool[at + 3]) +
      pair(pool[at + 4]) +
      pair(pool[at + 5])
    );
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
