// Hot path: per request and per chunk. One request to one target by undici's `dispatch()` with its raw handler: head as
// flat buffers, body as it comes from the socket. The call may be cancelled at any time, also before it has a socket.

import { WeirError } from '../core/error.js';
import { upstreamError } from './upstream-error.js';

/** Who hears of a call. After `onFailed` or `onDone` nothing more comes. */
export interface CallSink {
  /** Flat list of raw names and values, as they came. False: do not send body yet. */
  onHead(status: number, headers: readonly Buffer[]): boolean;
  /** The chunk is ours to keep. False: pause until `resume`. */
  onChunk(chunk: Buffer): boolean;
  onDone(): void;
  onFailed(error: WeirError): void;
}

export class UpstreamCall {
  readonly #sink: CallSink;
  readonly #target: string;
  #phase: 'connect' | 'head' | 'body' = 'connect';
  #abort: ((reason?: Error) => void) | null = null;
  #resume: (() => void) | null = null;
  #cancelled: WeirError | null = null;
  #over = false;

  constructor(sink: CallSink, target: string) {
    this.#sink = sink;
    this.#target = target;
  }

  /** True once the provider holds a connection for this call. */
  get connected(): boolean {
    return this.#phase !== 'connect';
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
    else this.#phase = 'head';
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
    this.#sink.onFailed(this.#cancelled ?? upstreamError(thrown, this.#target, this.#phase));
  }
}

function internal(cause: unknown): WeirError {
  return new WeirError('weir_internal', 'Weir failed inside while it read the answer', { cause });
}
