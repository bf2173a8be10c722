// Cohere: `tokens` is what the model read and wrote, `billed_units` what is charged; they differ. Tokens are counted here, prices
// look at the raw object. Embed and generate report only billed units; rerank reports search units, which are no tokens.
import * as R from '../core/raw-usage.js';
import { firstOf, nothingSaid, type UsageRule } from './usage-rules.js';

export const cohereUsage: UsageRule = raw => {
  const numbers = nothingSaid();
  numbers.inputTokens = firstOf(raw, R.RAW_COUNTED_INPUT, R.RAW_BILLED_INPUT);
  numbers.outputTokens = firstOf(raw, R.RAW_COUNTED_OUTPUT, R.RAW_BILLED_OUTPUT);
  numbers.cachedInputTokens = firstOf(raw, R.RAW_FLAT_CACHED, R.RAW_DETAIL_CACHED);
  numbers.reasoningTokens = R.rawNumber(raw, R.RAW_COUNTED_REASONING);
  return numbers;
};
