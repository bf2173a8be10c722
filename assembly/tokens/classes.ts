// What character stands at a place: its class of Unicode 16 (as tiktoken 1.0.22's regular expressions know it) and its length.
import { ascii, stage1, stage2, wideStage1 } from './vocabulary';

export const OTHER: i32 = 0;
export const UPPER: i32 = 1; // Lu, Lt
export const LOWER: i32 = 2; // Ll
export const LETTER: i32 = 3; // Lm, Lo
export const MARK: i32 = 4; // Mn, Mc, Me
export const NUMBER: i32 = 5; // Nd, Nl, No
export const SPACE: i32 = 6; // White_Space
/** Nothing stands there: the text ends, or a character's first bytes do. */
export const END: i32 = 7;

/** Where the text ends. */
let end: usize = 0;
/** Bytes of the character that classAt saw last; 0 at the end. */
export let width: usize = 0;
/** The end has been looked at: more text could change what was decided. */
export let touched: bool = false;

export function setText(until: usize): void {
  end = until;
  touched = false;
}

export function touch(): void {
  touched = true;
}

export function untouch(): void {
  touched = false;
}

/** The byte at `at`, or -1 at the end. */
export function byteAt(at: usize): i32 {
  if (at >= end) {
    touched = true;
    return -1;
  }
  return <i32>load<u8>(at);
}

/** Class of the character at `at`, which is valid UTF-8 or cut at the end; sets `width`. */
export function classAt(at: usize): i32 {
  if (at >= end) return atEnd();
  const lead = <i32>load<u8>(at);
  if (lead < 0x80) {
    width = 1;
    return asciiClass(lead);
  }
  const bytes: usize = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + bytes > end) return atEnd();
  width = bytes;
  const second = <i32>load<u8>(at, 1) & 0x3f;
  if (bytes == 2) return classOf(((lead & 0x1f) << 6) | second);
  const third = <i32>load<u8>(at, 2) & 0x3f;
  if (bytes == 3) return classOf(((lead & 0x0f) << 12) | (second << 6) | third);
  return classOf(((lead & 7) << 18) | (second << 12) | (third << 6) | (<i32>load<u8>(at, 3) & 0x3f));
}

function atEnd(): i32 {
  touched = true;
  width = 0;
  return END;
}

export function asciiClass(byte: i32): i32 {
  return <i32>load<u8>(ascii + <usize>byte);
}

function classOf(codePoint: i32): i32 {
  const index = <usize>(codePoint >> 7);
  const block: usize = wideStage1 ? <usize>load<u16>(stage1 + (index << 1)) : <usize>load<u8>(stage1 + index);
  return <i32>load<u8>(stage2 + (block << 7) + <usize>(codePoint & 127));
}
