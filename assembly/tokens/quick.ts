// The fast splitter: pieces of plain ASCII. Returns 0 wherever it is not sure (a byte above ASCII next to the piece, a long word, the end
// of the text within reach), and the exact splitter decides.
import { contraction } from './exact';
import { KINDS, LETTERS, LOWER_FROM, region, UPPER_FROM } from './layout';

// KINDS: bits of a byte.
export const LETTER: i32 = 1;
export const DIGIT: i32 = 2;
export const BLANK: i32 = 4; // White_Space
export const OTHER: i32 = 8;
/** May stand before a word: [^\r\n\p{L}\p{N}]. cl100k_base's apostrophe may not: a contraction comes first. */
export const LEADS: i32 = 16;
/** Behind a word it may belong to it: o200k_base's apostrophe, anything above ASCII. */
export const UNSURE: i32 = 32;
export const LINE_END: i32 = 64;
/** Goes on with a run of others: line ends, and o200k_base's slash. */
export const TRAILS: i32 = 128;

/** Fills KINDS. */
export function setKinds(): void {
  for (let encoding = 0; encoding < 2; encoding++) {
    for (let byte = 0; byte < 256; byte++) {
      store<u8>(kindsOf(encoding) + <usize>byte, kindOf(byte, encoding == 1));
    }
  }
}

export function kindsOf(encoding: i32): usize {
  return region + KINDS + <usize>(encoding << 8);
}

function kindOf(byte: i32, cl100k: bool): i32 {
  if (byte >= 0x80) return UNSURE;
  if (<u32>((byte | 0x20) - 0x61) < 26) return LETTER;
  if (<u32>(byte - 0x30) < 10) return DIGIT;
  if (byte == 0x0a || byte == 0x0d) return BLANK | LINE_END | TRAILS;
  if (byte == 0x20 || <u32>(byte - 9) < 5) return BLANK | LEADS;
  if (byte == 0x27) return cl100k ? OTHER : OTHER | LEADS | UNSURE;
  return byte == 0x2f && !cl100k ? OTHER | LEADS | TRAILS : OTHER | LEADS;
}

/** Letters at `at` that belong to one word, 16 where there may be more: all letters, or for o200k_base [A-Z]*[a-z]*. */
export function wordLetters(at: usize, cl100k: bool): i32 {
  const v = v128.load(at);
  const letters = v128.load(region + LETTERS);
  const lower = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, v128.load(region + LOWER_FROM)), letters));
  const upper = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, v128.load(region + UPPER_FROM)), letters));
  if (cl100k) return ctz<i32>(~(lower | upper));
  const capitals = ctz<i32>(~upper);
  return capitals + ctz<i32>(~(lower >> capitals));
}

/** The rest of ASCII, and words with a contraction: end of the piece at `at`, or 0: ask pieceEnd(). */
export function quickEnd(at: usize, end: usize, kinds: usize, cl100k: bool): usize {
  const kind = kindAt(kinds, at);
  const next = at + 1;
  if (next >= end || load<u8>(at) >= 0x80) return 0;
  const nextKind = kindAt(kinds, next);
  if (kind & LETTER || (nextKind & LETTER && kind & LEADS)) {
    const word = kind & LETTER ? at : next;
    const length = wordLetters(word, cl100k);
    const to = word + <usize>length;
    return length == 16 || to >= end || load<u8>(to) >= 0x80 ? 0 : cl100k ? to : contraction(to);
  }
  if (kind & DIGIT) return digitsEnd(at, end, kinds);
  if (load<u8>(next) >= 0x80) return 0;
  if (kind & OTHER) return kind & LEADS ? othersEnd(next, end, kinds) : 0;
  if (load<u8>(at) == 0x20 && nextKind & OTHER) return othersEnd(next, end, kinds);
  return blanksEnd(at, end, kinds);
}

function kindAt(kinds: usize, at: usize): i32 {
  return <i32>load<u8>(kinds + <usize>load<u8>(at));
}

function digitsEnd(at: usize, end: usize, kinds: usize): usize {
  for (let digits: usize = 1; digits < 3; digits++) {
    const to = at + digits;
    if (to >= end || load<u8>(to) >= 0x80) return 0;
    if (!(kindAt(kinds, to) & DIGIT)) return to;
  }
  return at + 3 <= end ? at + 3 : 0;
}

/** A run of others has begun before `from`. */
function othersEnd(from: usize, end: usize, kinds: usize): usize {
  let at = from;
  while (at < end && kindAt(kinds, at) & OTHER) at++;
  if (at >= end || load<u8>(at) >= 0x80) return 0;
  while (at < end && kindAt(kinds, at) & TRAILS) at++;
  return at >= end ? 0 : at;
}

function blanksEnd(from: usize, end: usize, kinds: usize): usize {
  let at = from;
  let lineEnd: usize = 0;
  let kind = kindAt(kinds, at);
  while (kind & BLANK) {
    at++;
    if (kind & LINE_END) lineEnd = at;
    if (at >= end) return 0;
    kind = kindAt(kinds, at);
  }
  if (load<u8>(at) >= 0x80) return 0;
  if (lineEnd != 0) return lineEnd;
  return at - from == 1 ? at : at - 1;
}
