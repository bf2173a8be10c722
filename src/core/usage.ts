// Token usage, normalised: input includes cached and cache-written tokens, output includes reasoning;
// cachedInput, cacheWrite, cacheWrite1h, reasoning, audio are subsets. Unknown is null, never 0. Unit: tokens.

export type UsageSource = 'provider' | 'counted' | 'estimated' | 'none';

export interface Usage {
  inputTokens: number | null;
  outputTokens: number | null;
  cachedInputTokens: number | null;
  cacheWriteTokens: number | null;
  cacheWrite1hTokens: number | null;
  reasoningTokens: number | null;
  audioInputTokens: number | null;
  audioOutputTokens: number | null;
  serviceTier: string | null;
  source: UsageSource;
  inputSource: UsageSource;
  outputSource: UsageSource;
  /** The provider's own usage object as it stood on the wire (the last whole one of each place, UTF-8 JSON), for the record's `raw`. */
  raw: readonly Uint8Array[];
}

export function noUsage(): Usage {
  return {
    inputTokens: null,
    outputTokens: null,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    reasoningTokens: null,
    audioInputTokens: null,
    audioOutputTokens: null,
    serviceTier: null,
    source: 'none',
    inputSource: 'none',
    outputSource: 'none',
    raw: [],
  };
}
