// The hash of a key's text (shared/siphash.ts). The text comes as UTF-16 code units in the arguments, sixteen at a call: no copy into memory, so no
// region of a thread's own is needed. Hot path: per key that the host does not know yet.
import { add, begin, end, hash0, hash1, pair } from '../shared/siphash';

export function hashBegin(): void {
  begin();
}

/** The next sixteen code units, two a word. */
export function hashUnits(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32): void {
  add(pair(a, b));
  add(pair(c, d));
  add(pair(e, f));
  add(pair(g, h));
}

/** The next four. */
export function hashFour(a: i32, b: i32): void {
  add(pair(a, b));
}

/** The last three or fewer, with the text's length in bytes in the highest byte; then hashWord() tells. */
export function hashLast(a: i32, b: i32): void {
  add(pair(a, b));
  end();
}

/** 0 and 1: high and low half of the first 64 bits; 2 and 3: of the second. */
export function hashWord(word: i32): i32 {
  const hash = word < 2 ? hash0 : hash1;
  return <i32>(word & 1 ? hash : hash >> 32);
}
