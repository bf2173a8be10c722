// The host side of kernel `limits`: token buckets, quotas and permits that all threads share. A take or hold is whole when the call
// returns; `available`, `waitMs` and `heldBefore` then tell what it found, until the next call.
// Hot path: per request and policy. No allocation, and no BigInt: amounts are whole numbers from 0 to 2^53.
import assert from 'node:assert';
import type { Rate, RateUnits } from './limits-rate.js';
import { BucketKey, type LimitsTable } from './limits-table.js';
import { instantiateKernel } from './module.js';

/** What came of it. FULL: the table has no room for the key, and nothing was counted. */
export const REFUSED = 0;
export const TAKEN = 1;
export const FULL = -1;
export type Outcome = typeof REFUSED | typeof TAKEN | typeof FULL;

/** Takes for good. */
export const TAKE = 0;
/** Takes an estimate; the bucket stays until settled through its slot. */
export const HOLD = 1;
/** A bit: takes what is not there, too, and the bucket owes. FULL is the only refusal. */
export const FORCE = 2;
/** Says whether it would be taken, and takes nothing. */
export const LOOK = 4;

/** A bucket as list() tells it. */
export interface BucketState {
  readonly slot: number;
  readonly key: BucketKey;
  readonly policy: number;
  readonly window: number;
  /** Quota: used and held; permits: out. A rate's is told by look(). */
  readonly level: number;
  readonly held: number;
  /** Requests that hold something in it. */
  readonly holds: number;
}

interface Exports {
  init(slots: number, a: number, b: number, c: number, d: number): number;
  hashBegin(): void;
  hashUnits(...units: readonly number[]): void;
  hashFour(low: number, high: number): void;
  hashLast(low: number, high: number): void;
  hashWord(word: number): number;
  takeFromRate(...args: readonly number[]): number;
  takeFromQuota(...args: readonly number[]): number;
  growRate(...args: readonly number[]): number;
  growQuota(slot: number, more: number, limit: number, mode: number): number;
  settleRate(...args: readonly number[]): void;
  settleQuota(slot: number, amount: number, final: number): void;
  lastAmount(): number;
  lastWait(): number;
  lastHeld(): number;
  look(slot: number, capacity: number, perMs: number, perToken: number, nowMs: number): void;
  beginTransaction(): number;
  watchTransactions(): number;
  endTransaction(undone: number): void;
  mayHavePassed(before: number, own: number): number;
  letOthersEnd(): void;
  nextLive(from: number, to: number): number;
  release(slot: number): void;
  keyWord(slot: number, word: number): number;
  policyOf(slot: number): number;
  windowOf(slot: number): number;
  levelOf(slot: number): number;
  heldIn(slot: number): number;
  pinsOf(slot: number): number;
  liveCount(): number;
  sweep(from: number, count: number, idleMs: number, nowMs: number): number;
}

/** Slots that one call of sweep() looks at: about 100 µs where few are used. */
const SWEEP_SLOTS = 8192;
/** A bucket is not freed before so long after its last use, so that a thread with an older clock does not find a fresh one. */
const IDLE_MS = 10_000;

/** One per thread; all over one table see the same buckets. */
export class LimitsKernel {
  readonly #exports: Exports;
  readonly #slots: number;
  #sweepFrom = 0;

  private constructor(exports: Exports, slots: number) {
    // A copy, because an instance's own object is a dictionary to V8: some 10 ns a look-up.
    this.#exports = { ...exports };
    this.#slots = slots;
  }

  /** Changes nothing in the table. Throws where the kernel was not built. */
  static load(table: LimitsTable): LimitsKernel {
    const exports = instantiateKernel<Exports>('limits', { memory: table.memory });
    const [a = 0, b = 0, c = 0, d = 0] = table.secret;
    assert(exports.init(table.slots, a, b, c, d) === 1, `the table has not ${table.slots} slots`);
    return new LimitsKernel(exports, table.slots);
  }

  /**
   * The key of a text, the same in all threads: all that the bucket's meaning comes from belongs in it (policy, its unit, rate and mode,
   * window, values). `reserved`: a key of few values (not a caller's to choose), which finds room where others do not.
   */
  key(text: string, reserved = false): BucketKey {
    const { hashBegin, hashUnits, hashFour, hashLast, hashWord } = this.#exports;
    const whole = text.length & ~3;
    hashBegin();
    let at = 0;
    for (; at + 16 <= whole; at += 16) {
      hashUnits(
        pairAt(text, at),
        pairAt(text, at + 2),
        pairAt(text, at + 4),
        pairAt(text, at + 6),
        pairAt(text, at + 8),
        pairAt(text, at + 10),
        pairAt(text, at + 12),
        pairAt(text, at + 14),
      );
    }
    for (; at < whole; at += 4) hashFour(pairAt(text, at), pairAt(text, at + 2));
    const rest = text.length - whole;
    const first = rest > 0 ? text.charCodeAt(whole) : 0;
    const second = rest > 1 ? text.charCodeAt(whole + 1) : 0;
    const third = rest > 2 ? text.charCodeAt(whole + 2) : 0;
    hashLast(first | (second << 16), third | (text.length << 25));
    const d = reserved ? hashWord(3) | 1 : hashWord(3) & ~1;
    return new BucketKey(hashWord(0), hashWord(1), hashWord(2), d);
  }

  /** `mode`: TAKE or HOLD, or one of them with FORCE; or LOOK. */
  takeRate(key: BucketKey, policy: number, tokens: number, rate: Rate, nowMs: number, mode: number): Outcome {
    if (!(tokens >= 0)) notAnAmount(tokens);
    const { capacity, unitsPerMs, unitsPerToken } = rate;
    return outcomeOf(
      key,
      this.#exports.takeFromRate(
        key.slot,
        key.a,
        key.b,
        key.c,
        key.d,
        policy,
        tokens,
        capacity,
        unitsPerMs,
        unitsPerToken,
        nowMs,
        mode,
      ),
    );
  }

  /** A quota's `window` is the host's, for list(); it belongs in the key. `endsMs`, monotonic, is when it ends; 0 for permits, which have none. */
  takeQuota(
    key: BucketKey,
    policy: number,
    amount: number,
    limit: number,
    window: number,
    endsMs: number,
    nowMs: number,
    mode: number,
  ): Outcome {
    if (!(amount >= 0)) notAnAmount(amount);
    const { slot, a, b, c, d } = key;
    return outcomeOf(
      key,
      this.#exports.takeFromQuota(slot, a, b, c, d, policy, amount, limit, window, endsMs, nowMs, mode),
    );
  }

  /** Of the last take, hold, grow or look: what was there to take before it; below zero, what is owed. */
  get available(): number {
    return this.#exports.lastAmount();
  }

  /** Of the same. Rate: ms until the wish can be granted (-1: never), or, if it was, until the bucket is full. Quota: until its window ends. */
  get waitMs(): number {
    return this.#exports.lastWait();
  }

  /** Of the same: what running requests held before it. */
  get heldBefore(): number {
    return this.#exports.lastHeld();
  }

  /** A hold in `slot` takes `more`, all or nothing. `mode`: TAKE or FORCE. */
  growRate(slot: number, more: number, rate: Rate, nowMs: number, mode: number): boolean {
    if (!(more >= 0)) notAnAmount(more);
    const { capacity, unitsPerMs, unitsPerToken } = rate;
    return this.#exports.growRate(slot, more, capacity, unitsPerMs, unitsPerToken, nowMs, mode) === 1;
  }

  growQuota(slot: number, more: number, limit: number, mode: number): boolean {
    if (!(more >= 0)) notAnAmount(more);
    return this.#exports.growQuota(slot, more, limit, mode) === 1;
  }

  /** Ends a hold of `amount` (what it grew by included), once: it came to `final`, less or more. */
  settleRate(slot: number, amount: number, final: number, rate: RateUnits, nowMs: number): void {
    if (!(final >= 0)) notAnAmount(final);
    this.#exports.settleRate(slot, amount, final, rate.unitsPerMs, rate.unitsPerToken, nowMs);
  }

  settleQuota(slot: number, amount: number, final: number): void {
    if (!(final >= 0)) notAnAmount(final);
    this.#exports.settleQuota(slot, amount, final);
  }

  /** Reads a rate's bucket, which somebody has pinned: sets `available`, and `waitMs` until it is full. */
  look(slot: number, rate: Rate, nowMs: number): void {
    this.#exports.look(slot, rate.capacity, rate.unitsPerMs, rate.unitsPerToken, nowMs);
  }

  /** Joins the transactions under way; limits-hold.ts says what for. */
  beginTransaction(): number {
    return this.#exports.beginTransaction();
  }

  watchTransactions(): number {
    return this.#exports.watchTransactions();
  }

  endTransaction(undone: boolean): void {
    this.#exports.endTransaction(undone ? 1 : 0);
  }

  mayHavePassed(before: number, own: number): boolean {
    return this.#exports.mayHavePassed(before, own) === 1;
  }

  letOthersEnd(): void {
    this.#exports.letOthersEnd();
  }

  /** Buckets that live; those that begin or end meanwhile may be missed. Each is pinned while the caller looks at it. */
  *list(): Generator<BucketState, void> {
    const kernel = this.#exports;
    for (
      let slot = kernel.nextLive(0, this.#slots);
      slot >= 0;
      slot = kernel.nextLive(slot + 1, this.#slots)
    ) {
      try {
        yield this.#stateOf(slot);
      } finally {
        kernel.release(slot);
      }
    }
  }

  #stateOf(slot: number): BucketState {
    const { keyWord, policyOf, windowOf, levelOf, heldIn, pinsOf } = this.#exports;
    const key = new BucketKey(keyWord(slot, 0), keyWord(slot, 1), keyWord(slot, 2), keyWord(slot, 3));
    key.slot = slot;
    const held = heldIn(slot);
    // One pin is the list's own.
    return {
      slot,
      key,
      policy: policyOf(slot),
      window: windowOf(slot),
      level: levelOf(slot),
      held,
      holds: pinsOf(slot) - 1,
    };
  }

  /** Slots in use. */
  get live(): number {
    return this.#exports.liveCount();
  }

  /** Frees what is worth no more than a fresh bucket, in the next 8,192 slots; any thread, now and then. Returns how many. */
  sweep(nowMs: number, idleMs = IDLE_MS): number {
    const freed = this.#exports.sweep(this.#sweepFrom, SWEEP_SLOTS, idleMs, nowMs);
    this.#sweepFrom += SWEEP_SLOTS;
    if (this.#sweepFrom >= this.#slots) this.#sweepFrom = 0;
    return freed;
  }
}

function notAnAmount(value: number): never {
  throw new RangeError(`an amount is ${value}; must be a whole number from 0 to 2^53`);
}

function pairAt(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
}

function outcomeOf(key: BucketKey, result: number): Outcome {
  if (result < 0) return FULL;
  key.slot = result >> 1;
  return (result & 1) === 1 ? TAKEN : REFUSED;
}
