// Tokens of JSON (RFC 8259) in raw bytes, strictly, without values being made. Every function takes the offset where the token begins
// and returns the one behind it, -1 where no such token stands there. Hot path: per byte of a body that a plugin queries.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
/** Deeper nesting is taken as invalid, as the kernels do. */
export const DEPTH_MAX = 65_536;

/** First byte at or after `p` that is not JSON white space. */
export function spaceEnd(b: Uint8Array, from: number): number {
  let p = from;
  while (p < b.length) {
    const c = b[p];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
    p++;
  }
  return p;
}

/** A string from its opening quote. */
export function stringEnd(b: Uint8Array, from: number): number {
  if (b[from] !== QUOTE) return -1;
  let p = from + 1;
  while (p < b.length) {
    const c = b[p] ?? 0;
    if (c === QUOTE) return p + 1;
    if (c < 0x20) return -1;
    p++;
    if (c !== BACKSLASH) continue;
    p = escapeEnd(b, p);
    if (p < 0) return -1;
  }
  return -1;
}

function escapeEnd(b: Uint8Array, p: number): number {
  const c = b[p];
  if (c === 0x75) {
    for (let i = 1; i <= 4; i++) if (!isHex(b[p + i] ?? 0)) return -1;
    return p + 5;
  }
  const simple =
    c === QUOTE ||
    c === BACKSLASH ||
    c === 0x2f ||
    c === 0x62 ||
    c === 0x66 ||
    c === 0x6e ||
    c === 0x72 ||
    c === 0x74;
  return simple ? p + 1 : -1;
}

function isHex(c: number): boolean {
  const lower = c | 0x20;
  return isDigit(c) || (lower >= 0x61 && lower <= 0x66);
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

function digitsEnd(b: Uint8Array, from: number): number {
  let p = from;
  while (isDigit(b[p])) p++;
  return p === from ? -1 : p;
}

function numberEnd(b: Uint8Array, from: number): number {
  let p = b[from] === 0x2d ? from + 1 : from;
  p = b[p] === 0x30 ? p + 1 : digitsEnd(b, p);
  if (p >= 0 && b[p] === 0x2e) p = digitsEnd(b, p + 1);
  if (p < 0 || ((b[p] ?? 0) | 0x20) !== 0x65) return p;
  const sign = b[p + 1];
  return digitsEnd(b, sign === 0x2b || sign === 0x2d ? p + 2 : p + 1);
}

function wordEnd(b: Uint8Array, from: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (b[from + i] !== word.charCodeAt(i)) return -1;
  return from + word.length;
}

/** A string, number or literal. */
export function scalarEnd(b: Uint8Array, p: number): number {
  switch (b[p]) {
    case QUOTE:
      return stringEnd(b, p);
    case 0x74:
      return wordEnd(b, p, 'true');
    case 0x66:
      return wordEnd(b, p, 'false');
    case 0x6e:
      return wordEnd(b, p, 'null');
    default:
      return numberEnd(b, p);
  }
}

/** From a key's opening quote to where its value begins; `keyEnd` is the offset behind the key's closing quote. */
export function valueStart(b: Uint8Array, keyEnd: number): number {
  const p = spaceEnd(b, keyEnd);
  return b[p] === COLON ? spaceEnd(b, p + 1) : -1;
}

/** Any value. A loop that keeps the open containers in a list, so that no nesting can exhaust a stack; a state machine's loop. */
export function valueEnd(b: Uint8Array, from: number): number {
  const open: number[] = [];
  let p = from;
  while (true) {
    const c = b[p];
    if (c === BRACE || c === BRACKET) {
      const close = c + 2;
      p = spaceEnd(b, p + 1);
      if (b[p] === close) p++;
      else {
        if (open.length === DEPTH_MAX) return -1;
        open.push(close);
        if (c === BRACKET) continue;
        p = memberValue(b, p);
        if (p < 0) return -1;
        continue;
      }
    } else {
      p = scalarEnd(b, p);
      if (p < 0) return -1;
    }
    // After a value: the containers that end with it, then a comma and what follows.
    while (true) {
      const close = open.at(-1);
      if (close === undefined) return p;
      p = spaceEnd(b, p);
      const d = b[p++];
      if (d === COMMA) {
        p = spaceEnd(b, p);
        if (close === BRACE_END) p = memberValue(b, p);
        if (p < 0) return -1;
        break;
      }
      if (d !== close) return -1;
      open.pop();
    }
  }
}

function memberValue(b: Uint8Array, key: number): number {
  const end = stringEnd(b, key);
  return end < 0 ? -1 : valueStart(b, end);
}

export const isObjectStart = (c: number | undefined): boolean => c === BRACE;
export const isArrayStart = (c: number | undefined): boolean => c === BRACKET;
export const isStringStart = (c: number | undefined): boolean => c === QUOTE;
export const isComma = (c: number | undefined): boolean => c === COMMA;
export const isObjectEnd = (c: number | undefined): boolean => c === BRACE_END;
export const isArrayEnd = (c: number | undefined): boolean => c === BRACKET_END;
