// Bytes that are no UTF-8, and JSON strings with every kind of escape, are counted as the text that a provider would read from them.
import { describe, expect, it } from 'vitest';
import { TokenStream } from '../../src/kernel/token-stream.js';
import { newKernel } from '../fuzz/tokens-check.js';
import { differenceInParts } from '../fuzz/tokens-splits.js';
import { nastyString, pick, randomFrom } from '../fuzz/tokens-strings.js';
import { ENCODINGS, type EncodingName, wellFormed } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';

const kernel = newKernel();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const BAD: readonly (readonly number[])[] = [
  [0xff],
  [0xfe, 0xff],
  [0x80],
  [0xbf, 0xbf],
  [0xc0, 0x80], // overlong NUL
  [0xc1, 0xbf],
  [0xe0, 0x80, 0xaf], // overlong slash
  [0xe0, 0x9f, 0xbf],
  [0xf0, 0x80, 0x80, 0xaf],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], // a surrogate pair in three bytes each
  [0xed, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80], // above U+10FFFF
  [0xf5, 0x80, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xc3], // cut
  [0xe2, 0x82],
  [0xe2],
  [0xf0, 0x9f, 0x98],
  [0xf0, 0x9f],
  [0xf0],
  [0xe2, 0x82, 0xe2, 0x82, 0xac],
  [0xf0, 0x9f, 0x98, 0x41],
  [0xef, 0xbb, 0xbf], // a byte-order mark is text
  [0xef, 0xbf, 0xbd],
  [0x00],
];

const AROUND: readonly (readonly [string, string])[] = [
  ['', ''],
  ['a', 'a'],
  ['word', ' word'],
  ["it'", 's'],
  ['  ', '\n'],
  ['12', '34'],
  ['日', '本'],
  ['The quick brown fox jumps over the lazy dog and is gone by the mill', 'X'],
  [`${'x'.repeat(61)}`, 'y'.repeat(70)],
  ['!', '/\r\n'],
];

function expectedOf(encoding: EncodingName, bytes: Uint8Array): number {
  return countByTiktoken(encoding, decoder.decode(bytes));
}

function cuts(bytes: Uint8Array): number[] {
  return Array.from(bytes, (_, at) => at);
}

describe.each(ENCODINGS)('%s of bytes', encoding => {
  it('that are no UTF-8 counts what a decoder makes of them, at every place in a text', () => {
    for (const bad of BAD) {
      for (const [before, after] of AROUND) {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(after)]);
        const expected = expectedOf(encoding, bytes);
        expect(kernel.countBytes(encoding, bytes), bytes.toString('hex')).toBe(expected);
        expect(
          kernel.countBytes(encoding, Buffer.concat([bytes, bytes])),
          `twice ${bytes.toString('hex')}`,
        ).toBe(expectedOf(encoding, Buffer.concat([bytes, bytes])));
      }
    }
  });

  it('that are no UTF-8 counts the same when they come in two parts, or one by one', () => {
    for (const bad of BAD) {
      for (const [before, after] of AROUND) {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(after)]);
        const expected = expectedOf(encoding, bytes);
        for (const cut of cuts(bytes)) {
          expect(differenceInParts(kernel, encoding, bytes, [cut], false, expected)).toBeNull();
        }
        expect(differenceInParts(kernel, encoding, bytes, cuts(bytes), false, expected)).toBeNull();
      }
    }
  });

  it('at random counts what a decoder makes of them (seed 8)', () => {
    const random = randomFrom(8);
    for (let i = 0; i < 4000; i++) {
      const bytes = Buffer.from(nastyString(random));
      for (let broken = random(4); broken >= 0 && bytes.length > 0; broken--)
        bytes[random(bytes.length)] = random(256);
      const from = random(2) === 0 ? 0 : random(bytes.length + 1);
      const part = bytes.subarray(from, from + random(bytes.length - from + 1));
      const expected = expectedOf(encoding, part);
      expect(kernel.countBytes(encoding, part), part.toString('hex')).toBe(expected);
      expect(differenceInParts(kernel, encoding, part, cuts(part), false, expected)).toBeNull();
    }
  });

  it('never looks behind their end', () => {
    const bytes = Buffer.from("don't stop 12345\n\n  日本 😀 end's");
    for (let to = 0; to <= bytes.length; to++) {
      const part = bytes.subarray(0, to);
      expect(kernel.countBytes(encoding, bytes, 0, to)).toBe(expectedOf(encoding, part));
      expect(kernel.countBytes(encoding, bytes, to)).toBe(expectedOf(encoding, bytes.subarray(to)));
    }
  });
});

const ESCAPES = [
  '\\n',
  '\\r',
  '\\t',
  '\\b',
  '\\f',
  '\\"',
  '\\\\',
  '\\/',
  '\\u0000',
  '\\u0041',
  '\\u00e9',
  '\\u20AC',
  '\\u2028',
  '\\uFEFF',
  '\\u0301',
  '\\u0027s',
  '\\u017F',
  '\\u000a',
  '\\ud83d\\ude00',
  '\\uD83D\\uDE00',
  '\\uDBFF\\uDFFF',
  '\\ud800\\udc00',
  '\\ud83d', // lone surrogates from here on
  '\\ude00',
  '\\ude00\\ud83d',
  '\\ud83d\\ud83d\\ude00',
  '\\ud83d\\u0041',
  '\\ud83d\\n',
  '\\ud83d\\\\ude00',
  '\\ud83dx',
  '\\udfff\\udfff',
];

describe.each(ENCODINGS)('%s of JSON strings', encoding => {
  const check = (inside: string): void => {
    const expected = countByTiktoken(encoding, wellFormed(JSON.parse(`"${inside}"`)));
    const bytes = Buffer.from(`"'${inside}"`);
    expect(kernel.countJson(encoding, bytes, 2, bytes.length - 1), inside).toBe(expected);
    const alone = Buffer.from(inside);
    expect(differenceInParts(kernel, encoding, alone, cuts(alone), true, expected)).toBeNull();
  };

  it('undoes each escape, in every place', () => {
    for (const one of ESCAPES) {
      for (const [before, after] of AROUND) {
        check(JSON.stringify(before).slice(1, -1) + one + JSON.stringify(after).slice(1, -1));
      }
    }
  });

  it('undoes each two in a row, cut everywhere', () => {
    for (const first of ESCAPES) {
      for (const second of ESCAPES) {
        const inside = Buffer.from(`I'${first}${second}s`);
        const expected = countByTiktoken(encoding, wellFormed(JSON.parse(`"${inside}"`)));
        for (const cut of cuts(inside)) {
          expect(differenceInParts(kernel, encoding, inside, [cut], true, expected)).toBeNull();
        }
        expect(differenceInParts(kernel, encoding, inside, cuts(inside), true, expected)).toBeNull();
      }
    }
  });

  it('undoes escapes at random (seed 9)', () => {
    const random = randomFrom(9);
    for (let i = 0; i < 4000; i++) {
      let inside = '';
      for (let parts = 1 + random(8); parts > 0; parts--) {
        inside += random(2) === 0 ? pick(random, ESCAPES) : JSON.stringify(nastyString(random)).slice(1, -1);
      }
      check(inside);
    }
  });

  it.each([
    '\\x',
    '\\',
    '\\u12',
    '\\u12G4',
    '\\ud83d\\u',
    '\\ud83d\\uZ',
    '\\U0041',
    '\\\u00e9',
    '\\ud83d\\',
    'a\\',
  ])('counts %j, which is no JSON, the same whole and in parts', inside => {
    for (const [before, after] of AROUND) {
      const bytes = Buffer.from(before + inside + after);
      const whole = kernel.countJson(encoding, bytes, 0, bytes.length);
      expect(whole).toBeGreaterThan(0);
      expect(whole).toBeLessThanOrEqual(bytes.length);
      for (const cut of cuts(bytes)) {
        expect(differenceInParts(kernel, encoding, bytes, [cut], true, whole)).toBeNull();
      }
    }
  });

  it('replaces bytes in them that are no UTF-8', () => {
    for (const bad of BAD) {
      const bytes = Buffer.concat([
        Buffer.from('it\\u0027s\\n'),
        Buffer.from(bad),
        Buffer.from('\\ud83d\\ude00 ok'),
      ]);
      if (bad[0] === 0) continue; // a bare control character is no JSON
      const expected = countByTiktoken(encoding, JSON.parse(`"${decoder.decode(bytes)}"`));
      expect(kernel.countJson(encoding, bytes, 0, bytes.length), bytes.toString('hex')).toBe(expected);
      expect(differenceInParts(kernel, encoding, bytes, cuts(bytes), true, expected)).toBeNull();
    }
  });

  it('ends a surrogate without its partner where the stream ends', () => {
    const stream = new TokenStream(kernel, encoding);
    const high = Buffer.from('x\\ud83d');
    stream.pushJson(high, 0, high.length);
    expect(stream.count()).toBe(countByTiktoken(encoding, 'x\ufffd'));
    const low = Buffer.from('\\ude00');
    stream.pushJson(low, 0, low.length);
    expect(stream.count()).toBe(countByTiktoken(encoding, 'x😀'));
  });
});
