// The segments that a journal writes, one after the other: each with room ahead, a dictionary and a seed of its own.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { type JournalBounds, leaveAt } from './bounds.js';
import { Dictionary } from './dictionary.js';
import { textFrames } from './frames.js';
import type { GroupSync } from './group-sync.js';
import type { JournalFiles } from './journal-files.js';
import { ENTRIES_AT, type SegmentHeader } from './layout.js';
import { SegmentFile } from './segment-file.js';

export interface SegmentsOptions {
  readonly folder: string;
  readonly generation: number;
  readonly thread: number;
  readonly clock: Clock;
}

export class Segments {
  dictionary = new Dictionary();
  readonly #options: SegmentsOptions;
  readonly #files: JournalFiles;
  readonly #bounds: JournalBounds;
  readonly #sync: GroupSync | null;
  readonly #leaveAt: number;
  #current: SegmentFile;

  /** Throws the file system's errors, as all of its methods do. */
  constructor(options: SegmentsOptions, files: JournalFiles, bounds: JournalBounds, sync: GroupSync | null) {
    this.#options = options;
    this.#files = files;
    this.#bounds = bounds;
    this.#sync = sync;
    this.#leaveAt = leaveAt(bounds);
    this.#current = this.#made(1, randomBytes(4).readUInt32LE());
    this.#current.activate();
    this.#sync?.begin();
  }

  get seed(): number {
    return this.#current.header.seed;
  }

  get current(): SegmentFile {
    return this.#current;
  }

  /** Whole entries; the first `length` bytes. */
  append(bytes: Buffer, length: number): void {
    const segment = this.#current;
    if (segment.position + length > this.#bounds.segmentBytes)
      throw new Error('the segment is full, and no other could be made');
    segment.append(bytes, length);
    // Kept until it is safe; `bytes` is used again.
    this.#sync?.wrote(segment, Buffer.from(bytes.subarray(0, length)));
  }

  /** Room ahead, in this segment or in a new one. Nothing may be waiting that refers to the dictionary. */
  makeRoom(): void {
    const segment = this.#current;
    const age = this.#options.clock.wallMs() - segment.header.createdMs;
    const old = age > this.#bounds.segmentAgeMs && segment.position > ENTRIES_AT;
    if (segment.position < this.#leaveAt && !old) {
      if (segment.reserved < segment.position + this.#bounds.reserveBytes)
        segment.reserve(this.#bounds.reserveBytes);
      return;
    }
    const next = this.#made(segment.header.sequence + 1, randomBytes(4).readUInt32LE());
    this.#leave(next, true);
    this.dictionary = new Dictionary();
  }

  /**
   * A new segment with the dictionary and seed of this one, for entries that refer to them and could not be written there. `synced`: what
   * the old one holds is still worth a sync.
   */
  moveOn(synced: boolean): void {
    const { sequence, seed } = this.#current.header;
    const next = this.#made(sequence + 1, seed);
    try {
      const texts = textFrames(this.dictionary.texts(), 0, seed);
      next.append(texts, texts.length);
      next.reserve(this.#bounds.reserveBytes);
    } catch (cause) {
      next.discard();
      throw cause;
    }
    this.dictionary.taken();
    this.#leave(next, synced);
  }

  /** True: too much was written to this segment for another batch. */
  get left(): boolean {
    return this.#current.position >= this.#leaveAt;
  }

  /** Nothing is written any more. */
  end(): void {
    try {
      this.#current.truncate();
    } finally {
      if (this.#sync === null) this.#current.close();
      else this.#sync.retire(this.#current);
    }
  }

  #made(sequence: number, seed: number): SegmentFile {
    const { folder, generation, thread, clock } = this.#options;
    const header: SegmentHeader = { generation, thread, sequence, seed, createdMs: clock.wallMs() };
    return new SegmentFile(this.#files, folder, header, this.#bounds.reserveBytes);
  }

  /** The next one gets its name only when this one is whole: a reader that sees it knows that this one is final. */
  #leave(next: SegmentFile, synced: boolean): void {
    const old = this.#current;
    try {
      old.truncate();
      next.activate();
    } catch (cause) {
      next.discard();
      throw cause;
    }
    this.#current = next;
    if (this.#sync === null || !synced) old.close();
    else this.#sync.retire(old);
    this.#sync?.begin();
  }
}
