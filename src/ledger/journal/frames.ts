// Entries with what stands before them (layout.ts): length and checksum. Hot path: per entry (`putFrame`).
import { crc32 } from 'node:zlib';
import { ENTRY_VERSION, FRAME_BYTES, frameWord, LOST, TEXT } from './layout.js';

/** Fills in the frame of the body that stands in `bytes` from `at` + FRAME_BYTES to `end`. */
export function putFrame(bytes: Buffer, at: number, end: number, seed: number): void {
  const from = at + FRAME_BYTES;
  const word = frameWord(end - from, seed);
  const sum = crc32(bytes.subarray(from, end), seed);
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
  bytes[at + 4] = sum;
  bytes[at + 5] = sum >>> 8;
  bytes[at + 6] = sum >>> 16;
  bytes[at + 7] = sum >>> 24;
}

/** Texts of the dictionary as entries; the first has the number `first`. Body: version u8, type u8, number u16, UTF-8 bytes. */
export function textFrames(texts: readonly string[], first: number, seed: number): Buffer {
  const frames: Buffer[] = [];
  for (const [i, text] of texts.entries()) {
    const bytes = Buffer.from(text);
    const frame = Buffer.alloc(FRAME_BYTES + 4 + bytes.length);
    frame[FRAME_BYTES] = ENTRY_VERSION;
    frame[FRAME_BYTES + 1] = TEXT;
    frame.writeUInt16LE(first + i, FRAME_BYTES + 2);
    bytes.copy(frame, FRAME_BYTES + 4);
    putFrame(frame, 0, frame.length, seed);
    frames.push(frame);
  }
  return Buffer.concat(frames);
}

/** Says that `count` settlements could not be kept. Body: version u8, type u8, count u32. */
export function lostFrame(count: number, seed: number): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES + 6);
  frame[FRAME_BYTES] = ENTRY_VERSION;
  frame[FRAME_BYTES + 1] = LOST;
  frame.writeUInt32LE(Math.min(count, 2 ** 32 - 1), FRAME_BYTES + 2);
  putFrame(frame, 0, frame.length, seed);
  return frame;
}
