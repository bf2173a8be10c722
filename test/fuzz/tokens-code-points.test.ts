// Every code point through the kernel, alone and in the contexts that tell the classes of the patterns apart. Neighbours share a string, so
// that all of them take seconds; tiktoken, which is slow, counts the first plane and a part of the others.
import { describe, expect, it } from 'vitest';
import { ENCODINGS } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';
import { differenceInCount, differenceInEnds, newKernel, report } from './tokens-check.js';

const TOGETHER = 64; // code points a string
const PLANE = 0x10000;
const PLANES = 17;
const ASSIGNED = [0, 1, 2, 3, 14]; // planes with characters in Unicode 16; of the others, no character nor private use tells another tale
const SAMPLED = 8; // one string in so many above the first plane goes to tiktoken, and so many blocks of the other planes are cut

const CONTEXTS: readonly ((char: string) => string)[] = [
  char => char,
  char => `a${char}a`,
  char => ` ${char}${char}`,
  char => `${char}'s`,
  char => `A${char}b1${char}23`,
  char => `${char}\n \n`,
];

function* strings(plane: number): Generator<string> {
  for (let first = plane * PLANE; first < (plane + 1) * PLANE; first += TOGETHER) {
    if (first >= 0xd800 && first < 0xe000) continue;
    const last = first + TOGETHER === (plane + 1) * PLANE;
    if (!ASSIGNED.includes(plane) && !last && (first / TOGETHER) % SAMPLED !== 0) continue;
    const block = Array.from({ length: TOGETHER }, (_, i) => String.fromCodePoint(first + i));
    yield block.join('');
    for (const context of CONTEXTS.slice(1)) yield block.map(context).join('');
  }
}

describe.each(ENCODINGS)('%s', encoding => {
  const kernel = newKernel();

  it.each(Array.from({ length: PLANES }, (_, plane) => plane))(
    'cuts and counts each code point of plane %i',
    { timeout: 60_000 },
    plane => {
      let turn = 0;
      for (const text of strings(plane)) {
        const ends = (one: string) => differenceInEnds(kernel, encoding, one);
        if (ends(text) !== null) expect.fail(report(encoding, text, ends));
        turn += 1;
        if (plane > 0 && turn % SAMPLED !== 0) continue;
        const count = (one: string) =>
          differenceInCount(kernel, encoding, one, countByTiktoken(encoding, one));
        if (count(text) !== null) expect.fail(report(encoding, text, count));
      }
    },
  );

  it('cuts and counts each character of ASCII and Latin in each context alone', () => {
    for (let code = 0; code < 0x250; code++) {
      for (const context of CONTEXTS) {
        const text = context(String.fromCodePoint(code));
        expect(differenceInEnds(kernel, encoding, text), JSON.stringify(text)).toBeNull();
        const expected = countByTiktoken(encoding, text);
        expect(differenceInCount(kernel, encoding, text, expected), JSON.stringify(text)).toBeNull();
      }
    }
  });
});
