// Groups of digits with what parts them: `4111 1111 1111 1111`, `(030) 12 34-56`. Parsed once, read by cards and phones.
import { classAt, DIGIT, isDigitAt, SEPARATOR } from './classes';

export const GROUPS_MAX: i32 = 8;
/** A longer row of digits is no number of any kind that is looked for. */
export const DIGITS_MAX: i32 = 24;
/** More than one byte between two groups, or a byte that only phones have. */
export const MIXED: i32 = 1;
export const NO_BREAK_SPACE: i32 = 0xa0;

// Parallel arrays: start, digits, and what stands before the group.
const STARTS: usize = memory.data(32);
const LENGTHS: usize = memory.data(32);
const BEFORE: usize = memory.data(32);

export let groups: i32 = 0;

export function groupStart(i: i32): usize {
  return <usize>load<u32>(STARTS + ((<usize>i) << 2));
}
export function groupLength(i: i32): i32 {
  return load<i32>(LENGTHS + ((<usize>i) << 2));
}
/** The byte before group `i` (0xa0: a no-break space), MIXED, or 0 before the first. */
export function separatorBefore(i: i32): i32 {
  return load<i32>(BEFORE + ((<usize>i) << 2));
}
export function groupEnd(i: i32): usize {
  return groupStart(i) + <usize>groupLength(i);
}
export function digitAt(i: i32, place: i32): i32 {
  return <i32>load<u8>(groupStart(i) + <usize>place) - 0x30;
}

/** Groups from the digit at `at` on; fewer where a row of digits is too long. */
export function parseGroups(at: usize): void {
  groups = 0;
  let separator = 0;
  while (groups < GROUPS_MAX) {
    let end = at;
    while (isDigitAt(end) && <i32>(end - at) <= DIGITS_MAX) end++;
    if (<i32>(end - at) > DIGITS_MAX) return;
    const place = (<usize>groups) << 2;
    store<u32>(STARTS + place, <u32>at);
    store<i32>(LENGTHS + place, <i32>(end - at));
    store<i32>(BEFORE + place, separator);
    groups++;
    const width = separatorWidth(end);
    if (width == 0) return;
    separator =
      width == 1 ? <i32>load<u8>(end) : width == 2 && load<u8>(end) == 0xc2 ? NO_BREAK_SPACE : MIXED;
    at = end + width;
  }
}

/**
 * Bytes between the digit before `at` and the next one, of ` -./()` and no-break spaces; 0: no digit follows so near. More than one only
 * with a parenthesis, or a dash or slash between blanks: a full stop and a blank end a sentence.
 */
function separatorWidth(at: usize): usize {
  let width: usize = 0;
  let isParted = false;
  while (width <= 3) {
    const kind = classAt(at + width);
    if ((kind & DIGIT) != 0) break;
    const byte = <i32>load<u8>(at + width);
    if ((kind & SEPARATOR) != 0) width++;
    else if (load<u16>(at + width) == 0xa0c2) return isDigitAt(at + width + 2) && width == 0 ? 2 : 0;
    else return 0;
    isParted = isParted || byte == 0x28 || byte == 0x29 || (width == 2 && (byte == 0x2d || byte == 0x2f));
  }
  return isDigitAt(at + width) && (width <= 1 || isParted) ? width : 0;
}

/** Digits of the groups `from` to `to`, `to` not counted. */
export function digitsOf(from: i32, to: i32): i32 {
  let sum = 0;
  for (let i = from; i < to; i++) sum += groupLength(i);
  return sum;
}

/** All separators within these groups are the same byte. */
export function sameSeparator(from: i32, to: i32): bool {
  for (let i = from + 2; i < to; i++) {
    if (separatorBefore(i) != separatorBefore(from + 1)) return false;
  }
  return true;
}
