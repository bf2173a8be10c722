// What the dialects' usage rules share: the outcome of a rule, and how a sum of parts treats parts that nobody told.
import { type RawUsage, rawNumber } from '../core/raw-usage.js';

/** Normalised numbers (core/usage.ts); a rule leaves null what the response did not say. */
export interface UsageNumbers {
  inputTokens: number | null;
  outputTokens: number | null;
  cachedInputTokens: number | null;
  cacheWriteTokens: number | null;
  cacheWrite1hTokens: number | null;
  reasoningTokens: number | null;
  audioInputTokens: number | null;
  audioOutputTokens: number | null;
}

/** What else a rule may need to know: who served, and what the response's head said. */
export interface UsageContext {
  /** Kind of the provider, e.g. `xai`; null where nothing tells. */
  readonly kind: string | null;
  /** `x-amzn-bedrock-{input,output}-token-count`. */
  readonly headInputTokens: number | null;
  readonly headOutputTokens: number | null;
}

/** One dialect's rule. */
export type UsageRule = (raw: RawUsage, context: UsageContext) => UsageNumbers;

export function nothingSaid(): UsageNumbers {
  return {
    inputTokens: null,
    outputTokens: null,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    reasoningTokens: null,
    audioInputTokens: null,
    audioOutputTokens: null,
  };
}

/** The first of `fields` that the response told. */
export function firstOf(raw: RawUsage, ...fields: readonly number[]): number | null {
  for (const field of fields) {
    const value = rawNumber(raw, field);
    if (value !== null) return value;
  }
  return null;
}

/** The sum of what is known; null where nothing is. */
export function sumOf(...parts: readonly (number | null)[]): number | null {
  let sum: number | null = null;
  for (const part of parts) if (part !== null) sum = (sum ?? 0) + part;
  return sum;
}

/** The larger of two, unknown counting as nothing. */
export function largerOf(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}
