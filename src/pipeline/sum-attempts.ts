// Usage over all tries of a request (CONTRACT.md §4): mostly one of them has any. A target that was left because it was silent for too long has read the
// prompt, as far as anybody can tell.
import type { Attempt } from '../core/entry.js';
import { noUsage, type Usage, type UsageSource } from '../core/usage.js';

const NUMBERS = [
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
] as const;

const STRENGTH: Readonly<Record<UsageSource, number>> = { none: 0, estimated: 1, counted: 2, provider: 3 };

/** Of all but the last: null where they used nothing that is known. */
export function usageBefore(attempts: readonly Attempt[]): Usage | null {
  let sum: Usage | null = null;
  for (let i = 0; i < attempts.length - 1; i++) {
    const usage = attempts[i]?.usage ?? null;
    if (usage !== null) sum = sum === null ? usage : plus(sum, usage);
  }
  return sum;
}

export function usageOf(attempts: readonly Attempt[]): Usage {
  const before = attempts.length < 2 ? null : usageBefore(attempts);
  const last = attempts.at(-1)?.usage ?? null;
  if (before === null) return last ?? noUsage();
  return last === null ? before : plus(before, last);
}

/** What is known of one only counts; each side is as sure as the weaker of both. */
export function plus(a: Usage, b: Usage): Usage {
  const sum = { ...b, raw: [...a.raw, ...b.raw], serviceTier: b.serviceTier ?? a.serviceTier };
  for (const name of NUMBERS) {
    const [left, right] = [a[name], b[name]];
    sum[name] = left === null ? right : left + (right ?? 0);
  }
  sum.inputSource = weaker(
    a.inputTokens === null ? null : a.inputSource,
    b.inputTokens === null ? null : b.inputSource,
  );
  sum.outputSource = weaker(
    a.outputTokens === null ? null : a.outputSource,
    b.outputTokens === null ? null : b.outputSource,
  );
  sum.source = weaker(a.source, b.source);
  return sum;
}

function weaker(a: UsageSource | null, b: UsageSource | null): UsageSource {
  if (a === null || b === null) return a ?? b ?? 'none';
  return STRENGTH[a] <= STRENGTH[b] ? a : b;
}
