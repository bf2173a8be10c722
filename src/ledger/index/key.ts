// Where a record stands among the others: a key of 63 bits in the order of request ids (core/request-id.ts).
//
//   41 bits  ms of the id since 2024-01-01 (until 2093; negative before)     `ms`
//   10 bits  its sequence within the millisecond                             `low`, 22 bits
//   12 bits  the first of its random part
//
// Ids that agree in all of it (threads that begin a request in the same millisecond, one in 4,096 of them) take the next free key of
// the same millisecond and sequence, around in a circle: a group of 4,096 keys is looked through as a whole. Both numbers are safe in
// JavaScript, SQL puts them together as `(ms << 22) | low`.
import { SEQUENCE_MAX } from '../../core/request-id.js';
import { ID_BYTES, putId } from '../journal/entry-id.js';

export const KEY_EPOCH_MS = Date.UTC(2024, 0, 1);
/** Keys of one millisecond. */
export const LOW_BITS = 22;
/** Keys of one millisecond and sequence. */
export const GROUP_KEYS = 4096;
const MS_MAX = 2 ** 40 * 2 - 1;

export interface Key {
  readonly ms: number;
  readonly low: number;
}

export function keyMs(idMs: number): number {
  return Math.min(idMs - KEY_EPOCH_MS, MS_MAX);
}

/** @param idRandom the first 32 bits of the id's random part */
export function keyLow(idSequence: number, idRandom: number): number {
  return Math.min(idSequence, SEQUENCE_MAX) * GROUP_KEYS + (idRandom >>> 20);
}

const bytes = new Uint8Array(ID_BYTES);
const view = new DataView(bytes.buffer);

/** The first key that the record of that id may have. Ids that are none of Weir's have one too (their hash). */
export function keyOf(id: string): Key {
  putId(id, bytes, 0);
  const idMs = view.getUint32(0) * 65_536 + view.getUint16(4);
  const sequence = view.getUint32(6) >>> 12;
  // 20 bits of sequence, then the random part: its first 12 bits are the low 4 of byte 8, and byte 9.
  const random = ((view.getUint8(8) & 15) << 8) | view.getUint8(9);
  return { ms: keyMs(idMs), low: keyLow(sequence, random << 20) };
}
