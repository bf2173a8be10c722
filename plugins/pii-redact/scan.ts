// One pass over a text: words, and the bytes with which an address, a number or a PEM block begins. Hot path: per byte of every text.
// A text stands between zero bytes. In JSON (arguments of a tool call, mostly) it keeps the places of strings and escapes, so that what is
// written over stays valid JSON.
import { classAt, floor, isDigitAt, KEY_START, LETTER, setFloor, TRIGGER, WORD } from './classes';
import { cardEnd } from './card';
import { emailEnd, emailStart } from './email';
import { DIGITS_MAX, groups, groupStart, parseGroups } from './groups';
import { ibanEnd } from './iban';
import { keyEnd, keyStart, pemEnd } from './key';
import { Action, actionOf, beginText, endText, found, Kind } from './matches';
import { announcedEnd, internationalEnd, nationalEnd } from './phone';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The text's first character says that it is JSON. */
let isJson: bool = false;
let isInString: bool = false;

/** Counts and writes over what the text holds; how many matches were written over. */
export function scan(start: usize, end: usize): i32 {
  beginText(start);
  setFloor(start);
  isInString = false;
  isJson = beginsJson(start);
  let at = start;
  while (at < end) {
    const kind = classAt(at);
    if ((kind & LETTER) != 0) at = word(at, kind);
    else if ((kind & TRIGGER) != 0) at = trigger(at, end);
    else at++;
  }
  return endText(end);
}

function beginsJson(start: usize): bool {
  let at = start;
  while (load<u8>(at) == 0x20 || load<u8>(at) == 0x0a) at++;
  const first = <i32>load<u8>(at);
  return first == 0x7b || first == 0x5b;
}

/** At a word's first letter; returns where to go on. */
function word(at: usize, kind: i32): usize {
  if ((kind & KEY_START) != 0 && actionOf(Kind.KEY) != Action.OFF && !isDashBefore(at)) {
    const end = keyEnd(at);
    if (end != 0) return take(Kind.KEY, keyStart, end);
  }
  if (isDigitAt(at + 2) && actionOf(Kind.IBAN) != Action.OFF) {
    const end = ibanEnd(at);
    if (end != 0) return take(Kind.IBAN, at, end);
  }
  return wordEnd(at + 1);
}

/** `-sk-…` within a chain of words is no key. */
function isDashBefore(at: usize): bool {
  return load<u8>(at - 1) == 0x2d && (classAt(at - 2) & WORD) != 0;
}

function wordEnd(from: usize): usize {
  let at = from;
  while ((classAt(at) & WORD) != 0) at++;
  return at;
}

function trigger(at: usize, end: usize): usize {
  switch (<i32>load<u8>(at)) {
    case 0x40: // @
      return address(at);
    case 0x2b: // +
      return isDigitAt(at + 1) || (load<u8>(at + 1) == 0x28 && isDigitAt(at + 2))
        ? international(at)
        : at + 1;
    case 0x28: // (
      return isDigitAt(at + 1) ? inParentheses(at) : at + 1;
    case 0x2d: // -
      return load<u32>(at) == 0x2d2d2d2d ? dashes(at, end) : at + 1;
    case QUOTE:
      if (isJson) isInString = !isInString;
      return at + 1;
    case BACKSLASH:
      return isJson ? escape(at) : at + 1;
    default:
      return number(at);
  }
}

function take(kind: i32, start: usize, end: usize): usize {
  found(kind, start, end, isJson && !isInString);
  setFloor(end);
  return end;
}

function address(at: usize): usize {
  if (actionOf(Kind.EMAIL) == Action.OFF) return at + 1;
  const end = emailEnd(at, floor);
  return end == 0 ? at + 1 : take(Kind.EMAIL, emailStart, end);
}

function dashes(at: usize, end: usize): usize {
  const blockEnd = actionOf(Kind.KEY) == Action.OFF ? <usize>0 : pemEnd(at, end, isJson);
  if (blockEnd != 0) return take(Kind.KEY, at, blockEnd);
  let after = at;
  while (load<u8>(after) == 0x2d) after++;
  return load<u8>(after - 5) == 0x2d && after - at > 5 && isPemLabel(after) ? after - 5 : after;
}

/** More than five dashes before BEGIN: the last five are the block's. */
function isPemLabel(at: usize): bool {
  return load<u32>(at) == 0x49474542 /* BEGI */;
}

/** All backslashes and the character they escape are behind nothing and before nothing: `\nancy@…` is a line end and `ancy@…`. */
function escape(at: usize): usize {
  let after = at;
  while (load<u8>(after) == BACKSLASH) after++;
  const letter = <i32>load<u8>(after);
  // An odd row escapes what follows; an even one too where JSON stands within JSON, unless it is the string's end.
  if (letter == QUOTE) {
    if (((after - at) & 1) == 0) return after;
    after++;
  } else if (letter == 0x75) after += 5;
  else if (letter != 0) after++;
  setFloor(after);
  return after;
}

function international(at: usize): usize {
  const first = at + (isDigitAt(at + 1) ? 1 : 2);
  if (actionOf(Kind.PHONE) != Action.OFF) {
    parseGroups(first);
    const end = groups == 0 ? <usize>0 : internationalEnd(at + 1);
    if (end != 0) return take(Kind.PHONE, at, end);
  }
  return wordEnd(first);
}

function inParentheses(at: usize): usize {
  if (actionOf(Kind.PHONE) == Action.OFF) return at + 1;
  parseGroups(at + 1);
  const end = groups == 0 ? <usize>0 : nationalEnd(true);
  return end == 0 ? at + 1 : take(Kind.PHONE, at, end);
}

/** At the first digit of a row. */
function number(at: usize): usize {
  parseGroups(at);
  if (groups == 0) return wordEnd(at + DIGITS_MAX);
  // -4111… is one number of JSON: its sign cannot stay before a string.
  if (isJson && !isInString && load<u8>(at - 1) == 0x2d) return wordEnd(at);
  if (actionOf(Kind.CARD) != Action.OFF) {
    const end = cardEnd();
    if (end != 0) return take(Kind.CARD, at, end);
  }
  if (actionOf(Kind.PHONE) != Action.OFF) {
    let end = nationalEnd(false);
    if (end == 0) end = announcedEnd();
    if (end != 0) return take(Kind.PHONE, groupStart(0), end);
  }
  return wordEnd(at);
}
