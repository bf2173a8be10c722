// The open-addressing tables of an encoding: short tokens by their bytes, merges by their pair, and the bit filter that
// answers most pairs that are no merge. Tables are filled to 0.76.
import { assert } from './assert.js';

// 2^64 divided by the golden ratio, and xxHash64's second prime: odd, with their bits well mixed. The kernel has both.
const K1 = 0x9e3779b97f4a7c15n;
const K2 = 0xc2b2ae3d27d4eb4fn;
const WORD_BYTES = 16;

/**
 * Every token of at most 16 bytes without a NUL, zero padded, as 2^bits slots of 16 bytes (all zero = empty), in order
 * of rank: the frequent ones stand where their hash says. A slot does not name its token; the table counts, only.
 */
export function buildWords(tokens, bits) {
  const slots = new BigUint64Array(2 * 2 ** bits);
  const padded = new BigUint64Array(2);
  const bytes = new Uint8Array(padded.buffer);
  for (const token of tokens) {
    if (token.length > WORD_BYTES || token.includes('\0')) continue;
    bytes.fill(0);
    bytes.set(Buffer.from(token, 'latin1'));
    const [low, high] = padded;
    let slot = topBits((low ^ BigInt.asUintN(64, high * K2)) * K1, bits);
    while (slots[slot * 2] !== 0n || slots[slot * 2 + 1] !== 0n) slot = (slot + 1) % 2 ** bits;
    slots.set(padded, slot * 2);
  }
  return slots;
}

/**
 * The last merge of every multi-byte token: `pairs`, 2^pairsBits slots of left << 36 | right << 18 | token (all ones =
 * empty), and `filter`, 2^filterBits bits, set at the hash of each pair.
 */
export function buildPairs(tokens, { left, right }, pairsBits, filterBits) {
  const pairs = new BigUint64Array(2 ** pairsBits).fill(~0n);
  const filter = new Uint8Array(2 ** filterBits / 8);
  tokens.forEach((token, id) => {
    if (token.length === 1) return;
    const key = (BigInt(left[id]) << 18n) | BigInt(right[id]);
    const bit = topBits(key * K1, filterBits);
    filter[bit >>> 3] |= 1 << (bit & 7);
    let slot = topBits(key * K1, pairsBits);
    while (pairs[slot] !== BigInt.asUintN(64, ~0n)) slot = (slot + 1) % 2 ** pairsBits;
    pairs[slot] = (key << 18n) | BigInt(id);
  });
  return { pairs, filter };
}

/** The token id of each single byte, then of each two bytes (first << 8 | second), all ones where they are no token. */
export function byteTokens(tokens) {
  const ids = new Uint32Array(256 + 65536).fill(0xffffffff);
  tokens.forEach((token, id) => {
    if (token.length === 1) ids[token.charCodeAt(0)] = id;
    if (token.length === 2) ids[256 + (token.charCodeAt(0) << 8) + token.charCodeAt(1)] = id;
  });
  assert(!ids.subarray(0, 256).includes(0xffffffff), 'a byte has no token');
  return ids;
}

const topBits = (product, bits) => Number(BigInt.asUintN(64, product) >> BigInt(64 - bits));
