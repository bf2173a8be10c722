// Kernel `tokens`: how many tokens a text is, by o200k_base and cl100k_base, equal to OpenAI's tiktoken on every input. Counts only: no
// token is ever stored. The text is split into pieces (quick.ts, exact.ts); a piece that is a token counts one (vocabulary.ts), one that
// came before is remembered (cache.ts), the others are merged (merge.ts). Hot path: per request, and per chunk of a stream.
import { clearCaches, hotOf, shortTokens } from './cache';
import { setText, touched, untouch } from './classes';
import { pieceEnd } from './exact';
import { BACKSLASH, LETTERS, LOWER_FROM, region, STACK, STACK_TOKENS, setPlaces, UPPER_FROM } from './layout';
import { mergedCount } from './merge';
import { kindsOf, LEADS, LETTER, OTHER, quickEnd, setKinds, TRAILS, UNSURE } from './quick';
import { cutBytes, isUtf8, readTo, unescape } from './text';
import { openVocabulary, select } from './vocabulary';

export { clearCaches } from './cache';
export { inputAt, inputBytes } from './layout';
export { deepestBack } from './merge';

/** Once per instance: where the vocabulary is, and the region that is this thread's alone. */
export function init(imageAt: usize, regionAt: usize, regionBytes: usize): void {
  setPlaces(imageAt, regionAt, regionBytes);
  memory.fill(region + LOWER_FROM, 0x61, 16);
  memory.fill(region + UPPER_FROM, 0x41, 16);
  memory.fill(region + LETTERS, 26, 16);
  memory.fill(region + BACKSLASH, 0x5c, 16);
  setKinds();
  clearCaches();
  openVocabulary();
}

/** Where scan() stopped: the first piece that more text could change, or the end. */
let stoppedAt: usize = 0;
/** Where the plain text ends that settle() and whole() made, and where the rest of the escaped text ends that waits behind it. */
let plainEnd: usize = 0;
let restEnd: usize = 0;

export function resumeAt(): usize {
  return stoppedAt;
}

export function plainTo(): usize {
  return plainEnd;
}

export function restTo(): usize {
  return restEnd;
}

/**
 * Tokens of the text in the input: `plain` bytes of UTF-8 at `at`, then, from `rawAt` on, `raw` bytes more (`json`: the inside of a JSON
 * string). -1 where that is not UTF-8: the host puts U+FFFD in and asks again.
 */
export function whole(encoding: i32, at: usize, plain: i32, rawAt: usize, raw: i32, json: i32): i32 {
  if (!join(at, plain, rawAt, raw, json != 0, true) || cutBytes() != 0) return -1;
  return scan(encoding, at, plainEnd, true);
}

/** The same for a text that goes on: tokens of the pieces that no further byte can change. What is left lies from resumeAt() to restTo(). */
export function settle(encoding: i32, at: usize, plain: i32, rawAt: usize, raw: i32, json: i32): i32 {
  if (!join(at, plain, rawAt, raw, json != 0, false)) return -1;
  return scan(encoding, at, plainEnd, false);
}

/** Brings the text's two parts together, without escapes. False: not UTF-8. */
function join(at: usize, plain: i32, rawAt: usize, raw: i32, json: bool, last: bool): bool {
  const end = at + <usize>plain;
  const rawEnd = rawAt + <usize>raw;
  if (json) {
    plainEnd = unescape(rawAt, rawEnd, end, last);
    const rest = rawEnd - readTo();
    if (rest > 0) memory.copy(plainEnd, readTo(), rest);
    restEnd = plainEnd + rest;
  } else {
    if (raw > 0 && rawAt != end) memory.copy(end, rawAt, <usize>raw);
    plainEnd = restEnd = end + <usize>raw;
  }
  return isUtf8(at, plainEnd);
}

/**
 * The loop over a text's pieces, a state machine by the kind of a piece's first byte. Words of at most 15 letters with at most one character
 * before them and runs of punctuation, nearly all of prose and code, are decided here without a call; whatever lies at the text's end or
 * beside a byte above ASCII is not.
 */
function scan(encoding: i32, from: usize, end: usize, last: bool): i32 {
  select(encoding);
  setText(end);
  const cl100k = encoding == 1;
  const kinds = kindsOf(encoding);
  const hot = hotOf(encoding);
  const letters = v128.load(region + LETTERS);
  const lowerFrom = v128.load(region + LOWER_FROM);
  const upperFrom = v128.load(region + UPPER_FROM);
  let tokens: i32 = 0;
  let at = from;
  while (at < end) {
    const kind = <i32>load<u8>(kinds + <usize>load<u8>(at));
    const next = <i32>load<u8>(kinds + <usize>load<u8>(at, 1));
    let to: usize = 0;
    if (kind & LETTER || (kind & LEADS && next & LETTER)) {
      const word = kind & LETTER ? at : at + 1;
      const v = v128.load(word);
      const lower = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, lowerFrom), letters));
      const upper = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, upperFrom), letters));
      const capitals = cl100k ? 0 : ctz<i32>(~upper);
      const length = capitals + ctz<i32>(~((cl100k ? lower | upper : lower) >> capitals));
      const behind = word + <usize>length;
      if (length < 16 && behind < end && !(<i32>load<u8>(kinds + <usize>load<u8>(behind)) & UNSURE))
        to = behind;
    } else if ((kind & (OTHER | LEADS)) == (OTHER | LEADS) || (next & OTHER && load<u8>(at) == 0x20)) {
      let behind = at + 1;
      let one = next;
      while (one & OTHER && behind < end) one = <i32>load<u8>(kinds + <usize>load<u8>(++behind));
      while (one & TRAILS && behind < end) one = <i32>load<u8>(kinds + <usize>load<u8>(++behind));
      if (behind < end && one != UNSURE) to = behind;
    }
    if (to == 0) {
      to = slowEnd(at, end, kinds, cl100k);
      if (touched) {
        untouch();
        if (!last) break;
      }
    }
    tokens += tokensOf(encoding, hot, at, <i32>(to - at));
    at = to;
  }
  stoppedAt = at;
  return tokens;
}

/** End of the piece at `at`; `touched` says afterwards whether the text's end has been looked at. */
function slowEnd(at: usize, end: usize, kinds: usize, cl100k: bool): usize {
  const to = quickEnd(at, end, kinds, cl100k);
  if (to != 0 && !touched) return to;
  untouch();
  return pieceEnd(at, cl100k);
}

function tokensOf(encoding: i32, hot: usize, at: usize, length: i32): i32 {
  // A zero-padded key does not tell a piece that ends in NUL from a shorter one.
  if (length > 16 || load<u8>(at + <usize>length - 1) == 0) return mergedCount(at, at + <usize>length);
  return shortTokens(encoding, hot, at, length);
}

/** For tests: ends of the pieces of the `length` bytes of UTF-8 at `at`, as u32 offsets at piecesAt(); returns how many, at most 65,536. */
export function pieces(encoding: i32, at: usize, length: i32, exact: i32): i32 {
  const end = at + <usize>length;
  select(encoding);
  setText(end);
  let count: i32 = 0;
  let from = at;
  while (from < end && count < STACK_TOKENS) {
    let to: usize = exact ? 0 : quickEnd(from, end, kindsOf(encoding), encoding == 1);
    if (to == 0 || touched) to = pieceEnd(from, encoding == 1);
    untouch();
    store<u32>(piecesAt() + ((<usize>count) << 2), <u32>(to - at));
    count++;
    from = to;
  }
  return count;
}

export function piecesAt(): usize {
  return region + STACK;
}
