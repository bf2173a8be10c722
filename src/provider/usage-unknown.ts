// Answers on paths that nobody knows, or in other words than their path promises: the words tell the dialect.
import * as R from '../core/raw-usage.js';
import { anthropicUsage } from './usage-anthropic.js';
import { cohereUsage } from './usage-cohere.js';
import { geminiUsage } from './usage-gemini.js';
import { ollamaUsage } from './usage-ollama.js';
import { openaiUsage } from './usage-openai.js';
import { firstOf, nothingSaid, type UsageNumbers, type UsageRule } from './usage-rules.js';

export const unknownUsage: UsageRule = (raw, context): UsageNumbers => {
  const known = (...fields: number[]): boolean => firstOf(raw, ...fields) !== null;
  if (known(R.RAW_COUNTED_INPUT, R.RAW_COUNTED_OUTPUT, R.RAW_BILLED_INPUT)) return cohereUsage(raw, context);
  if (known(R.RAW_PROMPT_EVAL_COUNT, R.RAW_EVAL_COUNT)) return ollamaUsage(raw, context);
  if (known(R.RAW_CACHE_READ, R.RAW_CACHE_WRITE) && !known(R.RAW_PROMPT_TOKENS))
    return anthropicUsage(raw, context);
  if (known(R.RAW_PROMPT_TOKENS, R.RAW_INPUT_TOKENS, R.RAW_COMPLETION_TOKENS))
    return openaiUsage(raw, context);
  if (known(R.RAW_GENERATION_TOKEN_COUNT, R.RAW_RESULT_INPUT, R.RAW_RESULT_OUTPUT)) return plainCounts(raw);
  if (known(R.RAW_PROMPT_TOKEN_COUNT, R.RAW_TOTAL_INPUT_TOKENS)) return geminiUsage(raw, context);
  return nothingSaid();
};

/** watsonx (`results`), Replicate (`metrics`), text-generation-inference, llama.cpp's own path: two counts, nothing more. */
function plainCounts(raw: R.RawUsage): UsageNumbers {
  const numbers = nothingSaid();
  numbers.inputTokens = firstOf(raw, R.RAW_RESULT_INPUT, R.RAW_PROMPT_TOKEN_COUNT);
  numbers.outputTokens = firstOf(raw, R.RAW_RESULT_OUTPUT, R.RAW_GENERATION_TOKEN_COUNT);
  return numbers;
}
