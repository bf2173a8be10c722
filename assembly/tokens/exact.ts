// The slow, exact splitter: one function per alternative of the two patterns, character by character, with the end of the
// text watched. It is what the fast splitter (quick.ts) falls back to and is compared with. The patterns (OpenAI, tiktoken):
//
//   o200k_base  1  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//               2  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//               3  \p{N}{1,3}        4   ?[^\s\p{L}\p{N}]+[\r\n/]*      5  \s*[\r\n]+     6  \s+(?!\S)     7  \s+
//   cl100k_base 1  (?i:'s|'t|'re|'ve|'m|'ll|'d)          2  [^\r\n\p{L}\p{N}]?\p{L}+
//               3  \p{N}{1,3}        4   ?[^\s\p{L}\p{N}]+[\r\n]*       5, 6, 7 as above
import { byteAt, classAt, END, LETTER, LOWER, MARK, NUMBER, OTHER, SPACE, UPPER, width } from './classes';

const APOSTROPHE: i32 = 0x27;
const SLASH: i32 = 0x2f;
const BLANK: i32 = 0x20;
const LINE_FEED: i32 = 0x0a;
const RETURN: i32 = 0x0d;

/** End of the piece that begins at `at`, which is before the end of the text; 0 where the text ends inside its first character. */
export function pieceEnd(at: usize, cl100k: bool): usize {
  const first = classAt(at);
  if (first == END) return 0;
  const after = at + width;
  let to: usize = 0;
  if (cl100k) {
    to = contraction(at);
    if (to != at) return to;
    to = lettersPiece(at, after, first);
  } else to = wordPiece(at, after, first);
  if (to != 0) return to;
  if (first == NUMBER) return numberPiece(after);
  to = otherPiece(at, cl100k);
  return to != 0 ? to : spacePiece(at);
}

/** Whether the character may stand before a word: [^\r\n\p{L}\p{N}]. */
function leads(at: usize, kind: i32): bool {
  if (kind == OTHER || kind == MARK) return true;
  if (kind != SPACE) return false;
  const byte = byteAt(at);
  return byte != LINE_FEED && byte != RETURN;
}

/** cl100k_base's alternative 2. */
function lettersPiece(at: usize, after: usize, first: i32): usize {
  if (isLetter(first)) return lettersEnd(after);
  if (!leads(at, first) || !isLetter(classAt(after))) return 0;
  return lettersEnd(after);
}

function isLetter(kind: i32): bool {
  return kind == UPPER || kind == LOWER || kind == LETTER;
}

function lettersEnd(from: usize): usize {
  let at = from;
  while (isLetter(classAt(at))) at += width;
  return at;
}

// What wordEnds() found: ends of alternatives 1 and 2 without their suffix, 0 = no match.
let mixedEnd: usize = 0;
let upperEnd: usize = 0;

/** o200k_base's alternatives 1 and 2, each first with and then without a leading character. */
function wordPiece(at: usize, after: usize, first: i32): usize {
  let withLead: usize = 0;
  if (leads(at, first)) {
    wordEnds(after);
    if (mixedEnd != 0) return contraction(mixedEnd);
    withLead = upperEnd;
  }
  if (first == OTHER || first == SPACE || first == NUMBER) return withLead == 0 ? 0 : contraction(withLead);
  wordEnds(at);
  if (mixedEnd != 0) return contraction(mixedEnd);
  if (withLead != 0) return contraction(withLead);
  return upperEnd == 0 ? 0 : contraction(upperEnd);
}

/**
 * `A*B+` and `A+B*` at `from`, where A holds upper case, caseless letters and marks, B lower case, caseless letters and marks.
 * A* takes all it can; if no lower case follows, it gives back as far as the last character that B takes too.
 */
function wordEnds(from: usize): void {
  let at = from;
  let lastShared: usize = 0;
  let kind = classAt(at);
  while (kind == UPPER || kind == LETTER || kind == MARK) {
    at += width;
    if (kind != UPPER) lastShared = at;
    kind = classAt(at);
  }
  upperEnd = at == from ? 0 : at;
  if (kind != LOWER) {
    mixedEnd = lastShared;
    return;
  }
  while (kind == LOWER || kind == LETTER || kind == MARK) {
    at += width;
    kind = classAt(at);
  }
  mixedEnd = at;
}

/** `at`, or the end of (?i:'s|'t|'re|'ve|'m|'ll|'d) there. U+017F folds to s. */
export function contraction(at: usize): usize {
  if (byteAt(at) != APOSTROPHE) return at;
  const byte = byteAt(at + 1);
  if (byte == 0xc5) return byteAt(at + 2) == 0xbf ? at + 3 : at;
  switch (byte | 0x20) {
    case 0x73: // s
    case 0x74: // t
    case 0x6d: // m
    case 0x64: // d
      return byte == -1 ? at : at + 2;
    case 0x72: // re
    case 0x76: // ve
      return (byteAt(at + 2) | 0x20) == 0x65 ? at + 3 : at;
    case 0x6c: // ll
      return (byteAt(at + 2) | 0x20) == 0x6c ? at + 3 : at;
  }
  return at;
}

function numberPiece(from: usize): usize {
  let at = from;
  for (let more = 2; more > 0 && classAt(at) == NUMBER; more--) at += width;
  return at;
}

function otherPiece(from: usize, cl100k: bool): usize {
  let at = from;
  if (byteAt(at) == BLANK) at++;
  const begin = at;
  let kind = classAt(at);
  while (kind == OTHER || kind == MARK) {
    at += width;
    kind = classAt(at);
  }
  if (at == begin) return 0;
  while (true) {
    const byte = byteAt(at);
    if (byte != LINE_FEED && byte != RETURN && (cl100k || byte != SLASH)) return at;
    at++;
  }
}

/** Alternatives 5, 6 and 7: up to the last line end of the run; else all of it at the end of the text; else all but its last character. */
function spacePiece(from: usize): usize {
  let at = from;
  let lineEnd: usize = 0;
  let last = from;
  while (classAt(at) == SPACE) {
    last = at;
    const byte = byteAt(at);
    at += width;
    if (byte == LINE_FEED || byte == RETURN) lineEnd = at;
  }
  if (lineEnd != 0) return lineEnd;
  if (classAt(at) == END || last == from) return at;
  return last;
}
