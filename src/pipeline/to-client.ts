// Hot path: per chunk. The client's side of an answer: its head, and chunks of one socket read handed on together at the end of the same turn (one system
// call instead of one a chunk; bench/gateway, mode sse0). The last bytes wait until the record is settled.
import { WeirError } from '../core/error.js';
import { ChunkQueue } from './chunk-queue.js';
import { sendHead } from './client-head.js';
import type { Exchange } from './exchange.js';
import type { ResponseHeaders } from './response-headers.js';

export class ToClient {
  readonly #exchange: Exchange;
  readonly #flush: () => void;
  readonly #queue = new ChunkQueue();
  #headers: ResponseHeaders | null = null;
  #status = 502;
  #headSet = false;
  #flushing = false;
  /** The client takes nothing now. */
  slow = false;
  /** It is gone. */
  muted = false;
  /** Plugins have still to say whether the head goes out. */
  waits = false;
  /** Other bytes than the provider's: their number is not known before. */
  rewritten = false;
  bodyless = false;
  #whole = false;
  #settled = false;

  constructor(exchange: Exchange, onBroken: (error: WeirError) => void) {
    this.#exchange = exchange;
    this.#flush = () => {
      this.#flushing = false;
      try {
        this.pump();
      } catch (cause) {
        onBroken(new WeirError('weir_internal', 'Weir failed inside while it sent the answer', { cause }));
      }
    };
  }

  /** The head that goes out with the first bytes. */
  open(status: number, headers: ResponseHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const { method } = this.#exchange.head;
    this.bodyless = method === 'HEAD' || status === 204 || status === 304;
  }

  send(chunk: Uint8Array): void {
    if (this.muted) return;
    this.#queue.push(chunk);
    if (this.#flushing || this.slow) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  /** The provider has sent all: what waits is kept until `complete`. */
  whole(): void {
    this.#whole = true;
  }

  /** The record is settled: all goes out. */
  complete(): void {
    this.#whole = this.#settled = true;
    this.pump();
  }

  /** Nothing more goes out. */
  mute(): void {
    this.muted = true;
    this.slow = false;
    this.#queue.take();
  }

  /** Sends what may go out now. */
  pump(): void {
    const { downstream } = this.#exchange;
    if (this.slow || this.muted || this.waits || this.#headers === null || downstream.done) return;
    if (!this.#headSet) this.#setHead(this.#headers);
    if (this.#whole) {
      if (!this.#settled) return;
      if (this.bodyless) downstream.endEmpty(this.#headers.contentLength);
      else downstream.end(this.#queue.take());
      return;
    }
    const chunk = this.#queue.take();
    if (chunk !== null && !downstream.write(chunk)) this.slow = true;
  }

  #setHead(headers: ResponseHeaders): void {
    this.#headSet = true;
    const length = this.rewritten || this.bodyless ? -1 : headers.contentLength;
    sendHead(this.#exchange, this.#status, headers, length);
  }
}
