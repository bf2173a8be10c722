// Hot path: per chunk. The client's side of an answer: its head, and chunks of one socket read handed on together at the end of the same turn (one system
// call instead of one a chunk; bench/gateway, mode sse0). What completes an answer waits until its settlement is in the journal (DESIGN.md): all that
// still waits here when the provider has sent the last of it, the last byte of a body of known length, and a stream's final event.
import { WeirError } from '../core/error.js';
import { ChunkQueue } from './chunk-queue.js';
import { sendHead } from './client-head.js';
import type { Exchange } from './exchange.js';
import type { ResponseHeaders } from './response-headers.js';

/** What may wait behind a final event before the provider is paused; what is kept of an answer that is decoded to its end. */
const HELD_BYTES_MAX = 64 * 1024;

export class ToClient {
  readonly #exchange: Exchange;
  readonly #flush: () => void;
  readonly #queue = new ChunkQueue();
  #headers: ResponseHeaders | null = null;
  #status = 502;
  /** Of the body as it is told, -1 where it is not. */
  #length = -1;
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
  /** Its last bytes are still being decoded. */
  #ending = false;
  #settled = false;
  /** Bytes of the provider's answer so far. */
  #bytes = 0;
  /** The final event is among what waits. */
  #holds = false;
  #letGo = false;
  #heldBytes = 0;

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
    this.#bytes += chunk.length;
    if (this.#holds) this.#heldBytes += chunk.length;
    if (this.#flushing || this.slow) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  /** The provider has sent all: what waits is kept until `complete`. `decodes`: not all of it is here yet, and only the last of what waits is kept. */
  whole(decodes = false): void {
    if (decodes) this.#ending = true;
    else this.#whole = true;
  }

  /** From here on a stream has told all that its reader waits for: what waits now and what comes is kept until `complete`, `release` or `letGo`. */
  hold(): void {
    if (!this.#letGo) this.#holds = true;
  }

  get holds(): boolean {
    return this.#holds;
  }

  /** More may come. */
  get takes(): boolean {
    return !this.slow && !this.full;
  }

  /** Too much waits behind the final event. */
  get full(): boolean {
    return this.#heldBytes > HELD_BYTES_MAX;
  }

  /** The provider goes on after its final event, and the journal knows as much as can be known: the stream goes on. */
  letGo(): void {
    this.#holds = false;
    this.#letGo = true;
    this.#heldBytes = 0;
    this.pump();
  }

  /** The settlement is written, of an answer that broke: what waits follows what has gone out, and the end does not. */
  release(): void {
    this.#settled = true;
    // Also where the provider has sent all of it: a plugin may end what came whole.
    this.#whole = false;
    if (this.#exchange.downstream.headSent) this.pump();
  }

  /** The settlement is written: all goes out. */
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
    if (this.#keeps) return;
    const chunk =
      this.#ending && !this.#settled ? this.#queue.takeAllBut(HELD_BYTES_MAX) : this.#queue.take();
    if (chunk === null) return;
    if (!downstream.write(chunk)) this.slow = true;
    this.#exchange.entry.status ??= this.#status;
  }

  /** What waits would complete the answer. */
  get #keeps(): boolean {
    if (this.#settled) return false;
    return this.#holds || (this.#length >= 0 && this.#bytes >= this.#length);
  }

  #setHead(headers: ResponseHeaders): void {
    this.#headSet = true;
    this.#length = this.rewritten || this.bodyless ? -1 : headers.contentLength;
    sendHead(this.#exchange, this.#status, headers, this.#length);
  }
}
