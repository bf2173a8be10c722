// Gemini's dialect, also Vertex AI's: promptTokenCount includes what the cache gave; what tools brought into the prompt and
// what was thought stand beside. Interactions say the same in other words.
import * as R from '../core/raw-usage.js';
import { sumOf, type UsageNumbers, type UsageRule } from './usage-rules.js';

export const geminiUsage: UsageRule = raw => {
  const known = (field: number): number | null => R.rawNumber(raw, field);
  // Later chunks correct the prompt's count (169, then 79 with a total that agrees); what is generated only grows.
  const corrected = (field: number): number | null => R.lastNumber(raw, field) || known(field);
  const interactions = known(R.RAW_TOTAL_INPUT_TOKENS) !== null || known(R.RAW_TOTAL_OUTPUT_TOKENS) !== null;
  const thoughts = known(interactions ? R.RAW_TOTAL_THOUGHT_TOKENS : R.RAW_THOUGHTS_TOKEN_COUNT);
  const prompt = corrected(interactions ? R.RAW_TOTAL_INPUT_TOKENS : R.RAW_PROMPT_TOKEN_COUNT);
  const tools = corrected(interactions ? R.RAW_TOTAL_TOOL_USE_TOKENS : R.RAW_TOOL_USE_TOKEN_COUNT);
  const numbers: UsageNumbers = {
    inputTokens: prompt === null ? null : sumOf(prompt, tools),
    outputTokens: sumOf(
      known(interactions ? R.RAW_TOTAL_OUTPUT_TOKENS : R.RAW_CANDIDATES_TOKEN_COUNT),
      thoughts,
    ),
    cachedInputTokens: corrected(interactions ? R.RAW_TOTAL_CACHED_TOKENS : R.RAW_CACHED_CONTENT_TOKEN_COUNT),
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    reasoningTokens: thoughts,
    audioInputTokens: known(R.RAW_AUDIO_INPUT),
    audioOutputTokens: known(R.RAW_AUDIO_OUTPUT),
  };
  // Nothing generated: candidatesTokenCount is left out, and the total is the prompt's.
  const total = R.lastNumber(raw, interactions ? R.RAW_TOTAL_TOKENS : R.RAW_TOTAL_TOKEN_COUNT);
  if (numbers.outputTokens === null && total !== null && numbers.inputTokens !== null)
    numbers.outputTokens = Math.max(0, total - numbers.inputTokens);
  return numbers;
};

/** Vertex predict (embeddings): each prediction has its own count. */
export const vertexPredictUsage: UsageRule = (raw, context) => {
  const numbers = geminiUsage(raw, context);
  numbers.inputTokens ??= R.rawNumber(raw, R.RAW_STATISTICS_TOKENS);
  return numbers;
};
