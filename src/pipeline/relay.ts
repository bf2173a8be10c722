// Hot path: per chunk. One attempt's answer on its way to the client: metered beside the forwarding, never changed by that; plugins that look at it stand
// between the meter and the client. A slow client pauses the provider's socket: then at most one read of 64 KiB waits here, the same again inside
// uWebSockets.js, and what the two sockets hold.
import type { WeirError } from '../core/error.js';
import type { MeterReading } from '../core/meter-reading.js';
import { type CallSink, UpstreamCall } from '../upstream/call.js';
import { AnswerReader } from './answer-reader.js';
import type { AnswerTally } from './answer-tally.js';
import type { PreparedCall } from './attempt.js';
import type { AttemptWatch } from './attempt-watch.js';
import { readHead } from './client-head.js';
import type { AnswerState } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { silence } from './outcome.js';
import { type AnswerOwner, AnswerPlugins } from './plugins/answer-plugins.js';
import { ProgressWatch } from './progress-watch.js';
import { Rejection } from './rejection.js';
import type { RelayOwner } from './relay-owner.js';
import type { ResponseHeaders } from './response-headers.js';
import { StreamLimit } from './stream-limit.js';
import { ToClient } from './to-client.js';
import { UsageChunkFilter } from './usage-chunk-filter.js';

export class Relay implements CallSink, AnswerState, AnswerOwner {
  readonly call: UpstreamCall;
  readonly tried: AttemptWatch;
  readonly #exchange: Exchange;
  readonly #prepared: PreparedCall;
  readonly #owner: RelayOwner;
  readonly client: ToClient;
  #headers: ResponseHeaders | null = null;
  /** Null where the answer is not metered. */
  #reader: AnswerReader | null = null;
  #watch: ProgressWatch | null = null;
  #filter: UsageChunkFilter | null = null;
  #limit: StreamLimit | null = null;
  #rejection: Rejection | null = null;
  /** Null where no plugin looks at the request. */
  #plugins: AnswerPlugins | null = null;
  /** The provider has sent all of it. */
  #whole = false;
  #metered = false;
  /** The owner went on elsewhere: whatever still comes of this answer is nobody's. */
  #discarded = false;
  /** When the provider was last heard of, or asked; coarse monotonic ms. */
  #heardMs: number;

  constructor(exchange: Exchange, prepared: PreparedCall, tried: AttemptWatch, owner: RelayOwner) {
    this.#exchange = exchange;
    this.#prepared = prepared;
    this.tried = tried;
    this.#owner = owner;
    this.#heardMs = exchange.thread.clock.monotonicMs();
    this.call = new UpstreamCall(this, tried.attempt.target);
    this.client = new ToClient(exchange, error => owner.onBroken(error));
  }

  dispatch(): void {
    const { provider, method, path, headers, body } = this.#prepared;
    provider.upstream.dispatch(this.call, method, path, headers, body);
  }

  /** Silent for too long: which error that is, or null. A slow client's pause is not the provider's fault, nor a plugin's. */
  overdue(nowMs: number, firstByteMs: number, idleMs: number): WeirError | null {
    this.#plugins?.checkHeld(nowMs);
    if (this.#whole || this.#discarded || !this.#takesMore) {
      this.#heardMs = nowMs;
      return null;
    }
    return silence(this.tried.attempt, nowMs - this.#heardMs, firstByteMs, idleMs);
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
    return this.#reader?.atBoundary !== false || this.#plugins?.byEvents === true;
  }

  get asked(): boolean {
    return this.call.connected;
  }

  get complete(): boolean {
    return this.#whole || this.#reader?.finalSeen === true;
  }

  get tally(): AnswerTally | null {
    return this.#reader?.tally ?? null;
  }

  get #takesMore(): boolean {
    return this.client.takes && this.#plugins?.waiting !== true;
  }

  onHead(status: number, raw: readonly Buffer[]): boolean {
    const exchange = this.#exchange;
    exchange.work();
    this.#heardMs = exchange.thread.coarseMs;
    if (this.#owner.rejects(this.tried.head(status, raw))) {
      this.#discarded = true;
      exchange.rest();
      return true;
    }
    if (this.#prepared.optIn && (status === 400 || status === 422)) this.#rejection = new Rejection();
    this.#headers = readHead(exchange, this.#prepared.provider.config, raw);
    const client = this.client;
    client.open(status, this.#headers);
    if (!client.bodyless && exchange.entry.identification.isAi) this.#openReader(status, this.#headers);
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
    this.tried.firstByte();
    const reader = this.#reader;
    if (reader !== null) {
      if (this.#limit?.near(chunk) === true) return this.#handOnByEvents(reader, this.#limit, chunk);
      if (reader.push(chunk)) this.client.hold();
    }
    return this.#handOn(chunk);
  }

  /** Event by event, so that a stream that is to end does so after the event that used up its hold. */
  #handOnByEvents(reader: AnswerReader, limit: StreamLimit, chunk: Buffer): boolean {
    for (let from = 0; from < chunk.length; ) {
      const to = limit.pieceEnd(chunk, from);
      const piece = chunk.subarray(from, to);
      if (reader.push(piece)) this.client.hold();
      this.#handOn(piece);
      from = to;
      const stop = reader.atBoundary && !this.client.muted ? limit.stop() : null;
      if (stop === null) continue;
      this.#discarded = true;
      this.#owner.onLimit(stop);
      return true;
    }
    return this.#takesMore;
  }

  #handOn(chunk: Buffer): boolean {
    if (this.client.muted) return true;
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
    if (this.#plugins === null) this.client.send(bytes);
    else this.#plugins.push(bytes);
  }

  onDone(): void {
    if (this.#discarded) return;
    this.#exchange.work();
    this.tried.attempt.totalMs = this.#exchange.elapsedMs();
    this.tally?.release();
    if (this.#rejection !== null && this.#releaseRejection(this.#rejection)) return;
    this.#whole = true;
    this.client.whole(this.#plugins?.decodes === true);
    // A compressed body is decoded to its end first; the client may leave meanwhile.
    if (this.#reader === null) this.#onMetered();
    else this.#reader.finish(() => this.#onMetered());
  }

  onFailed(error: WeirError): void {
    if (!this.#discarded) this.#owner.onBroken(error);
  }

  /** The client has taken what was held back. */
  onDrained(): void {
    this.client.slow = false;
    this.onGoOn();
  }

  onBegun(rewrites: boolean): void {
    this.client.waits = false;
    if (rewrites) this.client.rewritten = true;
  }

  onLetOut(bytes: Uint8Array): void {
    this.client.send(bytes);
  }

  onGoOn(): void {
    this.client.pump();
    this.#plugins?.goOn();
    if (this.#takesMore) this.call.resume();
  }

  onRefused(reason: WeirError): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.#owner.onLimit(reason);
  }

  /** What the meter knows so far, and nothing more is read; the meter's slot is free afterwards. The attempt tells `why`, unless it says more already. */
  abandon(why: WeirError | null): MeterReading | null {
    this.tried.broken(why);
    this.#discarded = true;
    this.#plugins?.abandon();
    return this.#reader?.abandon() ?? null;
  }

  /** Nothing more goes to the client. */
  mute(): void {
    this.client.mute();
    this.#plugins?.abandon();
    if (this.#metered) this.onAllOut();
    else this.call.resume();
  }

  /** Sends what may go out before the settlement is written. */
  flushQueue(): void {
    this.client.pump();
  }

  /** The settlement is written: of a whole answer all goes out, of another the rest of what has come. */
  finish(whole: boolean): void {
    if (whole) this.client.complete();
    else this.client.release();
  }

  /** Now and then: what the journal should know of a stream meanwhile. */
  watch(nowMs: number): void {
    if (!this.#whole && !this.#discarded) this.#watch?.look(nowMs);
  }

  #openReader(status: number, headers: ResponseHeaders): void {
    const optIn = this.#prepared.optIn && status === 200 && headers.contentEncoding === '';
    const reader = new AnswerReader(this.#exchange, this.#prepared, status, headers, optIn);
    this.#reader = reader;
    const [{ policies }, { tally }] = [this.#exchange, reader];
    if (tally?.live !== false)
      this.#watch = new ProgressWatch(this.#exchange, reader, this.client, () => this.onGoOn());
    if (policies !== null && tally?.live === true)
      this.#limit = new StreamLimit(policies, tally, headers.contentType);
    if (optIn) this.#filter = new UsageChunkFilter();
  }

  /** True: the owner asks again, and this answer is forgotten. */
  #releaseRejection(rejection: Rejection): boolean {
    const body = rejection.body(this.#headers?.contentEncoding ?? '');
    if (body !== null && this.#owner.asksAgain(body)) {
      this.tried.attempt.error = 'usage_opt_in_refused';
      this.abandon(null);
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
  #onMetered(): void {
    this.#metered = true;
    const rest = this.#filter?.flush() ?? null;
    if (rest !== null && !this.client.muted) this.#letOn(rest);
    if (this.#plugins === null || this.client.muted) this.onAllOut();
    else this.#plugins.end();
  }

  /** All that is to go out has been handed to the client's side: the record is settled, and the last bytes follow it. */
  onAllOut(): void {
    if (this.#discarded) return;
    this.client.whole();
    const reading = this.#reader?.peek() ?? null;
    this.tried.whole(reading !== null && reading.error !== null);
    this.#owner.onWhole(reading);
    this.#exchange.rest();
  }
}
