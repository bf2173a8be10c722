// The sum: rounded once, half up, exact beyond 2^53, and never more parts than the whole.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costNanos, filled, NO_EXTRAS, rateVector, roundedSum } from '../../src/price/rates.js';
import { usageOf } from './usage.js';

describe('the sum of a request', () => {
  it.each([
    [[1], [499], 0],
    [[1], [500], 1],
    [[1], [1499], 1],
    [[1], [1500], 2],
    // Two halves are one whole: rounding comes after the sum.
    [[1, 1], [500, 500], 1],
    [[1, 1], [250, 249], 0],
    [[1000], [37_500], 37_500],
  ])('of %j tokens at %j pico-dollars is %i nano-dollars', (counts, rates, nanos) => {
    expect(roundedSum(counts, rates)).toBe(nanos);
  });

  it.each([-2, -1, 0, 1, 2, 499, 500, 501])('is exact at 2^53 - 1000 %i and beyond', offset => {
    const picos = 2 ** 53 - 1001 + offset;
    expect(roundedSum([1], [picos])).toBe(Number((BigInt(picos) + 500n) / 1000n));
    expect(roundedSum([1, 1], [picos, 1_000_000])).toBe(Number((BigInt(picos) + 1_000_500n) / 1000n));
  });

  it('ends at the largest number that is exact', () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(roundedSum([max, max], [1e12, 1e12])).toBe(max);
    expect(roundedSum([max], [1000])).toBe(max);
  });

  it('equals the same in BigInt for any tokens and rates', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 0, max: 1e9 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 16 }), parts => {
        const exact = parts.reduce((sum, [count, rate]) => sum + BigInt(count) * BigInt(rate), 0n);
        const nanos = (exact + 500n) / 1000n;
        const bounded = nanos > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : nanos;
        expect(
          roundedSum(
            parts.map(([count]) => count),
            parts.map(([, rate]) => rate),
          ),
        ).toBe(Number(bounded));
      }),
    );
  });
});

describe('the parts of a usage', () => {
  const flat = rateVector(filled({ input: 1000, output: 1000, cachedInput: 1000, reasoning: 1000 }, false));

  it('never cost more than the whole where all rates are one, whatever the parts claim', () => {
    const tokens = fc.option(
      fc.oneof(fc.nat(100), fc.constantFrom(-5, 0.5, Number.NaN, Number.POSITIVE_INFINITY)),
    );
    const usage = fc.record({
      inputTokens: fc.nat(100),
      outputTokens: fc.nat(100),
      cachedInputTokens: tokens,
      cacheWriteTokens: tokens,
      cacheWrite1hTokens: tokens,
      reasoningTokens: tokens,
      audioInputTokens: tokens,
      audioOutputTokens: tokens,
    });
    fc.assert(
      fc.property(usage, parts => {
        expect(costNanos(flat, usageOf(parts), NO_EXTRAS)).toBe(parts.inputTokens + parts.outputTokens);
      }),
    );
  });

  it('follow the input rate where the catalogue is silent, and the documented factors for Claude', () => {
    expect(filled({ input: 400, output: 5 }, false)).toMatchObject({
      cachedInput: 400,
      cacheWrite: 400,
      cacheWrite1h: 400,
      audioInput: 400,
      reasoning: 5,
    });
    expect(filled({ input: 400, cacheWrite: 450 }, false)).toMatchObject({ cacheWrite1h: 450 });
    expect(filled({ input: 400 }, true)).toMatchObject({
      cachedInput: 400,
      cacheWrite: 500,
      cacheWrite1h: 800,
    });
    expect(filled({ input: 400, cacheWrite: 440, cacheWrite1h: 700 }, true)).toMatchObject({
      cacheWrite: 440,
      cacheWrite1h: 700,
    });
    expect(filled({ input: 400, cachedInput: 0 }, false).cachedInput).toBe(0);
  });
});
