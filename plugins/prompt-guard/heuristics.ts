// What in a text hints at a hidden or disguised instruction, counted in the same pass as the patterns: characters that cannot be seen, direction
// overrides, words of two alphabets, many scripts, and long encoded blobs.
import { config } from '../sdk';
import { isInvisible, isVariationSelector } from './fold';
import { scriptOf } from './scripts';

export const enum Heuristic {
  INVISIBLE = 0,
  TAGS = 1,
  BIDI = 2,
  MIXED = 3,
  SCRIPTS = 4,
  ENCODED = 5,
}
export const HEURISTICS: i32 = 6;
export const HEURISTIC_NAMES: string[] = ['invisible', 'tags', 'bidi', 'mixed_letters', 'scripts', 'encoded'];
export const enum Action {
  OFF = 0,
  REPORT = 1,
  DENY = 2,
}
const ACTIONS: string[] = ['off', 'report', 'deny'];
const DEFAULT_ACTIONS: string[] = ['deny', 'deny', 'deny', 'report', 'off', 'report'];
/** What a text may have of each. */
const DEFAULT_MAX: i32[] = [16, 0, 0, 3, 4, 0];

const actions: i32[] = [];
const maxima: i32[] = [];
/** Of the text that is looked at, and the most that any text had. */
const counts: StaticArray<i32> = new StaticArray<i32>(HEURISTICS);
const worst: StaticArray<i32> = new StaticArray<i32>(HEURISTICS);
const worstText: StaticArray<i32> = new StaticArray<i32>(HEURISTICS);
let blobBytesMin: i32 = 0;

let before: i32 = 0;
let isFlag: bool = false;
let isolates: i32 = 0;
let seenScripts: i32 = 0;
const HEBREW_OR_ARABIC: i32 = 1 << 3;

export function readHeuristics(): void {
  const all = config.at('heuristics');
  for (let i = 0; i < HEURISTICS; i++) {
    const given = all.get(HEURISTIC_NAMES[i]);
    actions.push(ACTIONS.indexOf(given.get('action').oneOf(ACTIONS, DEFAULT_ACTIONS[i])));
    maxima.push(<i32>given.get('max').integer(DEFAULT_MAX[i], 0, 1_000_000));
    if (i == Heuristic.ENCODED) blobBytesMin = <i32>given.get('min_bytes').integer(240, 64, 1_000_000);
  }
}

export function actionOf(i: i32): i32 {
  return actions[i];
}
export function maximumOf(i: i32): i32 {
  return maxima[i];
}
export function worstOf(i: i32): i32 {
  return unchecked(worst[i]);
}
export function worstTextOf(i: i32): i32 {
  return unchecked(worstText[i]);
}

export function beginCounts(): void {
  for (let i = 0; i < HEURISTICS; i++) unchecked((counts[i] = 0));
  before = 0;
  isFlag = false;
  isolates = 0;
  seenScripts = 1; // ASCII is Latin
}

/** Every character beyond ASCII; `last` is the byte before it and `next` the one behind it, 0 at an end. */
export function notice(c: i32, last: i32, next: i32): void {
  const script = scriptOf(c);
  if (script >= 0) seenScripts |= 1 << script;
  if (isInvisible(c)) noticeInvisible(c, last);
  // A look-alike letter that touches one of ASCII: Latin and Cyrillic, or Latin and Greek, in one word.
  else if ((script == 1 || script == 2) && isLikeAscii(c) && (isAsciiLetter(last) || isAsciiLetter(next)))
    add(Heuristic.MIXED);
  isFlag = c == 0x1f3f4 || (isFlag && c >= 0xe0000 && c <= 0xe007f);
  before = c;
}

function noticeInvisible(c: i32, last: i32): void {
  if (c >= 0xe0000 && c <= 0xe007f) {
    // Flags of England, Scotland and Wales are a black flag and tags.
    if (!isFlag) add(Heuristic.TAGS);
  } else if (c == 0x202d || c == 0x202e) add(Heuristic.BIDI);
  else if ((c >= 0x202a && c <= 0x202c) || (c >= 0x2066 && c <= 0x2069)) isolates++;
  else if (isVariationSelector(c)) {
    // One chooses a form of the character before it; a row of them chooses nothing and can carry bytes.
    if (isVariationSelector(before)) add(Heuristic.INVISIBLE);
  } else if ((c == 0x200d || c == 0x200c) && last >= 0x80 && !isInvisible(before)) {
    // Joiners have their work in emoji and in scripts that join letters, not between Latin ones.
    return;
  } else if (c != 0xfeff || last != 0) add(Heuristic.INVISIBLE);
}

function add(i: i32): void {
  unchecked((counts[i] += 1));
}

function isAsciiLetter(byte: i32): bool {
  return <u32>((byte | 0x20) - 0x61) < 26;
}

/** Letters of formulas (Δ, Ω, μ, π) are no look-alikes. */
function isLikeAscii(c: i32): bool {
  return c >= 0x400 || c == 0x3bf || c == 0x39f || c == 0x391 || c == 0x395 || c == 0x399 || c == 0x3b9;
}

/** `i` is the text's number. */
export function endCounts(i: i32, ptr: usize, length: i32): void {
  if ((seenScripts & HEBREW_OR_ARABIC) == 0) unchecked((counts[Heuristic.BIDI] += isolates));
  unchecked((counts[Heuristic.SCRIPTS] = popcnt(seenScripts)));
  if (actions[Heuristic.ENCODED] != Action.OFF) unchecked((counts[Heuristic.ENCODED] = blobs(ptr, length)));
  for (let h = 0; h < HEURISTICS; h++) {
    if (unchecked(counts[h]) <= unchecked(worst[h])) continue;
    unchecked((worst[h] = counts[h]));
    unchecked((worstText[h] = i));
  }
}

/** Rows of base64 or hexadecimal of at least the configured length whose characters come as evenly as those of encoded bytes. */
function blobs(ptr: usize, length: i32): i32 {
  let found = 0;
  let start = 0;
  for (let i = 0; i <= length; i++) {
    if (i < length && isEncoding(<i32>load<u8>(ptr + <usize>i))) continue;
    if (i - start >= blobBytesMin && looksEncoded(ptr + <usize>start, i - start)) found++;
    start = i + 1;
  }
  return found;
}

function isEncoding(byte: i32): bool {
  const isPunctuation = byte == 0x2b || byte == 0x2f || byte == 0x3d || byte == 0x2d || byte == 0x5f;
  return isAsciiLetter(byte) || <u32>(byte - 0x30) < 10 || isPunctuation;
}

const COUNTS: usize = memory.data(1024);
/** Bits a character, times 256: random base64 has 5.6 and more from 200 characters on, hexadecimal 4, paths and identifiers less than 4.8. */
const BASE64_BITS: i64 = 1306;
const HEX_BITS: i64 = 940;

function looksEncoded(ptr: usize, length: i32): bool {
  memory.fill(COUNTS, 0, 1024);
  let hex = 0;
  for (let i = 0; i < length; i++) {
    const byte = <i32>load<u8>(ptr + <usize>i);
    const at = COUNTS + ((<usize>byte) << 2);
    store<u32>(at, load<u32>(at) + 1);
    const letter = byte | 0x20;
    if (<u32>(byte - 0x30) < 10 || (letter >= 0x61 && letter <= 0x66)) hex++;
  }
  let sum: i64 = 0;
  for (let byte: usize = 0x2b; byte < 0x7b; byte++) {
    const count = load<u32>(COUNTS + (byte << 2));
    if (count > 0) sum += <i64>count * (log2(length) - log2(count));
  }
  const bits = sum / length;
  return bits >= (hex == length ? HEX_BITS : BASE64_BITS);
}

/** Base-2 logarithm times 256, straight between powers of two: at most 0.09 below. */
function log2(value: i32): i64 {
  const whole = 31 - clz(value);
  return ((<i64>whole) << 8) + ((((<i64>value) << 8) >> whole) - 256);
}
