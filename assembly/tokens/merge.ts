// Byte-pair encoding of one piece that is no token itself, in time linear in its length: tokens are tried from the left, the longest
// first, and taken back where no valid continuation exists. A position that has failed once fails always, so each is
// left at most once. Counts only. (The backtracking encoder of the crate `bpe`; our own code.)
import { BITS, region, STACK, TINY, TINY_BYTES_MAX } from './layout';
import {
  byteToken,
  lengthOf,
  longestInRun,
  longestMeeting,
  longestToken,
  merged,
  NONE,
  pairToken,
  prefixOf,
} from './vocabulary';

/** A piece longer than this is worked on in a window that moves along. */
const WINDOW: i32 = 48 << 10;
/** What stays when the window moves: no taking back has been seen to reach further than some dozens of bytes. */
const KEPT: i32 = 16 << 10;

/** For tests: how far back a token was taken, at most, in bytes before the furthest position reached. */
let deepest: i32 = 0;

export function deepestBack(): i32 {
  return deepest;
}

/** Tokens of the bytes from `from` to `end`, at least one byte. */
export function mergedCount(from: usize, end: usize): i32 {
  const length = <i32>(end - from);
  if (length <= TINY_BYTES_MAX) return tinyCount(from, length);
  return length < 64 ? shortCount(from, end) : longCount(from, end);
}

/** Byte-pair encoding as it is defined: the pair of the lowest rank is merged until none is left. For few bytes nothing is faster. */
function tinyCount(from: usize, length: i32): i32 {
  const tokens = region + TINY;
  const merges = tokens + 64;
  let count = length;
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    store<u32>(tokens + at, byteToken(<u32>load<u8>(from + <usize>i)));
    store<u32>(merges + at, i + 1 < count ? pairToken(from + <usize>i) : NONE);
  }
  while (true) {
    let best = NONE;
    let left = tokens;
    const last = tokens + ((<usize>(count - 1)) << 2);
    for (let at = tokens; at < last; at += 4) {
      const rank = load<u32>(at, 64);
      if (rank >= best) continue;
      best = rank;
      left = at;
    }
    if (best == NONE) return count;
    store<u32>(left, best);
    for (let at = left + 4; at < last; at += 4) {
      store<u32>(at, load<u32>(at, 4));
      store<u32>(at, load<u32>(at, 68), 64);
    }
    count--;
    store<u32>(left, left + 4 < last ? merged(best, load<u32>(left, 4)) : NONE, 64);
    if (left > tokens) store<u32>(left - 4, merged(load<u32>(left - 4), best), 64);
  }
}

/** Fewer than 64 bytes: what failed is one word of bits, and no call fills memory. */
function shortCount(from: usize, end: usize): i32 {
  const stack = region + STACK;
  let closed: u64 = 0; // bit i: no token can end i bytes behind `from`
  let top = stack; // where the next token goes
  let at = from;
  let last: u32 = NONE;
  let token = longestToken(at, end);
  while (true) {
    if (last != NONE) token = longestMeeting(last, token);
    if (token != NONE) {
      const to = at + <usize>lengthOf(token);
      if (((closed >> (to - from)) & 1) == 0) {
        if (to >= end) return (<i32>(top - stack) >> 2) + 1;
        store<u32>(top, token);
        top += 4;
        at = to;
        last = token;
        token = longestToken(at, end);
        continue;
      }
      token = prefixOf(token);
      if (token != NONE) continue;
    }
    // Nothing fits here: the token before was wrong, and no other may end where it ended.
    closed |= (<u64>1) << (at - from);
    assert(top > stack);
    token = last;
    at -= <usize>lengthOf(last);
    top -= 4;
    last = top > stack ? load<u32>(top - 4) : NONE;
  }
}

function longCount(from: usize, end: usize): i32 {
  const bits = region + BITS;
  const stack = region + STACK;
  let settled: i32 = 0; // tokens that have left the window
  let base = from; // where the window begins
  clearBits(bits, <i32>(end - from) < WINDOW ? <i32>(end - from) : WINDOW + 256);
  let depth: i32 = 0;
  let at = from;
  let furthest = from;
  let last: u32 = NONE;
  let next = longestInRun(at, end);
  while (true) {
    let token = next;
    let taken = false;
    while (true) {
      if (last != NONE) token = longestMeeting(last, token);
      if (token == NONE) break;
      const to = at + <usize>lengthOf(token);
      if (isOpen(bits, <i32>(to - base))) {
        store<u32>(stack + ((<usize>depth) << 2), token);
        depth++;
        at = to;
        last = token;
        taken = true;
        break;
      }
      token = prefixOf(token);
      if (token == NONE) break;
    }
    if (taken) {
      if (at >= end) return settled + depth;
      if (at > furthest) furthest = at;
      if (<i32>(at - base) >= WINDOW) {
        // Tokens far behind stay as they are: the window moves on.
        const keepFrom = at - <usize>KEPT;
        let gone: i32 = 0;
        for (; base < keepFrom; gone++) base += <usize>lengthOf(load<u32>(stack + ((<usize>gone) << 2)));
        memory.copy(stack, stack + ((<usize>gone) << 2), (<usize>(depth - gone)) << 2);
        depth -= gone;
        settled += gone;
        // What failed behind `at` need not be remembered: it is only ever asked for after a taking back, and would fail again.
        clearBits(bits, WINDOW + 256);
      }
      next = longestInRun(at, end);
    } else {
      closeBit(bits, <i32>(at - base));
      assert(depth > 0);
      depth--;
      at -= <usize>lengthOf(last);
      const back = <i32>(furthest - at);
      if (back > deepest) deepest = back;
      next = last;
      last = depth > 0 ? load<u32>(stack + ((<usize>(depth - 1)) << 2)) : NONE;
      // The token before the one taken back is tried again from its next shorter prefix by the loop above: its end is closed now.
    }
  }
}

function clearBits(bits: usize, positions: i32): void {
  memory.fill(bits, 0, <usize>((positions >> 3) + 9));
}

function isOpen(bits: usize, position: i32): bool {
  return ((<i32>load<u8>(bits + <usize>(position >> 3)) >> (position & 7)) & 1) == 0;
}

function closeBit(bits: usize, position: i32): void {
  const at = bits + <usize>(position >> 3);
  store<u8>(at, <i32>load<u8>(at) | (1 << (position & 7)));
}
