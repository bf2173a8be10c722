// Telephone numbers: E.164 behind a +, national forms that cannot be taken for another number, and any row of digits behind a word like "phone".
// Ordinary numbers, dates, versions and ids have to stay: where a form is ambiguous, it is left alone. The README lists what that misses.
import { classAt, isAtAnyCase, isDigitAt, isFreeBefore, LETTER, WORD } from './classes';
import {
  digitAt,
  digitsOf,
  groupEnd,
  groupLength,
  groups,
  groupStart,
  MIXED,
  sameSeparator,
  separatorBefore,
} from './groups';

/** End of the number behind a + at `at - 1`, whose groups are parsed; 0: none. */
export function internationalEnd(at: usize): usize {
  if (!isFreeBefore(at - 1) || load<u8>(at - 2) == 0x2b) return 0;
  return countryEnd(0, groups > 1 ? 8 : 10);
}

/** End of country code and number in the groups, whose first `skipped` digits are a prefix; 0: none. At least `least` digits. */
function countryEnd(skipped: i32, least: i32): usize {
  const first = skipped < groupLength(0) ? digitAt(0, skipped) : groups > 1 ? digitAt(1, 0) : 0;
  if (first == 0) return 0;
  const second = skipped + 1 < groupLength(0) ? digitAt(0, skipped + 1) : groups > 1 ? digitAt(1, 0) : 0;
  // No country has 28, 83 or 89.
  if ((first == 2 && second == 8) || (first == 8 && (second == 3 || second == 9))) return 0;
  const isNorthAmerican = first == 1;
  const most = isNorthAmerican || first == 7 ? 11 : 15;
  let sum = -skipped;
  let count = 0;
  while (count < groups && sum + groupLength(count) <= most && !isClockAt(count)) sum += groupLength(count++);
  // Twelve digits are a number's usual most: a year behind it is not part of it.
  while (count > 2 && sum > 13 && separatorBefore(count - 1) == 0x20) sum -= groupLength(--count);
  if (count == 0 || sum < least || (classAt(groupEnd(count - 1)) & WORD) != 0) return 0;
  if (most == 11) {
    // Behind the 1 comes the area, which begins with 2 to 9.
    if (sum != 11 || (isNorthAmerican && second < 2)) return 0;
  }
  return groupEnd(count - 1);
}

/** `10:30`: the group belongs to a time of day. */
function isClockAt(i: i32): bool {
  const end = groupEnd(i);
  return load<u8>(end) == 0x3a && isDigitAt(end + 1);
}

/** End of a number in a national form that begins with the first parsed group; 0: none. `opened`: a ( stands before it. */
export function nationalEnd(opened: bool): usize {
  const start = groupStart(0) - (opened ? 1 : 0);
  if (isInsideNumber(start) || (classAt(groupEnd(groups - 1)) & WORD) != 0) return 0;
  if (opened) return load<u8>(groupEnd(0)) == 0x29 ? areaInParentheses() : 0;
  const first = digitAt(0, 0);
  if (first == 0) return groupLength(0) > 1 && digitAt(0, 1) == 0 ? doubleZero() : trunkZero(0);
  if (first == 1 && groupLength(0) == 1 && groups >= 4) return northAmerican(1);
  if (first == 1 && groups == 3 && groupLength(0) == 3) return chineseMobile();
  return northAmerican(0);
}

/** Digits and a separator stand before it, as in 12-555 or 3.141. */
function isInsideNumber(start: usize): bool {
  if (!isFreeBefore(start)) return true;
  const before = <i32>load<u8>(start - 1);
  const joins =
    before == 0x2d || before == 0x2e || before == 0x2c || before == 0x2f || before == 0x20 || before == 0x3a;
  return before == 0x2b || (joins && isDigitAt(start - 2));
}

/** Area, exchange and line, 3-3-4, from group `from` on: neither of the first two begins with 0 or 1, the exchange is no N11. */
function northAmerican(from: i32): usize {
  if (
    !isLastGroup(from + 2) ||
    groupLength(from) != 3 ||
    groupLength(from + 1) != 3 ||
    groupLength(from + 2) != 4
  )
    return 0;
  if (digitAt(from, 0) < 2 || digitAt(from + 1, 0) < 2) return 0;
  if (digitAt(from + 1, 1) == 1 && digitAt(from + 1, 2) == 1) return 0;
  const isPlain = separatorBefore(from + 1) != 0x2f && separatorBefore(from + 2) != 0x2f;
  const isLike = sameSeparator(from, from + 3) || separatorBefore(from + 1) == MIXED;
  return isPlain && isLike ? groupEnd(from + 2) : 0;
}

/** No further group follows, or one behind a blank where the number itself has none. */
function isLastGroup(i: i32): bool {
  if (groups <= i + 1) return groups == i + 1;
  return separatorBefore(i + 1) == 0x20 && separatorBefore(i) != 0x20;
}

/** 138 1234 5678 */
function chineseMobile(): usize {
  if (digitAt(0, 1) < 3 || groupLength(1) != 4 || groupLength(2) != 4 || !sameSeparator(0, 3)) return 0;
  const separator = separatorBefore(1);
  return separator == 0x20 || separator == 0x2d ? groupEnd(2) : 0;
}

/** 0 and the area, as in most of Europe, Asia, Australia: ten or eleven digits in groups as people write them. */
function trunkZero(least: i32): usize {
  if (groupLength(0) < 2 || groups < 2) return 0;
  const sum = digitsOf(0, groups);
  // 12 digits are a German mobile number's most: 0151 to 0179.
  const most = digitAt(0, 1) == 1 && groupLength(0) > 2 && digitAt(0, 2) >= 5 ? 12 : 11;
  if (sum < (least > 0 ? least : 10) || sum > most) return 0;
  // The area may be parted from the rest by a slash or dash of its own.
  const separator = separatorBefore(1);
  const own = separator == 0x2f || separator == 0x2d || separator == MIXED;
  if (!sameSeparator(own ? 1 : 0, groups)) return 0;
  for (let i = 1; i < groups; i++) {
    if (groupLength(i) < 2 || (i > 1 && separatorBefore(i) == 0x2f)) return 0;
  }
  return least > 0 || isWrittenByPeople() ? groupEnd(groups - 1) : 0;
}

/** A group of four or more, or 01 23 45 67 89, or 044 668 18 00: unlike a column of figures. */
function isWrittenByPeople(): bool {
  let pairs = 0;
  for (let i = 0; i < groups; i++) {
    if (groupLength(i) >= 4) return true;
    if (groupLength(i) == 2) pairs++;
  }
  if (groups == 5) return pairs == 5;
  return groups == 4 && pairs == 2 && groupLength(0) == 3 && groupLength(1) == 3;
}

/** 0049 30 123456 */
function doubleZero(): usize {
  if (groups < 2 || groupLength(0) > 6 || (groupLength(0) > 2 && digitAt(0, 2) == 0)) return 0;
  return countryEnd(2, 9);
}

/** (415) 555-2671, (030) 123456, (11) 91234-5678 */
function areaInParentheses(): usize {
  const digits = groupLength(0);
  if (digits < 2 || digits > 5 || groups < 2) return 0;
  if (digitAt(0, 0) == 0) return trunkZero(9);
  if (digits == 3) return northAmerican(0);
  if (digits != 2 || groups != 3 || groupLength(2) != 4) return 0;
  return groupLength(1) == 5 || groupLength(1) == 4 ? groupEnd(2) : 0;
}

const WORD_BYTES_BEFORE: usize = 24;

/** End of 7 to 15 digits behind a word that announces a telephone number on the same line; 0: none. */
export function announcedEnd(): usize {
  const start = groupStart(0);
  if (!isFreeBefore(start) || load<u8>(start - 1) == 0x2e) return 0;
  let count = groups;
  let sum = digitsOf(0, groups);
  while (count > 1 && sum > 15) sum -= groupLength(--count);
  if (sum < 7 || sum > 15 || (classAt(groupEnd(count - 1)) & WORD) != 0) return 0;
  return isAnnounced(start) ? groupEnd(count - 1) : 0;
}

function isAnnounced(start: usize): bool {
  // The zero byte before the text ends it as well.
  for (let at = start - 1; at >= start - WORD_BYTES_BEFORE; at--) {
    const byte = <i32>load<u8>(at);
    if (byte == 0x0a || byte == 0 || isDigitAt(at)) return false;
    if ((classAt(at) & LETTER) != 0 && isTelephoneWord(at)) return true;
  }
  return false;
}

function isTelephoneWord(at: usize): bool {
  if (isAtAnyCase(at, 'phone') || isAtAnyCase(at, 'whatsapp')) return true;
  if ((classAt(at - 1) & LETTER) != 0) return false;
  if (isAtAnyCase(at, 'tel')) {
    if ((classAt(at + 3) & LETTER) == 0) return load<u8>(at + 3) != 0xc3 || isAtAnyCase(at + 5, 'f');
    return isAtAnyCase(at + 3, 'ef');
  }
  if (isAtAnyCase(at, 'mobile') || isAtAnyCase(at, 'handy') || isAtAnyCase(at, 'call me')) return true;
  const ends = (classAt(at + 3) & LETTER) == 0;
  return (ends && (isAtAnyCase(at, 'fax') || isAtAnyCase(at, 'sms'))) || isAtAnyCase(at, 'cell:');
}
