// Ollama's own API: counts at the root of the last line. prompt_eval_count is left out where the whole prompt was cached.
import * as R from '../core/raw-usage.js';
import { nothingSaid, type UsageRule } from './usage-rules.js';

export const ollamaUsage: UsageRule = raw => {
  const numbers = nothingSaid();
  numbers.inputTokens = R.rawNumber(raw, R.RAW_PROMPT_EVAL_COUNT);
  numbers.outputTokens = R.rawNumber(raw, R.RAW_EVAL_COUNT);
  return numbers;
};
