// Text before it is split: is it UTF-8, and what do a JSON string's escapes stand for. A provider sees U+FFFD where the bytes are not
// UTF-8 or an escape is half of a surrogate pair.
import { BACKSLASH, region } from './layout';

/** Bytes at the end that begin a character and do not end it. */
let cut: i32 = 0;

export function cutBytes(): i32 {
  return cut;
}

/** Whether the bytes are UTF-8 (RFC 3629, table 3-7 of Unicode: no overlong form, no surrogate), but for a character cut at the end. */
export function isUtf8(from: usize, end: usize): bool {
  cut = 0;
  let at = from;
  while (at < end) {
    if (at + 16 <= end && i8x16.bitmask(v128.load(at)) == 0) {
      at += 16;
      continue;
    }
    const lead = <i32>load<u8>(at);
    if (lead < 0x80) {
      at++;
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return false;
    const more: i32 = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let low: i32 = 0x80;
    let high: i32 = 0xbf;
    if (lead == 0xe0) low = 0xa0;
    else if (lead == 0xed) high = 0x9f;
    else if (lead == 0xf0) low = 0x90;
    else if (lead == 0xf4) high = 0x8f;
    at++;
    for (let i = 0; i < more; i++, at++) {
      if (at >= end) {
        cut = i + 1;
        return true;
      }
      const byte = <i32>load<u8>(at);
      if (byte < low || byte > high) return false;
      low = 0x80;
      high = 0xbf;
    }
  }
  return true;
}

/** Where unescape() stopped reading: an escape that more bytes could complete begins there, or the end. */
let stoppedAt: usize = 0;

export function readTo(): usize {
  return stoppedAt;
}

/**
 * Undoes the escapes of a JSON string's inside (RFC 8259, section 7), in place: writes to `to`, which is not behind `from`, and returns
 * the end of what it wrote. What is no escape is taken as it stands; with `whole`, so is one that the end cuts.
 */
export function unescape(from: usize, end: usize, to: usize, whole: bool): usize {
  let at = from;
  let out = to;
  const backslash = v128.load(region + BACKSLASH);
  while (at < end) {
    if (at + 16 <= end) {
      const v = v128.load(at);
      const found = i8x16.bitmask(i8x16.eq(v, backslash));
      const plain: usize = found == 0 ? 16 : <usize>ctz<i32>(found);
      if (plain == 16) {
        v128.store(out, v);
        at += 16;
        out += 16;
        continue;
      }
      // Byte by byte: a whole vector could run over bytes that are still to be read.
      for (const stop = at + plain; at < stop; ) store<u8>(out++, load<u8>(at++));
    } else if (load<u8>(at) != 0x5c) {
      store<u8>(out++, load<u8>(at++));
      continue;
    }
    const next = escape(at, end, out, whole);
    if (next == at) break;
    out = written;
    at = next;
  }
  stoppedAt = at;
  return out;
}

/** End of what escape() wrote. */
let written: usize = 0;

/** One escape at `at`; returns where it ends, `at` itself where more bytes must come first. */
function escape(at: usize, end: usize, out: usize, whole: bool): usize {
  if (at + 2 > end) return whole ? asIs(at, out) : at;
  const letter = <i32>load<u8>(at, 1);
  let byte: i32 = -1;
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      byte = letter;
      break;
    case 0x62:
      byte = 8;
      break;
    case 0x66:
      byte = 12;
      break;
    case 0x6e:
      byte = 10;
      break;
    case 0x72:
      byte = 13;
      break;
    case 0x74:
      byte = 9;
      break;
  }
  if (byte >= 0) {
    store<u8>(out, byte);
    written = out + 1;
    return at + 2;
  }
  if (letter != 0x75) return asIs(at, out);
  if (at + 6 > end) return whole || !maybeHex(at + 2, end) ? asIs(at, out) : at;
  let code = hex4(at + 2);
  if (code < 0) return asIs(at, out);
  if (code >> 10 == 0x36) {
    // A high surrogate: its low one may come later.
    if (!whole && at + 12 > end && maybePair(at + 6, end)) return at;
    const low = at + 12 <= end && load<u16>(at + 6) == 0x755c ? hex4(at + 8) : -1;
    if (low >> 10 == 0x37) {
      writeUtf8(0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff), out);
      return at + 12;
    }
  }
  if (code >> 11 == 0x1b) code = 0xfffd;
  writeUtf8(code, out);
  return at + 6;
}

/** The backslash stands for itself. */
function asIs(at: usize, out: usize): usize {
  store<u8>(out, 0x5c);
  written = out + 1;
  return at + 1;
}

function maybeHex(from: usize, end: usize): bool {
  for (let at = from; at < end; at++) if (hexDigit(<i32>load<u8>(at)) < 0) return false;
  return true;
}

/** Whether the bytes from `from` to `end` could be the begin of an escaped low surrogate. */
function maybePair(from: usize, end: usize): bool {
  if (from < end && load<u8>(from) != 0x5c) return false;
  if (from + 1 < end && load<u8>(from, 1) != 0x75) return false;
  return from + 2 >= end || maybeHex(from + 2, end);
}

function hexDigit(byte: i32): i32 {
  if (<u32>(byte - 0x30) < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return <u32>letter < 6 ? letter + 10 : -1;
}

function hex4(at: usize): i32 {
  let code: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const digit = hexDigit(<i32>load<u8>(at + i));
    if (digit < 0) return -1;
    code = (code << 4) | digit;
  }
  return code;
}

function writeUtf8(code: i32, out: usize): void {
  if (code < 0x80) {
    store<u8>(out, code);
    written = out + 1;
  } else if (code < 0x800) {
    store<u8>(out, 0xc0 | (code >> 6));
    store<u8>(out, 0x80 | (code & 0x3f), 1);
    written = out + 2;
  } else if (code < 0x10000) {
    store<u8>(out, 0xe0 | (code >> 12));
    store<u8>(out, 0x80 | ((code >> 6) & 0x3f), 1);
    store<u8>(out, 0x80 | (code & 0x3f), 2);
    written = out + 3;
  } else {
    store<u8>(out, 0xf0 | (code >> 18));
    store<u8>(out, 0x80 | ((code >> 12) & 0x3f), 1);
    store<u8>(out, 0x80 | ((code >> 6) & 0x3f), 2);
    store<u8>(out, 0x80 | (code & 0x3f), 3);
    written = out + 4;
  }
}
