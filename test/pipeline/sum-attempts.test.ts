// Usage over several tries: sums, as sure as the weakest, and unknown is no number.
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/core/entry.js';
import { noUsage, type Usage } from '../../src/core/usage.js';
import { usageBefore, usageOf } from '../../src/pipeline/sum-attempts.js';

const attempt = (usage: Partial<Usage> | null): Attempt => ({
  target: 't',
  status: null,
  error: null,
  startedMs: 0,
  firstByteMs: null,
  totalMs: 1,
  usage: usage === null ? null : { ...noUsage(), ...usage },
  cost: null,
});
const LEFT = { inputTokens: 10, inputSource: 'counted', source: 'none' } as const;
const SERVED = {
  inputTokens: 12,
  outputTokens: 5,
  cachedInputTokens: 0,
  inputSource: 'provider',
  outputSource: 'provider',
  source: 'provider',
} as const;

describe('the usage of a request', () => {
  it('is that of its only try, the very object', () => {
    const only = attempt(SERVED);
    expect(usageOf([only])).toBe(only.usage);
    expect(usageOf([attempt(null), only])).toBe(only.usage);
    expect(usageBefore([only])).toBeNull();
  });

  it('is none without any', () => {
    expect(usageOf([])).toEqual(noUsage());
    expect(usageOf([attempt(null)])).toEqual(noUsage());
  });

  it('is the sum of what is known, as sure as the weakest', () => {
    const sum = usageOf([attempt(LEFT), attempt(null), attempt(SERVED)]);
    expect(sum).toMatchObject({
      inputTokens: 22,
      outputTokens: 5,
      cachedInputTokens: 0,
      cacheWriteTokens: null,
      inputSource: 'counted',
      outputSource: 'provider',
    });
  });

  it('is that of the earlier tries where the last used nothing', () => {
    expect(usageOf([attempt(LEFT), attempt(null)]).inputTokens).toBe(10);
  });
});
