// The memory map of kernel `tokens`. Its memory is one for the whole process: the vocabulary once, and a region for each thread.
// The module has no static data (a second instance would write it again over live data); everything a thread changes
// is in its region, whose address init() is given.
//
//   0          1,024 bytes of zeros
//   image      the vocabulary, drawn in scripts/build-vocabulary.js; never written
//   region     of one thread:
//        0       SPLATS   vectors to compare with: loaded, because V8 builds a constant anew at each use     64
//      256       KINDS    what a byte can be in a piece of ASCII, for each encoding                         2 x 256
//        1 Ki      CACHE    pieces of 8 to 16 bytes, as met last: o200k_base                                  8192 x 16
//      129 Ki      COUNTS   how many tokens they are, u16 each                                               8192 x 2
//      145 Ki      HOT      pieces of up to 7 bytes and, in the highest byte, how many tokens they are        32768 x 8
//      401 Ki      the same three for cl100k_base
//      801 Ki      BITS     positions of a piece where no token can end                                      8 Ki
//      810 Ki      STACK    tokens of the piece in progress, u32 each                                        64 Ki x 4
//     1072 Ki      MEETINGS the longest token that may follow another, as asked last; u64 each                16 Ki x 8
//     1200 Ki      INPUT    text; 64 bytes of slack before the region's end

/** What init() was told. */
export let image: usize = 0;
export let region: usize = 0;
let regionEnd: usize = 0;

export function setPlaces(imageAt: usize, regionAt: usize, regionBytes: usize): void {
  image = imageAt;
  region = regionAt;
  regionEnd = regionAt + regionBytes;
}

export const CACHE_BITS: i32 = 13;
export const CACHE: usize = 1 << 10;
export const CACHE_COUNTS: usize = 129 << 10;
/** From one encoding's cache to the next one's. */
export const CACHE_BYTES: usize = 400 << 10;
export const HOT: usize = 145 << 10;
export const HOT_BITS: i32 = 15;
export const BITS: usize = 801 << 10;
export const STACK: usize = 810 << 10;
export const STACK_TOKENS: i32 = 64 << 10;
export const MEETINGS: usize = 1072 << 10;
export const MEETINGS_BITS: i32 = 14;
const INPUT: usize = 1200 << 10;
/** A vector may be loaded from the last byte of a text. */
const SLACK: usize = 64;

export function inputAt(): usize {
  return region + INPUT;
}

/** Longest text that fits. */
export function inputBytes(): i32 {
  return <i32>(regionEnd - region - INPUT - SLACK);
}

// SPLATS
export const LOWER_FROM: usize = 0; // 'a' sixteen times
export const UPPER_FROM: usize = 16; // 'A'
export const LETTERS: usize = 32; // 26: how many of each
export const BACKSLASH: usize = 48;
export const KINDS: usize = 256;
/** u32 tokens, and 64 bytes further the token that each makes with the next one. */
export const TINY: usize = 768;
export const TINY_BYTES_MAX: i32 = 8;
