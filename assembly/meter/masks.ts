// Bit masks over 64 bytes: where the quotes, the backslashes, the braces and the colons are. Bit i = byte p + i.
// The vectors compared with are loaded from memory (SPLATS), not written as constants: V8 builds a constant anew at each use,
// which made a block four times as dear. maskScalarAt is the slow twin; a test compares the two.
import { SPLATS } from './layout';

export const QUOTE: usize = SPLATS + 0;
export const SLASH: usize = SPLATS + 16;
export const FOLD: usize = SPLATS + 32;
export const FOLDED: usize = SPLATS + 48;
export const COLON: usize = SPLATS + 64;
export const LINE_FEED: usize = SPLATS + 80;
export const RETURN: usize = SPLATS + 96;

export function setSplats(): void {
  memory.fill(QUOTE, 0x22, 16);
  memory.fill(SLASH, 0x5c, 16);
  memory.fill(FOLD, 0x26, 16);
  memory.fill(FOLDED, 0x7f, 16);
  memory.fill(COLON, 0x3a, 16);
  memory.fill(LINE_FEED, 0x0a, 16);
  memory.fill(RETURN, 0x0d, 16);
}

function bits(a: v128, b: v128, c: v128, d: v128): i64 {
  return (
    <i64>(<u32>i8x16.bitmask(a)) |
    ((<i64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<i64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<i64>(<u32>i8x16.bitmask(d))) << 48)
  );
}

/** Bytes of the 64 at `p` that equal those at `splat` (QUOTE, COLON, …). */
export function equalMask(p: usize, splat: usize): i64 {
  const x = v128.load(splat);
  return bits(
    i8x16.eq(v128.load(p), x),
    i8x16.eq(v128.load(p, 16), x),
    i8x16.eq(v128.load(p, 32), x),
    i8x16.eq(v128.load(p, 48), x),
  );
}

/** Backslashes: most blocks have none. */
export function slashMask(p: usize): i64 {
  const x = v128.load(SLASH);
  const a = i8x16.eq(v128.load(p), x);
  const b = i8x16.eq(v128.load(p, 16), x);
  const c = i8x16.eq(v128.load(p, 32), x);
  const d = i8x16.eq(v128.load(p, 48), x);
  return v128.any_true(v128.or(v128.or(a, b), v128.or(c, d))) ? bits(a, b, c, d) : 0;
}

// { } [ ]: with bits 1, 2 and 5 set all four are 0x7f. So are Y _ y and DEL, which no JSON has outside its strings.
function brace(v: v128, foldBits: v128, foldedTo: v128): v128 {
  return i8x16.eq(v128.or(v, foldBits), foldedTo);
}

export function braceMask(p: usize): i64 {
  const f = v128.load(FOLD);
  const g = v128.load(FOLDED);
  return bits(
    brace(v128.load(p), f, g),
    brace(v128.load(p, 16), f, g),
    brace(v128.load(p, 32), f, g),
    brace(v128.load(p, 48), f, g),
  );
}

/** Braces and colons. */
export function structureMask(p: usize): i64 {
  const f = v128.load(FOLD);
  const g = v128.load(FOLDED);
  const x = v128.load(COLON);
  const a = v128.load(p);
  const b = v128.load(p, 16);
  const c = v128.load(p, 32);
  const d = v128.load(p, 48);
  return bits(
    v128.or(brace(a, f, g), i8x16.eq(a, x)),
    v128.or(brace(b, f, g), i8x16.eq(b, x)),
    v128.or(brace(c, f, g), i8x16.eq(c, x)),
    v128.or(brace(d, f, g), i8x16.eq(d, x)),
  );
}

/** Bit i = xor of bits 0..i: turns quotes into "inside a string" (opening quote included, closing quote not). */
export function prefixXor(x: i64): i64 {
  let y = x ^ (x << 1);
  y ^= y << 2;
  y ^= y << 4;
  y ^= y << 8;
  y ^= y << 16;
  return y ^ (y << 32);
}

export let escapeCarry: i64 = 0;

/** Bytes that a backslash escapes (simdjson's carry arithmetic); `n` bytes of the block count. Leaves the carry in `escapeCarry`. */
export function escaped(slashes: i64, carry: i64, n: i32): i64 {
  const ODD: i64 = 0xaaaaaaaaaaaaaaaa;
  const potential = slashes & ~carry;
  const series = ((potential << 1) | ODD) - potential;
  const codes = series ^ ODD;
  const result = codes ^ (slashes | carry);
  escapeCarry = ((codes & slashes) >>> (<i64>n - 1)) & 1;
  return result;
}

// ---- for tests

/** One of the masks of the 64 bytes at `p`: 0 quotes, 1 backslashes, 2 braces, 3 colons. */
export function maskAt(p: usize, which: i32): i64 {
  if (which == 0) return equalMask(p, QUOTE);
  if (which == 1) return slashMask(p);
  return which == 2 ? braceMask(p) : equalMask(p, COLON);
}

/** The same, a byte at a time. */
export function maskScalarAt(p: usize, which: i32): i64 {
  let mask: i64 = 0;
  for (let i = 0; i < 64; i++) {
    const c = load<u8>(p + i);
    let hit: bool;
    if (which == 0) hit = c == 0x22;
    else if (which == 1) hit = c == 0x5c;
    else if (which == 3) hit = c == 0x3a;
    else
      hit =
        c == 0x7b || c == 0x7d || c == 0x5b || c == 0x5d || c == 0x59 || c == 0x5f || c == 0x79 || c == 0x7f;
    if (hit) mask |= (<i64>1) << i;
  }
  return mask;
}
