// One pass over a text: characters decoded, folded and given to the automaton byte by byte, those beyond ASCII to the heuristics.
import { ByteView } from '../sdk';
import { beginText, endParagraph, endText, step } from './automaton';
import { foldedCharacter, NOTHING } from './fold';
import { beginCounts, endCounts, notice } from './heuristics';
import { noteHits } from './hits';

let wasBlank: bool = true;
let lineEnds: i32 = 0;
let hasPatterns: bool = true;

export function setHasPatterns(has: bool): void {
  hasPatterns = has;
}

/** `i` is the text's number. */
export function read(i: i32, text: ByteView): void {
  beginCounts();
  if (hasPatterns) beginText();
  wasBlank = true;
  lineEnds = 0;
  const length = text.length;
  let last = 0;
  let at = 0;
  while (at < length) {
    const byte = text.byteAt(at);
    if (byte < 0x80) {
      if (hasPatterns && ascii(byte)) noteHits(i, at);
      last = byte;
      at++;
      continue;
    }
    const c = text.codePointAt(at);
    const width = text.widthAt(at);
    notice(c, last, at + width < length ? text.byteAt(at + width) : 0);
    if (hasPatterns && wide(c)) noteHits(i, at);
    last = text.byteAt(at + width - 1);
    at += width;
  }
  if (hasPatterns && endText()) noteHits(i, length);
  endCounts(i, text.ptr, length);
}

/** True where a pattern ends with it. */
function ascii(byte: i32): bool {
  if (byte > 0x20) {
    wasBlank = false;
    lineEnds = 0;
    return step(<u32>(byte - 0x41) < 26 ? byte | 0x20 : byte);
  }
  if (byte == 0x0a && ++lineEnds == 2) endParagraph();
  if (wasBlank) return false;
  wasBlank = true;
  return step(0x20);
}

function wide(c: i32): bool {
  const folded = foldedCharacter(c);
  if (folded == NOTHING) return false;
  if (folded < 0x80) return ascii(folded);
  wasBlank = false;
  lineEnds = 0;
  if (folded < 0x800) {
    const first = step(0xc0 | (folded >> 6));
    return step(0x80 | (folded & 0x3f)) || first;
  }
  let ended: bool;
  if (folded < 0x10000) ended = step(0xe0 | (folded >> 12));
  else {
    ended = step(0xf0 | (folded >> 18));
    ended = step(0x80 | ((folded >> 12) & 0x3f)) || ended;
  }
  ended = step(0x80 | ((folded >> 6) & 0x3f)) || ended;
  return step(0x80 | (folded & 0x3f)) || ended;
}
