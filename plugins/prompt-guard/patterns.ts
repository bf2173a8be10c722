// The patterns of the configuration: literal text without regard to case, `*` for any text up to the end of a paragraph, `\*` for a star, one
// blank for any blanks. A pattern is found as whole words, unless a `*` stands at that end of it.
import { ByteView, config, Setting } from '../sdk';
import { BITS_PER_WORD, LANES_MAX, makeAutomaton, Mask, setBegin, setBit, setStep } from './automaton';
import { foldedCharacter, NOTHING } from './fold';

export const PATTERNS_MAX: i32 = 128;
const STAR: i32 = -2;
const WORDS_MAX: i32 = LANES_MAX * 2;

/** Folded bytes, STAR among them. */
class Pattern {
  items: i32[] = [];
  startsAnywhere: bool = false;
  endsAnywhere: bool = false;
  /** Bits that it takes. */
  bits: i32 = 0;
  lastBit: i32 = 0;
}

const patterns: Pattern[] = [];
export const patternNames: string[] = [];
export const patternDenies: bool[] = [];

export function patternCount(): i32 {
  return patterns.length;
}

export function lastBitOf(i: i32): i32 {
  return patterns[i].lastBit;
}

export function readPatterns(deniesByDefault: bool): void {
  const setting = config.at('patterns');
  const given = setting.items();
  if (given.length > PATTERNS_MAX) setting.wrong(`a list of at most ${PATTERNS_MAX}`);
  for (let i = 0; i < given.length; i++) readPattern(given[i], deniesByDefault);
  place();
}

function readPattern(given: Setting, deniesByDefault: bool): void {
  let text = '';
  let name = '';
  let denies = deniesByDefault;
  if (given.json.text.length > 0 && given.json.text.byteAt(0) == 0x7b) {
    text = given.get('pattern').string();
    name = given.get('name').string();
    denies = given.get('action').oneOf(['deny', 'report'], denies ? 'deny' : 'report') == 'deny';
    given.closed();
  } else text = given.string();
  const pattern = parse(ByteView.of(text));
  if (pattern.items.length == 0) given.wrong('text, or an object with pattern, name and action');
  if (pattern.bits > BITS_PER_WORD)
    given.wrong(`at most ${BITS_PER_WORD} bytes, a \`*\` between two blanks counted as three`);
  patterns.push(pattern);
  patternNames.push(name);
  patternDenies.push(denies);
}

function parse(text: ByteView): Pattern {
  const pattern = new Pattern();
  for (let i = 0; i < text.length; ) {
    const byte = text.byteAt(i);
    if (byte == 0x2a) {
      if (pattern.items.length == 0) pattern.startsAnywhere = true;
      else if (last(pattern.items) != STAR) pattern.items.push(STAR);
      i++;
      continue;
    }
    if (byte == 0x5c && i + 1 < text.length && text.byteAt(i + 1) == 0x2a) i++;
    const width = text.widthAt(i);
    pushFolded(pattern.items, foldedCharacter(text.codePointAt(i)));
    i += width;
  }
  while (pattern.items.length > 0 && last(pattern.items) == 0x20) pattern.items.pop();
  if (pattern.items.length > 0 && last(pattern.items) == STAR) {
    pattern.items.pop();
    pattern.endsAnywhere = true;
  }
  pattern.bits = pattern.items.length;
  for (let i = 0; i < pattern.items.length; i++) if (isGap(pattern.items, i)) pattern.bits++;
  return pattern;
}

function last(items: i32[]): i32 {
  return items[items.length - 1];
}

/** Its UTF-8; blanks at the head and behind another are left out. */
function pushFolded(items: i32[], c: i32): void {
  if (c == NOTHING) return;
  if (c == 0x20 && (items.length == 0 || last(items) == 0x20)) return;
  if (c < 0x80) {
    items.push(c);
    return;
  }
  const bytes = ByteView.of(String.fromCodePoint(c));
  for (let i = 0; i < bytes.length; i++) items.push(bytes.byteAt(i));
}

/** ` * `: what is between may be nothing, so that `ignore * rules` finds "ignore rules". */
function isGap(items: i32[], star: i32): bool {
  if (items[star] != STAR || star < 1 || star + 1 >= items.length) return false;
  return items[star - 1] == 0x20 && items[star + 1] == 0x20;
}

/** Patterns into words, the next where one is full. */
function place(): void {
  let words = patterns.length > 0 ? 1 : 0;
  let used = 0;
  const starts: i32[] = [];
  for (let i = 0; i < patterns.length; i++) {
    const bits = min(patterns[i].bits, BITS_PER_WORD);
    if (used + bits > BITS_PER_WORD) {
      words++;
      used = 0;
    }
    starts.push((words - 1) * BITS_PER_WORD + used);
    used += bits;
  }
  if (words > WORDS_MAX)
    config.problem(
      `config.patterns need ${words} words of 64 bytes; at most ${WORDS_MAX}: make them fewer or shorter`,
    );
  if (words > WORDS_MAX) return;
  makeAutomaton(words);
  for (let i = 0; i < patterns.length; i++)
    if (patterns[i].bits <= BITS_PER_WORD) wire(patterns[i], starts[i]);
}

function wire(pattern: Pattern, start: i32): void {
  const items = pattern.items;
  if (items.length == 0) return;
  let bit = start;
  const startsAnywhere = pattern.startsAnywhere || !isWord(items[0]);
  setBit(Mask.FIRST, bit);
  if (startsAnywhere) setBit(Mask.FIRST_ANYWHERE, bit);
  setBegin(items[0], startsAnywhere);
  for (let i = 0; i < items.length; i++) {
    if (items[i] != STAR) setStep(bit++, items[i]);
    else if (isGap(items, i)) {
      // blank, then one bit that anything keeps alive, then a blank: the first blank can be the second one, too.
      setBit(Mask.SKIPS, bit - 1);
      setBit(Mask.LOOPS, bit);
      setStep(bit++, -1);
    } else setBit(Mask.LOOPS, bit - 1);
  }
  pattern.lastBit = bit - 1;
  const endsAnywhere = pattern.endsAnywhere || !isWord(last(items));
  setBit(endsAnywhere ? Mask.LAST_ANYWHERE : Mask.LAST, pattern.lastBit);
  setBit(Mask.ENDS, pattern.lastBit);
}

function isWord(byte: i32): bool {
  return <u32>(byte - 0x61) < 26 || <u32>(byte - 0x30) < 10 || byte == 0x5f;
}
