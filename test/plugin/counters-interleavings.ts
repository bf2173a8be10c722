// One thread's counter operation in the middle of another's, at every access to what they share; and threads that end there for good.
// The debug build of kernel `counters` says when it is about to touch the shared memory, so this needs no second thread and no luck.
import { instantiateKernel, type SharedKernelMemory, sharedKernelMemory } from '../../src/kernel/module.js';

export const REFUSED = -(2n ** 63n);

interface Exports {
  init(buckets: number, ...secret: readonly number[]): void;
  tableBytes(buckets: number): number;
  space(low: number, high: number): number;
  hashBegin(space: number, length: number): void;
  hashFour(a: number, b: number, c: number, d: number): void;
  hashEnd(): void;
  sum(nowMs: number): bigint;
  add(space: number, liveMax: number, delta: bigint, expiryMs: number, nowMs: number): bigint;
}

/** An operation; `key` is a number, `delta` 0 reads. */
export interface Operation {
  readonly key: number;
  readonly delta: number;
  readonly nowMs: number;
  readonly ttlMs?: number;
}

class Killed extends Error {}

/** One thread's instance over a table of one bucket: 32 slots, for which all keys compete. */
export class Thread {
  readonly #kernel: Exports;
  readonly #space: number;
  readonly #liveMax: number;
  #accesses = 0;
  #stopAt = -1;
  #stopped: (() => void) | null = null;

  constructor(memory: SharedKernelMemory, liveMax = 1_000) {
    this.#kernel = instantiateKernel<Exports>('counters', {
      memory,
      beforeAccess: () => {
        if (this.#accesses++ === this.#stopAt) this.#stopped?.();
        return undefined;
      },
    });
    this.#kernel.init(1, 1, 2, 3, 4);
    this.#space = this.#kernel.space(7, 7);
    this.#liveMax = liveMax;
  }

  run({ key, delta, nowMs, ttlMs = 1_000 }: Operation): bigint {
    this.#kernel.hashBegin(this.#space, 4);
    this.#kernel.hashFour(key, 0, 0, 0);
    this.#kernel.hashEnd();
    if (delta === 0) return this.#kernel.sum(nowMs);
    return this.#kernel.add(this.#space, this.#liveMax, BigInt(delta), nowMs + ttlMs, nowMs);
  }

  /** The same, with `between` before the access `at`; null where the operation has fewer. */
  runWith(operation: Operation, at: number, between: () => void): bigint | null {
    let stopped = false;
    this.#accesses = 0;
    this.#stopAt = at;
    this.#stopped = () => {
      stopped = true;
      between();
    };
    try {
      const result = this.run(operation);
      return stopped ? result : null;
    } finally {
      this.#stopAt = -1;
    }
  }

  /** Ends the thread before the access `at`; false where the operation has fewer. It is of no use after. */
  kill(operation: Operation, at: number): boolean {
    try {
      this.runWith(operation, at, () => {
        throw new Killed();
      });
      return false;
    } catch (cause) {
      if (!(cause instanceof Killed)) throw cause;
      return true;
    }
  }
}

/** Bytes of a table of one bucket, rounded up by far. */
const BYTES = 256 * 1024;

export function emptyTable(): SharedKernelMemory {
  return sharedKernelMemory(BYTES);
}

export interface Done extends Operation {
  readonly result: bigint;
}

interface Life {
  readonly sum: bigint;
  readonly until: number;
}
type Model = ReadonlyMap<number, Life>;

/** Whether the operations at once, one after another in some order between those before and after, give these results. */
export function explained(before: readonly Done[], atOnce: readonly Done[], after: readonly Done[]): boolean {
  const clock = Math.max(...atOnce.map(({ nowMs }) => nowMs));
  return orders(atOnce).some(order => follows(new Map(), [...before, ...order, ...after], clock));
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map(rest => [item, ...rest]));
}

/** One slot a key, 32 of them. A life that has expired on any clock may be over for one whose clock is behind. */
function follows(model: Model, [next, ...rest]: readonly Done[], latestMs: number): boolean {
  if (next === undefined) return true;
  const latest = Math.max(latestMs, next.nowMs);
  const known = model.get(next.key);
  const choices: (Life | undefined)[] = [];
  if (known !== undefined && known.until > next.nowMs) choices.push(known);
  if (known === undefined || known.until <= latest) choices.push(undefined);
  return choices.some(life => {
    const after = outcome(model, next, life, latest);
    return after !== null && follows(after, rest, latest);
  });
}

/** What is there after `next` found `life`; null where it would have had another result. */
function outcome(model: Model, next: Done, life: Life | undefined, latest: number): Model | null {
  if (next.delta === 0) return next.result === (life?.sum ?? 0n) ? model : null;
  const others = [...model].filter(([key, { until }]) => key !== next.key && until > latest);
  if (life === undefined && others.length >= 32) return next.result === REFUSED ? model : null;
  const sum = (life?.sum ?? 0n) + BigInt(next.delta);
  if (sum !== next.result) return null;
  const until = life?.until ?? next.nowMs + (next.ttlMs ?? 1_000);
  return new Map([...model, [next.key, { sum, until }]]);
}
