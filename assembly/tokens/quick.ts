// The fast splitter: pieces of plain ASCII, a word by two vector compares. Returns 0 wherever it is not sure (a byte above ASCII next
// to the piece, a long word, the end of the text within reach), and the exact splitter decides.
import { asciiClass, LOWER, NUMBER, OTHER, UPPER } from './classes';
import { contraction } from './exact';
import { LETTERS, LOWER_FROM, region, UPPER_FROM } from './layout';

/** End of the piece at `at`, or 0: ask pieceEnd(). `end` is the text's end; the piece lies before it, and so does the byte behind the piece. */
export function quickEnd(at: usize, end: usize, cl100k: bool): usize {
  const byte = <i32>load<u8>(at);
  if (byte >= 0x80) return 0;
  const kind = asciiClass(byte);
  if (kind == UPPER || kind == LOWER) return wordEnd(at, end, cl100k);
  if (kind == NUMBER) return digitsEnd(at, end);
  const next = at + 1;
  if (next >= end) return 0;
  const following = <i32>load<u8>(next);
  if (following >= 0x80) return 0;
  const nextKind = asciiClass(following);
  if (nextKind == UPPER || nextKind == LOWER) {
    if (byte == 0x0a || byte == 0x0d) return next;
    if (cl100k && byte == 0x27) return 0;
    return wordEnd(next, end, cl100k);
  }
  if (kind == OTHER) return otherEnd(next, end, cl100k);
  if (byte == 0x20 && nextKind == OTHER) return otherEnd(next + 1, end, cl100k);
  return spacesEnd(at, end);
}

/** A word of at most 15 letters. */
function wordEnd(at: usize, end: usize, cl100k: bool): usize {
  const v = v128.load(at);
  const letters = v128.load(region + LETTERS);
  const lower = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, v128.load(region + LOWER_FROM)), letters));
  const upper = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, v128.load(region + UPPER_FROM)), letters));
  let length: i32 = 0;
  if (cl100k) length = ctz<i32>(~(lower | upper));
  else {
    length = ctz<i32>(~upper);
    length += ctz<i32>(~(lower >> length));
  }
  if (length >= 16) return 0;
  const to = at + <usize>length;
  if (to >= end) return 0;
  const byte = <i32>load<u8>(to);
  if (byte >= 0x80) return 0;
  return byte == 0x27 && !cl100k ? contraction(to) : to;
}

function digitsEnd(at: usize, end: usize): usize {
  for (let digits: usize = 1; digits < 3; digits++) {
    const to = at + digits;
    if (to >= end) return 0;
    const byte = <i32>load<u8>(to);
    if (byte >= 0x80) return 0;
    if (<u32>(byte - 0x30) > 9) return to;
  }
  return at + 3 <= end ? at + 3 : 0;
}

function otherEnd(from: usize, end: usize, cl100k: bool): usize {
  let at = from;
  while (true) {
    if (at >= end) return 0;
    const byte = <i32>load<u8>(at);
    if (byte >= 0x80) return 0;
    if (asciiClass(byte) != OTHER) break;
    at++;
  }
  while (true) {
    if (at >= end) return 0;
    const byte = <i32>load<u8>(at);
    if (byte != 0x0a && byte != 0x0d && (cl100k || byte != 0x2f)) return at;
    at++;
  }
}

function spacesEnd(from: usize, end: usize): usize {
  let at = from;
  let lineEnd: usize = 0;
  while (true) {
    if (at >= end) return 0;
    const byte = <i32>load<u8>(at);
    if (byte >= 0x80) return 0;
    if (byte != 0x20 && <u32>(byte - 9) > 4) break;
    at++;
    if (byte == 0x0a || byte == 0x0d) lineEnd = at;
  }
  if (lineEnd != 0) return lineEnd;
  return at - from == 1 ? at : at - 1;
}
