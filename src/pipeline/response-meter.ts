// Reads a response beside its forwarding: kernel `meter` finds what it says, the dialect's rule normalises it. Never alters or
// delays a byte, never keeps a reference to a chunk. Hot path: per chunk.
import assert from 'node:assert';
import type { ApiName } from '../core/api.js';
import type { MeterReading } from '../core/meter-reading.js';
import { METER_AT_BOUNDARY, METER_ENDING } from '../core/meter-reading.js';
import { RAW_FIELDS } from '../core/raw-usage.js';
import {
  CLAIM_EVENTSTREAM,
  CLAIM_JSON,
  CLAIM_OTHER,
  CLAIM_SSE,
  METER_EXCEPTION,
  MeterKernel,
  type SpanReader,
} from '../kernel/meter.js';
import type { KernelReading, NumberBanks } from '../kernel/meter-layout.js';
import { normaliseUsage } from '../provider/usage.js';
import { type Decoder, decoderFor } from './response-decoder.js';

export interface ResponseHead {
  readonly api: ApiName;
  readonly provider: string | null;
  readonly kind: string | null;
  readonly requestModel: string | null;
  readonly status: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** x-amzn-bedrock-{input,output}-token-count */
  readonly bedrockInputTokens: number | null;
  readonly bedrockOutputTokens: number | null;
  /** Event boundaries wanted (usage opt-in). */
  readonly events: boolean;
  /** Told of the generated text as it passes (decompressed bodies: as it is decoded); absent or null: nobody counts. */
  readonly spans?: SpanReader | null;
}

export interface MeterStream {
  /** METER_* bits of src/core/meter-reading.ts; never keeps a reference to `chunk`. Compressed bodies: always METER_AT_BOUNDARY. */
  push(chunk: Uint8Array): number;
  /** Synchronous unless the body came compressed; frees the slot. */
  finish(done: (reading: MeterReading) => void): void;
  /** What is known so far of an answer that goes on. */
  peek(): MeterReading;
  /** What is known so far (abort, upstream broke); frees the slot. */
  abandon(): MeterReading;
}

const ERROR_CHARACTERS_MAX = 512;

/** Their streams have no closing event: the last one is that with the reason of the end, and what follows it is usage (PROVIDERS.md). */
const ENDS_WITH_A_REASON: ReadonlySet<ApiName> = new Set<ApiName>([
  'gemini.generate',
  'bedrock.converse',
  'bedrock.invoke',
  'anthropic.complete',
]);

/** Read and done with inside one call: two arrays for all streams instead of two for each. */
const BANKS: NumberBanks = { numbers: new Float64Array(RAW_FIELDS), last: new Float64Array(RAW_FIELDS) };

export class ResponseMeter {
  readonly kernel: MeterKernel;

  private constructor(kernel: MeterKernel) {
    this.kernel = kernel;
  }

  /** One per thread. Throws where the kernel was not built. */
  static load(): ResponseMeter {
    return new ResponseMeter(MeterKernel.load());
  }

  open(head: ResponseHead): MeterStream {
    const decoder = decoderFor(head.contentEncoding);
    const plain = new PlainStream(this.kernel, head);
    return decoder === null ? plain : new CompressedStream(plain, decoder);
  }
}

function claimOf(contentType: string): number {
  if (contentType.startsWith('text/event-stream')) return CLAIM_SSE;
  if (contentType.startsWith('application/vnd.amazon.eventstream')) return CLAIM_EVENTSTREAM;
  return contentType.includes('json') ? CLAIM_JSON : CLAIM_OTHER;
}

class PlainStream implements MeterStream {
  readonly #kernel: MeterKernel;
  readonly #head: ResponseHead;
  readonly #spans: SpanReader | null;
  readonly #endsWithReason: boolean;
  /** -1 once the stream is over. */
  #slot: number;

  constructor(kernel: MeterKernel, head: ResponseHead) {
    this.#kernel = kernel;
    this.#head = head;
    this.#spans = head.spans ?? null;
    this.#endsWithReason = ENDS_WITH_A_REASON.has(head.api);
    this.#slot = kernel.open(claimOf(head.contentType.trim().toLowerCase()), head.api === 'bedrock.invoke');
  }

  push(chunk: Uint8Array): number {
    assert(this.#slot >= 0, 'push after the end of a metered response');
    const bits = this.#kernel.push(this.#slot, chunk, this.#spans) & 7;
    return this.#endsWithReason && this.#kernel.finished(this.#slot) ? bits | METER_ENDING : bits;
  }

  peek(): MeterReading {
    assert(this.#slot >= 0, 'a look at a metered response after its end');
    return readingOf(this.#head, this.#kernel.peek(this.#slot, BANKS));
  }

  finish(done: (reading: MeterReading) => void): void {
    done(this.abandon());
  }

  abandon(): MeterReading {
    assert(this.#slot >= 0, 'a metered response ended twice');
    const slot = this.#slot;
    this.#slot = -1;
    return readingOf(this.#head, this.#kernel.close(slot, BANKS));
  }
}

/** Bytes go through zlib first, off this thread; the reading comes when the last are through. */
class CompressedStream implements MeterStream {
  readonly #plain: PlainStream;
  readonly #decoder: Decoder;
  #over = false;

  constructor(plain: PlainStream, decoder: Decoder) {
    this.#plain = plain;
    this.#decoder = decoder;
    decoder.onBytes = bytes => {
      if (!this.#over) plain.push(bytes);
    };
  }

  push(chunk: Uint8Array): number {
    assert(!this.#over, 'push after the end of a metered response');
    this.#decoder.write(chunk);
    return METER_AT_BOUNDARY;
  }

  finish(done: (reading: MeterReading) => void): void {
    assert(!this.#over, 'a metered response ended twice');
    this.#decoder.end(whole => {
      if (this.#over) return; // abandoned while it was being decoded
      const reading = this.abandon();
      done(whole ? reading : { ...reading, whole: false });
    });
  }

  peek(): MeterReading {
    return this.#plain.peek();
  }

  abandon(): MeterReading {
    assert(!this.#over, 'a metered response ended twice');
    this.#over = true;
    this.#decoder.stop();
    return this.#plain.abandon();
  }
}

function readingOf(head: ResponseHead, said: KernelReading): MeterReading {
  return {
    usage: normaliseUsage(head.api, said, {
      kind: head.kind,
      headInputTokens: head.bedrockInputTokens,
      headOutputTokens: head.bedrockOutputTokens,
    }),
    modelServed: said.model,
    finishReason: finishReasonOf(said.finishReason),
    error: errorOf(head, said),
    events: said.events,
    whole: said.whole,
  };
}

/** A status that says that work goes on is no reason why it ended. */
function finishReasonOf(reason: string | null): string | null {
  return reason === 'in_progress' || reason === 'queued' ? null : reason;
}

function errorOf(head: ResponseHead, said: KernelReading): string | null {
  const failed = head.status >= 400 || (said.flags & METER_EXCEPTION) !== 0 || (said.flags & 2) !== 0;
  const text = said.errorMessage ?? (failed ? said.message : null);
  if (text !== null) return text.slice(0, ERROR_CHARACTERS_MAX);
  return said.flags & 2 ? 'the provider reported an error without a message' : null;
}
