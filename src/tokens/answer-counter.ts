// Counts the tokens of one answer while it flows: each of its texts (choices, reasoning, calls) by itself, as the model wrote them.
// Nothing of a chunk is kept or copied but what waits in a TokenStream. Hot path: per chunk.
import {
  type MeterKernel,
  SPAN_REASONING,
  SPAN_TOOL_ARGUMENTS,
  SPAN_TOOL_NAME,
  type SpanReader,
} from '../kernel/meter.js';
import { TokenStream } from '../kernel/token-stream.js';
import type { EncodingName, TokenKernel } from '../kernel/tokens.js';
import { type AnswerOverhead, framing, NO_OVERHEAD } from './answer-overhead.js';

/** Texts that are counted apart; what is beyond shares one text a kind: a token or so each is wrong then. */
const TEXTS_MAX = 64;
/** Above any index that the meter gives. */
const SHARED = 2 ** 32;

interface Text {
  readonly kind: number;
  readonly index: number;
  readonly tokens: TokenStream;
}

export class AnswerCounter {
  /** Give it to MeterKernel.push, or as ResponseHead.spans: counts the text that was found. */
  readonly read: SpanReader;
  readonly #kernel: TokenKernel;
  readonly #encoding: EncodingName;
  readonly #overhead: AnswerOverhead;
  readonly #texts: Text[] = [];
  /** The text that came last: nearly always the one that goes on. */
  #last: Text | null = null;
  /** Upper bound of all texts but the last. */
  #others = 0;

  /** Tokens that frame the texts. */
  #framing = 0;

  constructor(kernel: TokenKernel, encoding: EncodingName, overhead = NO_OVERHEAD) {
    this.#kernel = kernel;
    this.#encoding = encoding;
    this.#overhead = overhead;
    this.read = meter => this.#read(meter);
  }

  /** At least as many tokens as `count()` tells; cheap enough to ask after each chunk. */
  get upperBound(): number {
    return this.#framing + this.#others + (this.#last?.tokens.upperBound ?? 0);
  }

  /** Tokens of everything generated so far: texts, reasoning that was shown, names and arguments of tool calls, and their frames. */
  count(): number {
    let tokens = this.#framing;
    for (const text of this.#texts) tokens += text.tokens.count();
    return tokens;
  }

  /** Tokens of the reasoning that was shown, a part of `count()`; providers bill what they hide, too. */
  get reasoning(): number {
    let tokens = 0;
    for (const text of this.#texts) if (text.kind === SPAN_REASONING) tokens += text.tokens.count();
    return tokens;
  }

  #read(meter: MeterKernel): void {
    const { bytes, spanCount } = meter;
    for (let i = 0; i < spanCount; i++) {
      const kind = meter.spanKindCode(i);
      const index = meter.spanIndex(i);
      let text = this.#last;
      if (text === null || text.index !== index || text.kind !== kind) text = this.#turnTo(kind, index);
      const from = meter.spanAt(i);
      const to = from + meter.spanLength(i);
      if (meter.spanIsString(i)) text.tokens.pushJson(bytes, from, to);
      else text.tokens.push(bytes, from, to);
    }
  }

  #turnTo(kind: number, index: number): Text {
    const text = this.#find(kind, index);
    if (text === this.#last) return text;
    this.#others += (this.#last?.tokens.upperBound ?? 0) - text.tokens.upperBound;
    this.#last = text;
    return text;
  }

  #find(kind: number, index: number): Text {
    for (const text of this.#texts) if (text.index === index && text.kind === kind) return text;
    if (this.#texts.length >= TEXTS_MAX && index !== SHARED) return this.#find(kind, SHARED);
    const text: Text = { kind, index, tokens: new TokenStream(this.#kernel, this.#encoding) };
    this.#texts.push(text);
    this.#frame();
    return text;
  }

  #frame(): void {
    let names = 0;
    let inputs = 0;
    for (const { kind } of this.#texts) {
      if (kind === SPAN_TOOL_NAME) names++;
      if (kind === SPAN_TOOL_ARGUMENTS) inputs++;
    }
    const messages = this.#texts.length - names - inputs;
    this.#framing = framing(this.#overhead, messages, Math.max(names, inputs));
  }
}
