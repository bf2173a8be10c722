// Decodes a compressed response, for the meter beside the bytes that go on as they came, or for plugins that look at its events. zlib works off the
// thread; what it has not done yet is bounded, and so is what comes out of it: beyond that nobody listens any more. Whoever hands the decoded bytes on
// pauses it while they are not taken: 64 KiB of a compressed answer may be 64 MiB of text.
import zlib from 'node:zlib';

/** So many compressed bytes may wait before the provider should: one read of a socket. */
const BEHIND_BYTES = 64 * 1024;
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
  /** zlib has more to do than it should be given: no more should come until `onCaughtUp`. */
  readonly behind: boolean;
  /** Called when it is not `behind` any more, never from inside write(). */
  onCaughtUp: () => void;
  /** Nothing is decoded beyond 16 KiB until `resume`. */
  pause(): void;
  resume(): void;
}

/** A decoder for a `content-encoding`, null where the body is as it is or the encoding is not known. */
export function decoderFor(contentEncoding: string): Decoder | null {
  const stream = streamFor(contentEncoding.trim().toLowerCase());
  return stream === null ? null : new ZlibDecoder(stream);
}

type ZlibStream = zlib.Gunzip | zlib.BrotliDecompress;

/** Node hands it to the stream; its typings of zlib do not have it. */
const ROOM = { writableHighWaterMark: BEHIND_BYTES };

function streamFor(encoding: string): ZlibStream | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip({ ...ROOM, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case 'deflate':
      return zlib.createInflate({ ...ROOM, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case 'br':
      return zlib.createBrotliDecompress({
        ...ROOM,
        finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
      });
    case 'zstd':
      return createZstd();
    default:
      return null;
  }
}

/** Node has zstd from 22.15 on. */
function createZstd(): ZlibStream | null {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return typeof create === 'function' ? (create(ROOM) as ZlibStream) : null;
}

class ZlibDecoder implements Decoder {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onCaughtUp: () => void = () => {};
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
    stream.on('drain', () => this.onCaughtUp());
    stream.on('end', () => this.#settle());
  }

  write(chunk: Uint8Array): void {
    if (this.#failed) return;
    if (this.#stream.writableLength > WAITING_BYTES_MAX) this.#fail();
    else this.#stream.write(Buffer.from(chunk));
  }

  get behind(): boolean {
    return !this.#failed && this.#stream.writableNeedDrain;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#failed) this.#stream.resume();
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
