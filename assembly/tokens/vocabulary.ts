// The vocabulary's tables (scripts/build-vocabulary.js draws them): is this piece a token, which is the longest token here, which
// token do two tokens make. All are read only; one encoding is chosen at a time.
import { image, MEETINGS, MEETINGS_BITS, region } from './layout';

/** First multiplier of the tables' hashes: 2^64 / golden ratio. */
export const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xc2b2ae3d27d4eb4f;
export const NONE: u32 = 0xffffffff;

// Of the encoding in use.
let words: usize = 0;
let wordsShift: u64 = 0;
let wordsMask: u32 = 0;
let trie: usize = 0;
let terminals: usize = 0;
let lengths: usize = 0;
let prefixes: usize = 0;
let lefts: usize = 0;
let rights: usize = 0;
let pairs: usize = 0;
let pairsShift: u64 = 0;
let pairsMask: u32 = 0;
let byteTokens: usize = 0;
let filter: usize = 0;
let filterShift: u64 = 0;
let selected: usize = 0;
/** Keeps the two encodings' meetings apart; bit 37 says that there is one. */
let salt: u64 = 0;
/** The byte whose run longestInRun() asked for last, and its answer. */
let runByte: i32 = -1;
let runToken: u32 = NONE;

/** Class of each code point: two stages. */
export let stage1: usize = 0;
export let stage2: usize = 0;
export let wideStage1: bool = false;
/** The block of stage 2 that holds the first 128 code points. */
export let ascii: usize = 0;

export function openVocabulary(): void {
  stage1 = image + load<u32>(image, 12);
  stage2 = image + load<u32>(image, 16);
  wideStage1 = load<u32>(image, 28) == 2;
  ascii = stage2 + ((wideStage1 ? <usize>load<u16>(stage1) : <usize>load<u8>(stage1)) << 7);
}

/** 0 = o200k_base, 1 = cl100k_base. */
export function select(encoding: i32): void {
  const at = image + load<u32>(image + <usize>(20 + encoding * 4));
  if (at == selected) return;
  selected = at;
  salt = ((<u64>1) << 37) | <u64>encoding;
  runByte = -1;
  words = image + load<u32>(at, 4);
  const wordsBits = load<u32>(at, 8);
  wordsShift = 64 - wordsBits;
  wordsMask = (1 << wordsBits) - 1;
  trie = image + load<u32>(at, 12);
  lengths = image + load<u32>(at, 20);
  prefixes = image + load<u32>(at, 24);
  lefts = image + load<u32>(at, 28);
  rights = image + load<u32>(at, 32);
  pairs = image + load<u32>(at, 36);
  const pairsBits = load<u32>(at, 40);
  pairsShift = 64 - pairsBits;
  pairsMask = (1 << pairsBits) - 1;
  filter = image + load<u32>(at, 44);
  filterShift = 64 - load<u32>(at, 48);
  byteTokens = image + load<u32>(at, 52);
  terminals = image + load<u32>(at, 56);
}

export function hashOf(lo: u64, hi: u64): u64 {
  return (lo ^ (hi * K2)) * K1;
}

/** Whether the zero-padded 16 bytes are a whole token; `hash` is theirs. */
export function isWord(lo: u64, hi: u64, hash: u64): bool {
  let slot = <u32>(hash >> wordsShift);
  while (true) {
    const at = words + ((<usize>slot) << 4);
    const low = load<u64>(at);
    if (low == lo && load<u64>(at, 8) == hi) return true;
    if (low == 0 && load<u64>(at, 8) == 0) return false;
    slot = (slot + 1) & wordsMask;
  }
}

/** The longest token that begins at `from` and ends at `end` or before. A single byte always is one. */
export function longestToken(from: usize, end: usize): u32 {
  let node: u32 = 0;
  let best: u32 = 0;
  let base = load<u32>(trie) & 0x7fffffff;
  for (let at = from; at < end; at++) {
    const next = base + <u32>load<u8>(at);
    const entry = trie + ((<usize>next) << 3);
    if (load<u32>(entry, 4) != node) break;
    node = next;
    const word = load<u32>(entry);
    base = word & 0x7fffffff;
    if (<i32>word < 0) best = next;
  }
  return load<u32>(terminals + ((<usize>best) << 2));
}

/** Bytes of the longest token of either encoding. */
const LONGEST: usize = 128;

/** longestToken(), which in a run of one character, as long as the longest token or longer, is always the same. */
export function longestInRun(from: usize, end: usize): u32 {
  if (from + LONGEST > end || load<u64>(from) != load<u64>(from, 8)) return longestToken(from, end);
  const first = i8x16.splat(load<i8>(from));
  for (let i: usize = 0; i < LONGEST; i += 16) {
    if (!i8x16.all_true(i8x16.eq(v128.load(from + i), first))) return longestToken(from, end);
  }
  const byte = <i32>load<u8>(from);
  if (byte != runByte) {
    runToken = longestToken(from, end);
    runByte = byte;
  }
  return runToken;
}

export function lengthOf(token: u32): i32 {
  return <i32>load<u8>(lengths + <usize>token);
}

/** The longest token that is a proper prefix of `token`, or NONE. */
export function prefixOf(token: u32): u32 {
  return load<u32>(prefixes + ((<usize>token) << 2));
}

/** The token of a byte. */
export function byteToken(byte: u32): u32 {
  return load<u32>(byteTokens + ((<usize>byte) << 2));
}

/** The token of the two bytes at `at`, or NONE. */
export function pairToken(at: usize): u32 {
  const index = ((<usize>load<u8>(at)) << 8) | <usize>load<u8>(at, 1);
  return load<u32>(byteTokens + ((index + 256) << 2));
}

/** The token that `left` and `right` make when they are merged, or NONE. */
export function merged(left: u32, right: u32): u32 {
  const key = ((<u64>left) << 18) | <u64>right;
  const hash = key * K1;
  const bit = <u32>(hash >> filterShift);
  if (((<u32>load<u8>(filter + <usize>(bit >> 3)) >> (bit & 7)) & 1) == 0) return NONE;
  let slot = <u32>(hash >> pairsShift);
  while (true) {
    const value = load<u64>(pairs + ((<usize>slot) << 3));
    if (value >> 18 == key) return <u32>value & 0x3ffff;
    if (value == u64.MAX_VALUE) return NONE;
    slot = (slot + 1) & pairsMask;
  }
}

/**
 * The longest of `token` and its prefixes that may stand behind `left`, or NONE; remembered, because runs of one character and random
 * letters ask for the same few pairs again and again.
 */
export function longestMeeting(left: u32, token: u32): u32 {
  const key = ((((<u64>left) << 18) | <u64>token) << 1) | salt;
  const at = region + MEETINGS + ((<usize>((key * K1) >> (64 - MEETINGS_BITS))) << 3);
  const known = load<u64>(at);
  // The lowest 18 bits are the answer, all ones for NONE; the key above them is never 0 (salt has a bit that is always set).
  if (known >> 18 == key) {
    const answer = <u32>known & 0x3ffff;
    return answer == 0x3ffff ? NONE : answer;
  }
  let found = token;
  while (found != NONE && !meets(left, found)) found = prefixOf(found);
  store<u64>(at, (key << 18) | <u64>(found & 0x3ffff));
  return found;
}

/**
 * Whether byte-pair encoding leaves `left` and `right` beside each other: no merge across their border comes before the merges
 * that made them. Undoes, latest merge first, what stands at the border, and looks at each pair that met there
 * (Hendrik van Antwerpen and Alexander Neubeck, "So many tokens, so little time", GitHub 2024).
 */
function meets(left: u32, right: u32): bool {
  let limit: u32 = NONE;
  while (true) {
    const both = merged(left, right);
    if (both < limit) return false;
    if (left > right) {
      limit = left;
      left = load<u32>(rights + ((<usize>left) << 2));
      if (left != limit) continue;
      limit = right + 1;
      right = load<u32>(lefts + ((<usize>right) << 2));
      if (right + 1 == limit) return true;
    } else {
      limit = right + 1;
      right = load<u32>(lefts + ((<usize>right) << 2));
      if (right + 1 != limit) continue;
      limit = left;
      left = load<u32>(rights + ((<usize>left) << 2));
      if (left == limit) return true;
    }
  }
}
