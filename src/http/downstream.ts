// Hot path: per request and per chunk. One client's exchange on a uWebSockets.js response: what the pipeline may do with it.
// Keeps the three rules of uWebSockets.js in one place: nothing is touched after an abort or an end, every write is
// corked, and buffers handed to callbacks are copied before they are kept.
import type { HttpResponse } from 'uWebSockets.js';
import { peerText } from './address.js';
import { statusLine } from './status.js';

export interface DownstreamEvents {
  /** The client has gone, or uWebSockets.js closed it. Never called after `end`, `endEmpty` or `close`. */
  onGone(): void;
  /** What was held back by a slow client has been taken: more may be written. */
  onDrained(): void;
  /** A piece of the request's body; `chunk` is valid inside the call only. */
  onBody(chunk: ArrayBuffer, last: boolean): void;
}

export class Downstream {
  readonly #response: HttpResponse;
  #events: DownstreamEvents | null = null;
  readonly #corked: () => void;
  /** What the next `cork` does: send `#pending`, or send it and complete the answer, or complete it without a body. */
  #doing: 'write' | 'end' | 'empty' = 'write';
  #pending: Uint8Array | string = '';
  #accepted = true;
  #emptyLength = -1;
  #status = 0;
  #headers: readonly string[] = [];
  #headPending = false;
  /** Length of the whole body where it is known and told, else -1 (chunked). */
  #bodyBytes = -1;
  /** What a slow client has not taken of a body of known length, and the write offset it begins at. */
  #rest: Uint8Array | null = null;
  #restOffset = 0;
  /** True once the client is gone or the answer is complete: nothing may be written any more. */
  done = false;
  headSent = false;
  bytesWritten = 0;
  /** Ask the client to open a new connection next time (drain). */
  closeAfter = false;

  constructor(response: HttpResponse) {
    this.#response = response;
    // One closure for all that is sent, instead of one a chunk.
    this.#corked = () => this.#send();
    response.onAborted(() => {
      if (this.done) return;
      this.done = true;
      this.#events?.onGone();
    });
  }

  /** Who hears of this exchange; to be said before the callback that brought the request returns. */
  attach(events: DownstreamEvents): void {
    this.#events = events;
  }

  /** The peer's address as text. */
  get peerAddress(): string {
    return peerText(this.#response.getRemoteAddress());
  }

  /** Starts handing the request's body to `onBody`. */
  readBody(): void {
    this.#response.onData((chunk, last) => this.#events?.onBody(chunk, last));
  }

  pauseBody(): void {
    if (!this.done) this.#response.pause();
  }

  resumeBody(): void {
    if (!this.done) this.#response.resume();
  }

  /**
   * Sets the head; it goes out with the first bytes of the body (this uWebSockets.js cannot finish a chunked head alone).
   * `contentLength` of -1: the body is sent chunked.
   */
  head(status: number, headers: readonly string[], contentLength: number): void {
    this.#status = status;
    this.#headers = headers;
    this.#bodyBytes = contentLength;
    this.#headPending = true;
  }

  /** Sends a piece of the body. False: the client is slow, wait for `onDrained`. */
  write(chunk: Uint8Array): boolean {
    if (this.done) return true;
    this.#pending = chunk;
    this.bytesWritten += chunk.byteLength;
    this.#doing = 'write';
    this.#response.cork(this.#corked);
    if (!this.#accepted) this.#awaitDrain();
    return this.#accepted;
  }

  /** Completes the answer; with `last`, the whole of what is left of it. */
  end(last: Uint8Array | string | null): void {
    if (this.done) return;
    if (this.headSent && this.#bodyBytes >= 0) {
      // A body of known length ends by itself at its last byte, at once or when the client has taken it.
      if (last !== null) this.write(typeof last === 'string' ? Buffer.from(last) : last);
      return;
    }
    this.done = true;
    if (last !== null)
      this.bytesWritten += typeof last === 'string' ? Buffer.byteLength(last) : last.byteLength;
    this.#pending = last ?? '';
    this.#doing = 'end';
    this.#response.cork(this.#corked);
  }

  /** Completes an answer that has no body (HEAD, 204, 304); `contentLength` is only told, -1 tells nothing. */
  endEmpty(contentLength: number): void {
    if (this.done) return;
    this.done = true;
    this.#emptyLength = contentLength;
    this.#doing = 'empty';
    this.#response.cork(this.#corked);
  }

  /** Cuts the connection: an answer that cannot be completed must not look complete. */
  close(): void {
    if (this.done) return;
    this.done = true;
    this.#response.close();
  }

  #send(): void {
    const response = this.#response;
    const whole = this.#headPending && this.#doing === 'end';
    if (this.#headPending) this.#writeHead(whole);
    const bytes = this.#pending;
    this.#pending = '';
    switch (this.#doing) {
      case 'write':
        this.#accepted = this.#bodyBytes < 0 ? response.write(bytes) : this.#tryEnd(bytes as Uint8Array);
        break;
      case 'end':
        // In a body that has begun uWebSockets.js would write the field into the middle of it.
        response.end(bytes, whole && this.closeAfter);
        break;
      case 'empty':
        // As an argument of `endWithoutBody` the length would be waited for, and the connection's next request cut off.
        if (this.#emptyLength >= 0) response.writeHeader('content-length', String(this.#emptyLength));
        response.endWithoutBody();
        break;
    }
  }

  /** `whole`: the body follows at once, and `end` says and does itself what `closeAfter` asks for. */
  #writeHead(whole: boolean): void {
    this.#headPending = false;
    this.headSent = true;
    const response = this.#response;
    response.writeStatus(statusLine(this.#status));
    const headers = this.#headers;
    for (let i = 0; i < headers.length; i += 2) response.writeHeader(headers[i] ?? '', headers[i + 1] ?? '');
    if (this.closeAfter && !whole) response.writeHeader('connection', 'close');
  }

  /** A body of known length: `tryEnd` takes what the socket takes and ends by itself at the last byte. */
  #tryEnd(chunk: Uint8Array): boolean {
    const before = this.#response.getWriteOffset();
    const [accepted, ended] = this.#response.tryEnd(chunk, this.#bodyBytes);
    if (ended) this.done = true;
    else if (!accepted) {
      this.#rest = chunk;
      this.#restOffset = before;
    }
    return accepted;
  }

  #continueRest(offset: number): boolean {
    const rest = this.#rest;
    if (rest === null) return true;
    const [accepted, ended] = this.#response.tryEnd(
      rest.subarray(offset - this.#restOffset),
      this.#bodyBytes,
    );
    if (ended) this.done = true;
    if (accepted) this.#rest = null;
    return accepted;
  }

  #awaitDrain(): void {
    this.#response.onWritable(offset => {
      if (this.done) return true;
      if (!this.#continueRest(offset)) return false;
      this.#events?.onDrained();
      return true;
    });
  }
}
