// Sizes and times of the journal, with what they have to do with each other.
import assert from 'node:assert';
import { BODY_BYTES_MAX, ENTRIES_AT, SEGMENT_BYTES_MAX } from './layout.js';

export interface JournalBounds {
  readonly segmentBytes: number;
  /** Room that is always ahead: 1 MiB is some 2,000 settlements, more than a thread has requests under way. */
  readonly reserveBytes: number;
  /** Entries of one turn that are kept before they are written in its middle. */
  readonly batchBytes: number;
  /** A longer entry leaves out what may be left out. */
  readonly bodyBytes: number;
  /** What waits in memory while nothing can be written. */
  readonly backlogBytes: number;
  /** Between two tries to write again. */
  readonly retryMs: number;
  /** A segment is left after this time, however little it holds, so that it can be removed. */
  readonly segmentAgeMs: number;
}

const DEFAULTS: JournalBounds = {
  segmentBytes: SEGMENT_BYTES_MAX,
  reserveBytes: 1024 * 1024,
  batchBytes: 256 * 1024,
  bodyBytes: BODY_BYTES_MAX,
  backlogBytes: 16 * 1024 * 1024,
  retryMs: 250,
  segmentAgeMs: 3_600_000,
};

export function journalBounds(special: Partial<JournalBounds> = {}): JournalBounds {
  const bounds = { ...DEFAULTS, ...special };
  assert(bounds.segmentBytes <= SEGMENT_BYTES_MAX, 'readers expect smaller segments');
  assert(bounds.bodyBytes <= BODY_BYTES_MAX, 'lengths of entries have 20 bits');
  assert(leaveAt(bounds) > ENTRIES_AT, 'a segment has room for a batch');
  return bounds;
}

/** A segment is left at this position: a batch that begins before it ends within the segment, with the texts that it brings. */
export function leaveAt({ segmentBytes, reserveBytes, batchBytes, bodyBytes }: JournalBounds): number {
  return segmentBytes - reserveBytes - batchBytes - 2 * bodyBytes;
}
