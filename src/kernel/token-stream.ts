// One text that arrives in pieces, counted while it does: equal to the count of the whole, wherever it is cut. Adding up the counts of the pieces
// would tell too much (22 % for English). Hot path: per chunk.
import { ENCODINGS, type EncodingName, type TokenKernel, TokenText } from './tokens.js';

/** The kernel is asked when so many bytes have come, and not again before what waits has doubled. */
const STEP_BYTES = 64;
/** A piece without an end is counted in parts of this size: it would be held in memory otherwise. */
const WAITING_BYTES_MAX = 1024 * 1024;

export class TokenStream {
  readonly #kernel: TokenKernel;
  readonly #encoding: number;
  readonly #text = new TokenText();
  #json = false;

  constructor(kernel: TokenKernel, encoding: EncodingName) {
    this.#kernel = kernel;
    this.#encoding = ENCODINGS.indexOf(encoding);
  }

  /** UTF-8, cut anywhere. */
  push(bytes: Uint8Array, from: number, to: number): void {
    this.#push(bytes, from, to, false);
  }

  /** The inside of a JSON string, cut anywhere. */
  pushJson(bytes: Uint8Array, from: number, to: number): void {
    this.#push(bytes, from, to, true);
  }

  /** Tokens that no further text can change. */
  get settled(): number {
    return this.#text.settled;
  }

  /** At least as many tokens as `count()` would tell, without counting: a token is at least a byte. */
  get upperBound(): number {
    return this.#text.settled + this.#text.length;
  }

  /** Tokens of all text so far, as if it ended here; it may go on. */
  count(): number {
    const text = this.#text;
    if (text.length === 0) return text.settled;
    return text.settled + this.#kernel.count(this.#encoding, text, text.bytes, 0, 0, this.#json);
  }

  #push(bytes: Uint8Array, from: number, to: number, json: boolean): void {
    const text = this.#text;
    if (json !== this.#json) this.#changeTo(json);
    const { length } = text;
    const fresh = to - from;
    if (
      length - text.plain + fresh < Math.max(STEP_BYTES, text.plain) &&
      length + fresh <= text.bytes.length
    ) {
      const waiting = text.bytes;
      for (let i = 0; i < fresh; i++) waiting[length + i] = bytes[from + i] ?? 0;
      text.length = length + fresh;
      return;
    }
    this.#kernel.settle(this.#encoding, text, bytes, from, to, json);
    if (text.length > WAITING_BYTES_MAX) this.#kernel.cut(this.#encoding, text);
  }

  /** Escaped bytes that wait are no plain text, nor the other way round: whatever waits is made plain first. */
  #changeTo(json: boolean): void {
    const text = this.#text;
    if (text.length > 0) this.#kernel.settle(this.#encoding, text, text.bytes, 0, 0, this.#json);
    text.plain = text.length;
    this.#json = json;
  }
}
