// Grows a buffer of module bytes; numbers as LEB128, always the shortest form.

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(bytesExpected: number) {
    this.#bytes = new Uint8Array(Math.max(bytesExpected, 64));
  }

  get length(): number {
    return this.#length;
  }

  /** A view until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  u8(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  raw(...bytes: number[]): void {
    for (const byte of bytes) this.u8(byte);
  }

  u32(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  /** A whole number from 0 to 2^53 as signed LEB128. */
  signed(value: number): void {
    let rest = value;
    while (rest > 0x3f) {
      this.u8((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  copy(from: Uint8Array, start = 0, end = from.length): void {
    const count = end - start;
    if (count > this.#bytes.length - this.#length) this.#grow(count);
    this.#bytes.set(from.subarray(start, end), this.#length);
    this.#length += count;
  }

  /** ASCII. */
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }

  /** What `content` holds, with its length before it. */
  sized(content: ByteWriter): void {
    this.u32(content.length);
    this.copy(content.written);
  }

  #grow(count: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    bytes.set(this.written);
    this.#bytes = bytes;
  }
}
