// Pieces that are no tokens and how many tokens they are: a direct-mapped memory of the last ones, keyed by their 16 bytes. Half of all
// pieces that are not tokens come again soon: names, words with endings, numbers with a sign.
import { CACHE, CACHE_BITS, CACHE_BYTES, CACHE_COUNTS, MEETINGS, MEETINGS_BITS, region } from './layout';

const MASK: u32 = (1 << CACHE_BITS) - 1;

export function clearCaches(): void {
  memory.fill(region + CACHE, 0, CACHE_BYTES * 2);
  memory.fill(region + MEETINGS, 0, 8 << MEETINGS_BITS);
}

/** Tokens of the piece, or 0. */
export function remembered(encoding: i32, lo: u64, hi: u64, hash: u64): i32 {
  const slot = <usize>(<u32>(hash >> 16) & MASK);
  const base = region + <usize>encoding * CACHE_BYTES;
  const at = base + CACHE + (slot << 4);
  if (load<u64>(at) != lo || load<u64>(at, 8) != hi) return 0;
  return <i32>load<u16>(base + CACHE_COUNTS + (slot << 1));
}

export function remember(encoding: i32, lo: u64, hi: u64, hash: u64, tokens: i32): void {
  const slot = <usize>(<u32>(hash >> 16) & MASK);
  const base = region + <usize>encoding * CACHE_BYTES;
  const at = base + CACHE + (slot << 4);
  store<u64>(at, lo);
  store<u64>(at, hi, 8);
  store<u16>(base + CACHE_COUNTS + (slot << 1), tokens);
}
