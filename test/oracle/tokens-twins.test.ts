// The judges of kernel tokens are judged themselves, by tiktoken where it can: the pattern in JavaScript, and the merging.
import { describe, expect, it } from 'vitest';
import { nastyString, randomFrom } from '../fuzz/tokens-strings.js';
import { countByMerging, ranksOf } from './tokens-bpe.js';
import { ENCODINGS, pretokenEnds, pretokens, translate, wellFormed } from './tokens-pattern.js';
import { countByTiktoken } from './tokens-tiktoken.js';

const SEED = 16;
const STRINGS = 4000;

describe.each(ENCODINGS)('the judges of %s', encoding => {
  it(`merge to tiktoken's count (seed ${SEED}, ${STRINGS} strings)`, () => {
    const random = randomFrom(SEED);
    for (let i = 0; i < STRINGS; i++) {
      const text = nastyString(random);
      const merged = countByMerging(encoding, text);
      const expected = countByTiktoken(encoding, text);
      if (merged !== expected) expect.fail(`${merged}, tiktoken ${expected}: ${JSON.stringify(text)}`);
    }
  });

  it('cut where tiktoken counts the pieces to the same sum', () => {
    const random = randomFrom(SEED + 1);
    for (let i = 0; i < STRINGS / 2; i++) {
      const text = wellFormed(nastyString(random));
      const sum = pretokens(encoding, text).reduce((all, piece) => all + countByTiktoken(encoding, piece), 0);
      const expected = countByTiktoken(encoding, text);
      if (sum !== expected) expect.fail(`${sum}, tiktoken ${expected}: ${JSON.stringify(text)}`);
    }
  });

  it('merge a run that is long for tiktoken to its count', () => {
    const random = randomFrom(SEED + 2);
    const letters = Array.from({ length: 3000 }, () => String.fromCharCode(97 + random(26))).join('');
    for (const text of [
      'a'.repeat(5000),
      'ab'.repeat(2500),
      letters,
      ' '.repeat(5000),
      '\u0301'.repeat(1000),
    ]) {
      expect(countByMerging(encoding, text)).toBe(countByTiktoken(encoding, text));
    }
  });

  it('know every rank once', () => {
    const ranks = ranksOf(encoding);
    expect(ranks.size).toBe(encoding === 'o200k_base' ? 199_998 : 100_256);
    expect(new Set(ranks.values()).size).toBe(ranks.size);
    expect([...ranks.values()].reduce((most, rank) => Math.max(most, rank))).toBe(ranks.size - 1);
  });
});

describe('the pattern in JavaScript', () => {
  // tiktoken's pretokens are not visible; these follow from its pattern by hand.
  it.each([
    ['o200k_base', "Don't I'LL it'ſ 'sa", ["Don't", " I'LL", " it'ſ", " '", 'sa']],
    ['cl100k_base', "Don't I'LL it'ſ 'sa", ['Don', "'t", ' I', "'LL", ' it', "'ſ", " '", 'sa']],
    ['o200k_base', '12345 1Ⅷ²4', ['123', '45', ' ', '1Ⅷ²', '4']],
    ['o200k_base', 'a\u0085\ufeffb', ['a', '\u0085', '\ufeffb']],
    ['cl100k_base', 'x  \r\n  y\u3000\u3000z', ['x', '  \r\n', ' ', ' y', '\u3000', '\u3000z']],
    ['o200k_base', 'camelCaseHTTPServer日本ABcd', ['camel', 'Case', 'HTTPServer日本', 'ABcd']],
    ['o200k_base', '!/\n/\n a', ['!/\n/\n', ' a']],
    ['cl100k_base', '!/\n/\n a', ['!/\n', '/\n', ' a']],
    ['cl100k_base', 'e\u0301e', ['e', '\u0301e']],
    ['o200k_base', 'e\u0301e', ['e\u0301e']],
  ] as const)('cuts %s %j', (encoding, text, pieces) => {
    expect(pretokens(encoding, text)).toEqual(pieces);
  });

  it('gives ends in bytes', () => {
    expect(pretokenEnds('o200k_base', 'é 😀')).toEqual([2, 7]);
  });

  it('is not made from syntax that nobody translated', () => {
    expect(() => translate('\\d+')).toThrow('\\d+ is not translated');
    expect(() => translate('\\p{Greek}')).toThrow('no ranges are loaded');
  });
});
