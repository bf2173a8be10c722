// Amounts of dollars as people read them, exact on the way.
import { describe, expect, it } from 'vitest';
import { decimalsFor, dollars, isRounded, nanosOf } from '../../src/cli/dollars.js';

describe('dollars', () => {
  it.each([
    ['0.002030', 2, '<$0.01'],
    ['0.002030', 6, '$0.002030'],
    ['1234567.895', 2, '$1,234,567.90'],
    ['0.005', 2, '$0.01'],
    ['-0.25', 2, '-$0.25'],
    ['-0.001', 2, '-<$0.01'],
    ['0', 2, '$0.00'],
    ['9007199254740993.123456789', 4, '$9,007,199,254,740,993.1235'],
  ])('%s with %i decimals is %s', (usd, decimals, text) => {
    expect(dollars(nanosOf(usd), decimals)).toBe(text);
  });

  it.each([
    ['0.5', 6],
    ['1', 4],
    ['99.99', 4],
    ['100', 2],
    ['-100', 2],
  ])('a sum of %s is told with %i decimals', (usd, decimals) => {
    expect(decimalsFor(nanosOf(usd))).toBe(decimals);
  });

  it('knows what rounding leaves out', () => {
    expect([isRounded(nanosOf('0.01'), 2), isRounded(nanosOf('0.010000001'), 2)]).toEqual([false, true]);
  });

  it('reads nothing that is no amount', () => {
    for (const text of ['', '1e3', '1.0000000001', 'NaN', '$1'])
      expect(() => nanosOf(text)).toThrow('is no amount');
  });
});
