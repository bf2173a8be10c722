// The counters of all plugins, one table for all threads of the process: what `counter_add` does. No thread waits for another, and one that is
// killed in the middle leaves nothing that another cannot finish (assembly/counters).
// Hot path: per counter operation of a plugin.
import assert from 'node:assert';
import { createHash, randomFillSync } from 'node:crypto';
import { COUNTER_KEY_BYTES_MAX } from '../core/plugin-bounds.js';
import { instantiateKernel, type SharedKernelMemory, sharedKernelMemory } from '../kernel/module.js';
import { ABSENT_I64 } from './abi.js';

/** Plain data and a shared memory: goes to worker threads in a message. */
export interface CounterMemory {
  readonly memory: SharedKernelMemory;
  readonly buckets: number;
  /** Four 32-bit words under which keys are hashed. */
  readonly secret: readonly number[];
}

interface Exports {
  init(buckets: number, ...secret: readonly number[]): void;
  tableBytes(buckets: number): number;
  space(low: number, high: number): number;
  hashBegin(space: number, length: number): void;
  hashFour(a: number, b: number, c: number, d: number): void;
  hashEnd(): void;
  sum(nowMs: number): bigint;
  add(space: number, liveMax: number, delta: bigint, expiryMs: number, nowMs: number): bigint;
  addWhole(space: number, liveMax: number, delta: number, expiryMs: number, nowMs: number): number;
  addShort(
    space: number,
    length: number,
    a: number,
    b: number,
    c: number,
    d: number,
    liveMax: number,
    delta: number,
    expiryMs: number,
    nowMs: number,
  ): number;
  lastSum(): bigint;
}

/** assembly/counters/layout.ts. */
const HEADS = 1024 + 4096 * 32;
const BUCKET_SLOTS = 32;
const BUCKET_BYTES = 8 + BUCKET_SLOTS * 24;
const SLOTS_PER_KEY = 4;
const BUCKETS_MIN = 1024;
const BUCKETS_MAX = 65_536;
const LIVE_KEYS_DEFAULT = 100_000;

/**
 * Room for about `liveKeys` (at most 524,288) live keys of all policies together, at four slots a key: then no bucket overflows, but with a
 * probability of about 10^-8. With twice as many keys one table in two refuses a key or two; 12.6 MB by default, of which only touched pages
 * are used.
 */
export function createCounters(liveKeys = LIVE_KEYS_DEFAULT): CounterMemory {
  const wanted = 2 ** Math.ceil(Math.log2((liveKeys * SLOTS_PER_KEY) / BUCKET_SLOTS));
  const buckets = Math.min(Math.max(wanted, BUCKETS_MIN), BUCKETS_MAX);
  const secret = Array.from(randomFillSync(new Int32Array(4)));
  return { memory: sharedKernelMemory(HEADS + buckets * BUCKET_BYTES), buckets, secret };
}

/** Keys up to here are hashed in the same call that adds. */
const SHORT_BYTES = 16;
/** Below, every whole number is a double. */
const WHOLE_MAX = 2 ** 53;

/** The debug build tells before each access. */
const beforeAccess = (): undefined => undefined;

/** One a thread. */
export class CounterTable {
  readonly #kernel: Exports;
  readonly #spaces = new Map<string, number>();
  #lastSpace: string | null = null;
  #lastId = 0;
  #hasSum = false;
  readonly #keyWords = new Int32Array(COUNTER_KEY_BYTES_MAX / 4);
  readonly #keyBytes = new Uint8Array(this.#keyWords.buffer);

  constructor(counters: CounterMemory) {
    const memory = counters.memory as SharedKernelMemory;
    this.#kernel = instantiateKernel<Exports>('counters', { memory, beforeAccess });
    assert(this.#kernel.tableBytes(counters.buckets) === HEADS + counters.buckets * BUCKET_BYTES);
    this.#kernel.init(counters.buckets, ...counters.secret);
  }

  /**
   * Adds `delta` to the counter `key` (at most 64 bytes) of `space` and returns the sum, which stays within ±(2^63 - 1).
   *
   * A key lives for the `ttlMs` (at least 1) of the add that made it: a window that begins with its first add, which later adds do not
   * prolong, as INCR with EXPIRE on the first. Then it begins at 0 again. A `delta` of 0 reads: it makes no key, and gives 0 where none is.
   *
   * ABSENT_I64: refused, since the space has `liveMax` live keys. Keys that have expired may count for 250 ms longer by the clock of the caller;
   * as many threads as make a key at the very moment of a recount may be let in above it. Also where the table is too full, see `createCounters`, and for
   * the 4,096th name of a space.
   */
  add(space: string, liveMax: number, key: Uint8Array, delta: bigint, ttlMs: number, nowMs: number): bigint {
    const whole = Number(delta);
    if (Math.abs(whole) < WHOLE_MAX) {
      const sum = this.addWhole(space, liveMax, key, 0, key.length, whole, ttlMs, nowMs);
      return Number.isFinite(sum) ? BigInt(sum) : this.lastSum();
    }
    return this.addExact(space, liveMax, key, 0, key.length, delta, ttlMs, nowMs);
  }

  /** The same for a delta beyond ±2^53, and for the key that stands in `bytes` from `from` on: a guest's memory as it is, without a view made for the call. */
  addExact(
    space: string,
    liveMax: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    delta: bigint,
    ttlMs: number,
    nowMs: number,
  ): bigint {
    const id = this.#spaceOf(space, ttlMs, nowMs, length);
    if (id === 0) return ABSENT_I64;
    this.#take(bytes, from, length);
    this.#hash(id, length);
    return this.#kernel.add(id, liveMax, delta, nowMs + ttlMs, nowMs);
  }

  /** The same for a delta within ±2^53, in one call of the kernel where the key is short, and without a BigInt. -Infinity: refused; NaN: `lastSum` tells. */
  addWhole(
    space: string,
    liveMax: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    delta: number,
    ttlMs: number,
    nowMs: number,
  ): number {
    const id = this.#spaceOf(space, ttlMs, nowMs, length);
    this.#hasSum = id !== 0;
    if (id === 0) return Number.NEGATIVE_INFINITY;
    const kernel = this.#kernel;
    const words = this.#keyWords;
    this.#take(bytes, from, length);
    const expiryMs = nowMs + ttlMs;
    if (length > SHORT_BYTES) {
      this.#hash(id, length);
      return kernel.addWhole(id, liveMax, delta, expiryMs, nowMs);
    }
    const [a, b, c, d] = [words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0];
    return kernel.addShort(id, length, a, b, c, d, liveMax, delta, expiryMs, nowMs);
  }

  /** What the last `addWhole` came to. */
  lastSum(): bigint {
    return this.#hasSum ? this.#kernel.lastSum() : ABSENT_I64;
  }

  /** 0: there are too many. */
  #spaceOf(space: string, ttlMs: number, nowMs: number, length: number): number {
    if (!(ttlMs >= 1 && nowMs >= 0 && length <= COUNTER_KEY_BYTES_MAX))
      throw new RangeError('no such counter');
    // A policy's calls come in a row.
    if (space !== this.#lastSpace) {
      this.#lastId = this.#spaces.get(space) ?? this.#findSpace(space);
      this.#lastSpace = space;
    }
    return this.#lastId;
  }

  #findSpace(space: string): number {
    const hash = createHash('sha256').update(space).digest();
    const id = this.#kernel.space(hash.readInt32LE(0), hash.readInt32LE(4));
    this.#spaces.set(space, id);
    return id;
  }

  /** The key's words, filled up with zeros to a multiple of 16 bytes. */
  #take(key: Uint8Array, from: number, length: number): void {
    const bytes = this.#keyBytes;
    // By hand: for so few bytes set() and fill() take longer.
    const end = length <= SHORT_BYTES ? SHORT_BYTES : (length + 15) & ~15;
    for (let i = 0; i < length; i++) bytes[i] = key[from + i] ?? 0;
    for (let i = length; i < end; i++) bytes[i] = 0;
  }

  #hash(space: number, length: number): void {
    const kernel = this.#kernel;
    const words = this.#keyWords;
    kernel.hashBegin(space, length);
    for (let i = 0; i * 4 < length || i === 0; i += 4)
      kernel.hashFour(words[i] ?? 0, words[i + 1] ?? 0, words[i + 2] ?? 0, words[i + 3] ?? 0);
    kernel.hashEnd();
  }
}
