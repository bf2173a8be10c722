// Reads a module's bytes front to back, every read bounded by the end of the section it stands in. Allocates nothing but names.
import { ModuleRefused } from './refused.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  /** Exclusive. */
  end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    if (this.at >= this.end) this.#short(1);
    return this.bytes[this.at++] as number;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new ModuleRefused('malformed', `the number that ends at byte ${this.at} has more than 32 bits`);
  }

  /** Signed LEB128 of at most 33 bits: a block's type, a heap type. */
  s33(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw new ModuleRefused('malformed', `the number that ends at byte ${this.at} has more than 33 bits`);
  }

  /** Passes a LEB128 of at most `bytesMax` bytes. */
  skipLeb(bytesMax: number): void {
    for (let i = 0; i < bytesMax; i++) if (this.u8() < 0x80) return;
    throw new ModuleRefused('malformed', `the number that ends at byte ${this.at} is over ${bytesMax} bytes`);
  }

  skip(count: number): void {
    if (count > this.left) this.#short(count);
    this.at += count;
  }

  /** The number of things that follow, each at least `bytesMin` bytes: never more than can be there. */
  count(bytesMin: number): number {
    const count = this.u32();
    if (count * bytesMin > this.left) {
      throw new ModuleRefused(
        'malformed',
        `the module is cut off or damaged: ${count} entries are announced at byte ${this.at}, where ${this.left} bytes are left`,
      );
    }
    return count;
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    try {
      return utf8.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw new ModuleRefused('malformed', `the name at byte ${start} is not UTF-8`);
    }
  }

  #short(count: number): never {
    throw new ModuleRefused(
      'malformed',
      `the module is cut off or damaged: ${count} bytes are read at byte ${this.at}, where ${this.left} are left`,
    );
  }
}
