// A stream tells what the whole text would, wherever the text is cut, and never promises a token that later text takes back.
import { describe, expect, it } from 'vitest';
import { TokenStream } from '../../src/kernel/token-stream.js';
import { newKernel } from '../fuzz/tokens-check.js';
import { differenceInParts, jsonInside } from '../fuzz/tokens-splits.js';
import { nastyString, randomFrom } from '../fuzz/tokens-strings.js';
import { ENCODINGS } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';

const kernel = newKernel();

const TEXTS: readonly string[] = [
  '',
  'a',
  "They're here; I'LL say it'ſ 'sure, DON'T!",
  'x  \r\n \r\n\n  y   \t\n',
  'naïve café — 日本語のテキスト、한국어, العربية, हिन्दी, ไทย',
  '👨‍👩‍👧‍👦👍🏽 🇩🇪 1️⃣ <|endoftext|> é\u0301\u0301 \u3000\u0085\u2028\ufeff',
  '12345678901 2024-12-31 ٣٤٥ Ⅷ²½ 1,000.00',
  'https://example.com/a//b/\n/c?d=e&f=%20#g */\r\n//',
  'function camelCase(XMLHttpRequest) {\n\t\treturn HTTP2;\n}\n\n\n',
  'supercalifragilisticexpialidociousantidisestablishmentarianismpneumonoultramicroscopic',
  `${' '.repeat(70)}end${'\n'.repeat(33)}${'='.repeat(65)}`,
  '{"a":"b\\"c\\\\d\\u0041","e":[1,2,{"f":null}]}',
];

const every = (bytes: Uint8Array): number[] => Array.from(bytes, (_, at) => at);

describe.each(ENCODINGS)('a token stream in %s', encoding => {
  it.each(TEXTS)('counts the whole at every cut in two, and byte by byte: %j', text => {
    const expected = countByTiktoken(encoding, text);
    const plain = Buffer.from(text);
    const inside = Buffer.from(JSON.stringify(text).slice(1, -1));
    const escaped = Buffer.from(
      Array.from(
        { length: text.length },
        (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
      ).join(''),
    );
    for (const [bytes, json] of [
      [plain, false],
      [inside, true],
      [escaped, true],
    ] as const) {
      for (const cut of every(bytes)) {
        expect(differenceInParts(kernel, encoding, bytes, [cut], json, expected)).toBeNull();
      }
      expect(differenceInParts(kernel, encoding, bytes, every(bytes), json, expected)).toBeNull();
    }
  });

  it('counts the whole at every cut in three of a short text', () => {
    const text = "I'LL  \n go😀é's";
    const expected = countByTiktoken(encoding, text);
    for (const [bytes, json] of [
      [Buffer.from(text), false],
      [Buffer.from("I'LL  \\n \\u0067o\\ud83D\\uDE00\\u00e9's"), true],
    ] as const) {
      for (const first of every(bytes)) {
        for (let second = first; second < bytes.length; second++) {
          expect(differenceInParts(kernel, encoding, bytes, [first, second], json, expected)).toBeNull();
        }
      }
    }
  });

  it('settles no token that any further text takes back (seed 5)', () => {
    const random = randomFrom(5);
    for (let i = 0; i < 3000; i++) {
      const begin = Buffer.from(nastyString(random));
      const stream = new TokenStream(kernel, encoding);
      stream.push(begin, 0, begin.length);
      for (const more of ['', "'s", ' ', '\n', 'x', '\u0301', '1', '/', nastyString(random)]) {
        const whole = countByTiktoken(encoding, begin.toString() + more);
        if (whole < stream.settled)
          expect.fail(`${stream.settled} settled, but ${whole}: ${begin} then ${more}`);
      }
    }
  });

  it('keeps up: of running text it holds back little', () => {
    const words = Buffer.from(
      'The weir holds the river back, and lets through what the mill can take. '.repeat(100),
    );
    const stream = new TokenStream(kernel, encoding);
    for (let at = 0; at < words.length; at += 5) stream.push(words, at, Math.min(at + 5, words.length));
    expect(stream.count()).toBe(kernel.countBytes(encoding, words));
    expect(stream.count() - stream.settled).toBeLessThan(64);
    expect(stream.upperBound - stream.count()).toBeLessThan(128);
  });

  it('keeps texts apart that come by turns (seed 6)', () => {
    const random = randomFrom(6);
    const texts = Array.from({ length: 50 }, () =>
      Array.from({ length: 10 }, () => nastyString(random)).join(''),
    );
    const bytes = texts.map((text, i) => Buffer.from(i % 2 === 0 ? text : jsonInside(text, random)));
    const streams = texts.map(() => new TokenStream(kernel, encoding));
    const at = texts.map(() => 0);
    for (let left = texts.length; left > 0; ) {
      const i = random(texts.length);
      const from = at[i] ?? 0;
      const all = bytes[i] ?? Buffer.alloc(0);
      if (from > all.length) continue;
      const to = Math.min(from + 1 + random(40), all.length);
      if (i % 2 === 0) streams[i]?.push(all, from, to);
      else streams[i]?.pushJson(all, from, to);
      at[i] = to === all.length ? to + 1 : to;
      if (to === all.length) left -= 1;
      if (random(3) === 0) streams[random(texts.length)]?.count();
    }
    expect(streams.map(stream => stream.count())).toEqual(texts.map(text => countByTiktoken(encoding, text)));
  });

  it('joins plain and escaped parts to one text', () => {
    const parts: readonly (readonly [string, boolean])[] = [
      ['He said: don', false],
      ['\'t\\u0020\\"sto', true],
      ['p" and I\'', false],
      ['LL\\n', true],
      ['', true],
      ['\n  x', false],
    ];
    const stream = new TokenStream(kernel, encoding);
    for (const [part, json] of parts) {
      const bytes = Buffer.from(part);
      if (json) stream.pushJson(bytes, 0, bytes.length);
      else stream.push(bytes, 0, bytes.length);
    }
    expect(stream.count()).toBe(countByTiktoken(encoding, 'He said: don\'t "stop" and I\'LL\n\n  x'));
  });

  it('takes bytes from the middle of a buffer that is used again', () => {
    const stream = new TokenStream(kernel, encoding);
    const chunk = Buffer.alloc(64, 0x27);
    for (const word of ['Hello', ' wor', 'ld', ", it'", 's me', '. '.repeat(12), '你', '好']) {
      const length = chunk.write(word, 9);
      stream.push(chunk, 9, 9 + length);
      chunk.fill(0x27);
    }
    expect(stream.count()).toBe(countByTiktoken(encoding, `Hello world, it's me${'. '.repeat(12)}你好`));
  });

  it.each([
    ['a', 30_000],
    [' ', 30_000],
    ['\n', 30_000],
    ['7', 30_000],
    ['字', 9000],
    ['\u0301', 9000],
    ["'s", 9000],
    ['aA', 9000],
    ['\r\n ', 9000],
  ])('counts %j, %i times, in parts of 7 bytes as whole', (what, times) => {
    const bytes = Buffer.from(what.repeat(times));
    const cuts = every(bytes).filter(at => at % 7 === 0);
    const stream = new TokenStream(kernel, encoding);
    let from = 0;
    let settled = 0;
    for (const to of [...cuts, bytes.length]) {
      stream.push(bytes, from, to);
      expect(stream.settled).toBeGreaterThanOrEqual(settled);
      settled = stream.settled;
      from = to;
    }
    expect(stream.count()).toBe(kernel.countBytes(encoding, bytes));
  });

  it('tells of an empty stream that nothing came', () => {
    const stream = new TokenStream(kernel, encoding);
    stream.push(Buffer.alloc(0), 0, 0);
    expect([stream.settled, stream.upperBound, stream.count()]).toEqual([0, 0, 0]);
  });
});
