// Decodes a compressed response for the meter only: the client gets the bytes as they came. zlib works off the thread; what it
// has not done yet is bounded, and so is what comes out of it: beyond that the meter stops listening, the client notices nothing.
import zlib from 'node:zlib';

/** Compressed bytes that wait for zlib: beyond them this thread is too far ahead, and metering gives up. */
const WAITING_BYTES_MAX = 8 << 20;
/** Decoded bytes that are read: no answer of a model is longer; a bomb is. */
const DECODED_BYTES_MAX = 512 << 20;

export interface Decoder {
  /** Called with decoded bytes, never from inside write(). */
  onBytes: (bytes: Uint8Array) => void;
  /** Copies the chunk: zlib reads it later, when its owner may have used its memory again. */
  write(chunk: Uint8Array): void;
  /** Calls `done` once, when all is decoded (true) or decoding failed or was given up (false). */
  end(done: (whole: boolean) => void): void;
  stop(): void;
}

/** A decoder for a `content-encoding`, null where the body is as it is or the encoding is not known. */
export function decoderFor(contentEncoding: string): Decoder | null {
  const stream = streamFor(contentEncoding.trim().toLowerCase());
  return stream === null ? null : new ZlibDecoder(stream);
}

type ZlibStream = zlib.Gunzip | zlib.BrotliDecompress;

function streamFor(encoding: string): ZlibStream | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case 'deflate':
      return zlib.createInflate({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case 'br':
      return zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return createZstd();
    default:
      return null;
  }
}

/** Node has zstd from 22.15 on. */
function createZstd(): ZlibStream | null {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return typeof create === 'function' ? (create() as ZlibStream) : null;
}

class ZlibDecoder implements Decoder {
  onBytes: (bytes: Uint8Array) => void = () => {};
  readonly #stream: ZlibStream;
  #decoded = 0;
  #failed = false;
  #done: ((whole: boolean) => void) | null = null;

  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on('data', (bytes: Uint8Array) => {
      this.#decoded += bytes.length;
      if (this.#decoded > DECODED_BYTES_MAX) this.#fail();
      else if (!this.#failed) this.onBytes(bytes);
    });
    stream.on('error', () => this.#fail());
    stream.on('end', () => this.#settle());
  }

  write(chunk: Uint8Array): void {
    if (this.#failed) return;
    if (this.#stream.writableLength > WAITING_BYTES_MAX) this.#fail();
    else this.#stream.write(Buffer.from(chunk));
  }

  end(done: (whole: boolean) => void): void {
    this.#done = done;
    if (this.#failed) this.#settle();
    else this.#stream.end();
  }

  stop(): void {
    this.#done = null;
    this.#failed = true;
    this.#stream.destroy();
  }

  #fail(): void {
    this.#failed = true;
    this.#stream.destroy();
    this.#settle();
  }

  #settle(): void {
    const done = this.#done;
    this.#done = null;
    if (done !== null) done(!this.#failed);
  }
}
