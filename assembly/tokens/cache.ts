// How many tokens the pieces are that came last, whether or not they are tokens: two direct-mapped memories. Most pieces come again soon, and
// these memories are small enough to stay near the processor, where the vocabulary's tables of many megabytes are not.
import {
  CACHE,
  CACHE_BITS,
  CACHE_BYTES,
  CACHE_COUNTS,
  HOT,
  HOT_BITS,
  MEETINGS,
  MEETINGS_BITS,
  region,
} from './layout';
import { mergedCount } from './merge';
import { hashOf, isWord, K1 } from './vocabulary';

const MASK: u32 = (1 << CACHE_BITS) - 1;
/** A key of HOT: the piece, zero padded. */
const HOT_KEY: u64 = 0x00ffffffffffffff;

export function clearCaches(): void {
  memory.fill(region + CACHE, 0, CACHE_BYTES * 2);
  memory.fill(region + MEETINGS, 0, 8 << MEETINGS_BITS);
}

/** The encoding's HOT. */
export function hotOf(encoding: i32): usize {
  return region + HOT + <usize>encoding * CACHE_BYTES;
}

/** Tokens of a piece of 1 to 16 bytes, of which the last is not NUL. */
export function shortTokens(encoding: i32, hot: usize, from: usize, length: i32): i32 {
  if (length > 7) return rememberedTokens(encoding, from, length);
  const key = load<u64>(from) & (HOT_KEY >> (56 - (length << 3)));
  const at = hot + ((<usize>((key * K1) >> (64 - HOT_BITS))) << 3);
  const known = load<u64>(at);
  if ((known & HOT_KEY) == key) return <i32>(known >> 56);
  const tokens = isWord(key, 0, hashOf(key, 0)) ? 1 : mergedCount(from, from + <usize>length);
  store<u64>(at, key | ((<u64>tokens) << 56));
  return tokens;
}

/** Of 8 to 16 bytes. */
function rememberedTokens(encoding: i32, from: usize, length: i32): i32 {
  const lo = load<u64>(from);
  const hi = length == 8 ? 0 : load<u64>(from, 8) & (u64.MAX_VALUE >> (128 - (length << 3)));
  const hash = hashOf(lo, hi);
  const slot = <usize>(<u32>(hash >> 16) & MASK);
  const base = region + <usize>encoding * CACHE_BYTES;
  const at = base + CACHE + (slot << 4);
  const count = base + CACHE_COUNTS + (slot << 1);
  if (load<u64>(at) == lo && load<u64>(at, 8) == hi) return <i32>load<u16>(count);
  const tokens = isWord(lo, hi, hash) ? 1 : mergedCount(from, from + <usize>length);
  store<u64>(at, lo);
  store<u64>(at, hi, 8);
  store<u16>(count, tokens);
  return tokens;
}
