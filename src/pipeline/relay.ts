// Hot path: per chunk. One attempt's answer on its way to the client: metered beside the forwarding, never changed by it.
// Chunks of one socket read are handed on together at the end of the same turn (one system call instead of one a chunk;
// bench/gateway, mode sse0). A slow client pauses the provider's socket: then at most one read of 64 KiB waits here, the
// same again inside uWebSockets.js, and what the two sockets hold.
import type { Attempt } from '../core/entry.js';
import { WeirError } from '../core/error.js';
import { METER_AT_BOUNDARY, METER_FINAL_SEEN, type MeterReading } from '../core/meter-reading.js';
import { type CallSink, UpstreamCall } from '../upstream/call.js';
import type { AnswerTally } from './answer-tally.js';
import type { PreparedCall } from './attempt.js';
import { ChunkQueue } from './chunk-queue.js';
import { readHead, sendHead } from './client-head.js';
import type { AnswerState } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { openMeter } from './open-meter.js';
import { silence } from './outcome.js';
import { Rejection } from './rejection.js';
import type { ResponseHeaders } from './response-headers.js';
import type { MeterStream } from './response-meter.js';
import { StreamLimit } from './stream-limit.js';
import { UsageChunkFilter } from './usage-chunk-filter.js';

/** What the flow of the request decides about an attempt. */
export interface RelayOwner {
  /** The head has come. True: this answer is not for the client; the owner goes on elsewhere. */
  rejects(status: number): boolean;
  /** A 400 or 422 to a request that Weir changed: its body, whole. True: the owner asks again. */
  asksAgain(body: Buffer): boolean;
  /** The answer is whole and metered: the record is settled before the last bytes go out. */
  onWhole(reading: MeterReading | null): void;
  /** A policy ends the answer here: what has been handed on stays. */
  onLimit(reason: WeirError): void;
  onBroken(error: WeirError): void;
}

export class Relay implements CallSink, AnswerState {
  readonly call: UpstreamCall;
  readonly attempt: Attempt;
  readonly #exchange: Exchange;
  readonly #prepared: PreparedCall;
  readonly #owner: RelayOwner;
  readonly #flush: () => void;
  #headers: ResponseHeaders | null = null;
  #meter: MeterStream | null = null;
  /** Counts the answer's text; null where there is none. */
  tally: AnswerTally | null = null;
  #filter: UsageChunkFilter | null = null;
  #limit: StreamLimit | null = null;
  #rejection: Rejection | null = null;
  readonly #queue = new ChunkQueue();
  #flushing = false;
  #slow = false;
  #whole = false;
  #settled = false;
  #bodyless = false;
  /** The owner went on elsewhere: whatever still comes of this answer is nobody's. */
  #discarded = false;
  /** The client is gone: read on for the meter alone. */
  #muted = false;
  #headSet = false;
  #meterBits = METER_AT_BOUNDARY;
  /** When the provider was last heard of, or asked; coarse monotonic ms. */
  #heardMs: number;

  constructor(exchange: Exchange, prepared: PreparedCall, attempt: Attempt, owner: RelayOwner) {
    this.#exchange = exchange;
    this.#prepared = prepared;
    this.attempt = attempt;
    this.#owner = owner;
    this.#heardMs = exchange.thread.clock.monotonicMs();
    this.call = new UpstreamCall(this, attempt.target);
    this.#flush = () => {
      this.#flushing = false;
      try {
        this.#pump();
      } catch (cause) {
        owner.onBroken(
          new WeirError('weir_internal', 'Weir failed inside while it sent the answer', { cause }),
        );
      }
    };
  }

  /** The provider has been silent for too long: which error that is, or null. A slow client's pause is not its fault. */
  overdue(nowMs: number, firstByteMs: number, idleMs: number): WeirError | null {
    if (this.#whole || this.#discarded || this.#slow) {
      this.#heardMs = nowMs;
      return null;
    }
    return silence(this.attempt, nowMs - this.#heardMs, firstByteMs, idleMs);
  }

  /** A streamed upload goes on: the provider has nothing to answer yet. */
  stillAsking(): void {
    this.#heardMs = this.#exchange.thread.coarseMs;
  }

  get contentType(): string {
    return this.#headers?.contentType ?? '';
  }

  /** Between two events, and nothing of a whole one waits. */
  get betweenEvents(): boolean {
    return (this.#meterBits & METER_AT_BOUNDARY) !== 0;
  }

  get asked(): boolean {
    return this.call.connected;
  }

  get complete(): boolean {
    return this.#whole || (this.#meterBits & METER_FINAL_SEEN) !== 0;
  }

  onHead(status: number, raw: readonly Buffer[]): boolean {
    const exchange = this.#exchange;
    exchange.work();
    this.#heardMs = exchange.thread.coarseMs;
    this.attempt.status = status;
    if (this.#owner.rejects(status)) {
      this.#discarded = true;
      exchange.rest();
      return true;
    }
    if (this.#prepared.optIn && (status === 400 || status === 422)) this.#rejection = new Rejection();
    this.#headers = readHead(exchange, this.#prepared.provider.config, raw);
    const { method } = exchange.head;
    this.#bodyless = method === 'HEAD' || status === 204 || status === 304;
    if (!this.#bodyless && exchange.entry.identification.isAi) this.#read(status, this.#headers);
    exchange.rest();
    return true;
  }

  onChunk(chunk: Buffer): boolean {
    if (this.#discarded) return true;
    this.#heardMs = this.#exchange.thread.coarseMs;
    if (this.attempt.firstByteMs === null) this.#firstByte();
    if (this.#meter !== null) {
      if (this.#limit?.near(chunk) === true) return this.#handOnByEvents(this.#meter, this.#limit, chunk);
      this.tally?.take(chunk);
      this.#meterBits = this.#meter.push(chunk);
    }
    return this.#handOn(chunk);
  }

  /** Event by event, so that a stream that is to end does so after the event that used up its hold. */
  #handOnByEvents(meter: MeterStream, limit: StreamLimit, chunk: Buffer): boolean {
    for (let from = 0; from < chunk.length; ) {
      const to = limit.pieceEnd(chunk, from);
      const piece = chunk.subarray(from, to);
      this.#meterBits = meter.push(piece);
      this.#handOn(piece);
      from = to;
      const stop = this.betweenEvents && !this.#muted ? limit.stop() : null;
      if (stop === null) continue;
      this.#discarded = true;
      this.#owner.onLimit(stop);
      return true;
    }
    return !this.#slow;
  }

  #handOn(chunk: Buffer): boolean {
    if (this.#muted) return true;
    if (this.#rejection !== null) {
      if (!this.#rejection.take(chunk)) this.#forwardRejection(this.#rejection);
      return true;
    }
    const out = this.#filter === null ? chunk : this.#filter.push(chunk);
    if (out !== null) this.#enqueue(out);
    return !this.#slow;
  }

  onDone(): void {
    if (this.#discarded) return;
    this.#exchange.work();
    this.attempt.totalMs = this.#exchange.elapsedMs();
    this.tally?.release();
    if (this.#rejection !== null && this.#releaseRejection(this.#rejection)) return;
    this.#whole = true;
    const meter = this.#meter;
    if (meter === null) this.#settle(null);
    else {
      // A compressed body is decoded to its end first; the client may leave meanwhile.
      meter.finish(reading => {
        this.#meter = null;
        this.#settle(reading);
      });
    }
  }

  onFailed(error: WeirError): void {
    this.attempt.totalMs = this.#exchange.elapsedMs();
    this.attempt.error ??= error.code;
    if (!this.#discarded) this.#owner.onBroken(error);
  }

  /** The client has taken what was held back. */
  onDrained(): void {
    this.#slow = false;
    this.#pump();
    if (!this.#slow) this.call.resume();
  }

  /** What the meter knows so far; the meter's slot is free afterwards. */
  abandon(): MeterReading | null {
    const reading = this.#meter?.abandon() ?? null;
    this.tally?.release();
    this.#meter = null;
    return reading;
  }

  /** Nothing more goes to the client. */
  mute(): void {
    this.#muted = true;
    this.#queue.take();
    if (this.#slow) {
      this.#slow = false;
      this.call.resume();
    }
  }

  /** Sends what is whole and still waits here, before the stream is ended otherwise. */
  flushQueue(): void {
    this.#pump();
  }

  #read(status: number, headers: ResponseHeaders): void {
    const optIn = this.#prepared.optIn && status === 200 && headers.contentEncoding === '';
    const { meter, tally } = openMeter(this.#exchange, this.#prepared, status, headers, optIn);
    this.#meter = meter;
    this.tally = tally;
    const { policies } = this.#exchange;
    if (policies !== null && tally?.live === true)
      this.#limit = new StreamLimit(policies, tally, headers.contentType);
    if (optIn) this.#filter = new UsageChunkFilter();
  }

  #firstByte(): void {
    const elapsed = this.#exchange.elapsedMs();
    this.attempt.firstByteMs = elapsed;
    this.#exchange.entry.firstByteMs ??= elapsed;
  }

  /** True: the owner asks again, and this answer is forgotten. */
  #releaseRejection(rejection: Rejection): boolean {
    const body = rejection.body(this.#headers?.contentEncoding ?? '');
    if (body !== null && this.#owner.asksAgain(body)) {
      this.#discarded = true;
      this.attempt.error = 'usage_opt_in_refused';
      this.abandon();
      return true;
    }
    this.#forwardRejection(rejection);
    return false;
  }

  #forwardRejection(rejection: Rejection): void {
    this.#rejection = null;
    for (const chunk of rejection.chunks) this.#enqueue(chunk);
  }

  #enqueue(chunk: Uint8Array): void {
    this.#queue.push(chunk);
    if (this.#flushing || this.#slow) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  #settle(reading: MeterReading | null): void {
    const rest = this.#filter?.flush() ?? null;
    if (rest !== null && !this.#muted) this.#enqueue(rest);
    this.#owner.onWhole(reading);
    this.#settled = true;
    this.#exchange.rest();
    this.#pump();
  }

  #pump(): void {
    const { downstream } = this.#exchange;
    if (this.#slow || this.#muted || this.#headers === null || downstream.done) return;
    if (!this.#headSet) this.#setHead(this.#headers);
    if (this.#whole) {
      // The last bytes wait for the settlement.
      if (!this.#settled) return;
      if (this.#bodyless) downstream.endEmpty(this.#headers.contentLength);
      else downstream.end(this.#queue.take());
      return;
    }
    const chunk = this.#queue.take();
    if (chunk !== null && !downstream.write(chunk)) this.#slow = true;
  }

  #setHead(headers: ResponseHeaders): void {
    this.#headSet = true;
    const length = this.#filter === null && !this.#bodyless ? headers.contentLength : -1;
    sendHead(this.#exchange, this.attempt.status ?? 502, headers, length);
  }
}
