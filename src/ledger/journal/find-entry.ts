// Where the next whole entry begins after bytes that are none.
import { crc32 } from 'node:zlib';
import { BODY_BYTES_MIN, FRAME_BYTES, frameWord } from './layout.js';

const LENGTH_MASK = 0xfffff;

/** Length of the body whose frame stands at `at`, 0 where none does or not all of it is there. */
export function wholeEntry(bytes: Buffer, at: number, end: number, seed: number): number {
  const length = framedLength(bytes, at, end, seed);
  if (length === 0 || at + FRAME_BYTES + length > end) return 0;
  const from = at + FRAME_BYTES;
  return crc32(bytes.subarray(from, from + length), seed) === bytes.readUInt32LE(at + 4) ? length : 0;
}

/** Length that a frame at `at` says; 0 where there is none. */
export function framedLength(bytes: Buffer, at: number, end: number, seed: number): number {
  if (at + FRAME_BYTES > end) return 0;
  const word = bytes.readUInt32LE(at);
  const length = word & LENGTH_MASK;
  return length >= BODY_BYTES_MIN && word === frameWord(length, seed) ? length : 0;
}

/** Offset of the first whole entry from `from` on; −1: there is none. One in 4,096 places by chance costs a checksum. */
export function findEntry(bytes: Buffer, from: number, end: number, seed: number): number {
  for (let at = from; at + FRAME_BYTES + BODY_BYTES_MIN <= end; at++)
    if (wholeEntry(bytes, at, end, seed) > 0) return at;
  return -1;
}
