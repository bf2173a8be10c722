// Reads the immediates of an instruction, and plans a mark before those that store: see written.ts.
import { MEMORY_BYTES_MAX } from '../../core/plugin-bounds.js';
import type { ByteReader } from './byte-reader.js';
import type { MeteringPlan } from './metering-plan.js';
import { readOffset, skipImmediate } from './read-immediate.js';

/** By opcode: the type that it stores, as a place in STORED; -1: it stores nothing. */
export const STORED_BY = new Int8Array(256).fill(-1);
/** i32.store, i64.store, f32.store, f64.store, i32.store8, i32.store16, i64.store8, i64.store16, i64.store32. */
STORED_BY.set([0, 1, 2, 3, 0, 0, 1, 1, 1], 0x36);

/** The same behind the prefix of vectors: v128.store and those of one lane. */
export const VECTOR_STORED_BY = new Int8Array(256).fill(-1);
VECTOR_STORED_BY.set([4], 11);
VECTOR_STORED_BY.set([4, 4, 4, 4], 88);

/** `plan` is null where the code cannot be reached. A store that begins behind any memory traps: nothing is to be put back. */
export function scanImmediate(
  reader: ByteReader,
  plan: MeteringPlan | null,
  place: number,
  immediate: number,
  stored: number,
): void {
  if (stored < 0) {
    skipImmediate(reader, immediate);
    return;
  }
  const offset = readOffset(reader, immediate);
  if (offset < MEMORY_BYTES_MAX) plan?.addStore(place, stored, offset);
}
