// How a segment of the journal is laid out. Numbers are little-endian.
//
//   0      header, copy A ┐  64 bytes each, the rest of the 512 is zero: a damaged sector takes one of them
//   512    header, copy B ┘
//   1024   entries, one after the other, then zeros: the room that is reserved for what comes
//
// header  0 magic "weirjrnl"   8 format u16   10 0 u16   12 generation u32   16 thread u32   20 sequence u32
//         24 createdMs f64     32 seed u32    36 zeros   60 crc32 of bytes 0 to 59
//
// entry   0 length u20 of the body, and 12 bits that tell it from chance: frameWord()
//         4 crc32 of the body, begun with the segment's seed
//         8 body: version u8, type u8, …
//
// The seed is random: what a client sends can never look like an entry, and an entry of another segment is none of this one's.
import { crc32 } from 'node:zlib';
import type { SegmentName } from './segment-name.js';

/** Of the file as a whole; entries have a version of their own. */
export const FORMAT = 1;
export const ENTRY_VERSION = 1;

/** Types of entries. On disk: only ever add. */
export const TEXT = 1;
export const ADMITTED = 2;
export const PROGRESS = 3;
export const SETTLED = 4;
export const LOST = 5;
export const TYPE_MAX = LOST;

const HEADER_COPY_BYTES = 512;
const HEADER_FACTS_BYTES = 64;
const MAGIC = Buffer.from('weirjrnl', 'latin1');
/** Where the first entry stands. */
export const ENTRIES_AT = 2 * HEADER_COPY_BYTES;
/** Length and checksum before each body. */
export const FRAME_BYTES = 8;
/** Version and type. */
export const BODY_BYTES_MIN = 2;
/** 20 bits. A record has some 500 bytes; one of 1,000 steps with all the evidence that is allowed still fits. */
export const BODY_BYTES_MAX = 2 ** 20 - 1;
export const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;

/** Texts of a segment's dictionary. */
export const TEXTS_MAX = 4096;
export const TEXT_BYTES_MAX = 256;

export interface SegmentHeader extends SegmentName {
  /** ms since the epoch. */
  readonly createdMs: number;
  readonly seed: number;
}

/** The file was written by a later version of Weir; `code` tells it from other errors. */
export class JournalVersionError extends Error {
  readonly code = 'newer';

  constructor(what: string, found: number, known: number) {
    super(
      `${what} was written by a newer Weir (format ${found}; this one reads up to ${known}): start that version again, or let it serve until all of its journal is in the ledger`,
    );
    this.name = 'JournalVersionError';
  }
}

/** Length and check as they stand before a body. Never 0 for a length ≥ 1. */
export function frameWord(length: number, seed: number): number {
  return ((Math.imul(length ^ seed, 0x9e3779b1) & 0xfff00000) | length) >>> 0;
}

/** Both copies. */
export function headerBytes(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(ENTRIES_AT);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(FORMAT, 8);
  bytes.writeUInt32LE(header.generation, 12);
  bytes.writeUInt32LE(header.thread, 16);
  bytes.writeUInt32LE(header.sequence, 20);
  bytes.writeDoubleLE(header.createdMs, 24);
  bytes.writeUInt32LE(header.seed, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  bytes.copy(bytes, HEADER_COPY_BYTES, 0, HEADER_FACTS_BYTES);
  return bytes;
}

/** Null: neither copy is whole. Throws JournalVersionError. `what` names the file. */
export function parseHeader(bytes: Buffer, what: string): SegmentHeader | null {
  return parseCopy(bytes, 0, what) ?? parseCopy(bytes, HEADER_COPY_BYTES, what);
}

function parseCopy(bytes: Buffer, at: number, what: string): SegmentHeader | null {
  if (bytes.length < at + HEADER_FACTS_BYTES) return null;
  const copy = bytes.subarray(at, at + HEADER_FACTS_BYTES);
  if (!copy.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  if (copy.readUInt32LE(60) !== crc32(copy.subarray(0, 60))) return null;
  const format = copy.readUInt16LE(8);
  if (format > FORMAT) throw new JournalVersionError(what, format, FORMAT);
  return {
    generation: copy.readUInt32LE(12),
    thread: copy.readUInt32LE(16),
    sequence: copy.readUInt32LE(20),
    createdMs: copy.readDoubleLE(24),
    seed: copy.readUInt32LE(32),
  };
}
