// Which of a provider's keys a request takes: the same one (provider's caches are kept by account) until it is limited, refused, or its provider's headers
// warn that little is left; then the next that is none of that. What is limited is kept by target, because providers limit by model; what is refused by
// provider (RefusedKeys). Times are monotonic ms. Hot path: per attempt.

/** Where a provider limits without saying for how long: doubled with each in a row. */
const LIMITED_MS = 1000;
const LIMITED_MS_MAX = 60_000;
/** What was refused is tried again after so long: somebody may have paid, or mended it. Doubled with each in a row. */
const REFUSED_MS = 30_000;
const REFUSED_MS_MAX = 600_000;

export type KeyState = 'ready' | 'warned' | 'limited' | 'refused';

/** Of one provider: keys that it does not take. */
export class RefusedKeys {
  readonly untilMs: Float64Array;
  readonly #inRow: Uint8Array;

  constructor(keys: number) {
    this.untilMs = new Float64Array(Math.max(1, keys));
    this.#inRow = new Uint8Array(Math.max(1, keys));
  }

  refused(key: number, nowMs: number): void {
    const times = this.#inRow[key] ?? 0;
    this.untilMs[key] = nowMs + Math.min(REFUSED_MS * 2 ** times, REFUSED_MS_MAX);
    this.#inRow[key] = Math.min(times + 1, 30);
  }

  taken(key: number): void {
    this.untilMs[key] = 0;
    this.#inRow[key] = 0;
  }
}

export class KeyRing {
  readonly #refused: RefusedKeys;
  readonly #limitedUntilMs: Float64Array;
  readonly #warnedUntilMs: Float64Array;
  readonly #inRow: Uint8Array;
  #current = 0;

  constructor(refused: RefusedKeys) {
    this.#refused = refused;
    const keys = refused.untilMs.length;
    this.#limitedUntilMs = new Float64Array(keys);
    this.#warnedUntilMs = new Float64Array(keys);
    this.#inRow = new Uint8Array(keys);
  }

  get size(): number {
    return this.#limitedUntilMs.length;
  }

  /** Index of the key to take now. Where none is ready, one that is only warned; where all are limited, the one that is free first. */
  pick(nowMs: number): number {
    if (this.stateOf(this.#current, nowMs) === 'ready') return this.#current;
    let best = this.#current;
    for (let i = 1; i < this.size; i++) {
      const key = (this.#current + i) % this.size;
      if (this.#rank(key, nowMs) < this.#rank(best, nowMs)) best = key;
    }
    this.#current = best;
    return best;
  }

  /** ms until some key may be used; 0: now. */
  waitMs(nowMs: number): number {
    let wait = Number.POSITIVE_INFINITY;
    for (let key = 0; key < this.size; key++) wait = Math.min(wait, this.#waitOf(key, nowMs));
    return wait;
  }

  stateOf(key: number, nowMs: number): KeyState {
    if (nowMs < (this.#refused.untilMs[key] ?? 0)) return 'refused';
    if (nowMs < (this.#limitedUntilMs[key] ?? 0)) return 'limited';
    return nowMs < (this.#warnedUntilMs[key] ?? 0) ? 'warned' : 'ready';
  }

  /** 429, or what says the same. `retryAfterMs` null: it did not say for how long. */
  limited(key: number, nowMs: number, retryAfterMs: number | null): void {
    const times = this.#inRow[key] ?? 0;
    this.#inRow[key] = Math.min(times + 1, 30);
    const ms = retryAfterMs ?? Math.min(LIMITED_MS * 2 ** times, LIMITED_MS_MAX);
    // Of answers that come together, the one that asks for most patience counts.
    this.#limitedUntilMs[key] = Math.max(this.#limitedUntilMs[key] ?? 0, nowMs + ms);
    this.#leave(key);
  }

  /** Its provider says that little is left until then. */
  warned(key: number, nowMs: number, ms: number): void {
    this.#warnedUntilMs[key] = nowMs + ms;
  }

  /** The provider has served with it. */
  served(key: number): void {
    this.#inRow[key] = 0;
    this.#refused.taken(key);
  }

  refused(key: number, nowMs: number): void {
    this.#refused.refused(key, nowMs);
    this.#leave(key);
  }

  /** It was not the key's fault. */
  refusedTakenBack(key: number): void {
    this.#refused.taken(key);
  }

  /** Until when the state lasts, ms from now; 0 for `ready`. */
  lastsMs(key: number, nowMs: number): number {
    const warned = Math.max(0, (this.#warnedUntilMs[key] ?? 0) - nowMs);
    return this.#waitOf(key, nowMs) || warned;
  }

  #waitOf(key: number, nowMs: number): number {
    const until = Math.max(this.#limitedUntilMs[key] ?? 0, this.#refused.untilMs[key] ?? 0);
    return Math.max(0, until - nowMs);
  }

  /** Also where it may be used again at once: the next try is another's. */
  #leave(key: number): void {
    if (key === this.#current) this.#current = (key + 1) % this.size;
  }

  /** Ready before warned before those that have to wait, the shorter the better. */
  #rank(key: number, nowMs: number): number {
    const wait = this.#waitOf(key, nowMs);
    if (wait > 0) return 1 + wait;
    return nowMs < (this.#warnedUntilMs[key] ?? 0) ? 0.5 : 0;
  }
}
