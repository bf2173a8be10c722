// JSON numbers, a byte at a time: the grammar of RFC 8259 §6 as steps, and the value where it is wanted.
import { EXPONENT, EXPONENT_SIGN, FRACTION_DIGITS, MANTISSA, STEP } from './layout';

const MINUS: i32 = 0;
const ZERO: i32 = 1;
const INTEGER: i32 = 2;
const POINT: i32 = 3;
const FRACTION: i32 = 4;
const E: i32 = 5;
const E_SIGN: i32 = 6;
const E_DIGITS: i32 = 7;
/** A wanted number that is below zero: its sign is kept by making the mantissa NaN, which no bound accepts. */
const NEGATIVE: f64 = NaN;

/** Begins a number with its first byte. False where that byte begins none. */
export function numberBegins(slot: usize, c: i32): bool {
  store<f64>(slot + MANTISSA, c == 0x2d ? NEGATIVE : <f64>(c - 0x30));
  store<i32>(slot + FRACTION_DIGITS, 0);
  store<i32>(slot + EXPONENT, 0);
  store<i32>(slot + EXPONENT_SIGN, 1);
  store<i32>(slot + STEP, c == 0x2d ? MINUS : c == 0x30 ? ZERO : INTEGER);
  return c == 0x2d || isDigit(c);
}

/** Takes bytes of a number in [at, end). Returns the address of the first byte that is not part of it, 0 where the grammar is broken. */
export function numberEnd(slot: usize, at: usize, end: usize): usize {
  let step = load<i32>(slot + STEP);
  while (at < end) {
    const c = <i32>load<u8>(at);
    const next = stepOn(step, c);
    if (next < 0) {
      if (!whole(step)) return 0;
      break;
    }
    step = next;
    if (isDigit(c)) digit(slot, step, c - 0x30);
    else if (c == 0x2d) store<i32>(slot + EXPONENT_SIGN, -1);
    at++;
  }
  store<i32>(slot + STEP, step);
  return at;
}

export function numberValue(slot: usize): f64 {
  const power =
    load<i32>(slot + EXPONENT) * load<i32>(slot + EXPONENT_SIGN) - load<i32>(slot + FRACTION_DIGITS);
  const mantissa = load<f64>(slot + MANTISSA);
  if (mantissa == 0 || power == 0) return mantissa;
  if (power > 400) return Infinity;
  if (power < -400) return 0;
  let scale: f64 = 1;
  for (let i = power < 0 ? -power : power; i > 0; i--) scale *= 10;
  return power < 0 ? mantissa / scale : mantissa * scale;
}

function digit(slot: usize, step: i32, value: i32): void {
  if (step == E_DIGITS) {
    const exponent = load<i32>(slot + EXPONENT);
    if (exponent < 10000) store<i32>(slot + EXPONENT, exponent * 10 + value);
    return;
  }
  store<f64>(slot + MANTISSA, load<f64>(slot + MANTISSA) * 10 + <f64>value);
  if (step == FRACTION) store<i32>(slot + FRACTION_DIGITS, load<i32>(slot + FRACTION_DIGITS) + 1);
}

function isDigit(c: i32): bool {
  return <u32>(c - 0x30) < 10;
}

function whole(step: i32): bool {
  return step == INTEGER || step == ZERO || step == FRACTION || step == E_DIGITS;
}

/** The next step, or -1 where `c` does not continue the number. */
function stepOn(step: i32, c: i32): i32 {
  const d = isDigit(c);
  switch (step) {
    case MINUS:
      return d ? (c == 0x30 ? ZERO : INTEGER) : -1;
    case INTEGER:
      if (d) return INTEGER;
      return c == 0x2e ? POINT : (c | 0x20) == 0x65 ? E : -1;
    case ZERO:
      return c == 0x2e ? POINT : (c | 0x20) == 0x65 ? E : -1;
    case POINT:
      return d ? FRACTION : -1;
    case FRACTION:
      return d ? FRACTION : (c | 0x20) == 0x65 ? E : -1;
    case E:
      return d ? E_DIGITS : c == 0x2b || c == 0x2d ? E_SIGN : -1;
    default: // E_SIGN, E_DIGITS
      return d ? E_DIGITS : -1;
  }
}
