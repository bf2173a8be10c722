// What the windows of a load beside plugins are summed up to.
import { describe, expect, it } from 'vitest';
import { inFigures, isDisturbed, summary, sums } from '../../bench/plugin/windows.js';

const window = (p99: number, delayMs = 1) => ({
  p50: 1,
  p99,
  maxMs: p99 + 1,
  stolenMs: 0,
  delayMs,
  othersMs: 2,
});

describe('windows of a load', () => {
  it('take the median, so that one stall does not decide, and show the worst', () => {
    const one = summary([window(9), window(250), window(8)]);
    expect(one).toMatchObject({ windows: 3, p99: 9, p99Worst: 250, maxMs: 251 });
    expect(inFigures(one)).toContain('p99 9.0 (worst 250.0, longest request 251.0) ms over 3 windows');
  });

  it('are called disturbed where the thread had no core for over 5 % of the time', () => {
    expect(isDisturbed(summary([window(9, 249)]), 5)).toBe(false);
    expect(isDisturbed(summary([window(9, 251)]), 5)).toBe(true);
  });

  it('add up answers by name', () => {
    expect(sums([{ 200: 1, 503: 2 }, { 200: 3 }])).toEqual({ 200: 4, 503: 2 });
  });
});
