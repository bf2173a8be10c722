// Bytes of request bodies held in memory by all data-plane threads together (`limits.buffered_bytes`), in one shared
// counter: a bound counted per thread would be a bound times threads.

export class BufferBudget {
  readonly #used: BigInt64Array;
  readonly #bytesMax: bigint;

  /** `shared` is 8 bytes, the same on every thread. */
  constructor(shared: SharedArrayBuffer, bytesMax: number) {
    this.#used = new BigInt64Array(shared);
    this.#bytesMax = BigInt(bytesMax);
  }

  /** False: the bound would be passed, and nothing was taken. */
  take(bytes: number): boolean {
    const amount = BigInt(bytes);
    if (Atomics.add(this.#used, 0, amount) + amount <= this.#bytesMax) return true;
    Atomics.sub(this.#used, 0, amount);
    return false;
  }

  give(bytes: number): void {
    if (bytes > 0) Atomics.sub(this.#used, 0, BigInt(bytes));
  }

  get usedBytes(): number {
    return Number(Atomics.load(this.#used, 0));
  }
}
