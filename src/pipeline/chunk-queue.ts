// Hot path: per chunk. Chunks of one turn, handed on as one.

export class ChunkQueue {
  #first: Uint8Array | null = null;
  #more: Uint8Array[] = [];

  push(chunk: Uint8Array): void {
    if (this.#first === null) this.#first = chunk;
    else this.#more.push(chunk);
  }

  /** The oldest chunks, joined, but for so many that at least `kept` bytes stay; null where there are no more. */
  takeAllBut(kept: number): Uint8Array | null {
    const all = this.#first === null ? [] : [this.#first, ...this.#more];
    let stays = all.reduce((sum, chunk) => sum + chunk.length, 0);
    let count = 0;
    for (const { length } of all) {
      if (stays - length < kept) break;
      stays -= length;
      count++;
    }
    if (count === 0) return null;
    const [first = null, ...more] = all.slice(count);
    this.#first = first;
    this.#more = more;
    return Buffer.concat(all.slice(0, count));
  }

  /** Everything that waits, joined; null where nothing does. */
  take(): Uint8Array | null {
    const first = this.#first;
    if (first === null) return null;
    this.#first = null;
    if (this.#more.length === 0) return first;
    const all = Buffer.concat([first, ...this.#more]);
    this.#more = [];
    return all;
  }
}
