// Hot path: per turn of the loop. One segment as it is written: a position, and zeros written ahead of it, so that what must be kept finds room
// also on a disk that has become full meanwhile. (A file made longer without being written holds no room.)
import { join } from 'node:path';
import type { JournalFiles } from './journal-files.js';
import { ENTRIES_AT, headerBytes, type SegmentHeader } from './layout.js';
import { SPARE, segmentFileName } from './segment-name.js';

/** Written at once: some 60 µs. */
export const RESERVE_STEP_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(RESERVE_STEP_BYTES);

export class SegmentFile {
  readonly header: SegmentHeader;
  readonly fd: number;
  /** Where the next entry goes. */
  position = ENTRIES_AT;
  /** Up to here the file has its room. */
  reserved = 0;
  readonly #files: JournalFiles;
  readonly #path: string;

  /** A file beside the segments, with `ahead` bytes of room; nobody reads it before activate(). Throws the file system's errors. */
  constructor(files: JournalFiles, folder: string, header: SegmentHeader, ahead: number) {
    this.header = header;
    this.#files = files;
    this.#path = join(folder, segmentFileName(header));
    this.fd = files.create(this.#path + SPARE);
    try {
      this.#put(headerBytes(header), ENTRIES_AT, 0);
      this.reserved = ENTRIES_AT;
      this.reserve(ahead);
    } catch (cause) {
      this.discard();
      throw cause;
    }
  }

  /** It is a segment from now on. */
  activate(): void {
    this.#files.rename(this.#path + SPARE, this.#path);
  }

  /** It never became one. */
  discard(): void {
    this.#files.close(this.fd);
    this.#files.remove(this.#path + SPARE);
  }

  /** Room for `ahead` bytes from the position on. */
  reserve(ahead: number): void {
    while (this.reserved < this.position + ahead) {
      const length = Math.min(RESERVE_STEP_BYTES, this.position + ahead - this.reserved);
      // Whole steps, but for what is small anyway: one write for hundreds of records.
      const step = ahead < RESERVE_STEP_BYTES ? length : RESERVE_STEP_BYTES;
      this.#put(ZEROS, step, this.reserved);
      this.reserved += step;
    }
  }

  /** Whole entries; the position moves only when all of them are there, so that a failed write leaves nothing that counts. */
  append(bytes: Uint8Array, length: number): void {
    this.#put(bytes, length, this.position);
    this.position += length;
    if (this.reserved < this.position) this.reserved = this.position;
  }

  /** Takes off the zeros, and what a failed write left. */
  truncate(): void {
    this.#files.truncate(this.fd, this.position);
  }

  close(): void {
    this.#files.close(this.fd);
  }

  #put(bytes: Uint8Array, length: number, position: number): void {
    let done = 0;
    while (done < length) {
      const written = this.#files.write(this.fd, bytes, done, length - done, position + done);
      if (written === 0) throw new Error('the file system takes no more bytes');
      done += written;
    }
  }
}
