// Counts what a model generates, beside the meter. A stream is counted as it flows. A plain JSON answer nearly always
// reports its usage, so it is only kept (references, no copy: undici hands each chunk over) and read for its text when it
// has ended without. Nothing that fails here may harm the answer. Hot path: per chunk.
import type { SpanReader } from '../kernel/meter.js';
import type { EncodingName } from '../kernel/tokens.js';
import { AnswerCounter } from '../tokens/answer-counter.js';
import { answerOverheadOf } from '../tokens/answer-overhead.js';
import { encodingOf } from '../tokens/encodings.js';
import type { Exchange } from './exchange.js';
import type { MeterStream, ResponseHead } from './response-meter.js';

export interface AnswerCount {
  /** By the tokenizer, reasoning and tool calls included. */
  readonly tokens: number;
  readonly reasoning: number;
}

export interface AnswerTally {
  /** The count is there already: asking costs nothing to speak of. */
  readonly live: boolean;
  /** Not fewer tokens of the model than have come so far; Infinity where that would have to be counted. */
  readonly upperBound: number;
  /** Tokens of the model so far: the count, times its factor where the tokenizer is not the model's own. */
  modelTokens(): number;
  /** To be told of each chunk. */
  take(chunk: Uint8Array): void;
  /** Tokens of all that has come so far; null where counting has failed. */
  count(): AnswerCount | null;
  /** No chunk comes any more: lets go of the kernel's slot. Counting is still possible. */
  release(): void;
}

/** Counts while the meter reads. */
export class LiveTally implements AnswerTally {
  readonly live = true;
  readonly #exchange: Exchange;
  #counter: AnswerCounter | null;

  readonly #factor: number;

  constructor(exchange: Exchange, encoding: EncodingName) {
    this.#exchange = exchange;
    const { api, promptModel: model = null, thread } = exchange;
    this.#counter = new AnswerCounter(thread.prompts.tokens, encoding, answerOverheadOf(api, model));
    this.#factor = encodingOf(model).exact ? 1 : thread.prompts.factors.of(model, 'output').factor;
  }

  get upperBound(): number {
    return this.#counter === null ? 0 : Math.ceil(this.#counter.upperBound * this.#factor);
  }

  modelTokens(): number {
    return Math.round((this.count()?.tokens ?? 0) * this.#factor);
  }

  /** What the meter calls for each part of each chunk. */
  readonly read: SpanReader = (meter, base) => {
    if (this.#counter === null) return;
    try {
      this.#counter.read(meter, base);
    } catch (cause) {
      this.#fail(cause);
    }
  };

  take(): void {}

  release(): void {}

  count(): AnswerCount | null {
    if (this.#counter === null) return null;
    try {
      return { tokens: this.#counter.count(), reasoning: this.#counter.reasoning };
    } catch (cause) {
      this.#fail(cause);
      return null;
    }
  }

  #fail(cause: unknown): void {
    this.#counter = null;
    const { thread, entry } = this.#exchange;
    thread.reportBug(entry.id, cause);
  }
}

/** What one answer may keep alive beyond its turn; longer ones are read a second time as they come. */
const KEPT_BYTES_MAX = 64 * 1024;

/** Keeps a plain answer, and counts it only when asked: 0.3 ms for 64 KiB, which is paid where nothing was reported. */
export class KeptTally implements AnswerTally {
  readonly live = false;
  readonly upperBound = Number.POSITIVE_INFINITY;
  readonly #exchange: Exchange;
  readonly #head: ResponseHead;
  readonly #encoding: EncodingName;
  #first: Uint8Array | null = null;
  #others: Uint8Array[] | null = null;
  #bytes = 0;
  #counting: LiveTally | null = null;
  #meter: MeterStream | null = null;

  constructor(exchange: Exchange, head: ResponseHead, encoding: EncodingName) {
    this.#exchange = exchange;
    this.#head = head;
    this.#encoding = encoding;
  }

  take(chunk: Uint8Array): void {
    if (this.#meter !== null) {
      this.#meter.push(chunk);
      return;
    }
    this.#bytes += chunk.length;
    if (this.#first === null) this.#first = chunk;
    else if (this.#others === null) this.#others = [chunk];
    else this.#others.push(chunk);
    if (this.#bytes > KEPT_BYTES_MAX) this.#readKept();
  }

  modelTokens(): number {
    return this.#counting?.modelTokens() ?? 0;
  }

  count(): AnswerCount | null {
    if (this.#counting === null) this.#readKept();
    this.release();
    return this.#counting?.count() ?? null;
  }

  release(): void {
    this.#meter?.abandon();
    this.#meter = null;
  }

  #readKept(): void {
    const [first, others] = [this.#first, this.#others ?? []];
    this.#first = this.#others = null;
    this.#counting = new LiveTally(this.#exchange, this.#encoding);
    this.#meter = this.#exchange.thread.meter.open({ ...this.#head, spans: this.#counting.read });
    if (first !== null) this.#meter.push(first);
    for (const chunk of others) this.#meter.push(chunk);
  }
}
