// The image read back as its layout says, written apart from the builder: BigInt and plain loops, made to be obvious.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const NONE = 0xffffffff;
const MASK = (1n << 64n) - 1n;
const K1 = 0x9e3779b97f4a7c15n;
const K2 = 0xc2b2ae3d27d4eb4fn;

export type EncodingName = 'o200k_base' | 'cl100k_base';

const HEADER_WORDS = [
  ...['tokens', 'wordsAt', 'wordsBits', 'trieAt', 'trieSlots', 'lengthsAt', 'prefixAt', 'leftAt', 'rightAt'],
  ...['pairsAt', 'pairsBits', 'filterAt', 'filterBits', 'byteTokensAt', 'terminalsAt', 'longest'],
] as const;
export type Header = Readonly<Record<(typeof HEADER_WORDS)[number], number>>;

export class EncodingReader {
  readonly header: Header;
  constructor(
    readonly image: Buffer,
    readonly name: EncodingName,
  ) {
    const at = image.readUInt32LE(name === 'o200k_base' ? 20 : 24);
    const words = HEADER_WORDS.map((word, i) => [word, image.readUInt32LE(at + i * 4)]);
    this.header = Object.fromEntries(words) as Header;
  }

  prefix = (id: number): number => this.image.readUInt32LE(this.header.prefixAt + id * 4);
  left = (id: number): number => this.image.readUInt32LE(this.header.leftAt + id * 4);
  right = (id: number): number => this.image.readUInt32LE(this.header.rightAt + id * 4);
  lengthOf = (id: number): number => this.image.readUInt8(this.header.lengthsAt + id);
  byteToken = (byte: number): number => this.image.readUInt32LE(this.header.byteTokensAt + byte * 4);
  /** Of two bytes, or NONE: the table behind the single bytes'. */
  pairToken = (pair: number): number => this.image.readUInt32LE(this.header.byteTokensAt + 1024 + pair * 4);

  hasWord(token: Buffer): boolean {
    const { wordsAt, wordsBits } = this.header;
    const padded = Buffer.concat([token, Buffer.alloc(16 - token.length)]);
    const h = ((padded.readBigUInt64LE(0) ^ ((padded.readBigUInt64LE(8) * K2) & MASK)) * K1) & MASK;
    for (let slot = Number(h >> BigInt(64 - wordsBits)); ; slot = (slot + 1) % 2 ** wordsBits) {
      const stored = this.image.subarray(wordsAt + slot * 16, wordsAt + slot * 16 + 16);
      if (stored.equals(padded)) return true;
      if (stored.every(byte => byte === 0)) return false;
    }
  }

  /** The token that is exactly these bytes, by the trie. */
  find(token: Uint8Array): number {
    let slot = 0;
    for (const byte of token) {
      const child = (this.#trieWord(slot, 0) & 0x7fffffff) + byte;
      if (child >= this.header.trieSlots) throw new Error(`slot ${child} is outside the trie`);
      if (this.#trieWord(child, 4) !== slot) return NONE;
      slot = child;
    }
    const id = this.image.readUInt32LE(this.header.terminalsAt + slot * 4);
    if ((id !== NONE) !== this.#trieWord(slot, 0) >= 0x80000000) throw new Error(`slot ${slot}: two answers`);
    return id;
  }

  #trieWord = (slot: number, offset: 0 | 4): number =>
    this.image.readUInt32LE(this.header.trieAt + slot * 8 + offset);

  /** The token that the two merge to, NONE where they are not the last merge of one. */
  merge(left: number, right: number): number {
    const { pairsAt, pairsBits, filterAt, filterBits } = this.header;
    const h = (((BigInt(left) << 18n) | BigInt(right)) * K1) & MASK;
    const bit = Number(h >> BigInt(64 - filterBits));
    const maybe = ((this.image.readUInt8(filterAt + (bit >> 3)) >> (bit & 7)) & 1) === 1;
    for (let slot = Number(h >> BigInt(64 - pairsBits)); ; slot = (slot + 1) % 2 ** pairsBits) {
      const stored = this.image.readBigUInt64LE(pairsAt + slot * 8);
      if (stored === MASK) return NONE;
      if (stored >> 18n !== ((BigInt(left) << 18n) | BigInt(right))) continue;
      if (!maybe) throw new Error(`the filter denies the merge of ${left} and ${right}`);
      return Number(stored & 0x3ffffn);
    }
  }
}

/** The class of a code point by the image's two stages. */
export function classOf(image: Buffer, codePoint: number): number {
  const entryBytes = image.readUInt32LE(28);
  const entryAt = image.readUInt32LE(12) + (codePoint >> 7) * entryBytes;
  const block = entryBytes === 1 ? image.readUInt8(entryAt) : image.readUInt16LE(entryAt);
  return image.readUInt8(image.readUInt32LE(16) + block * 128 + (codePoint & 127));
}

/** An encoding's tokens in order of rank, straight from the package. */
export function ranksOf(encoding: EncodingName): readonly Buffer[] {
  const path = createRequire(import.meta.url).resolve(`tiktoken/encoders/${encoding}.json`);
  const { bpe_ranks } = JSON.parse(readFileSync(path, 'utf8')) as { bpe_ranks: string };
  return bpe_ranks
    .split(' ')
    .slice(2)
    .map(word => Buffer.from(word, 'base64'));
}

/**
 * Byte pair encoding as it is defined: merge the leftmost of the neighbours whose bytes together have the lowest rank,
 * until none have one. `ranks`: by latin1 string. Merges of rank `below` or more are not made.
 */
export function plainBpe(ranks: ReadonlyMap<string, number>, bytes: Buffer, below = NONE): string[] {
  const parts = [...bytes.toString('latin1')];
  for (;;) {
    let best = below;
    let at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(`${parts[i]}${parts[i + 1]}`) ?? NONE;
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return parts;
    parts.splice(at, 2, `${parts[at]}${parts[at + 1]}`);
  }
}
