// Hot path: several times per number and text of a record. The journal's words for numbers and texts, into one buffer that is used again and again.
//
// varint   7 bits a byte, least significant first, the top bit says that more follow
// number   varint: 0 null · 1 a float64 follows · n + 2 the whole number n
// text     varint: 0 null · 1 length (varint) and UTF-8 bytes follow · n + 2 text n of the segment's dictionary
// bytes    length (varint), bytes
//
// Stores past the end of a typed array do nothing, so nothing is checked on the way: `overrun` says at the end that all has to be done again
// in a larger buffer. bench/ledger/journal.js pays for this and for the loops over short texts.
import type { Dictionary } from './dictionary.js';

const WHOLE_MAX = Number.MAX_SAFE_INTEGER - 2;
const SMALL_MAX = 0x7fff_fff0;
/** Longer texts cost less through the encoder than character by character. */
const LOOP_CHARS_MAX = 24;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export class BodyWriter {
  bytes: Buffer;
  at = 0;
  dictionary: Dictionary;

  constructor(bytes: number, dictionary: Dictionary) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.dictionary = dictionary;
  }

  get overrun(): boolean {
    return this.at > this.bytes.length;
  }

  /** A larger buffer with the first `kept` bytes of this one. */
  grow(kept: number, bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(bytes);
    this.bytes.copy(larger, 0, 0, kept);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** @param value a whole number, 0 to 2^53 − 1 */
  varint(value: number): void {
    const bytes = this.bytes;
    let at = this.at;
    let rest = value;
    if (rest > SMALL_MAX) {
      // Four groups of what 32-bit operations can take apart; what is left has at most 25 bits.
      const high = Math.floor(rest / 2 ** 28);
      const low = rest - high * 2 ** 28;
      bytes[at] = low | 128;
      bytes[at + 1] = (low >>> 7) | 128;
      bytes[at + 2] = (low >>> 14) | 128;
      bytes[at + 3] = (low >>> 21) | 128;
      at += 4;
      rest = high;
    }
    while (rest > 127) {
      bytes[at++] = rest | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.at = at;
  }

  number(value: number | null): void {
    if (value === null) this.bytes[this.at++] = 0;
    else if (value >= 0 && value <= WHOLE_MAX && value === Math.floor(value)) this.varint(value + 2);
    else {
      this.bytes[this.at++] = 1;
      this.double(value);
    }
  }

  double(value: number): void {
    double[0] = value;
    for (let i = 0; i < 8; i++) this.bytes[this.at++] = doubleBytes[i] ?? 0;
  }

  /** A span of time, kept to the microsecond, which is as fine as a record is read. */
  span(ms: number | null): void {
    this.number(ms === null ? null : Math.round(ms * 1000));
  }

  /** Of a short list of Weir's or the configuration's. */
  own(text: string | null): void {
    if (text === null) this.bytes[this.at++] = 0;
    else this.text(text, this.dictionary.own(text));
  }

  /** Chosen by a client or a provider. */
  others(text: string | null): void {
    if (text === null) this.bytes[this.at++] = 0;
    else this.text(text, this.dictionary.others(text));
  }

  /** Never the same twice. */
  inline(text: string | null): void {
    if (text === null) this.bytes[this.at++] = 0;
    else this.text(text, -1);
  }

  raw(value: Uint8Array): void {
    const { length } = value;
    this.varint(length);
    if (this.at + length <= this.bytes.length) this.bytes.set(value, this.at);
    this.at += length;
  }

  /** `number`: of the dictionary; below 0: it is written out. */
  text(text: string, number: number): void {
    if (number >= 0) this.varint(number + 2);
    else {
      this.bytes[this.at++] = 1;
      this.chars(text);
    }
  }

  /** Length and UTF-8 bytes. */
  chars(text: string): void {
    const { length } = text;
    if (length > LOOP_CHARS_MAX) {
      this.#encoded(text);
      return;
    }
    const { bytes, at } = this;
    bytes[at] = length;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) {
        this.#encoded(text);
        return;
      }
      bytes[at + 1 + i] = unit;
    }
    this.at = at + 1 + length;
  }

  #encoded(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    if (this.at + length <= this.bytes.length) this.bytes.write(text, this.at, length, 'utf8');
    this.at += length;
  }
}
