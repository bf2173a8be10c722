// What nobody writes and an attacker sends: long runs of one thing. tiktoken needs minutes there or traps, so the judges are tiktoken for
// the shorter ones and merging with a heap for the longer. Time is the benchmark's matter (bench/kernel/tokens.js).
import { describe, expect, it } from 'vitest';
import { TokenStream } from '../../src/kernel/token-stream.js';
import { newKernel } from '../fuzz/tokens-check.js';
import { randomFrom } from '../fuzz/tokens-strings.js';
import { countByMerging } from '../oracle/tokens-bpe.js';
import { ENCODINGS, type EncodingName } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';

const kernel = newKernel();
const TIKTOKEN_BYTES = 4000;
const LONG_UNITS = 90_001;
const MILLION = 1_000_000;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';
const BASE64 = `${ALPHABET}${ALPHABET.toUpperCase()}0123456789+/`;

function drawn(alphabet: string, seed: number): (length: number) => string {
  return length => {
    const random = randomFrom(seed);
    return Array.from({ length }, () => alphabet.charAt(random(alphabet.length))).join('');
  };
}

const repeated =
  (what: string): ((length: number) => string) =>
  length =>
    what.repeat(Math.ceil(length / what.length)).slice(0, length);

/** Texts of a length in UTF-16 units. */
const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  'one letter': repeated('a'),
  'one capital': repeated('Z'),
  spaces: repeated(' '),
  tabs: repeated('\t'),
  newlines: repeated('\n'),
  'carriage returns': repeated('\r'),
  'one digit': repeated('7'),
  slashes: repeated('/'),
  'one sign': repeated('='),
  dashes: repeated('-'),
  stars: repeated('*'),
  'NUL bytes': repeated('\0'),
  apostrophes: repeated("'"),
  'ab pairs': repeated('ab'),
  'aA pairs': repeated('aA'),
  "'a pairs": repeated("'a"),
  "'s pairs": repeated("'s"),
  '\\r\\n pairs': repeated('\r\n'),
  'space and newline': repeated(' \n'),
  'one CJK character': repeated('字'),
  'one combining mark': repeated('\u0301'),
  'one emoji': repeated('😀'),
  'joiners only': repeated('\u200d'),
  'letter and mark': repeated('e\u0301'),
  'CJK and capitals': length =>
    (repeated('日')(1) + repeated('A')(63)).repeat(Math.ceil(length / 64)).slice(0, length),
  'CJK and one long run of capitals': length => `日${'A'.repeat(length - 1)}`,
  'modifier letters before capitals': length => 'ʰ'.repeat(length >> 1) + 'A'.repeat(length >> 1),
  'random letters': drawn(ALPHABET, 1),
  'random letters of both cases': drawn(ALPHABET + ALPHABET.toUpperCase(), 2),
  'random digits': drawn('0123456789', 3),
  'random signs': drawn('!"#$%&()*+,-.:;<=>?@[\\]^_{|}~', 4),
  'random blanks': drawn(' \t\n\r\u00a0\u3000', 5),
  'random kana and kanji': drawn('あいうのはがアイウ日本語中文字的一是不了', 6),
  base64: drawn(BASE64, 7),
  'two random letters': drawn('ab', 8),
  'letters that merge in threes': drawn('aeinrst', 9),
};

function streamed(encoding: EncodingName, bytes: Uint8Array): number {
  const stream = new TokenStream(kernel, encoding);
  for (let at = 0; at < bytes.length; at += 1500) stream.push(bytes, at, Math.min(at + 1500, bytes.length));
  return stream.count();
}

describe.each(ENCODINGS)('%s of a long run', encoding => {
  it.each(Object.entries(TEXTS))('of %s equals tiktoken while that can', (_name, make) => {
    for (const length of [250, 1000, TIKTOKEN_BYTES]) {
      const text = make(length);
      expect(kernel.countText(encoding, text), `${length} long`).toBe(countByTiktoken(encoding, text));
    }
  });

  it.each(Object.entries(TEXTS))('of %s equals plain merging', { timeout: 60_000 }, (_name, make) => {
    for (const length of [16_383, LONG_UNITS]) {
      const text = make(length);
      expect(kernel.countText(encoding, text), `${length} long`).toBe(countByMerging(encoding, text));
    }
  });

  it.each(['one letter', 'random letters', 'CJK and one long run of capitals'])(
    'of a million of %s equals plain merging, whole and in JSON',
    { timeout: 120_000 },
    name => {
      const text = TEXTS[name]?.(MILLION) ?? '';
      const bytes = Buffer.from(text);
      const expected = countByMerging(encoding, text);
      expect(kernel.countText(encoding, text)).toBe(expected);
      expect(kernel.countBytes(encoding, bytes)).toBe(expected);
      expect(kernel.countJson(encoding, bytes, 0, bytes.length)).toBe(expected);
    },
  );

  it.each(Object.entries(TEXTS))('of %s is the same in a stream', { timeout: 60_000 }, (_name, make) => {
    const bytes = Buffer.from(make(60_000));
    expect(streamed(encoding, bytes)).toBe(kernel.countBytes(encoding, bytes));
  });

  it('takes back no more the longer it is', () => {
    // The work per byte is bounded by it; the merging's window is made for far less than this (assembly/tokens/merge.ts).
    const deepestMax = 1024;
    for (const [name, make] of Object.entries(TEXTS)) {
      const fresh = newKernel();
      fresh.countText(encoding, make(5000));
      const short = fresh.deepestBack;
      fresh.countText(encoding, make(100_000));
      expect(fresh.deepestBack, name).toBeLessThan(deepestMax);
      if (!name.startsWith('random') && !name.includes('letters'))
        expect(fresh.deepestBack, name).toBe(short);
    }
  });

  it('of a million letters is the same in a stream', () => {
    const bytes = Buffer.from('a'.repeat(MILLION));
    expect(streamed(encoding, bytes)).toBe(kernel.countBytes(encoding, bytes));
  });

  it('of five megabytes that have no end of a piece is told, and a cut changes little', () => {
    const text = Buffer.from('计数'.repeat(800_000));
    const expected = 800_000 * (kernel.countText(encoding, '计数'.repeat(1000)) / 1000);
    expect(Math.abs(kernel.countBytes(encoding, text) - expected)).toBeLessThanOrEqual(2);
  });

  it('of everything in a row equals plain merging across the steps of a long text', {
    timeout: 120_000,
  }, () => {
    const all = Object.values(TEXTS).map(make => make(3000));
    const prose =
      "The weir's gate isn't shut; they'll open it at 12345 m³/s.\r\n\r\n  Sagte „Müller“ 日本語で😀…\n";
    for (let shift = 0; shift < 4; shift++) {
      const text = 'x '.repeat(shift * 7) + all.map((one, i) => one + prose.repeat(20 + i + shift)).join('');
      const expected = countByMerging(encoding, text);
      expect(kernel.countText(encoding, text)).toBe(expected);
      const inside = Buffer.from(JSON.stringify(text).slice(1, -1));
      expect(kernel.countJson(encoding, inside, 0, inside.length)).toBe(expected);
      const stream = new TokenStream(kernel, encoding);
      for (let at = 0; at < inside.length; at += 997)
        stream.pushJson(inside, at, Math.min(at + 997, inside.length));
      expect(stream.count()).toBe(expected);
    }
  });
});
