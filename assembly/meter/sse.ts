// Server-sent events: LF, CR and CRLF, comments, several data lines, `event:` before or after `data:`, a missing last blank line.
// `data:` payloads go to the JSON scanner as they come; a line's name may be cut by a push, then its bytes are read again.
import { same } from './bytes';
import { classifyType } from './event-types';
import { dropDocument, feed } from './json';
import * as L from './layout';
import { LINE_FEED, RETURN } from './masks';
import { endNumber } from './numbers';
import { current } from './slot';

/** A line whose first bytes do not tell what it is waits, at most this long. */
const HEAD_MAX: usize = 32;

/** Reads [start, end); returns where it stopped: at `end`, or at the start of a line whose head is not whole yet. */
export function sse(start: usize, end: usize): usize {
  const slot = current();
  let p = start;
  while (p < end) {
    if (load<i32>(slot, L.S_CR) != 0) {
      store<i32>(slot, 0, L.S_CR);
      if (load<u8>(p) == 0x0a && ++p == end) break;
    }
    let line = load<i32>(slot, L.S_LINE);
    if (line == L.LINE_START) {
      const c = load<u8>(p);
      if (c == 0x0a || c == 0x0d) {
        dispatch(slot);
        if (c == 0x0d) store<i32>(slot, 1, L.S_CR);
        p++;
        continue;
      }
      store<i32>(slot, 0, L.S_BOUNDARY);
      const next = head(slot, p, end);
      if (next == 0) return p;
      p = next;
      line = load<i32>(slot, L.S_LINE);
    }
    const stop = lineEnd(p, end);
    if (line == L.LINE_DATA) feed(p, stop);
    else if (line == L.LINE_EVENT) {
      if (stop < end && load<i32>(slot, L.S_EVENT_NAME_PARTIAL) == 0 && isSameName(slot, p, stop))
        line = L.LINE_OTHER;
      else addEventName(slot, p, stop);
    }
    p = stop;
    if (p < end) {
      if (load<u8>(p) == 0x0d) store<i32>(slot, 1, L.S_CR);
      p++;
      endLine(slot, line);
    }
  }
  return p;
}

/** Reads a line's name and sets S_LINE; returns where its value begins, 0 if it takes more bytes to tell. */
function head(slot: usize, p: usize, end: usize): usize {
  const c = load<u8>(p);
  const n = end - p;
  if (c == 0x64 && matches(p, end, 0x61746164, 0x3a)) {
    if (n < 5) return 0;
    let q = p + 5;
    while (q < end && load<u8>(q) == 0x20) q++;
    if (n < HEAD_MAX) {
      if (q == end) return 0;
      if (load<u8>(q) == 0x5b && end - q < 6 && lineEnd(q, end) == end) return 0; // [DONE] or an array
    }
    const done = end - q >= 6 && load<u32>(q) == 0x4e4f445b && load<u16>(q, 4) == 0x5d45;
    if (done && load<i32>(slot, L.S_DEPTH) == 0) {
      store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_FINAL, L.S_FLAGS);
      store<i32>(slot, L.LINE_OTHER, L.S_LINE);
    } else store<i32>(slot, L.LINE_DATA, L.S_LINE);
    return q;
  }
  if (c == 0x65 && matches(p, end, 0x6e657665, 0x3a74)) {
    if (n < 6) return 0;
    store<i32>(slot, L.LINE_EVENT, L.S_LINE);
    store<i32>(slot, 0, L.S_EVENT_NAME_PARTIAL);
    return p + 6;
  }
  store<i32>(slot, L.LINE_OTHER, L.S_LINE);
  return p;
}

/** Whether [p, end) begins with these bytes, or is a beginning of them (`rest`: one or two bytes after the first four, low byte first). */
function matches(p: usize, end: usize, four: u32, rest: u32): bool {
  const want = <u64>four | ((<u64>rest) << 32);
  const whole: usize = rest > 255 ? 6 : 5;
  const n = min(end - p, whole);
  const mask = ((<u64>1) << (n << 3)) - 1;
  return (load<u64>(p) & mask) == (want & mask);
}

/** First LF or CR of [start, end), else `end`. */
function lineEnd(start: usize, end: usize): usize {
  let p = start;
  const lf = v128.load(LINE_FEED);
  const cr = v128.load(RETURN);
  for (; p + 32 <= end; p += 32) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const fa = v128.or(i8x16.eq(a, lf), i8x16.eq(a, cr));
    const fb = v128.or(i8x16.eq(b, lf), i8x16.eq(b, cr));
    if (!v128.any_true(v128.or(fa, fb))) continue;
    return p + <usize>ctz(<u32>i8x16.bitmask(fa) | ((<u32>i8x16.bitmask(fb)) << 16));
  }
  for (; p < end; p++) {
    const c = load<u8>(p);
    if (c == 0x0a || c == 0x0d) return p;
  }
  return end;
}

function endLine(slot: usize, line: i32): void {
  store<i32>(slot, L.LINE_START, L.S_LINE);
  if (line == L.LINE_DATA) {
    store<i32>(slot, 0, L.S_SKIP);
    if (load<i32>(slot, L.S_NUMBER) != 0) endNumber();
  } else if (line == L.LINE_EVENT) {
    const length = load<i32>(slot, L.S_EVENT_NAME_PARTIAL);
    store<i32>(slot, length, L.S_EVENT_NAME_LENGTH);
    let from = slot + L.S_EVENT_NAME;
    const space = length > 0 && load<u8>(from) == 0x20 ? 1 : 0;
    const kind = length > space ? classifyType(from + space, length - space) : L.KIND_UNKNOWN;
    store<i32>(slot, kind, L.S_EVENT_NAME_KIND);
    store<i32>(slot, kind, L.S_EVENT_KIND);
  }
}

/** Most events are called as the one before. */
function isSameName(slot: usize, from: usize, to: usize): bool {
  const length = <i32>(to - from);
  if (
    length == 0 ||
    length != load<i32>(slot, L.S_EVENT_NAME_LENGTH) ||
    !same(from, slot + L.S_EVENT_NAME, length)
  )
    return false;
  store<i32>(slot, load<i32>(slot, L.S_EVENT_NAME_KIND), L.S_EVENT_KIND);
  return true;
}

function addEventName(slot: usize, from: usize, to: usize): void {
  const have = load<i32>(slot, L.S_EVENT_NAME_PARTIAL);
  const more = min<i32>(<i32>(to - from), L.EVENT_NAME_MAX - have);
  store<i32>(slot, 0, L.S_EVENT_NAME_LENGTH); // until the line is whole
  memory.copy(slot + L.S_EVENT_NAME + have, from, more);
  store<i32>(slot, have + more, L.S_EVENT_NAME_PARTIAL);
}

/** A blank line: the event is over. */
function dispatch(slot: usize): void {
  dropDocument();
  store<i32>(slot, 0, L.S_EVENT_KIND);
  store<i32>(slot, 1, L.S_BOUNDARY);
}
