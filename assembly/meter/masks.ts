// Bit masks over 64 bytes: where the quotes, the backslashes, the braces and the colons are. Bit i = byte p + i.
// masksScalar is the slow twin of masks; a test compares the two.

export let quotes: i64 = 0;
export let backslashes: i64 = 0;
export let braces: i64 = 0; // { } [ ]
export let colons: i64 = 0;

// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): i64 {
  return (
    <i64>(<u32>i8x16.bitmask(a)) |
    (<i64>(<u32>i8x16.bitmask(b)) << 16) |
    (<i64>(<u32>i8x16.bitmask(c)) << 32) |
    (<i64>(<u32>i8x16.bitmask(d)) << 48)
  );
}

// { is [ with bit 5 set, } is ] with bit 5 set: one comparison finds both.
// @ts-ignore: decorator
@inline
function brace(v: v128): v128 {
  const folded = v128.or(v, i8x16.splat(0x20));
  return v128.or(i8x16.eq(folded, i8x16.splat(0x7b)), i8x16.eq(folded, i8x16.splat(0x7d)));
}

// @ts-ignore: decorator
@inline
export function masks(p: usize): void {
  const a = v128.load(p);
  const b = v128.load(p, 16);
  const c = v128.load(p, 32);
  const d = v128.load(p, 48);
  const quote = i8x16.splat(0x22);
  quotes = bits(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote));
  const slash = i8x16.splat(0x5c);
  const sa = i8x16.eq(a, slash);
  const sb = i8x16.eq(b, slash);
  const sc = i8x16.eq(c, slash);
  const sd = i8x16.eq(d, slash);
  backslashes = v128.any_true(v128.or(v128.or(sa, sb), v128.or(sc, sd))) ? bits(sa, sb, sc, sd) : 0;
  braces = bits(brace(a), brace(b), brace(c), brace(d));
  const colon = i8x16.splat(0x3a);
  colons = bits(i8x16.eq(a, colon), i8x16.eq(b, colon), i8x16.eq(c, colon), i8x16.eq(d, colon));
}

export function masksScalar(p: usize): void {
  quotes = 0;
  backslashes = 0;
  braces = 0;
  colons = 0;
  for (let i = 0; i < 64; i++) {
    const c = load<u8>(p + i);
    const bit: i64 = <i64>1 << i;
    if (c == 0x22) quotes |= bit;
    else if (c == 0x5c) backslashes |= bit;
    else if (c == 0x3a) colons |= bit;
    else if (c == 0x7b || c == 0x7d || c == 0x5b || c == 0x5d) braces |= bit;
  }
}

/** Bit i = xor of bits 0..i: turns quotes into "inside a string" (opening quote included, closing quote not). */
// @ts-ignore: decorator
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
