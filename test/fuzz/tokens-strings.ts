// Strings that are hard for a tokenizer, from a seed: what tiktoken's patterns tell apart, at the sizes at which a kernel changes its way.
import { ranksOf } from '../oracle/tokens-bpe.js';

export type Random = (below: number) => number;

/** mulberry32. The returned function gives integers from 0 to below − 1. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[random(from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

const chars = (text: string): string[] => [...text];
const codes = (...list: number[]): string[] => list.map(code => String.fromCodePoint(code));

/** Symbols by kind; a kind is chosen first, so that rare ones are as frequent as letters. */
export const KINDS: Readonly<Record<string, readonly string[]>> = {
  contractions: chars("'''’‘`´").concat(
    "'s 's 'S 'ſ 't 'T 're 'RE 'rE 've 'VE 'm 'M 'll 'LL 'lL 'd 'D 'l 'r 'v 'e 'K".split(' '),
  ),
  lines: [
    '\r',
    '\n',
    '\r\n',
    '\n\n',
    '\n\r',
    '\r\r\n',
    ' \n',
    '\n ',
    '\t\n',
    '\u2028',
    '\u2029',
    '\u0085',
    '\v',
    '\f',
  ],
  blanks: [
    ' ',
    ' ',
    '  ',
    '   ',
    '\t',
    '\t\t',
    ...codes(0xa0, 0x1680, 0x2000, 0x2003, 0x2009, 0x200a, 0x202f, 0x205f, 0x3000),
  ],
  nearlyBlank: codes(0xfeff, 0x200b, 0x180e, 0x2060, 0xad, 0x1c, 0x1d, 0x1e, 0x1f, 0x200e),
  lower: chars('aesthkdlmrvzéßſµøıñ').concat(chars('αβωςжщяԁ'), codes(0x1e9f, 0x2c61, 0xab53, 0x1d4b6)),
  upper: chars('AESTKDLMRVZÉÑİΑΩΣЖЩЯ').concat(codes(0x1e9e, 0x212a, 0x212b, 0x1d400, 0x10400)),
  title: chars('ǅǈǋǲᾈᾼῼ'),
  modifier: chars('ʰʲˇˑʼーゝゞᵃⁿ々〱ᐟ').concat(codes(0x10780, 0xaa70)),
  marks: codes(
    0x300,
    0x301,
    0x308,
    0x345,
    0x20dd,
    0x20e3,
    0xfe0f,
    0xfe0e,
    0x93e,
    0x94d,
    0xe31,
    0xe47,
    0x64b,
    0x5b0,
    0x1d165,
    0xe0100,
  ),
  cjk: chars('的一是不了人我在有他日本語中文字漢。、，！？「」').concat(
    codes(0x20000, 0x2a6d6, 0x30000, 0x3400),
  ),
  kana: chars('あいうえおのはがアイウエンヴーッ・ｱﾞ'),
  hangul: chars('가나다라한국어말은는각ㄱㅏ'),
  arabic: chars('العربيةمنفي،؟٠١٢٣ـ').concat(codes(0x64e, 0x651, 0xfdfa)),
  indic: chars('हिन्दीमेंकाकेकी।॥०१२தமிழ்'),
  thai: chars('ภาษาไทยที่น้ำๆ๏๑๒ฯ'),
  hebrew: chars('שלוםעברית׳״־'),
  digits: chars('0123456789').concat('12', '123', '1234', '2024', chars('٠٩०९๐๙𝟎𝟙０９')),
  numbers: chars('²³¹¼½¾①⑳Ⅷⅷↀ〇㊿Ⅻ৴').concat(codes(0x10107, 0x16ee)),
  emoji: ['😀', '👍🏽', '👨‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '❤️', '☺', '🧑🏿‍🚀', '\u200d', '🏽', '1️⃣', '🤷‍♂️'],
  controls: codes(0, 1, 7, 8, 0x1b, 0x7f, 0x80, 0x9f),
  odd: codes(
    0xfffd,
    0xfffe,
    0xffff,
    0xe000,
    0xf8ff,
    0x10ffff,
    0x378,
    0xe0001,
    0x1fffe,
    0x7ff,
    0x800,
    0x10000,
    0xd7ff,
  ),
  loneSurrogates: ['\ud800', '\udbff', '\udc00', '\udfff', '\ude00\ud83d'],
  punctuation: chars('!"#$%&()*+,-.:;<=>?@[\\]^_{|}~').concat(
    '...',
    '--',
    '://',
    '("',
    '");',
    '$$',
    '=>',
    '**',
    '¿',
    '«',
    '»',
    '—',
    '…',
    '€',
    '©',
  ),
  slashes: ['/', '//', '/\n', '/\r\n', '\n/', './', '/ ', ' /', '*/\n', '!/'],
  specials: [
    '<|endoftext|>',
    '<|endofprompt|>',
    '<|fim_prefix|>',
    '<|im_start|>',
    '<|',
    '|>',
    '<|endoftext',
    'endoftext|>',
    '<s>',
  ],
  words: [
    'the',
    ' the',
    'The',
    ' THE',
    'camelCase',
    'XMLHttpRequest',
    "don't",
    "I'LL",
    "it'ſ",
    "we'Re",
    'HTTP2',
    'naïve',
    ' of',
    'iPhone',
  ],
};
const kinds = Object.values(KINDS);

const LENGTHS = [15, 16, 17, 31, 32, 33, 47, 48, 49, 62, 63, 64, 65, 66, 127, 128, 129];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const WAYS = [
  symbols,
  symbols,
  tokens,
  tokens,
  mixed,
  mixed,
  run,
  longWord,
  alternating,
  letters,
  acrossBlock,
  fewKinds,
];

/** The next string: 0 to about 200 UTF-16 units, mostly below 40. */
export function nastyString(random: Random): string {
  return pick(random, WAYS)(random);
}

const fewMore = (random: Random): number => 1 + random(random(12) === 0 ? 50 : 9);
const symbol = (random: Random): string => pick(random, pick(random, kinds));

function many(random: Random, count: number, one: (random: Random) => string): string {
  let out = '';
  for (let i = 0; i < count; i++) out += one(random);
  return out;
}

function symbols(random: Random): string {
  return random(2000) === 0 ? '' : many(random, fewMore(random), symbol);
}

/** Real tokens glued: what the vocabulary would like to merge across every border. */
function tokens(random: Random): string {
  return many(random, 1 + random(7), anyToken);
}

function mixed(random: Random): string {
  return many(random, fewMore(random), () => (random(2) === 0 ? symbol(random) : anyToken(random)));
}

function fewKinds(random: Random): string {
  const some = [pick(random, kinds), pick(random, kinds), pick(random, kinds)];
  return many(random, fewMore(random) + 4, () => pick(random, pick(random, some)));
}

function run(random: Random): string {
  const length = random(3) === 0 ? pick(random, LENGTHS) : 1 + random(40);
  return (
    (random(2) === 0 ? symbol(random) : '') + symbol(random).repeat(Math.min(length, 90)) + symbol(random)
  );
}

/** A long word of ASCII, at the sizes of lookup keys and SIMD blocks, with something at its end. */
function longWord(random: Random): string {
  const word = many(random, pick(random, LENGTHS), () => LETTERS.charAt(random(26)));
  const cased =
    random(3) === 0
      ? word.toUpperCase()
      : random(2) === 0
        ? word
        : word.charAt(0).toUpperCase() + word.slice(1);
  return (
    pick(random, ['', ' ', '\n', '.', "'"]) +
    cased +
    pick(random, ["'s", "'LL", "'ſ", '', ' ', '\r\n', '1', 'é', '\u0301', '。'])
  );
}

function alternating(random: Random): string {
  return (symbol(random) + symbol(random)).repeat(1 + random(12)) + symbol(random);
}

/** Letters with case as it comes, where o200k splits words. */
function letters(random: Random): string {
  return many(random, 1 + random(50), () => {
    const letter = LETTERS.charAt(random(26));
    const what = random(20);
    return what === 0 ? ' ' : what === 1 ? symbol(random) : what < 8 ? letter.toUpperCase() : letter;
  });
}

/** Plain words up to a border of 16, 32 or 64 bytes, then something nasty on it. */
function acrossBlock(random: Random): string {
  const length = pick(random, LENGTHS) - random(4);
  let text = many(random, length, () => (random(6) === 0 ? ' ' : LETTERS.charAt(random(26))));
  for (let i = random(4); i >= 0; i--) text += symbol(random);
  return text + anyToken(random);
}

let texts: readonly string[] | null = null;

/** A token of either vocabulary that is whole UTF-8. */
function anyToken(random: Random): string {
  texts ??= [...new Set([...ranksOf('o200k_base').keys(), ...ranksOf('cl100k_base').keys()])]
    .map(token => Buffer.from(token, 'latin1').toString())
    .filter(text => !text.includes('\ufffd') && text.length < 40);
  return pick(random, texts);
}
