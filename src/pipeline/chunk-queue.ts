// Hot path: per chunk. Chunks of one turn, handed on as one.

export class ChunkQueue {
  #first: Uint8Array | null = null;
  #more: Uint8Array[] = [];

  push(chunk: Uint8Array): void {
    if (this.#first === null) this.#first = chunk;
    else this.#more.push(chunk);
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
