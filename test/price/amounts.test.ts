// Dollars in and out: exact, or an error that says what is allowed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUsd, parseUsdPerMillion, usdText } from '../../src/price/amounts.js';
import { readPriceOverride, readUnpriced } from '../../src/price/overrides.js';

describe('amounts', () => {
  it.each([
    ['0.0375', 37_500],
    [0.0375, 37_500],
    ['0.000001', 1],
    [15, 15_000_000],
    ['0', 0],
    [' 2.50 ', 2_500_000],
    ['1000000', 1e12],
    ['007.10', 7_100_000],
  ])('reads %j dollars per million tokens as %i pico-dollars per token', (written, picos) => {
    expect(parseUsdPerMillion(written)).toEqual({ value: picos });
  });

  it.each([
    ['0.0000001', /too fine; it must be dollars per million tokens: 0 to 1000000, at most 6 decimals/],
    [1e-7, /1e-7 is no amount/],
    ['1000000.000001', /is too much/],
    ['-1', /"-1" is no amount; it must be dollars/],
    [-0.5, /-0.5 is no amount/],
    [Number.NaN, /NaN is no amount/],
    [Number.POSITIVE_INFINITY, /Infinity is no amount/],
    ['1e3', /no amount/],
    ['$5', /no amount/],
    ['1,000', /no amount/],
    ['.5', /no amount/],
    ['', /"" is no amount/],
    [null, /null is no amount/],
    [['5'], /a list is no amount/],
    ['9'.repeat(10_000), /^"9{40}" is no amount/],
  ])('refuses %j and says what is allowed', (written, problem) => {
    expect(parseUsdPerMillion(written)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it.each([
    [0, '0.000000'],
    [1, '0.000000001'],
    [10, '0.00000001'],
    [1000, '0.000001'],
    [2_030_000, '0.002030'],
    [1_500_000_000, '1.500000'],
    [-2_030_000, '-0.002030'],
    [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
  ])('writes %i nano-dollars as %s', (nanos, text) => {
    expect(usdText(nanos)).toBe(text);
  });

  it('reads back what it writes, for any amount', () => {
    const nanos = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(nanos, value => {
        expect(parseUsd(usdText(value))).toEqual({ value });
      }),
    );
  });

  it('refuses more dollars than a number holds exactly', () => {
    expect(parseUsd('9007199.254740991')).toEqual({ value: Number.MAX_SAFE_INTEGER });
    expect(parseUsd('9007199.254740992')).toEqual({ problem: expect.stringContaining('too much') });
  });
});

describe('an entry of prices:', () => {
  it('tells all its problems at once, with the nearest name for an unknown field', () => {
    const { override, problems } = readPriceOverride({
      model: '',
      input: '-1',
      outptu: 1,
      per_request: 2000,
    });
    expect(override).toBeNull();
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'outptu: is unknown; did you mean output?',
      'model: must be a model name; `*` stands for any characters',
      expect.stringMatching(/^input: "-1" is no amount/),
      expect.stringMatching(/^output: is missing/),
      'per_request: is more than 1000 dollars a request',
    ]);
  });

  it.each([null, [], 'gpt-4o', 7])('must be a mapping, not %j', entry => {
    expect(readPriceOverride(entry).problems[0]?.message).toMatch(
      /^must be a mapping of provider, model, input/,
    );
  });

  it('has a little sister, unpriced: { input, output }', () => {
    expect(readUnpriced({ input: '3', output: '15' })).toEqual({
      rates: { input: 3_000_000, output: 15_000_000 },
      problems: [],
    });
    expect(readUnpriced({ input: '3' }).problems).toEqual([
      { field: 'output', message: expect.stringContaining('missing') },
    ]);
    expect(
      readUnpriced({ input: 1, output: 1, model: 'x', per_request: 1 }).problems.map(each => each.field),
    ).toEqual(['model', 'per_request']);
  });
});
