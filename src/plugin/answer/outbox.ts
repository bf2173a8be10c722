// Events on their way to the client: those that stood side by side in a chunk go out as one, without a copy. Hot path: per event.

export class Outbox {
  readonly #out: (bytes: Buffer) => void;
  #bytes: Buffer | null = null;

  constructor(out: (bytes: Buffer) => void) {
    this.#out = out;
  }

  send(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const before = this.#bytes;
    if (
      before !== null &&
      before.buffer === bytes.buffer &&
      before.byteOffset + before.length === bytes.byteOffset
    ) {
      this.#bytes = Buffer.from(bytes.buffer, before.byteOffset, before.length + bytes.length);
      return;
    }
    this.flush();
    this.#bytes = bytes;
  }

  flush(): void {
    const bytes = this.#bytes;
    if (bytes === null) return;
    this.#bytes = null;
    this.#out(bytes);
  }
}
