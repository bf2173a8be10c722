// A request body that is not held whole: uWebSockets.js chunks → a Readable that undici drains. When the provider is
// slow, the client's socket is paused, so at most the stream's high-water mark and one chunk are in memory.
import { Readable } from 'node:stream';
import type { Downstream } from '../http/downstream.js';

/** With one chunk of uWebSockets.js (at most 512 KiB) above it, the bound on a stalled upload's memory. */
export const UPLOAD_BUFFER_BYTES = 64 * 1024;

export class Upload extends Readable {
  readonly #downstream: Downstream;
  #paused = false;
  /** Bytes that have come so far. */
  receivedBytes = 0;
  complete = false;

  constructor(downstream: Downstream) {
    super({ highWaterMark: UPLOAD_BUFFER_BYTES });
    this.#downstream = downstream;
    // undici reports what goes wrong through the call; without a listener an error here would be uncaught.
    this.on('error', () => this.#resume());
    this.on('close', () => this.#resume());
  }

  /** Takes a chunk that is only valid during the call. */
  accept(chunk: ArrayBuffer, last: boolean): void {
    this.receivedBytes += chunk.byteLength;
    if (last) this.complete = true;
    if (this.destroyed) return;
    const accepted = chunk.byteLength === 0 || this.push(Buffer.from(new Uint8Array(chunk)));
    if (last) this.push(null);
    else if (!accepted && !this.#paused) {
      this.#paused = true;
      this.#downstream.pauseBody();
    }
  }

  override _read(): void {
    this.#resume();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#downstream.resumeBody();
  }
}
