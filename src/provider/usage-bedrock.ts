// Bedrock. Converse leaves cached tokens out of inputTokens. Invoke passes each model family's own words; where the model itself
// says nothing, amazon-bedrock-invocationMetrics count, then the response's head. The model's own number wins where they disagree.
import * as R from '../core/raw-usage.js';
import { anthropicUsage } from './usage-anthropic.js';
import { openaiUsage } from './usage-openai.js';
import { firstOf, nothingSaid, sumOf, type UsageNumbers, type UsageRule } from './usage-rules.js';

/** inputTokens, cacheReadInputTokens, …: Anthropic's arithmetic under other names. */
export const bedrockConverseUsage: UsageRule = anthropicUsage;

export const bedrockInvokeUsage: UsageRule = (raw, context) => {
  const numbers = ownUsage(raw, context);
  const read = R.rawNumber(raw, R.RAW_METRICS_CACHE_READ);
  const written = R.rawNumber(raw, R.RAW_METRICS_CACHE_WRITE);
  const metered = R.rawNumber(raw, R.RAW_METRICS_INPUT);
  numbers.inputTokens ??= metered === null ? context.headInputTokens : sumOf(metered, read, written);
  numbers.outputTokens ??= R.rawNumber(raw, R.RAW_METRICS_OUTPUT) ?? context.headOutputTokens;
  numbers.cachedInputTokens ??= read;
  numbers.cacheWriteTokens ??= written;
  return numbers;
};

/** What the model says itself, by the words it uses. */
const ownUsage: UsageRule = (raw, context): UsageNumbers => {
  if (firstOf(raw, R.RAW_PROMPT_TOKENS, R.RAW_COMPLETION_TOKENS) !== null) return openaiUsage(raw, context);
  if (firstOf(raw, R.RAW_INPUT_TOKENS, R.RAW_OUTPUT_TOKENS) !== null) return anthropicUsage(raw, context);
  const numbers = nothingSaid();
  numbers.inputTokens = firstOf(raw, R.RAW_PROMPT_TOKEN_COUNT, R.RAW_INPUT_TEXT_TOKEN_COUNT);
  numbers.outputTokens = firstOf(
    raw,
    R.RAW_GENERATION_TOKEN_COUNT,
    R.RAW_OUTPUT_TEXT_TOKEN_COUNT,
    R.RAW_RESULT_OUTPUT,
  );
  return numbers;
};
