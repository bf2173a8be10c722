// The fuzz test itself, in slices of a test each: a failure names the seed, and the string in its smallest form.
import { describe, expect, it } from 'vitest';
import { ENCODINGS } from '../oracle/tokens-pattern.js';
import { difference, newKernel, report } from './tokens-check.js';
import { nastyString, randomFrom } from './tokens-strings.js';

const SLICES = 10;

export function expectAgreement(seed: number, strings: number): void {
  describe(`kernel tokens on ${strings} nasty strings (seed ${seed})`, () => {
    const kernel = newKernel();
    it.each(Array.from({ length: SLICES }, (_, slice) => slice))(
      'counts and cuts as tiktoken does, slice %i',
      { timeout: 120_000 },
      slice => {
        const random = randomFrom(seed * SLICES + slice);
        for (let i = 0; i < strings / SLICES; i++) {
          const text = nastyString(random);
          for (const encoding of ENCODINGS) {
            const judge = (one: string) => difference(kernel, encoding, one);
            if (judge(text) !== null) expect.fail(report(encoding, text, judge));
          }
        }
      },
    );
  });
}
