// Hot path: per chunk. One attempt's answer on its way to the client: metered beside the forwarding, never changed by that; plugins that look at it stand
// between the meter and the client. A slow client pauses the provider's socket: then at most one read of 64 KiB waits here, the same again inside
// uWebSockets.js, and what the two sockets hold.
import type { Attempt } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import { METER_AT_BOUNDARY, METER_FINAL_SEEN, type MeterReading } from '../core/meter-reading.js';
import { type CallSink, UpstreamCall } from '../upstream/call.js';
import type { AnswerTally } from './answer-tally.js';
import type { PreparedCall } from './attempt.js';
import { readHead } from './client-head.js';
import type { AnswerState } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { openMeter } from './open-meter.js';
import { silence } from './outcome.js';
import { type AnswerOwner, AnswerPlugins } from './plugins/answer-plugins.js';
import { Rejection } from './rejection.js';
import type { RelayOwner } from './relay-owner.js';
import type { ResponseHeaders } from './response-headers.js';
import type { MeterStream } from './response-meter.js';
import { StreamLimit } from './stream-limit.js';
import { ToClient } from './to-client.js';
import { UsageChunkFilter } from './usage-chunk-filter.js';

export class Relay implements CallSink, AnswerState, AnswerOwner {
  readonly call: UpstreamCall;
  readonly attempt: Attempt;
  readonly #exchange: Exchange;
  readonly #prepared: PreparedCall;
  readonly #owner: RelayOwner;
  readonly #client: ToClient;
  #headers: ResponseHeaders | null = null;
  #meter: MeterStream | null = null;
  /** Counts the answer's text; null where there is none. */
  tally: AnswerTally | null = null;
  #filter: UsageChunkFilter | null = null;
  #limit: StreamLimit | null = null;
  #rejection: Rejection | null = null;
  /** Null where no plugin looks at the request. */
  #plugins: AnswerPlugins | null = null;
  /** The provider has sent all of it. */
  #whole = false;
  /** It is metered to its end, and this is what was read; the settlement may still wait for plugins. */
  #read = false;
  #reading: MeterReading | null = null;
  /** The owner went on elsewhere: whatever still comes of this answer is nobody's. */
  #discarded = false;
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
    this.#client = new ToClient(exchange, error => owner.onBroken(error));
  }

  dispatch(): void {
    const { provider, method, path, headers, body } = this.#prepared;
    provider.upstream.dispatch(this.call, method, path, headers, body);
  }

  /** The provider has been silent for too long: which error that is, or null. A slow client's pause is not its fault, nor a plugin's. */
  overdue(nowMs: number, firstByteMs: number, idleMs: number): WeirError | null {
    this.#plugins?.checkHeld(nowMs);
    if (this.#whole || this.#discarded || !this.#takesMore) {
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

  /** Between two events, and nothing of a whole one waits. Plugins let whole events out. */
  get betweenEvents(): boolean {
    return (this.#meterBits & METER_AT_BOUNDARY) !== 0 || this.#plugins?.byEvents === true;
  }

  get asked(): boolean {
    return this.call.connected;
  }

  get complete(): boolean {
    return this.#whole || (this.#meterBits & METER_FINAL_SEEN) !== 0;
  }

  get #takesMore(): boolean {
    return !this.#client.slow && this.#plugins?.waiting !== true;
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
    const client = this.#client;
    client.open(status, this.#headers);
    if (!client.bodyless && exchange.entry.identification.isAi) this.#openMeter(status, this.#headers);
    client.rewritten = this.#filter !== null;
    if (exchange.plugins?.lookAtAnswers === true && !client.muted) {
      client.waits = true;
      const head = { status, headers: this.#headers, hasBody: !client.bodyless };
      this.#plugins = new AnswerPlugins(exchange, exchange.plugins, head, this);
      if (this.#rejection === null) this.#plugins.begin();
    }
    exchange.rest();
    return this.#rejection !== null || this.#takesMore;
  }

  onChunk(chunk: Buffer): boolean {
    if (this.#discarded) return true;
    this.#heardMs = this.#exchange.thread.coarseMs;
    if (this.attempt.firstByteMs === null) {
      this.attempt.firstByteMs = this.#exchange.elapsedMs();
      this.#exchange.entry.firstByteMs ??= this.attempt.firstByteMs;
    }
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
      const atEnd = (this.#meterBits & METER_AT_BOUNDARY) !== 0;
      const stop = atEnd && !this.#client.muted ? limit.stop() : null;
      if (stop === null) continue;
      this.#discarded = true;
      this.#owner.onLimit(stop);
      return true;
    }
    return this.#takesMore;
  }

  #handOn(chunk: Buffer): boolean {
    if (this.#client.muted) return true;
    if (this.#rejection !== null) {
      if (!this.#rejection.take(chunk)) this.#forwardRejection(this.#rejection);
      return true;
    }
    const out = this.#filter === null ? chunk : this.#filter.push(chunk);
    if (out !== null) this.#letOn(out);
    return this.#takesMore;
  }

  /** Through the plugins, or straight on. */
  #letOn(bytes: Uint8Array): void {
    if (this.#plugins === null) this.#client.send(bytes);
    else this.#plugins.push(bytes);
  }

  onDone(): void {
    if (this.#discarded) return;
    this.#exchange.work();
    this.attempt.totalMs = this.#exchange.elapsedMs();
    this.tally?.release();
    if (this.#rejection !== null && this.#releaseRejection(this.#rejection)) return;
    this.#whole = true;
    this.#client.whole();
    const meter = this.#meter;
    if (meter === null) this.#metered(null);
    else {
      // A compressed body is decoded to its end first; the client may leave meanwhile.
      meter.finish(reading => {
        this.#meter = null;
        this.#metered(reading);
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
    this.#client.slow = false;
    this.#client.pump();
    if (this.#takesMore) this.call.resume();
  }

  onBegun(rewrites: boolean): void {
    this.#client.waits = false;
    if (rewrites) this.#client.rewritten = true;
  }

  onLetOut(bytes: Uint8Array): void {
    this.#client.send(bytes);
  }

  onGoOn(): void {
    this.#client.pump();
    if (this.#takesMore) this.call.resume();
  }

  onRefused(reason: WeirError): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.#owner.onLimit(reason);
  }

  /** What the meter knows so far; the meter's slot is free afterwards. */
  abandon(): MeterReading | null {
    const reading = this.#meter?.abandon() ?? this.#reading;
    this.tally?.release();
    this.#meter = null;
    this.#plugins?.abandon();
    return reading;
  }

  /** Nothing more goes to the client. */
  mute(): void {
    this.#client.mute();
    this.#plugins?.abandon();
    if (this.#read) this.onAllOut();
    else this.call.resume();
  }

  /** Sends what is whole and still waits here, before the stream is ended otherwise. */
  flushQueue(): void {
    this.#client.pump();
  }

  #openMeter(status: number, headers: ResponseHeaders): void {
    const optIn = this.#prepared.optIn && status === 200 && headers.contentEncoding === '';
    const { meter, tally } = openMeter(this.#exchange, this.#prepared, status, headers, optIn);
    this.#meter = meter;
    this.tally = tally;
    const { policies } = this.#exchange;
    if (policies !== null && tally?.live === true)
      this.#limit = new StreamLimit(policies, tally, headers.contentType);
    if (optIn) this.#filter = new UsageChunkFilter();
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
    this.#plugins?.begin();
    for (const chunk of rejection.chunks) this.#letOn(chunk);
  }

  /** All of it is metered; what plugins hold back comes out before the settlement. */
  #metered(reading: MeterReading | null): void {
    this.#reading = reading;
    this.#read = true;
    const rest = this.#filter?.flush() ?? null;
    if (rest !== null && !this.#client.muted) this.#letOn(rest);
    if (this.#plugins === null || this.#client.muted) this.onAllOut();
    else this.#plugins.end();
  }

  /** All that is to go out has been handed to the client's side: the record is settled, and the last bytes follow. */
  onAllOut(): void {
    if (this.#discarded) return;
    this.#owner.onWhole(this.#reading);
    this.#exchange.rest();
    this.#client.complete();
  }
}
