// Random numbers that are the same for the same request, policy and hook (CONTRACT.md §5.8): sfc32 (Chris Doty-Humphrey, PractRand), seeded by a hash.
// In 32-bit steps, since each operation on BigInts costs more than the whole import may.

const WORDS = new Uint32Array(2);
const SIGNED = new BigInt64Array(WORDS.buffer);

export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: string) {
    // Two lanes of FNV-1a with different offsets; the rounds below mix them.
    let a = 0x811c9dc5;
    let b = 0x9e3779b9;
    for (let i = 0; i < seed.length; i++) {
      const unit = seed.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x85ebca6b) ^ (b >>> 13);
    }
    this.#a = a;
    this.#b = b;
    this.#c = seed.length;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 bits, as an unsigned number. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  next64(): bigint {
    WORDS[0] = this.next();
    WORDS[1] = this.next();
    return SIGNED[0] ?? 0n;
  }

  /** The bytes from `from` to before `to`. */
  fill(bytes: Uint8Array, from: number, to: number): void {
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const word = this.next();
      bytes[i] = word;
      bytes[i + 1] = word >>> 8;
      bytes[i + 2] = word >>> 16;
      bytes[i + 3] = word >>> 24;
    }
    for (let word = this.next(); i < to; i++, word >>>= 8) bytes[i] = word;
  }
}
