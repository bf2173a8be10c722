// Reads a segment entry by entry, also while it is being written. A torn tail, and damage in the middle, are told apart: behind a torn tail
// nothing whole follows. No wrong entry is ever handed out (layout.ts: checksums with the segment's own seed).
import { closeSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs';
import { basename } from 'node:path';
import { findEntry, framedLength, wholeEntry } from './find-entry.js';
import {
  ENTRIES_AT,
  ENTRY_VERSION,
  FRAME_BYTES,
  JournalVersionError,
  LOST,
  parseHeader,
  type SegmentHeader,
  TEXT,
} from './layout.js';
import { parseSegmentName, type SegmentName } from './segment-name.js';

/** Some 500 entries; grows for one that is longer. */
const WINDOW_BYTES = 256 * 1024;

export interface ByteRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** One object for all entries of a reader. */
export interface ReadEntry {
  /** TEXT, ADMITTED, … of layout.ts; larger than TYPE_MAX: of a later version, to be passed over. */
  type: number;
  /** Offsets in the file; `end` is where the next one stands. */
  at: number;
  end: number;
  /** Only until the next call of next(). */
  body: Buffer;
  /** TEXT: its number, and what it says. */
  number: number;
  text: string;
  /** LOST: settlements that could not be kept. */
  lost: number;
}

/** `open`: live, and more may come; `torn`: what was being written when the writer died. */
export type Tail = 'open' | 'end' | 'torn';

export class SegmentReader {
  readonly name: SegmentName;
  /** ms since the epoch; 0 where the header is damaged. */
  readonly createdMs: number;
  /** The writer may still be writing. Set it to false once it is dead or has moved on to the next segment, and read on. */
  live: boolean;
  tail: Tail = 'open';
  torn: ByteRange | null = null;
  /** What was passed over so far, from the position that reading began at. */
  damage: ByteRange[] = [];
  readonly #fd: number;
  readonly #file: string;
  readonly #header: SegmentHeader | null;
  readonly #texts: (string | undefined)[] = [];
  readonly #entry: ReadEntry;
  #position = ENTRIES_AT;
  #window: Buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  /** File offset of the window's first byte, and how much of it is filled. */
  #base = 0;
  #filled = 0;

  /** `from`: a position of an earlier reader; the texts before it are gathered again. Errors: the file system's, JournalVersionError. */
  static open(file: string, { live, from = ENTRIES_AT }: { live: boolean; from?: number }): SegmentReader {
    const fd = openSync(file, 'r');
    try {
      const reader = new SegmentReader(fd, file, live);
      while (reader.#position < from) if (reader.next() === null) break;
      reader.damage = reader.damage.filter(({ to }) => to > from);
      return reader;
    } catch (cause) {
      closeSync(fd);
      throw cause;
    }
  }

  private constructor(fd: number, file: string, live: boolean) {
    this.#fd = fd;
    this.#file = file;
    this.live = live;
    const bytes = Buffer.alloc(ENTRIES_AT);
    this.#header = parseHeader(bytes.subarray(0, readSync(fd, bytes, 0, ENTRIES_AT, 0)), file);
    const name = parseSegmentName(basename(file)) ?? this.#header;
    if (name === null) throw new Error(`${file} is no segment of a journal`);
    this.name = name;
    this.createdMs = this.#header?.createdMs ?? 0;
    this.#entry = { type: 0, at: 0, end: 0, body: this.#window, number: 0, text: '', lost: 0 };
  }

  /** Where reading goes on: the end of the last entry, or of what was passed over. */
  get position(): number {
    return this.#position;
  }

  /** Of the file, with what is reserved. */
  get size(): number {
    return fstatSync(this.#fd).size;
  }

  /** The next entry; null: no more now, and `tail` says why. Errors: the file system's, JournalVersionError. */
  next(): ReadEntry | null {
    const { seed } = this.#header ?? { seed: 0 };
    if (this.#header === null) return this.#withoutHeader();
    for (;;) {
      const at = this.#position - this.#base;
      const length = wholeEntry(this.#window, at, this.#filled, seed);
      if (length > 0) return this.#handOut(at, length);
      if (this.#refill(seed)) continue;
      if (!this.#passOver(seed)) return null;
    }
  }

  /** What the dictionary says so far; null where that text was lost. */
  readonly text = (number: number): string | null => this.#texts[number] ?? null;

  /** A copy of the body of the entry at `at`. Throws RangeError where none stands there. */
  readAt(at: number): Buffer {
    const frame = Buffer.alloc(FRAME_BYTES);
    readSync(this.#fd, frame, 0, FRAME_BYTES, at);
    const seed = this.#header?.seed ?? 0;
    const whole = Buffer.alloc(FRAME_BYTES + framedLength(frame, 0, FRAME_BYTES, seed));
    const read = readSync(this.#fd, whole, 0, whole.length, at);
    if (this.#header === null || wholeEntry(whole, 0, read, seed) === 0)
      throw new RangeError(`no entry stands at ${at} of ${this.#file}`);
    return whole.subarray(FRAME_BYTES);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #handOut(at: number, length: number): ReadEntry {
    const entry = this.#entry;
    const body = this.#window.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
    const [version = 0, type = 0] = body;
    if (version > ENTRY_VERSION) throw new JournalVersionError(this.#file, version, ENTRY_VERSION);
    entry.type = type;
    entry.body = body;
    entry.at = this.#position;
    entry.end = this.#position + FRAME_BYTES + length;
    if (type === TEXT) {
      entry.number = body.readUInt16LE(2);
      entry.text = body.toString('utf8', 4);
      this.#texts[entry.number] = entry.text;
    } else if (type === LOST) entry.lost = body.readUInt32LE(2);
    this.#position = entry.end;
    return entry;
  }

  /** Reads the window anew from the position on; true where a whole entry stands there now. */
  #refill(seed: number): boolean {
    const position = this.#position;
    this.#base = position;
    this.#filled = readSync(this.#fd, this.#window, 0, FRAME_BYTES, position);
    const length = framedLength(this.#window, 0, this.#filled, seed);
    // Most often what a live reader finds is zeros: it shall not read all that is reserved.
    if (length === 0) return false;
    if (this.#window.length < FRAME_BYTES + length)
      this.#window = Buffer.allocUnsafeSlow(FRAME_BYTES + length);
    this.#filled = readSync(this.#fd, this.#window, 0, this.#window.length, position);
    return wholeEntry(this.#window, 0, this.#filled, seed) > 0;
  }

  /** No entry stands at the position. True: there is another one further on, and what lies between is damage. */
  #passOver(seed: number): boolean {
    this.tail = 'open';
    // A write in progress may be seen in any state; what it was is judged when the writer is done.
    if (this.live) return false;
    const from = this.#position;
    const rest = Buffer.alloc(Math.max(0, this.size - from));
    const end = readSync(this.#fd, rest, 0, rest.length, from);
    const written = writtenBytes(rest, end);
    this.tail = written === 0 ? 'end' : 'torn';
    if (written === 0) return false;
    const found = findEntry(rest, 1, end, seed);
    if (found < 0) {
      this.torn = { from, to: from + written };
      return false;
    }
    this.damage.push({ from, to: from + found });
    this.#position = from + found;
    return true;
  }

  /** Without its seed nothing of a segment can be told from chance. A file that never got as far as its entries has lost none. */
  #withoutHeader(): null {
    const { size } = this;
    const all = Buffer.alloc(size);
    const written = writtenBytes(all, readSync(this.#fd, all, 0, size, 0));
    this.tail = written === 0 ? 'end' : 'torn';
    if (written > ENTRIES_AT) {
      this.tail = 'end';
      if (this.#position < size) this.damage.push({ from: 0, to: size });
    } else if (written > 0) this.torn = { from: 0, to: written };
    this.#position = Math.max(this.#position, size);
    return null;
  }
}

/** Up to the last byte that is not zero. */
function writtenBytes(bytes: Buffer, end: number): number {
  let at = end;
  while (at > 0 && bytes[at - 1] === 0) at--;
  return at;
}

/** Takes a torn tail, or the zeros at the end, off a segment that nobody writes any more. Errors: those of the file system. */
export function cutSegment(file: string, at: number): void {
  truncateSync(file, at);
}
