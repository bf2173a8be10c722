// The text of a wanted key or string: taken straight from the window where it lies there whole and plain,
// gathered in the slot's capture buffer where an escape or the window's end cuts it.
import { CAPTURE, CAPTURED, FLAGS, HEX, HIGH_SURROGATE, STRING_BYTES_MAX } from './layout';

export const IS_KEY: i32 = 1;
export const WANTED: i32 = 2;
export const CUT: i32 = 4;
/** Set once anything was gathered: the text is in the buffer, not in the window. */
export const GATHERED: i32 = 8;

export function gather(slot: usize, from: usize, to: usize): void {
  let length = <i32>(to - from);
  const captured = load<i32>(slot + CAPTURED);
  if (captured + length > STRING_BYTES_MAX) {
    length = STRING_BYTES_MAX - captured;
    store<i32>(slot + FLAGS, load<i32>(slot + FLAGS) | CUT);
  }
  memory.copy(slot + CAPTURE + <usize>captured, from, <usize>length);
  store<i32>(slot + CAPTURED, captured + length);
  store<i32>(slot + FLAGS, load<i32>(slot + FLAGS) | GATHERED);
}

/** One UTF-16 unit of a `\u` escape. Pairs become one character; a lone surrogate becomes U+FFFD, as in any UTF-8. */
export function gatherUnit(slot: usize, unit: i32): void {
  const high = load<i32>(slot + HIGH_SURROGATE);
  if (high != 0) {
    store<i32>(slot + HIGH_SURROGATE, 0);
    if (unit >= 0xdc00 && unit < 0xe000) {
      return gatherCodePoint(slot, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
    }
    gatherCodePoint(slot, 0xfffd);
  }
  if (unit >= 0xd800 && unit < 0xdc00) store<i32>(slot + HIGH_SURROGATE, unit);
  else gatherCodePoint(slot, unit >= 0xdc00 && unit < 0xe000 ? 0xfffd : unit);
}

/** Whatever is not a second half ends a pair that was begun. */
export function endPair(slot: usize): void {
  if (load<i32>(slot + HIGH_SURROGATE) == 0) return;
  store<i32>(slot + HIGH_SURROGATE, 0);
  gatherCodePoint(slot, 0xfffd);
}

/** The character that `\c` stands for, or -1. */
export function simpleEscape(c: i32): i32 {
  switch (c) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
      return c;
    case 0x62: // b
      return 8;
    case 0x66: // f
      return 12;
    case 0x6e: // n
      return 10;
    case 0x72: // r
      return 13;
    case 0x74: // t
      return 9;
    default:
      return -1;
  }
}

export function hexDigit(c: i32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

export function gatherCodePoint(slot: usize, code: i32): void {
  const scratch = slot + HEX; // 4 bytes, free between escapes
  let length: usize = 1;
  if (code < 0x80) store<u8>(scratch, <u8>code);
  else if (code < 0x800) {
    store<u8>(scratch, <u8>(0xc0 | (code >> 6)));
    store<u8>(scratch, <u8>(0x80 | (code & 0x3f)), 1);
    length = 2;
  } else if (code < 0x10000) {
    store<u8>(scratch, <u8>(0xe0 | (code >> 12)));
    store<u8>(scratch, <u8>(0x80 | ((code >> 6) & 0x3f)), 1);
    store<u8>(scratch, <u8>(0x80 | (code & 0x3f)), 2);
    length = 3;
  } else {
    store<u8>(scratch, <u8>(0xf0 | (code >> 18)));
    store<u8>(scratch, <u8>(0x80 | ((code >> 12) & 0x3f)), 1);
    store<u8>(scratch, <u8>(0x80 | ((code >> 6) & 0x3f)), 2);
    store<u8>(scratch, <u8>(0x80 | (code & 0x3f)), 3);
    length = 4;
  }
  gather(slot, scratch, scratch + length);
}
