// The forbidden texts, as codes a byte each: the byte itself, in lower case where case does not matter, or a class of bytes. Bytes above 0xf7
// are in no UTF-8, so they are free to stand for classes.
import { ByteView, ByteWriter, config, folded, isDigit, isLetter, Setting } from '../sdk';

const DIGIT: i32 = 0xf8;
const LETTER: i32 = 0xf9;
const VISIBLE: i32 = 0xfa;
const TEXTS_MAX = 128;
/** A tail that is kept is tried anew at each of its bytes: the square of this is what a piece may cost. */
export const TEXT_BYTES_MAX: i32 = 128;
const REPLACEMENT_BYTES_MAX = 128;

class Forbidden {
  codes: ByteView = new ByteView(0, 0);
  ends: bool = false;
  wholeWord: bool = false;
  replacement: ByteView = new ByteView(0, 0);
}

const texts: Forbidden[] = [];
let ignoresCase: bool = true;
/** Some text is a whole word, so the byte before a piece matters. */
export let hasWords: bool = false;
/** By byte: some text may begin with it. */
const BEGINS: usize = memory.data(256);

export function readTexts(): void {
  ignoresCase = config.bool('ignore_case', true);
  const ends = config.oneOf('action', ['redact', 'end'], 'redact') == 'end';
  const wholeWord = config.bool('whole_words', false);
  const replacement = readReplacement(config.at('replacement'), ByteView.of('[REDACTED]'));
  const plain = config.at('texts').items();
  const patterns = config.at('patterns').items();
  for (let i = 0; i < plain.length; i++) readText(plain[i], 'text', ends, wholeWord, replacement);
  for (let i = 0; i < patterns.length; i++) readText(patterns[i], 'pattern', ends, wholeWord, replacement);
  if (texts.length < 1 || texts.length > TEXTS_MAX)
    config.problem(`config must have 1 to ${TEXTS_MAX} texts and patterns; it has ${texts.length}`);
  for (let byte = 0; byte < 256; byte++) {
    for (let i = 0; i < texts.length; i++)
      if (texts[i].codes.length > 0 && isMatch(texts[i].codes.byteAt(0), ignoresCase ? folded(byte) : byte))
        store<u8>(BEGINS + <usize>byte, 1);
  }
}

function readText(given: Setting, name: string, ends: bool, wholeWord: bool, replacement: ByteView): void {
  const forbidden = new Forbidden();
  forbidden.ends = ends;
  forbidden.wholeWord = wholeWord;
  forbidden.replacement = replacement;
  let text = '';
  if (given.json.text.length > 0 && given.json.text.byteAt(0) == 0x7b) {
    text = given.get(name).string();
    forbidden.ends = given.get('action').oneOf(['redact', 'end'], ends ? 'end' : 'redact') == 'end';
    forbidden.wholeWord = given.get('whole_words').bool(wholeWord);
    forbidden.replacement = readReplacement(given.get('replacement'), replacement);
    given.closed();
  } else text = given.string();
  forbidden.codes = coded(ByteView.of(text), name == 'pattern');
  const bytes = forbidden.codes.length;
  if (bytes < 1 || bytes > TEXT_BYTES_MAX) given.wrong(`a text of 1 to ${TEXT_BYTES_MAX} bytes`);
  if (forbidden.wholeWord) hasWords = true;
  texts.push(forbidden);
}

/** It goes into strings of JSON, which tool arguments are. */
function readReplacement(given: Setting, fallback: ByteView): ByteView {
  if (given.absent) return fallback;
  const text = ByteView.of(given.string());
  let isHarmless = text.length <= REPLACEMENT_BYTES_MAX;
  for (let i = 0; i < text.length; i++) {
    const byte = text.byteAt(i);
    if (byte < 0x20 || byte == 0x22 || byte == 0x5c) isHarmless = false;
  }
  if (!isHarmless)
    given.wrong(`at most ${REPLACEMENT_BYTES_MAX} bytes without quote, backslash and control characters`);
  return text;
}

/** In a pattern `#` is a digit, `@` a letter, `?` any visible character of ASCII; `\` takes the next one as it is. */
function coded(text: ByteView, isPattern: bool): ByteView {
  const at = heap.alloc(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.byteAt(i);
    if (isPattern && code == 0x5c && i + 1 < text.length) code = text.byteAt(++i);
    else if (isPattern && code == 0x23) code = DIGIT;
    else if (isPattern && code == 0x40) code = LETTER;
    else if (isPattern && code == 0x3f) code = VISIBLE;
    if (ignoresCase) code = folded(code);
    store<u8>(at + <usize>length, <u8>code);
    length++;
  }
  return new ByteView(at, length);
}

/** Of a byte that is folded, where case does not matter. */
function isMatch(code: i32, byte: i32): bool {
  if (code < DIGIT) return code == byte;
  if (code == DIGIT) return isDigit(byte);
  return code == LETTER ? isLetter(byte) : byte > 0x20 && byte < 0x7f;
}

export function mayBegin(byte: i32): bool {
  return load<u8>(BEGINS + <usize>byte) != 0;
}

const compared = new ByteWriter(1024);
/** The text to look at, folded once. */
let comparedAt: usize = 0;

export function lookAt(text: ByteView): void {
  comparedAt = text.ptr;
  if (!ignoresCase) return;
  comparedAt = compared.clear().bytes(text).view().ptr;
  for (let at = comparedAt; at < comparedAt + <usize>text.length; at++)
    store<u8>(at, <u8>folded(<i32>load<u8>(at)));
}

export const NONE: i32 = -1;
/** More text decides. */
export const OPEN: i32 = -2;
/** Bytes of the match found last. */
export let matched: i32 = 0;

/**
 * The longest forbidden text at `at`: its index, NONE, or OPEN where one is not refuted when the text ends. `isEnd`: nothing comes behind.
 * `before` is the byte in front of it, 0 at the beginning. The text is the one that `lookAt` was given.
 */
export function forbiddenAt(text: ByteView, at: i32, before: i32, isEnd: bool): i32 {
  let best = NONE;
  matched = 0;
  for (let i = 0; i < texts.length; i++) {
    const forbidden = texts[i];
    if (forbidden.codes.length <= matched) continue;
    const verdict = tried(forbidden, text, at, before, isEnd);
    if (verdict == OPEN) return OPEN;
    if (verdict == NONE) continue;
    best = i;
    matched = forbidden.codes.length;
  }
  return best;
}

/** 0 where it stands there. */
function tried(forbidden: Forbidden, text: ByteView, at: i32, before: i32, isEnd: bool): i32 {
  const codes = forbidden.codes;
  const length = min(codes.length, text.length - at);
  if (forbidden.wholeWord && isWord(before) && isWord(text.byteAt(at))) return NONE;
  const here = comparedAt + <usize>at;
  let i: usize = 0;
  // Eight at a time where they are the bytes themselves: a class of bytes is none that stands in a text.
  while (i + 8 <= <usize>length && load<u64>(codes.ptr + i) == load<u64>(here + i)) i += 8;
  for (; i < <usize>length; i++) {
    const code = <i32>load<u8>(codes.ptr + i);
    const byte = <i32>load<u8>(here + i);
    if (code != byte && (code < DIGIT || !isMatch(code, byte))) return NONE;
  }
  if (length < codes.length) return isEnd ? NONE : OPEN;
  if (!forbidden.wholeWord || !isWord(text.byteAt(at + length - 1))) return 0;
  if (at + length == text.length) return isEnd ? 0 : OPEN;
  return isWord(text.byteAt(at + length)) ? NONE : 0;
}

/** Letters, digits, `_`, and every character beyond ASCII. */
export function isWord(byte: i32): bool {
  return isLetter(byte) || isDigit(byte) || byte == 0x5f || byte >= 0x80;
}

export function endsAnswer(i: i32): bool {
  return texts[i].ends;
}

export function replacementOf(i: i32): ByteView {
  return texts[i].replacement;
}
