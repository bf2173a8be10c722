// Tokens of JSON (RFC 8259) over a whole body. Zeros stand after its last byte and belong to no token, so no load needs a
// bound of its own. Every function takes the address where the token begins and returns the one after it, 0 = no such token.
// Bytes above 0x7f are taken as they stand: a decoder that replaces bad UTF-8 finds the same strings.

/** Set by `stringEnd` where the string has an escape; its caller clears it. */
export let hadEscape: bool = false;

export function clearEscape(): void {
  hadEscape = false;
}

/** From the byte after the opening quote: address of the closing one. */
export function stringEnd(p: usize): usize {
  p = plainEnd(p);
  while (true) {
    const c = <i32>load<u8>(p);
    if (c == 0x22) return p;
    if (c != 0x5c) return 0; // a control byte, or the body's end
    hadEscape = true;
    const e = <i32>load<u8>(p, 1);
    if (e == 0x75) {
      if (!hexQuad(p + 2)) return 0;
      p += 6;
    } else {
      if (!isSimpleEscape(e)) return 0;
      p += 2;
    }
    p = plainEnd(p);
  }
}

/** First `"`, `\` or control byte at or after `p`: 16 bytes, then 64 at a time. */
export function plainEnd(p: usize): usize {
  const first = i8x16.bitmask(special(v128.load(p)));
  if (first != 0) return p + <usize>ctz(first);
  p += 16;
  while (true) {
    const a = special(v128.load(p));
    const b = special(v128.load(p, 16));
    const c = special(v128.load(p, 32));
    const d = special(v128.load(p, 48));
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      const low = <u64>(<u32>(i8x16.bitmask(a) | (i8x16.bitmask(b) << 16)));
      const high = <u64>(<u32>(i8x16.bitmask(c) | (i8x16.bitmask(d) << 16)));
      return p + <usize>ctz(low | (high << 32));
    }
    p += 64;
  }
}

function special(block: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c))),
    i8x16.lt_u(block, i8x16.splat(0x20)),
  );
}

/** The twin: the same answer, a byte at a time. */
export function plainEndScalar(p: usize): usize {
  while (true) {
    const c = load<u8>(p);
    if (c == 0x22 || c == 0x5c || c < 0x20) return p;
    p++;
  }
}

function isSimpleEscape(c: i32): bool {
  return c == 0x6e || c == 0x22 || c == 0x5c || c == 0x74 || c == 0x72 || c == 0x2f || c == 0x62 || c == 0x66;
}

function hexQuad(p: usize): bool {
  for (let i: usize = 0; i < 4; i++) if (hexDigit(<i32>load<u8>(p + i)) < 0) return false;
  return true;
}

export function hexDigit(c: i32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** A number or a literal. */
export function scalarEnd(p: usize): usize {
  const word = load<u32>(p);
  if (word == 0x65757274) return p + 4; // true
  if (word == 0x6c6c756e) return p + 4; // null
  if (word == 0x736c6166 && load<u8>(p, 4) == 0x65) return p + 5; // false
  return numberEnd(p);
}

function numberEnd(p: usize): usize {
  if (load<u8>(p) == 0x2d) p++;
  const first = load<u8>(p);
  if (!isDigit(first)) return 0;
  p++;
  if (first != 0x30) while (isDigit(load<u8>(p))) p++;
  if (load<u8>(p) == 0x2e) {
    if (!isDigit(load<u8>(++p))) return 0;
    while (isDigit(load<u8>(p))) p++;
  }
  if ((load<u8>(p) | 0x20) == 0x65) {
    const sign = load<u8>(++p);
    if (sign == 0x2b || sign == 0x2d) p++;
    if (!isDigit(load<u8>(p))) return 0;
    while (isDigit(load<u8>(p))) p++;
  }
  return p;
}

function isDigit(c: u8): bool {
  return <u8>(c - 0x30) < 10;
}

/** First byte that is not JSON white space. */
export function spaceEnd(p: usize): usize {
  while (true) {
    const c = load<u8>(p);
    if (c > 0x20) return p;
    if (c == 0x0a) p = indentEnd(p + 1);
    else if (c == 0x20 || c == 0x0d || c == 0x09) p++;
    else return p;
  }
}

/** Indentation of pretty-printed JSON: runs of blanks after a line feed, 16 at a time. */
function indentEnd(p: usize): usize {
  while (true) {
    const other = i8x16.bitmask(i8x16.ne(v128.load(p), i8x16.splat(0x20)));
    if (other != 0) return p + <usize>ctz(other);
    p += 16;
  }
}
