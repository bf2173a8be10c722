// The reverse of body-writer.ts. A body is only read after its checksum, so what does not fit is a programmer's error, or another version's.

/** A text of the segment's dictionary; null where it was lost. */
export type TextOf = (number: number) => string | null;

/** Stands for a text that was lost to damage in its segment. The numbers of such a record are right. */
export const LOST_TEXT = '(lost)';

export class BodyReader {
  readonly #bytes: Buffer;
  readonly #texts: TextOf;
  #at: number;

  constructor(bytes: Uint8Array, at: number, texts: TextOf) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = at;
    this.#texts = texts;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError(`the entry ends at ${this.#bytes.length}, in the middle`);
    return byte;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Of things that follow, each at least a byte long. */
  count(): number {
    const count = this.varint();
    if (count > this.#bytes.length - this.#at) throw new RangeError(`the entry says that ${count} follow`);
    return count;
  }

  number(): number | null {
    const head = this.varint();
    if (head === 0) return null;
    return head === 1 ? this.double() : head - 2;
  }

  /** What must be there. */
  whole(): number {
    return this.number() ?? 0;
  }

  double(): number {
    const at = this.#skip(8);
    return this.#bytes.readDoubleLE(at);
  }

  /** ms, from whole microseconds. */
  span(): number | null {
    const micros = this.number();
    return micros === null ? null : micros / 1000;
  }

  text(): string | null {
    const head = this.varint();
    if (head === 0) return null;
    return head === 1 ? this.chars() : this.numbered(head - 2);
  }

  numbered(number: number): string {
    return this.#texts(number) ?? LOST_TEXT;
  }

  chars(): string {
    const length = this.varint();
    const at = this.#skip(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A copy. */
  raw(): Buffer {
    const length = this.varint();
    const at = this.#skip(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  #skip(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length)
      throw new RangeError(`the entry ends at ${this.#bytes.length}, in the middle`);
    return at;
  }
}
