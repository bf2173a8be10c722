// Events on their way to the client: those that stood side by side in a chunk go out as one, without a copy. Hot path: per event.

export class Outbox {
  readonly #out: (bytes: Buffer) => void;
  /** The first that waits, and how many bytes from its start on. */
  #first: Buffer | null = null;
  #length = 0;

  constructor(out: (bytes: Buffer) => void) {
    this.#out = out;
  }

  send(bytes: Buffer): void {
    const { length } = bytes;
    if (length === 0) return;
    const first = this.#first;
    if (
      first !== null &&
      first.buffer === bytes.buffer &&
      first.byteOffset + this.#length === bytes.byteOffset
    ) {
      this.#length += length;
      return;
    }
    this.flush();
    this.#first = bytes;
    this.#length = length;
  }

  flush(): void {
    const first = this.#first;
    if (first === null) return;
    this.#first = null;
    const { length } = first;
    this.#out(length === this.#length ? first : Buffer.from(first.buffer, first.byteOffset, this.#length));
  }
}
