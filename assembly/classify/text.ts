// Finding the end of a string's plain run, 16 or 64 bytes at a time, and the scalar twin it must equal.

import { hexDigit, simpleEscape } from './capture';

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** Address of the first `"`, `\` or control byte in [at, end), or `end`. May load, but never counts, 63 bytes past `end`. */
export function plainEnd(at: usize, end: usize): usize {
  let mask = special(v128.load(at));
  if (mask == 0) return at + 16 >= end ? end : longPlainEnd(at + 16, end);
  at += ctz(mask);
  return at < end ? at : end;
}

function longPlainEnd(at: usize, end: usize): usize {
  while (at < end) {
    const a = specialLanes(v128.load(at));
    const b = specialLanes(v128.load(at, 16));
    const c = specialLanes(v128.load(at, 32));
    const d = specialLanes(v128.load(at, 48));
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      const low = <u64>(<u32>(i8x16.bitmask(a) | (i8x16.bitmask(b) << 16)));
      const high = <u64>(<u32>(i8x16.bitmask(c) | (i8x16.bitmask(d) << 16)));
      at += <usize>ctz(low | (high << 32));
      return at < end ? at : end;
    }
    at += 64;
  }
  return end;
}

function specialLanes(block: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c))),
    i8x16.lt_u(block, i8x16.splat(0x20)),
  );
}

function special(block: v128): i32 {
  return i8x16.bitmask(specialLanes(block));
}

/** The twin: the same answer, a byte at a time. */
export function plainEndScalar(at: usize, end: usize): usize {
  while (at < end) {
    const c = load<u8>(at);
    if (c == QUOTE || c == BACKSLASH || c < 0x20) return at;
    at++;
  }
  return end;
}

/**
 * From a string's backslash at `stop` to its closing quote, past escapes that are whole and valid; or to the first
 * byte that could not be passed.
 */
export function escapedEnd(stop: usize, end: usize): usize {
  while (load<u8>(stop) == BACKSLASH) {
    const c = <i32>load<u8>(stop, 1);
    if (c == 0x75) {
      if (stop + 6 > end || !hexQuad(stop + 2)) return stop;
      stop += 6;
    } else if (simpleEscape(c) >= 0) stop += 2;
    else return stop;
    stop = plainEnd(stop, end);
  }
  return stop;
}

function hexQuad(at: usize): bool {
  for (let i: usize = 0; i < 4; i++) if (hexDigit(<i32>load<u8>(at + i)) < 0) return false;
  return true;
}

/** Address after the whole number at `at`, or 0 where none is whole before `end` (a digit may follow there). */
export function numberSkip(at: usize, end: usize): usize {
  if (load<u8>(at) == 0x2d) at++;
  const first = load<u8>(at);
  if (!isDigit(first)) return 0;
  at++;
  if (first != 0x30) while (isDigit(load<u8>(at))) at++;
  if (load<u8>(at) == 0x2e) {
    if (!isDigit(load<u8>(++at))) return 0;
    while (isDigit(load<u8>(at))) at++;
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    const sign = load<u8>(++at);
    if (sign == 0x2b || sign == 0x2d) at++;
    if (!isDigit(load<u8>(at))) return 0;
    while (isDigit(load<u8>(at))) at++;
  }
  return at < end ? at : 0;
}

function isDigit(c: u8): bool {
  return <u8>(c - 0x30) < 10;
}

/** Address of the first byte that is not JSON white space in [at, end), or `end`. */
export function spaceEnd(at: usize, end: usize): usize {
  while (at < end) {
    const c = load<u8>(at);
    if (c > 0x20 || (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09)) return at;
    at++;
    if (c == 0x0a) at = indentEnd(at, end);
  }
  return end;
}

/** Indentation of pretty-printed JSON: runs of blanks after a line feed, 16 at a time. */
function indentEnd(at: usize, end: usize): usize {
  while (at < end) {
    const other = i8x16.bitmask(i8x16.ne(v128.load(at), i8x16.splat(0x20)));
    if (other != 0) {
      at += ctz(other);
      return at < end ? at : end;
    }
    at += 16;
  }
  return end;
}

/** Address of the first carriage return in [at, end), or `end`: where a multipart delimiter may begin. */
export function returnEnd(at: usize, end: usize): usize {
  while (at < end) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x0d)));
    if (mask != 0) {
      at += ctz(mask);
      return at < end ? at : end;
    }
    at += 16;
  }
  return end;
}
