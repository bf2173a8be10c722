// Reads a request's body as its api needs it (CONTRACT.md §3): JSON for an AI api whole, scanned by the classify kernel as
// it arrives; anything else is streamed on with backpressure; multipart forms are streamed and scanned beside it.
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { dialectOf } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import { WeirError } from '../core/error.js';
import type { BodyScan } from '../kernel/classify.js';
import type { HeadFacts } from '../provider/identify-head.js';
import type { BodyMode, Exchange } from './exchange.js';

/** How the body of this request travels. */
export function bodyMode({ head, headFacts }: Exchange): BodyMode {
  if (head.contentLength <= 0 && !head.chunked) return 'none';
  return headFacts !== null && isReadWhole(headFacts, head.method, head.contentType) ? 'whole' : 'stream';
}

/** Whether a body is read before anything goes upstream. */
export function isReadWhole(facts: HeadFacts, method: string, contentType: string): boolean {
  if (!facts.isAi || method === 'GET' || method === 'HEAD') return false;
  // Whatever it is: an AWS signature covers the whole body.
  return dialectOf(facts.api) === 'bedrock' || !NOT_JSON.test(contentType);
}

/** A JSON body may come under any other label: curl's default says it is a form. */
const NOT_JSON = /^\s*(?:multipart\/|audio\/|image\/|video\/|application\/octet-stream)/i;

/** A Buffer costs some 100 bytes beside its content: a body in chunks of one byte would take 100 times what is counted. */
const TAIL_BYTES = 16 * 1024;
const APART_MAX = 16;
/** Longer bodies are put together as they come: fresh memory costs 1.3 ms a MB (page faults), so it is paid once. */
const WHOLE_BYTES_MIN = 64 * 1024;
/** A length that is only claimed reserves nothing: this share of it must have come. */
const WHOLE_SHARE = 1 / 4;

export class WholeBody {
  readonly #exchange: Exchange;
  readonly #chunks: Buffer[] = [];
  /** Where small chunks are gathered once there are many. */
  #tail: Buffer | null = null;
  #tailBytes = 0;
  /** Where a body of known length is put together; `#chunks` is empty then. */
  #whole: Buffer | null = null;
  #scan: BodyScan | null = null;
  #bytes = 0;
  #decodedBytes = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get receivedBytes(): number {
    return this.#bytes;
  }

  /** Errors: weir_body_too_large, weir_overloaded. */
  take(chunk: ArrayBuffer): void {
    const { runtime, thread, head } = this.#exchange;
    const size = chunk.byteLength;
    if (size === 0) return;
    const { bodyBytes } = runtime.config.limits;
    if (this.#bytes + size > bodyBytes) throw tooLarge(bodyBytes);
    this.#hold(size);
    this.#bytes += size;
    const first = this.#whole ?? this.#chunks[0];
    const copy = this.#keep(new Uint8Array(chunk));
    if (head.contentEncoding !== '') return;
    // The second chunk makes it worth scanning while the rest is on its way.
    if (first !== undefined && this.#scan === null) {
      this.#scan = thread.classify.open('json', null);
      this.#scan.push(first.subarray(0, this.#bytes - size));
    }
    this.#scan?.push(copy);
  }

  /** A copy of the chunk, which is only valid during the call. */
  #keep(chunk: Uint8Array): Uint8Array {
    const { contentLength } = this.#exchange.head;
    if (
      this.#whole === null &&
      contentLength >= WHOLE_BYTES_MIN &&
      this.#bytes >= contentLength * WHOLE_SHARE
    )
      this.#gather(contentLength);
    if (this.#whole !== null) {
      this.#whole.set(chunk, this.#bytes - chunk.length);
      return this.#whole.subarray(this.#bytes - chunk.length, this.#bytes);
    }
    if (chunk.length >= TAIL_BYTES || this.#chunks.length < APART_MAX) {
      this.#closeTail();
      // Into the pool: an ArrayBuffer of its own would cost the collector more than the copy.
      const copy = Buffer.allocUnsafe(chunk.length);
      copy.set(chunk);
      this.#chunks.push(copy);
      return copy;
    }
    if (this.#tail === null || this.#tailBytes + chunk.length > TAIL_BYTES) {
      this.#closeTail();
      this.#tail = Buffer.allocUnsafeSlow(TAIL_BYTES);
    }
    const at = this.#tailBytes;
    this.#tail.set(chunk, at);
    this.#tailBytes += chunk.length;
    return this.#tail.subarray(at, this.#tailBytes);
  }

  #gather(bytes: number): void {
    this.#closeTail();
    const whole = Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks.length = 0;
    this.#whole = whole;
  }

  #closeTail(): void {
    if (this.#tail !== null) this.#chunks.push(this.#tail.subarray(0, this.#tailBytes));
    this.#tail = null;
    this.#tailBytes = 0;
  }

  /**
   * Hands over the body as it came, the same decoded (the very same object where there is nothing to decode), and its facts;
   * both are null where the body's encoding could not be undone.
   */
  finish(done: (body: Buffer, plain: Buffer | null, facts: BodyFacts | null) => void): void {
    const { thread, head } = this.#exchange;
    this.#closeTail();
    const [first] = this.#chunks;
    const body =
      this.#whole?.subarray(0, this.#bytes) ??
      (this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks));
    const scan = this.#scan;
    this.#scan = null;
    if (head.contentEncoding !== '' && head.contentEncoding !== 'identity') {
      this.#decode(body, plain =>
        done(body, plain, plain === null ? null : thread.classify.scanWhole(plain)),
      );
      return;
    }
    done(body, body, scan === null ? thread.classify.scanWhole(body) : scan.finish());
  }

  /** The decoded body is held too, for counting it and for changes. Errors: weir_overloaded. */
  holdDecoded(bytes: number): void {
    this.#hold(bytes);
    this.#decodedBytes = bytes;
  }

  #hold(bytes: number): void {
    if (this.#exchange.thread.buffered.take(bytes)) return;
    throw new WeirError(
      'weir_overloaded',
      'requests in memory have reached limits.buffered_bytes; come again in a moment',
    );
  }

  /** Gives the bytes back to the bound, and the kernel its slot. */
  release(): void {
    this.#scan?.abandon();
    this.#scan = null;
    this.#exchange.thread.buffered.give(this.#bytes + this.#decodedBytes);
    this.#bytes = this.#decodedBytes = 0;
  }

  #decode(body: Buffer, done: (decoded: Buffer | null) => void): void {
    const options: ZlibOptions = { maxOutputLength: this.#exchange.runtime.config.limits.bodyBytes };
    const take = (error: Error | null, decoded: Buffer): void => done(error === null ? decoded : null);
    switch (this.#exchange.head.contentEncoding.toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        gunzip(body, options, take);
        break;
      case 'deflate':
        inflate(body, options, take);
        break;
      case 'br':
        brotliDecompress(body, options, take);
        break;
      default:
        done(null);
    }
  }
}

export function tooLarge(bodyBytes: number): WeirError {
  return new WeirError('weir_body_too_large', `the body is over limits.body_bytes (${bodyBytes} bytes)`, {
    detail: { limit: bodyBytes },
  });
}
