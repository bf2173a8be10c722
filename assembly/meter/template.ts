// Consecutive events of a stream mostly differ in a few values that do not matter: the text, a running number, filler. The last
// document is kept as literals and holes:
//
//   literal | hole | literal | hole | … | literal        hole: the inside of a text or volatile string, the digits of a volatile number
//
// A document of the same literals, whatever is in its holes, says the same but for the text: merging by maximum and keeping the last
// are idempotent when the very last document says them again. So it is not scanned, only its texts are reported. Documents that lie
// whole in a push come here; one that is scanned replaces the template (bench/kernel/meter.js pays for this).
import { copy, same } from './bytes';
import { documentStart, holeCount, NUMBER } from './holes';
import * as L from './layout';
import { QUOTE, SLASH } from './masks';
import { endDocument } from './numbers';
import { VOLATILE } from './places';
import { current } from './slot';
import { addSpan } from './spans';

/** After so many misses in a row only every 16th document is kept: it does not pay for this stream. */
const MISSES_MAX: i32 = 8;

/** A scanned document ended before `end`: it is the template now, or there is none. */
export function saveTemplate(end: usize): void {
  const from = documentStart();
  const holes = holeCount();
  if (from == 0) return;
  const slot = current();
  const misses = load<i32>(slot, L.S_TEMPLATE_MISSES) + 1;
  store<i32>(slot, misses, L.S_TEMPLATE_MISSES);
  if (misses > MISSES_MAX && (misses & 15) != 0) return;
  let room = L.TEMPLATE_MAX;
  let p = from;
  let to = slot + L.S_TEMPLATE;
  for (let i = 0; i <= holes; i++) {
    const hole = L.HOLES + ((<usize>i) << 4);
    const stop = i < holes ? <usize>load<u32>(hole) : end;
    if (stop < p || stop > end) return;
    const length = <i32>(stop - p);
    room -= length;
    if (room < 0) return;
    copy(to, p, length);
    to += length;
    store<u16>(slot + ((<usize>i) << 1), <u16>length, L.S_TEMPLATE_LITERALS);
    if (i == holes) break;
    p = <usize>load<u32>(hole, 4);
    store<u8>(slot + i, <u8>load<u32>(hole, 8), L.S_TEMPLATE_KINDS);
    store<u32>(slot + ((<usize>i) << 2), load<u32>(hole, 12), L.S_TEMPLATE_INDEXES);
  }
  store<i32>(slot, holes + 1, L.S_TEMPLATE_COUNT);
  store<i32>(slot, load<i32>(slot, L.S_EVENT_KIND), L.S_TEMPLATE_EVENT);
}

/** If the document at `start` is the template with other holes: reports its texts and returns where it ends, else 0. */
export function matchTemplate(start: usize, end: usize): usize {
  const slot = current();
  const literals = load<i32>(slot, L.S_TEMPLATE_COUNT);
  if (literals == 0 || load<i32>(slot, L.S_EVENT_KIND) != load<i32>(slot, L.S_TEMPLATE_EVENT)) return 0;
  let p = start;
  let literal = slot + L.S_TEMPLATE;
  for (let i = 0; i < literals; i++) {
    const length = <usize>load<u16>(slot + ((<usize>i) << 1), L.S_TEMPLATE_LITERALS);
    const last = i == literals - 1;
    if (p + length <= end && same(p, literal, length)) p += length;
    else if (!last) return 0;
    else {
      p = sameButSpaces(p, end, literal, length);
      if (p == 0) return 0;
    }
    literal += length;
    if (last) break;
    const hole = L.HOLES + ((<usize>i) << 4);
    store<u32>(hole, <u32>p);
    p = load<u8>(slot + i, L.S_TEMPLATE_KINDS) == NUMBER ? digits(p, end) : closingQuote(p, end);
    if (p == 0) return 0;
    store<u32>(hole, <u32>p, 4);
  }
  for (let i = 0; i < literals - 1; i++) {
    const kind = <i32>load<u8>(slot + i, L.S_TEMPLATE_KINDS);
    if (kind == NUMBER || kind == VOLATILE) continue;
    const hole = L.HOLES + ((<usize>i) << 4);
    store<i32>(slot, load<i32>(slot + ((<usize>i) << 2), L.S_TEMPLATE_INDEXES), L.S_INDEX);
    addSpan(kind, <usize>load<u32>(hole), <usize>load<u32>(hole, 4));
  }
  store<i32>(slot, 0, L.S_TEMPLATE_MISSES);
  endDocument();
  return p;
}

/** First quote at or after `start` that no backslash escapes; 0 if there is none before `end`. */
function closingQuote(start: usize, end: usize): usize {
  const q = v128.load(QUOTE);
  const s = v128.load(SLASH);
  let p = start;
  while (p < end) {
    const v = v128.load(p);
    const hits = <u32>i8x16.bitmask(v128.or(i8x16.eq(v, q), i8x16.eq(v, s)));
    if (hits == 0) {
      p += 16;
      continue;
    }
    p += <usize>ctz(hits);
    if (p >= end) return 0;
    if (load<u8>(p) == 0x22) return p;
    p += 2;
  }
  return 0;
}

/** End of the digits at `start`, at most 15; 0 if there are none or they reach `end`. */
function digits(start: usize, end: usize): usize {
  let p = start;
  while (p < end && <u32>load<u8>(p) - 0x30 <= 9) p++;
  return p == start || p == end || p - start > 15 ? 0 : p;
}

/** Like `same` for a document's end, any spaces between its bytes (Anthropic pads with them); nothing with a string after its first quote. */
function sameButSpaces(start: usize, end: usize, literal: usize, length: usize): usize {
  let p = start;
  for (let i: usize = 0; i < length; i++) {
    const wanted = load<u8>(literal + i);
    if (wanted == 0x20) continue;
    if (i > 0) while (p < end && load<u8>(p) == 0x20) p++;
    if (p >= end || load<u8>(p) != wanted || (wanted == 0x22 && i > 0)) return 0;
    p++;
  }
  return p;
}
