// What a byte can be in a text: one table of bits, filled once in configure(), so that the scan asks one load a byte. A text is always surrounded
// by zero bytes, which are of no class: loops end there by themselves and nobody checks bounds.

export const LETTER: i32 = 1;
export const DIGIT: i32 = 2;
/** Letters, digits and `_`. */
export const WORD: i32 = 4;
/** Something other than a word may begin here. */
export const TRIGGER: i32 = 8;
/** May stand before the @ of an address. */
export const LOCAL: i32 = 16;
/** A word that begins so may be a key. */
export const KEY_START: i32 = 32;
/** Letters, digits, `-`, `_`: what most keys are made of. */
export const TOKEN: i32 = 64;
/** Parts groups of digits. */
export const SEPARATOR: i32 = 128;

const TABLE: usize = memory.data(256);

export function classOf(byte: i32): i32 {
  return <i32>load<u8>(TABLE + <usize>byte);
}

export function classAt(at: usize): i32 {
  return <i32>load<u8>(TABLE + <usize>load<u8>(at));
}

export function isDigitAt(at: usize): bool {
  return (classAt(at) & DIGIT) != 0;
}

function add(bytes: string, bits: i32): void {
  for (let i = 0; i < bytes.length; i++) {
    const place = TABLE + <usize>(bytes.charCodeAt(i) & 0xff);
    store<u8>(place, load<u8>(place) | <u8>bits);
  }
}

export function fillClasses(): void {
  memory.fill(TABLE, 0, 256);
  for (let byte = 0x41; byte <= 0x5a; byte++) {
    store<u8>(TABLE + <usize>byte, <u8>(LETTER | WORD | LOCAL | TOKEN));
    store<u8>(TABLE + <usize>(byte | 0x20), <u8>(LETTER | WORD | LOCAL | TOKEN));
  }
  add('0123456789', DIGIT | WORD | LOCAL | TOKEN | TRIGGER);
  add('_', WORD | LOCAL | TOKEN);
  add('-', LOCAL | TOKEN | SEPARATOR | TRIGGER);
  add('.', LOCAL | SEPARATOR);
  add("%'", LOCAL);
  add('+', LOCAL | TRIGGER);
  add(' /()', SEPARATOR);
  add('(@"\\', TRIGGER);
  // First bytes of the prefixes in key.ts, and of its keywords.
  add('asghxnApdwryeSf', KEY_START);
}

/** Nothing may begin before this: the end of what was found last, or of an escape. */
export let floor: usize = 0;

export function setFloor(at: usize): void {
  floor = at;
}

/** No letter, digit or _ stands before it, or one that belongs to an escape. */
export function isFreeBefore(at: usize): bool {
  return at == floor || (classAt(at - 1) & WORD) == 0;
}

/** Whether the bytes from `at` are `word`, which is ASCII. */
export function isAt(at: usize, word: string): bool {
  for (let i = 0; i < word.length; i++) {
    if (<i32>load<u8>(at + <usize>i) != word.charCodeAt(i)) return false;
  }
  return true;
}

/** The same, letters of either case; `word` is in lower case. */
export function isAtAnyCase(at: usize, word: string): bool {
  for (let i = 0; i < word.length; i++) {
    const byte = <i32>load<u8>(at + <usize>i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower != word.charCodeAt(i)) return false;
  }
  return true;
}

/** A letter of two bytes, U+00C0 to U+052F without × and ÷: Latin, Greek and Cyrillic with what hangs on them. */
export function isWideLetterAt(at: usize): bool {
  const lead = <i32>load<u8>(at);
  const next = <i32>load<u8>(at, 1);
  if (lead < 0xc3 || lead > 0xd4 || (next & 0xc0) != 0x80) return false;
  return lead != 0xc3 || (next != 0x97 && next != 0xb7);
}
