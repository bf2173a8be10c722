// Card numbers: what an issuer's range and length allow, written in one piece or in the issuers' groups, with a right check digit
// (ISO/IEC 7812-1 annex B, called Luhn's).
import { classAt, isDigitAt, isFreeBefore, WORD } from './classes';
import {
  groupEnd,
  groupLength,
  groups,
  groupStart,
  NO_BREAK_SPACE,
  sameSeparator,
  separatorBefore,
} from './groups';

const DIGITS: usize = memory.data(32);

/** End of the card number that begins with the first of the parsed groups; 0: none. */
export function cardEnd(): usize {
  const start = groupStart(0);
  if (!mayBegin(start)) return 0;
  const first = groupLength(0);
  if (first >= 13 && first <= 19) return isCard(1, first) && mayEnd(groupEnd(0)) ? groupEnd(0) : 0;
  if (first != 4 || groups < 3) return 0;
  if (groups >= 4 && groupLength(1) == 4 && groupLength(2) == 4 && groupLength(3) == 4) {
    const tail = groups >= 5 ? groupLength(4) : 0;
    if (tail >= 1 && tail <= 3 && grouped(5) && isCard(5, 16 + tail)) return groupEnd(4);
    return grouped(4) && isCard(4, 16) ? groupEnd(3) : 0;
  }
  // American Express, and Diners Club's fourteen.
  if (groupLength(1) != 6 || (groupLength(2) != 5 && groupLength(2) != 4)) return 0;
  return grouped(3) && isCard(3, 10 + groupLength(2)) ? groupEnd(2) : 0;
}

function mayBegin(start: usize): bool {
  const before = <i32>load<u8>(start - 1);
  if (!isFreeBefore(start) || before == 0x2b /* + */) return false;
  // Behind 12. or 12- or 12, it is the rest of another number.
  return !((before == 0x2e || before == 0x2d || before == 0x2c) && isDigitAt(start - 2));
}

function mayEnd(end: usize): bool {
  if ((classAt(end) & WORD) != 0) return false;
  const after = <i32>load<u8>(end);
  return !((after == 0x2e || after == 0x2d || after == 0x2c) && isDigitAt(end + 1));
}

/** The first `count` groups are parted alike, and no further group follows in the same manner but for a space (`… 1111 12/28`). */
function grouped(count: i32): bool {
  const separator = separatorBefore(1);
  const isUsual = separator == 0x20 || separator == 0x2d || separator == 0x2e || separator == NO_BREAK_SPACE;
  return isUsual && sameSeparator(0, count) && mayEnd(groupEnd(count - 1));
}

/** The digits of the first `count` groups, `length` of them, are a card's. */
function isCard(count: i32, length: i32): bool {
  let place: usize = 0;
  for (let i = 0; i < count; i++) {
    const digits = <usize>groupLength(i);
    memory.copy(DIGITS + place, groupStart(i), digits);
    place += digits;
  }
  return isIssued(length) && hasCheckDigit(length);
}

function prefix(digits: i32): i32 {
  let value = 0;
  for (let i = 0; i < digits; i++) value = value * 10 + <i32>(load<u8>(DIGITS + <usize>i) - 0x30);
  return value;
}

/** Ranges in use, by their first digits, with the lengths that go with them. */
function isIssued(length: i32): bool {
  const two = prefix(2);
  const four = prefix(4);
  if (two >= 40 && two <= 49) return length == 13 || length == 16 || length == 19; // Visa
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length == 16; // Mastercard
  if (two == 34 || two == 37) return length == 15; // American Express
  if (two == 36 || two == 38 || two == 39 || (four >= 3000 && four <= 3059) || four == 3095)
    return length == 14 || length == 16; // Diners Club
  const long = length >= 16;
  if (two == 62 || (four >= 8100 && four <= 8171)) return long; // UnionPay
  if (two == 65 || four == 6011 || (four >= 6440 && four <= 6499)) return long; // Discover
  if (four >= 3528 && four <= 3589) return long; // JCB
  if (four >= 2200 && four <= 2204) return long; // Mir
  if (two == 60 || two == 82 || four / 10 == 508 || four == 9792) return length == 16; // RuPay, Troy
  if (four == 5060 || four == 5061 || four == 5078) return length == 16 || length == 18 || length == 19; // Verve
  return (
    four == 5018 ||
    four == 5020 ||
    four == 5038 ||
    four == 5893 ||
    four == 6304 ||
    (four >= 6759 && four <= 6763)
  ); // Maestro
}

function hasCheckDigit(length: i32): bool {
  let sum = 0;
  let twice = false;
  for (let i = length - 1; i >= 0; i--) {
    let digit = <i32>(load<u8>(DIGITS + <usize>i) - 0x30);
    if (twice) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}
