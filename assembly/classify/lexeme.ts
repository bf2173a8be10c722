// The small tokens of a JSON scan, a byte at a time: `\u` escapes and the three literals.
import { gatherUnit, hexDigit, WANTED } from './capture';
import * as at from './layout';
import { M_AFTER, M_HEX, M_INVALID, M_LITERAL, M_STRING } from './modes';

/** One hex digit of a `\\u` escape. */
export function hex(slot: usize, c: i32): i32 {
  const value = hexDigit(c);
  if (value < 0) return M_INVALID;
  const unit = (load<i32>(slot + at.HEX) << 4) | value;
  const step = load<i32>(slot + at.STEP) + 1;
  store<i32>(slot + at.HEX, unit);
  store<i32>(slot + at.STEP, step);
  if (step < 4) return M_HEX;
  if ((load<i32>(slot + at.FLAGS) & WANTED) != 0) gatherUnit(slot, unit);
  return M_STRING;
}

/** STEP holds the literal's first letter and how many letters have come. */
export function literal(slot: usize, c: i32): i32 {
  const step = load<i32>(slot + at.STEP);
  const first = step >> 8;
  const index = step & 255;
  const word = first == 0x74 ? 'true' : first == 0x66 ? 'false' : 'null';
  if (<i32>load<u16>(changetype<usize>(word) + ((<usize>index) << 1)) != c) return M_INVALID;
  store<i32>(slot + at.STEP, (first << 8) | (index + 1));
  return index + 1 == word.length ? M_AFTER : M_LITERAL;
}
