// The vocabulary image: one file that workers map into shared memory and kernels read as it lies there. Little-endian
// u32 words unless said; sections start at multiples of 64 (a cache line); all places count from the image's start.
//
//    0 'WVOC'   4 version   8 bytes in all   12 stage1At   16 stage2At   20 o200kAt   24 cl100kAt
//   28 bytes per entry of stage1 (1 or 2)
//
// The encodings' headers, of 64 bytes (the sections are described where they are built):
//    0 tokens      4 wordsAt     8 wordsBits  12 trieAt    16 trieSlots   20 lengthsAt     24 prefixAt     28 leftAt
//   32 rightAt    36 pairsAt    40 pairsBits  44 filterAt  48 filterBits  52 byteTokensAt  56 terminalsAt
//   60 bytes of the longest token
import { assert } from './assert.js';
import { buildClasses } from './classes.js';
import { readTokens } from './ranks.js';
import { buildSplits } from './splits.js';
import { buildPairs, buildWords, byteTokens } from './tables.js';
import { buildTrie } from './trie.js';

const VERSION = 3;
const ALIGNMENT = 64;
const HEADER_BYTES = 64;

// 1.3 slots a token: the kernel remembers the pieces that come often, so these are asked seldom, and a table of half the size is read and checked
// in half the time. 21 filter bits a merge let 1 in 21 strangers through to the pairs.
const ENCODINGS = [
  { name: 'o200k_base', wordsBits: 18, pairsBits: 18, filterBits: 22 },
  { name: 'cl100k_base', wordsBits: 17, pairsBits: 17, filterBits: 21 },
];

/** The whole image as a Buffer: the same bytes for the same packages, on any machine. */
export async function buildImage() {
  assert(new Uint8Array(Uint32Array.of(1).buffer)[0] === 1, 'the build needs a little-endian machine');
  const image = new Sections();
  const headerAt = image.add(new Uint8Array(HEADER_BYTES));
  const { stage1, stage2 } = await buildClasses();
  const stage1At = image.add(stage1);
  const stage2At = image.add(stage2);
  const [o200kAt, cl100kAt] = ENCODINGS.map(encoding => addEncoding(image, encoding));
  const places = [stage1At, stage2At, o200kAt, cl100kAt, stage1.BYTES_PER_ELEMENT];
  const magic = Buffer.from('WVOC').readUInt32LE();
  image.fill(headerAt, Uint32Array.of(magic, VERSION, image.bytes, ...places));
  return image.toBuffer();
}

function addEncoding(image, { name, wordsBits, pairsBits, filterBits }) {
  const tokens = readTokens(name);
  const splits = buildSplits(tokens);
  const trie = buildTrie(tokens);
  const { pairs, filter } = buildPairs(tokens, splits, pairsBits, filterBits);
  const headerAt = image.add(new Uint8Array(HEADER_BYTES));
  const header = [
    tokens.length,
    image.add(buildWords(tokens, wordsBits)),
    wordsBits,
    image.add(trie.entries),
    trie.slots,
    image.add(Uint8Array.from(tokens, token => token.length)),
    image.add(splits.prefix),
    image.add(splits.left),
    image.add(splits.right),
    image.add(pairs),
    pairsBits,
    image.add(filter),
    filterBits,
    image.add(byteTokens(tokens)),
    image.add(trie.terminals),
    tokens.reduce((longest, token) => Math.max(longest, token.length), 0),
  ];
  image.fill(headerAt, Uint32Array.from(header));
  return headerAt;
}

/** Sections one after the other, each at a multiple of the alignment, zeros between. */
class Sections {
  constructor() {
    this.parts = new Map();
    this.bytes = 0;
  }

  /** Appends a typed array's bytes; returns the place. The array stays the section: `fill` writes into it. */
  add(array) {
    const at = this.bytes;
    this.parts.set(at, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    this.bytes = Math.ceil((at + array.byteLength) / ALIGNMENT) * ALIGNMENT;
    return at;
  }

  fill(at, words) {
    this.parts.get(at).set(new Uint8Array(words.buffer));
  }

  toBuffer() {
    const image = Buffer.alloc(this.bytes);
    for (const [at, bytes] of this.parts) image.set(bytes, at);
    return image;
  }
}
