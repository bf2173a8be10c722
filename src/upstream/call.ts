// Hot path: per request and per chunk. One request to one target by undici's `dispatch()` with its raw handler: head as
// flat buffers, body as it comes from the socket. The call may be cancelled at any time, also before it has a socket.

import type { Socket } from 'node:net';
import { WeirError } from '../core/error.js';
import { type ConnectionUser, goesOut } from './connection-use.js';
import { errorCode, upstreamError } from './upstream-error.js';

/** Who hears of a call. After `onFailed` or `onDone` nothing more comes. */
export interface CallSink {
  /** Flat list of raw names and values, as they came. False: do not send body yet. */
  onHead(status: number, headers: readonly Buffer[]): boolean;
  /** The chunk is ours to keep. False: pause until `resume`. */
  onChunk(chunk: Buffer): boolean;
  onDone(): void;
  onFailed(error: WeirError): void;
}

/** What Node and undici say where the other side has closed the connection. */
const CLOSED: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** A close that crossed the request comes within a round trip; a provider that gives up on a request has worked on it for longer. */
const CROSSED_MS_MAX = 1000;

export class UpstreamCall implements ConnectionUser {
  readonly #sink: CallSink;
  readonly #target: string;
  #phase: 'connect' | 'head' | 'body' = 'connect';
  #abort: ((reason?: Error) => void) | null = null;
  #resume: (() => void) | null = null;
  #cancelled: WeirError | null = null;
  #over = false;
  /** What it went out on, where that had been used before. */
  #reused: Socket | null = null;
  #readBefore = 0;
  #sentMs = 0;
  #crossed = false;

  constructor(sink: CallSink, target: string) {
    this.#sink = sink;
    this.#target = target;
  }

  /** True once the provider holds a connection for this call. */
  get connected(): boolean {
    return this.#phase !== 'connect';
  }

  /**
   * It failed because the provider closed an idle connection while the request was on its way to it: nothing at all of an answer came, at once, on a
   * connection that had served before. As far as anybody can tell from here, the provider has not begun with it.
   */
  get crossed(): boolean {
    return this.#crossed;
  }

  /** Ends the call now, also while it waits for a connection; the sink hears `onFailed(reason)` unless it is over already. */
  cancel(reason: WeirError): void {
    if (this.#over || this.#cancelled !== null) return;
    this.#cancelled = reason;
    if (this.#abort !== null) {
      this.#abort(reason);
      return;
    }
    this.#over = true;
    this.#sink.onFailed(reason);
  }

  resume(): void {
    if (!this.#over) this.#resume?.();
  }

  // What undici calls. Names and order are its handler's (Dispatcher.DispatchHandler).
  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.#cancelled !== null) abort(this.#cancelled);
    else {
      this.#phase = 'head';
      goesOut(this);
    }
  }

  onSent(socket: Socket, reused: boolean): void {
    if (!reused) return;
    this.#reused = socket;
    this.#readBefore = socket.bytesRead;
    this.#sentMs = performance.now();
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    if (status < 200) return true;
    this.#resume = resume;
    this.#phase = 'body';
    try {
      return this.#sink.onHead(status, headers);
    } catch (thrown) {
      return this.#ownFault(thrown);
    }
  }

  onData(chunk: Buffer): boolean {
    try {
      return this.#sink.onChunk(chunk);
    } catch (thrown) {
      return this.#ownFault(thrown);
    }
  }

  onComplete(): void {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#sink.onDone();
    } catch (thrown) {
      this.#sink.onFailed(internal(thrown));
    }
  }

  /** A throw in Weir's own code: undici would take it for the provider's. */
  #ownFault(thrown: unknown): true {
    this.cancel(internal(thrown));
    return true;
  }

  onError(thrown: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#crossed = this.#cancelled === null && this.#hasCrossed(thrown);
    this.#sink.onFailed(this.#cancelled ?? upstreamError(thrown, this.#target, this.#phase));
  }

  #hasCrossed(thrown: unknown): boolean {
    if (this.#reused === null || this.#phase !== 'head' || !CLOSED.has(errorCode(thrown))) return false;
    return this.#reused.bytesRead === this.#readBefore && performance.now() - this.#sentMs <= CROSSED_MS_MAX;
  }
}

function internal(cause: unknown): WeirError {
  return new WeirError('weir_internal', 'Weir failed inside while it read the answer', { cause });
}
