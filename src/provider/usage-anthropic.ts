// Anthropic's dialect, also on Vertex, Bedrock and elsewhere: input_tokens leave out what the cache gave and took.
// message_start and message_delta are cumulative, so their maximum counts; `iterations` list passes (compaction, advisors,
// fallbacks) that the top-level numbers leave out, so where their sum is larger, it is the truth.
import * as R from '../core/raw-usage.js';
import { firstOf, largerOf, sumOf, type UsageRule } from './usage-rules.js';

export const anthropicUsage: UsageRule = raw => {
  const known = (field: number): number | null => R.rawNumber(raw, field);
  const written5m = known(R.RAW_CACHE_WRITE_5M);
  const written1h = largerOf(known(R.RAW_CACHE_WRITE_1H), known(R.RAW_ITERATION_CACHE_WRITE_1H));
  const fresh = largerOf(known(R.RAW_INPUT_TOKENS), known(R.RAW_ITERATION_INPUT));
  const read = largerOf(known(R.RAW_CACHE_READ), known(R.RAW_ITERATION_CACHE_READ));
  const written = largerOf(
    known(R.RAW_CACHE_WRITE) ?? sumOf(written5m, written1h),
    known(R.RAW_ITERATION_CACHE_WRITE),
  );
  return {
    inputTokens: fresh === null ? null : sumOf(fresh, read, written),
    outputTokens: largerOf(known(R.RAW_OUTPUT_TOKENS), known(R.RAW_ITERATION_OUTPUT)),
    cachedInputTokens: read,
    cacheWriteTokens: written,
    cacheWrite1hTokens: written1h,
    reasoningTokens: firstOf(raw, R.RAW_DETAIL_REASONING, R.RAW_FLAT_REASONING),
    audioInputTokens: null,
    audioOutputTokens: null,
  };
};
