// The resumable JSON scanner. It follows only the objects that have rules (rules.ts), skips all others by counting braces, and
// never holds a value: strings and numbers may be cut anywhere. It checks strings and nesting, not every literal.
import { beginHoles, cutHoles } from './holes';
import { lookup } from './keys';
import * as L from './layout';
import * as M from './masks';
import * as N from './numbers';
import {
  ARGUMENTS,
  BEGINS,
  ERROR,
  elementOf,
  IN_MODALITY,
  NOT_IN_SSE,
  OUT_MODALITY,
  ROOT,
  specialOf,
  TOP_ARRAY,
} from './places';
import { beginRaw, copyRaw, depthOfRaw, endRaw, resumeRaw } from './raw';
import { current } from './slot';
import { endString, partialString, resolveString } from './strings';
import { matchTemplate, saveTemplate } from './template';
import { addArguments, enterText, leaveText } from './texts';

/** Scans [start, end) of one stream's JSON; may be called with any cut of it. 64 bytes before `start` show what came before. */
export function feed(start: usize, end: usize): void {
  const slot = current();
  let p = start;
  cutHoles();
  while (p < end) {
    if (load<i32>(slot, L.S_DEPTH) != 0) {
      p = walk(p, end);
      continue;
    }
    const c = load<u8>(p);
    if (load<i32>(slot, L.S_SKIP) != 0) {
      if (c == 0x0a) store<i32>(slot, 0, L.S_SKIP);
    } else if (c == 0x7b) {
      const after = matchTemplate(p, end);
      if (after != 0) {
        p = after;
        continue;
      }
      openDocument(true);
      beginHoles(p);
    } else if (c == 0x5b) openDocument(false);
    else if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) {
      // Not JSON. The next line may be again.
      store<i32>(slot, 1, L.S_SKIP);
      setBroken(slot);
    }
    p++;
  }
}

/** Forgets a document that was cut short, or does nothing between two. */
export function dropDocument(): void {
  const slot = current();
  store<i32>(slot, 0, L.S_SKIP);
  if (load<i32>(slot, L.S_DEPTH) == 0) return;
  setBroken(slot);
  reset(slot);
}

function setBroken(slot: usize): void {
  store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_BROKEN, L.S_FLAGS);
}

function reset(slot: usize): void {
  store<i32>(slot, 0, L.S_DEPTH);
  store<i32>(slot, 0, L.S_DEAD);
  store<i64>(slot, 0, L.S_STRING);
  store<i64>(slot, 0, L.S_ESCAPE);
  store<i32>(slot, 0, L.S_TEXT);
  store<i32>(slot, 0, L.S_WANT);
  store<i32>(slot, 0, L.S_NUMBER);
  store<i32>(slot, 0, L.S_SCRATCH_LENGTH);
  store<i32>(slot, 0, L.S_RAW_DEPTH);
  store<i32>(slot, 0, L.S_ARGUMENTS);
  store<u64>(slot, 0, L.S_PEND);
}

function openDocument(object: bool): void {
  const slot = current();
  reset(slot);
  store<i32>(slot, 1, L.S_DEPTH);
  store<i32>(slot, 0, L.S_TEMPLATE_COUNT);
  store<u64>(slot, object ? 2 : 0, L.S_TYPES);
  store<u8>(slot + 1, object ? <u8>ROOT : <u8>TOP_ARRAY, L.S_STACK);
  if (object) N.beginDocument();
}

/** Follows a document from `start` to its end or to `end`; returns where it stopped. Over 60 lines: it is the state machine. */
function walk(start: usize, end: usize): usize {
  const slot = current();
  let p = start;
  let depth = load<i32>(slot, L.S_DEPTH);
  let dead = load<i32>(slot, L.S_DEAD);
  let types = load<u64>(slot, L.S_TYPES);
  let pend = load<u64>(slot, L.S_PEND);
  let inside = load<i64>(slot, L.S_STRING);
  let escape = load<i64>(slot, L.S_ESCAPE);
  let text = load<i32>(slot, L.S_TEXT);
  let place = <i32>load<u8>(slot + depth, L.S_STACK);
  let from = start; // where the string in progress goes on
  let object = start; // where the object that is a span goes on
  let isSpan = load<i32>(slot, L.S_ARGUMENTS) != 0;
  let want = load<i32>(slot, L.S_WANT) != 0;
  store<i32>(slot, 0, L.S_WANT);
  resumeRaw(slot);

  if (load<i32>(slot, L.S_NUMBER) != 0) {
    p = N.continueNumber(p, end);
  } else if (want) {
    p = skipSpace(p, end);
    if (p < end) {
      want = false;
      const kind = load<u8>(p);
      if (kind == 0x22) {
        text = resolveString(<i32>((pend >> 16) & 255));
        from = p + 1;
      } else N.scalar(p, end, <i32>kind, <i32>((pend >> 24) & 255));
    }
  }

  while (p < end) {
    const n = end - p;
    const valid: i64 = n < 64 ? ((<i64>1) << n) - 1 : -1;
    let quotes = M.equalMask(p, M.QUOTE) & valid;
    const slashes = M.slashMask(p) & valid;
    if ((slashes | escape) != 0) {
      quotes &= ~M.escaped(slashes, escape, n < 64 ? <i32>n : 64);
      escape = M.escapeCarry;
    }
    if (quotes == 0 && inside != 0) {
      // All of the block is inside a string.
      p += 64;
      continue;
    }
    const strings = M.prefixXor(quotes) ^ inside;
    inside = strings >> 63;
    const outside = ~strings & valid;

    if (text != 0) {
      let ends = quotes;
      if (from > p) ends = from - p >= 64 ? 0 : ends & ((<i64>-1) << (from - p));
      if (ends == 0) {
        p += 64;
        continue;
      }
      endString(text, from, p + <usize>ctz(ends));
      text = 0;
    }

    // While a value is skipped only its braces count.
    let todo = (dead != 0 ? M.braceMask(p) : M.structureMask(p)) & outside;
    while (todo != 0) {
      const i = <i32>ctz(todo);
      const at = p + i;
      todo &= todo - 1;
      const byte = <i32>load<u8>(at);
      if (byte == 0x3a) {
        if (dead != 0) continue;
        pend = lookup(place, at, quotes, p);
        if ((pend & 0xffff0000) == 0) continue;
        const v = skipSpace(at + 1, end);
        if (v >= end) {
          want = true;
          continue;
        }
        const first = <i32>load<u8>(v);
        if (first != 0x22) {
          N.scalar(v, end, first, <i32>((pend >> 24) & 255));
          continue;
        }
        const action = resolveString(<i32>((pend >> 16) & 255));
        if (action == 0) continue;
        const offset = v + 1 - p;
        const ends = offset >= 64 ? 0 : quotes & ((<i64>-1) << offset);
        if (ends == 0) {
          text = action;
          from = v + 1;
          break; // what follows is inside the string
        }
        endString(action, v + 1, p + <usize>ctz(ends));
      } else if (byte == 0x7b || byte == 0x5b) {
        if (dead != 0) {
          dead++;
          continue;
        }
        const isObject = byte == 0x7b;
        let inner = elementOf(place);
        let raw = 0;
        if (inner != 0) inner = isObject ? inner : 0;
        else {
          inner = <i32>(isObject ? pend & 255 : (pend >> 8) & 255);
          raw = isObject ? <i32>((pend >> 32) & 255) : 0;
        }
        pend = 0;
        if (inner == 0 || depth >= L.DEPTH_MAX || (specialOf(inner) != 0 && !entered(inner))) {
          dead = 1;
          object = at;
          isSpan = raw == ARGUMENTS;
          continue;
        }
        depth++;
        place = inner;
        store<u8>(slot + depth, <u8>inner, L.S_STACK);
        const bit = (<u64>1) << depth;
        types = isObject ? types | bit : types & ~bit;
        if (raw != 0) beginRaw(slot, raw, depth, at);
      } else if (byte != 0x7d && byte != 0x5d) {
        setBroken(slot); // Y _ y or DEL between values: not JSON
      } else if (dead != 0) {
        if (--dead != 0) continue;
        todo |= M.equalMask(p, M.COLON) & outside & ((<i64>-2) << i);
        if (isSpan) addArguments(object, at + 1, true);
        isSpan = false;
      } else {
        if (((types >> depth) & 1) != <u64>(byte == 0x7d)) setBroken(slot);
        if (depthOfRaw() == depth) endRaw(slot, start, at + 1);
        if (specialOf(place) != 0) left(place);
        depth--;
        if (depth == 0) {
          store<i32>(slot, 0, L.S_DEPTH);
          saveTemplate(at + 1);
          return at + 1; // openDocument sets all the rest anew
        }
        place = <i32>load<u8>(slot + depth, L.S_STACK);
        pend = 0;
      }
    }
    p += 64;
  }

  if (text != 0) partialString(text, from, end);
  if (isSpan) addArguments(object, end, false);
  if (depthOfRaw() != 0) copyRaw(slot, start, end);
  store<i32>(slot, depth, L.S_DEPTH);
  store<i32>(slot, dead, L.S_DEAD);
  store<i32>(slot, isSpan ? 1 : 0, L.S_ARGUMENTS);
  store<u64>(slot, types, L.S_TYPES);
  store<u64>(slot, pend, L.S_PEND);
  store<i64>(slot, inside, L.S_STRING);
  store<i64>(slot, escape, L.S_ESCAPE);
  store<i32>(slot, text, L.S_TEXT);
  store<i32>(slot, want ? 1 : 0, L.S_WANT);
  return end;
}

function skipSpace(start: usize, end: usize): usize {
  let p = start;
  while (p < end) {
    const c = load<u8>(p);
    if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) break;
    p++;
  }
  return p;
}

/** Whether an object or array of this place is followed now; begins what belongs to it. */
function entered(place: i32): bool {
  const slot = current();
  const what = specialOf(place);
  if (what == NOT_IN_SSE) return load<i32>(slot, L.S_FRAMING) != L.FRAMING_SSE;
  if (what != BEGINS) enterText(slot, what);
  else if (place == ROOT) N.beginDocument();
  else if (place == ERROR) store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_ERROR, L.S_FLAGS);
  else N.beginModality();
  return true;
}

function left(place: i32): void {
  if (place == ROOT) N.endDocument();
  else if (place == IN_MODALITY || place == OUT_MODALITY) N.endModality(place);
  else leaveText(current(), specialOf(place));
}
