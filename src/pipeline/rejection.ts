// A 400 or 422 to a request that Weir changed: read before it goes on, in case it only refuses the change.
import { decodeBody } from './decode-body.js';

/** An error body longer than this does not say that an option is unknown. */
const REJECTION_BYTES_MAX = 64 * 1024;

export class Rejection {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** False: too long to be one; `chunks` go on as they are. */
  take(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    return this.#bytes <= REJECTION_BYTES_MAX;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  /** Decoded, because some compress an error although `identity` was asked for; null where it cannot be read. */
  body(contentEncoding: string): Buffer | null {
    return decodeBody(Buffer.concat(this.#chunks), contentEncoding, REJECTION_BYTES_MAX);
  }
}
