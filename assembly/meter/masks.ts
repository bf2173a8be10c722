// Bit masks over 64 bytes: where the quotes, the backslashes, the braces and the colons are. Bit i = byte p + i.
// The vectors compared with are loaded from memory (SPLATS), not written as constants: V8 builds a constant anew at each use,
// which made a block four times as dear. masksScalar is the slow twin; a test compares the two.
import { SPLATS } from './layout';

const QUOTE: usize = 0;
const SLASH: usize = 16;
const FOLD: usize = 32;
const FOLDED: usize = 48;
const COLON: usize = 64;
const LINE_FEED: usize = 80;
const RETURN: usize = 96;

export function setSplats(): void {
  memory.fill(SPLATS + QUOTE, 0x22, 16);
  memory.fill(SPLATS + SLASH, 0x5c, 16);
  memory.fill(SPLATS + FOLD, 0x26, 16);
  memory.fill(SPLATS + FOLDED, 0x7f, 16);
  memory.fill(SPLATS + COLON, 0x3a, 16);
  memory.fill(SPLATS + LINE_FEED, 0x0a, 16);
  memory.fill(SPLATS + RETURN, 0x0d, 16);
}

@inline
export function quote(): v128 { return v128.load(SPLATS, QUOTE); }
@inline
export function slash(): v128 { return v128.load(SPLATS, SLASH); }
@inline
export function fold(): v128 { return v128.load(SPLATS, FOLD); }
@inline
export function folded(): v128 { return v128.load(SPLATS, FOLDED); }
@inline
export function colon(): v128 { return v128.load(SPLATS, COLON); }
@inline
export function lineFeed(): v128 { return v128.load(SPLATS, LINE_FEED); }
@inline
export function carriageReturn(): v128 { return v128.load(SPLATS, RETURN); }

@inline
export function bits(a: v128, b: v128, c: v128, d: v128): i64 {
  return (
    <i64>(<u32>i8x16.bitmask(a)) |
    (<i64>(<u32>i8x16.bitmask(b)) << 16) |
    (<i64>(<u32>i8x16.bitmask(c)) << 32) |
    (<i64>(<u32>i8x16.bitmask(d)) << 48)
  );
}

/** Bits of the bytes that equal those of `x`. */
@inline
export function equal(a: v128, b: v128, c: v128, d: v128, x: v128): i64 {
  return bits(i8x16.eq(a, x), i8x16.eq(b, x), i8x16.eq(c, x), i8x16.eq(d, x));
}

/** { } [ ]: with bits 1, 2 and 5 set all four are 0x7f. So are Y _ y and DEL, which no JSON has outside its strings. */
@inline
export function brace(v: v128, foldBits: v128, foldedTo: v128): v128 {
  return i8x16.eq(v128.or(v, foldBits), foldedTo);
}

/** Bit i = xor of bits 0..i: turns quotes into "inside a string" (opening quote included, closing quote not). */
@inline
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
  const a = v128.load(p);
  const b = v128.load(p, 16);
  const c = v128.load(p, 32);
  const d = v128.load(p, 48);
  if (which == 0) return equal(a, b, c, d, quote());
  if (which == 1) return equal(a, b, c, d, slash());
  if (which == 3) return equal(a, b, c, d, colon());
  const f = fold();
  const g = folded();
  return bits(brace(a, f, g), brace(b, f, g), brace(c, f, g), brace(d, f, g));
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
    else hit = c == 0x7b || c == 0x7d || c == 0x5b || c == 0x5d || c == 0x59 || c == 0x5f || c == 0x79 || c == 0x7f;
    if (hit) mask |= <i64>1 << i;
  }
  return mask;
}
