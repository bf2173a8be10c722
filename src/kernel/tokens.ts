// The host side of kernel `tokens`: puts text into the thread's region of the shared memory and asks how many tokens it is.
// Hot path: per request, and per chunk of a stream (token-stream.ts).
import assert from 'node:assert';
import { instantiateKernel } from './module.js';
import type { Vocabulary } from './vocabulary.js';

/** OpenAI's public encodings; the place in the list is the kernel's number for it. */
export const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;
export type EncodingName = (typeof ENCODINGS)[number];

interface Exports {
  init(imageAt: number, regionAt: number, regionBytes: number): void;
  inputAt(): number;
  inputBytes(): number;
  whole(encoding: number, at: number, plain: number, rawAt: number, raw: number, json: number): number;
  settle(encoding: number, at: number, plain: number, rawAt: number, raw: number, json: number): number;
  resumeAt(): number;
  plainTo(): number;
  restTo(): number;
  pieces(encoding: number, at: number, length: number, exact: number): number;
  piecesAt(): number;
  clearCaches(): void;
  deepestBack(): number;
}

/** What the kernel returns for bytes that are not UTF-8. */
const NOT_UTF8 = -1;
/** A text that is longer goes through the kernel in steps of this many bytes: little enough to stay in the processor's cache. */
const STEP_BYTES = 128 * 1024;
/** A text that is shorter, in UTF-16 units, is written straight into the kernel's memory. */
const TEXT_UNITS_MAX = 512 * 1024;
/** The kernel's tables of a region, and at least a step beside them. */
const REGION_BYTES_MIN = 4 * 1024 * 1024;
/** Up to here a loop is faster than a call of `set`. */
const LOOP_BYTES = 24;

/** One per living thread; its counts equal those of OpenAI's tiktoken (`encode_ordinary`) on every text. */
export class TokenKernel {
  readonly #exports: Exports;
  readonly #bytes: Buffer;
  readonly #inputAt: number;
  /** Longest text that is looked at in one piece. */
  readonly windowBytes: number;

  private constructor(exports: Exports, vocabulary: Vocabulary, region: number) {
    exports.init(
      vocabulary.imageAt,
      vocabulary.regionsAt + region * vocabulary.regionBytes,
      vocabulary.regionBytes,
    );
    this.#exports = exports;
    this.#bytes = Buffer.from(vocabulary.memory.buffer);
    this.#inputAt = exports.inputAt();
    // Room for the seven bytes that align a copy.
    this.windowBytes = exports.inputBytes() - 16;
  }

  /** `region` must be no other living thread's. Throws where the kernel was not built. */
  static load(vocabulary: Vocabulary, region: number): TokenKernel {
    assert(region >= 0 && region < vocabulary.regions, `region ${region} of ${vocabulary.regions}`);
    assert(vocabulary.regionBytes >= REGION_BYTES_MIN, `${vocabulary.regionBytes} bytes are no region`);
    const exports = instantiateKernel<Exports>('tokens', { memory: vocabulary.memory });
    return new TokenKernel(exports, vocabulary, region);
  }

  /** Tokens of `text`; lone surrogates count as U+FFFD. */
  countText(encoding: EncodingName, text: string): number {
    // A UTF-16 unit is at most three bytes of UTF-8.
    if (text.length > TEXT_UNITS_MAX) return this.countBytes(encoding, Buffer.from(text));
    const at = this.#inputAt;
    const length = this.#bytes.write(text, at);
    const tokens = this.#exports.whole(ENCODINGS.indexOf(encoding), at, length, at + length, 0, 0);
    assert(tokens >= 0);
    return tokens;
  }

  /** Tokens of the UTF-8 from `from` to `to`; what is not UTF-8 counts as U+FFFD, as decoders put it (WHATWG Encoding, "maximal subpart"). */
  countBytes(encoding: EncodingName, bytes: Uint8Array, from = 0, to = bytes.length): number {
    return this.#count(ENCODINGS.indexOf(encoding), bytes, from, to, false);
  }

  /** Tokens of what the inside of a JSON string says: the bytes between its quotes. */
  countJson(encoding: EncodingName, bytes: Uint8Array, from: number, to: number): number {
    return this.#count(ENCODINGS.indexOf(encoding), bytes, from, to, true);
  }

  /** For tests: byte offsets where the pieces end that the encoding's pattern cuts valid UTF-8 into; `exact` asks the slow twin alone. */
  pieces(encoding: EncodingName, bytes: Uint8Array, exact: boolean): Uint32Array {
    this.#bytes.set(bytes, this.#inputAt);
    const count = this.#exports.pieces(
      ENCODINGS.indexOf(encoding),
      this.#inputAt,
      bytes.length,
      exact ? 1 : 0,
    );
    return new Uint32Array(this.#bytes.buffer, this.#exports.piecesAt(), count).slice();
  }

  /** Forgets the pieces that were counted before, for cold measurements. */
  clearCache(): void {
    this.#exports.clearCaches();
  }

  /** For tests: how many bytes the merging ever went back, at most. */
  get deepestBack(): number {
    return this.#exports.deepestBack();
  }

  #count(encoding: number, bytes: Uint8Array, from: number, to: number, json: boolean): number {
    if (to - from <= STEP_BYTES) return this.count(encoding, EMPTY, bytes, from, to, json);
    const text = new TokenText();
    for (let at = from; at < to; ) {
      // Where nothing could be settled, look again only when there is twice as much: linear in all.
      const next = Math.min(at + Math.max(STEP_BYTES, text.length), at + this.windowBytes - text.length, to);
      this.settle(encoding, text, bytes, at, next, json);
      if (text.length > this.windowBytes / 2) this.cut(encoding, text);
      at = next;
    }
    return text.settled + this.count(encoding, text, NOTHING, 0, 0, json);
  }

  /** For TokenStream: tokens of what waits in `text` and, behind it, of the bytes from `from` to `to`. Changes nothing. */
  count(encoding: number, text: TokenText, raw: Uint8Array, from: number, to: number, json: boolean): number {
    const start = this.#inputAt;
    const { plain, length } = text;
    this.#put(text.bytes, 0, length, start);
    const rawAt = this.#append(raw, from, to, start, text);
    const at = length === 0 ? rawAt : start;
    const tokens = this.#exports.whole(encoding, at, plain, rawAt, length - plain + to - from, json ? 1 : 0);
    if (tokens !== NOT_UTF8) return tokens;
    const mended = mend(this.#copy(at, this.#exports.plainTo()));
    return this.#count(encoding, mended, 0, mended.length, false);
  }

  /**
   * For TokenStream: the text goes on with the bytes from `from` to `to`. Adds the tokens of all pieces that no later byte can change
   * to `text.settled` and keeps the rest in it.
   */
  settle(encoding: number, text: TokenText, raw: Uint8Array, from: number, to: number, json: boolean): void {
    const exports = this.#exports;
    const at = this.#inputAt;
    const { plain, length } = text;
    this.#put(text.bytes, 0, length, at);
    const rawAt = this.#append(raw, from, to, at, text);
    const tokens = exports.settle(encoding, at, plain, rawAt, length - plain + to - from, json ? 1 : 0);
    const plainTo = exports.plainTo();
    if (tokens === NOT_UTF8) {
      const bytes = this.#copy(at, plainTo);
      const good = bytes.length - cutLength(bytes);
      text.replace(
        mend(bytes.subarray(0, good)),
        bytes.subarray(good),
        this.#copy(plainTo, exports.restTo()),
      );
      this.settle(encoding, text, NOTHING, 0, 0, json);
      return;
    }
    text.settled += tokens;
    this.#keep(text, exports.resumeAt(), plainTo, exports.restTo());
  }

  /** For TokenStream: counts what waits as if the text ended here. What no model writes, a piece of hundreds of KiB, is bounded so. */
  cut(encoding: number, text: TokenText): void {
    const { bytes, plain, length } = text;
    // A character that is not whole yet stays.
    const cut = cutLength(bytes.subarray(0, plain));
    const [tail, rest] = [bytes.slice(plain - cut, plain), bytes.slice(plain, length)];
    text.plain = text.length = plain - cut;
    text.settled += this.count(encoding, text, NOTHING, 0, 0, false);
    text.replace(NOTHING, tail, rest);
  }

  /** Puts new bytes behind the text's own, and returns where its escaped ones begin. */
  #append(raw: Uint8Array, from: number, to: number, at: number, text: TokenText): number {
    if (text.length === text.plain) return this.#putAligned(raw, from, to, at + text.plain);
    this.#put(raw, from, to, at + text.length);
    return at + text.plain;
  }

  #keep(text: TokenText, from: number, plainTo: number, restTo: number): void {
    const length = restTo - from;
    text.reserve(length);
    const { bytes } = text;
    if (length <= LOOP_BYTES) for (let i = 0; i < length; i++) bytes[i] = this.#bytes[from + i] ?? 0;
    else bytes.set(this.#bytes.subarray(from, restTo));
    text.plain = plainTo - from;
    text.length = length;
  }

  #put(bytes: Uint8Array, from: number, to: number, at: number): void {
    if (to - from <= LOOP_BYTES) for (let i = from; i < to; i++) this.#bytes[at + i - from] = bytes[i] ?? 0;
    else this.#bytes.set(bytes.subarray(from, to), at);
  }

  /** Copies into shared memory run by words only where source and target lie alike modulo eight (15 against 2 GB/s, measured). */
  #putAligned(bytes: Uint8Array, from: number, to: number, at: number): number {
    const aligned = to - from <= LOOP_BYTES ? at : at + ((bytes.byteOffset + from - at) & 7);
    this.#put(bytes, from, to, aligned);
    return aligned;
  }

  #copy(from: number, to: number): Buffer {
    return Buffer.from(this.#bytes.subarray(from, to));
  }
}

/** A byte-order mark is text like any other. */
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

/** The same bytes with U+FFFD for what is not UTF-8. */
function mend(bytes: Uint8Array): Buffer {
  return Buffer.from(LENIENT.decode(bytes));
}

/** How many bytes at the end begin a character that more bytes could complete: 0 to 3. */
function cutLength(bytes: Uint8Array): number {
  for (let length = Math.min(3, bytes.length); length > 0; length--) {
    const tail = bytes.subarray(bytes.length - length);
    const lead = tail[0] ?? 0;
    if (lead >= 0xc2 && lead <= 0xf4 && LENIENT.decode(tail) === '\uFFFD') return length;
  }
  return 0;
}

const NOTHING = new Uint8Array(0);
const KEPT_BYTES = 128;

/** A text that is not over: what of it is settled, and the bytes that wait: `plain` of UTF-8, then escaped ones up to `length`. */
export class TokenText {
  settled = 0;
  bytes = new Uint8Array(KEPT_BYTES);
  plain = 0;
  length = 0;

  /** Room for `length` bytes; drops what is there. */
  reserve(length: number): void {
    if (length > this.bytes.length) this.bytes = new Uint8Array(1 << (32 - Math.clz32(length)));
    else if (this.bytes.length > 4096 && length <= KEPT_BYTES) this.bytes = new Uint8Array(KEPT_BYTES);
  }

  /** UTF-8, a character cut at its end, and what is still escaped. */
  replace(plain: Uint8Array, cut: Uint8Array, rest: Uint8Array): void {
    this.plain = plain.length + cut.length;
    this.length = this.plain + rest.length;
    this.reserve(this.length);
    this.bytes.set(plain);
    this.bytes.set(cut, plain.length);
    this.bytes.set(rest, this.plain);
  }
}

const EMPTY = new TokenText();
