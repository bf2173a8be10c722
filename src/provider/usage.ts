// From a response's raw usage numbers to Weir's (core/usage.ts): which dialect's rule applies. PROVIDERS.md has the facts.
import { type ApiName, dialectOf } from '../core/api.js';
import * as R from '../core/raw-usage.js';
import { noUsage, type Usage } from '../core/usage.js';
import { weakestSource } from '../core/usage-source.js';
import { anthropicUsage } from './usage-anthropic.js';
import { bedrockConverseUsage, bedrockInvokeUsage } from './usage-bedrock.js';
import { cohereUsage } from './usage-cohere.js';
import { geminiUsage, vertexPredictUsage } from './usage-gemini.js';
import { ollamaUsage } from './usage-ollama.js';
import { openaiResponsesUsage, openaiUsage } from './usage-openai.js';
import { firstOf, nothingSaid, type UsageContext, type UsageNumbers, type UsageRule } from './usage-rules.js';

/** These report tokens and consume none, or repeat what was consumed elsewhere. */
const FREE: ReadonlySet<ApiName> = new Set<ApiName>([
  'none',
  'openai.models',
  'openai.batches',
  'openai.files',
  'anthropic.count_tokens',
  'anthropic.batches',
  'gemini.count_tokens',
  'bedrock.count_tokens',
]);

/** The normalised usage of one response. `raw.objects` go into the result as they are. */
export function normaliseUsage(api: ApiName, raw: R.RawUsage, context: UsageContext): Usage {
  const usage = noUsage();
  if (FREE.has(api)) return usage;
  const numbers = ruleOf(api)(raw, context);
  Object.assign(usage, numbers);
  if (usage.inputTokens !== null) usage.inputSource = 'provider';
  if (usage.outputTokens !== null) usage.outputSource = 'provider';
  usage.source = weakestSource(usage, api);
  usage.serviceTier = raw.serviceTier;
  usage.raw = raw.objects.length > 0 ? raw.objects : rootObject(raw);
  return usage;
}

function ruleOf(api: ApiName): UsageRule {
  if (api === 'openai.responses') return openaiResponsesUsage;
  if (api === 'bedrock.invoke') return bedrockInvokeUsage;
  if (api === 'vertex.predict') return vertexPredictUsage;
  switch (dialectOf(api)) {
    case 'openai':
      return openaiLikeUsage;
    case 'anthropic':
      return anthropicUsage;
    case 'gemini':
    case 'vertex':
      return geminiUsage;
    case 'bedrock':
      return bedrockConverseUsage;
    case 'cohere':
      return cohereUsage;
    case 'ollama':
      return ollamaUsage;
    default:
      return unknownUsage;
  }
}

/** Embeddings of some servers (Voyage) tell only the total, which then is the input. */
const openaiLikeUsage: UsageRule = (raw, context) => {
  const numbers = openaiUsage(raw, context);
  if (numbers.inputTokens === null && numbers.outputTokens === null)
    numbers.inputTokens = R.rawNumber(raw, R.RAW_TOTAL_TOKENS);
  return numbers;
};

/** A path that nobody knows: the words tell the dialect. */
const unknownUsage: UsageRule = (raw, context): UsageNumbers => {
  const known = (...fields: number[]): boolean => firstOf(raw, ...fields) !== null;
  if (known(R.RAW_COUNTED_INPUT, R.RAW_COUNTED_OUTPUT, R.RAW_BILLED_INPUT)) return cohereUsage(raw, context);
  if (known(R.RAW_PROMPT_EVAL_COUNT, R.RAW_EVAL_COUNT)) return ollamaUsage(raw, context);
  if (known(R.RAW_CACHE_READ, R.RAW_CACHE_WRITE) && !known(R.RAW_PROMPT_TOKENS))
    return anthropicUsage(raw, context);
  if (known(R.RAW_PROMPT_TOKENS, R.RAW_INPUT_TOKENS, R.RAW_COMPLETION_TOKENS))
    return openaiUsage(raw, context);
  if (known(R.RAW_PROMPT_TOKEN_COUNT, R.RAW_TOTAL_INPUT_TOKENS)) return geminiUsage(raw, context);
  if (known(R.RAW_RESULT_INPUT, R.RAW_RESULT_OUTPUT)) return resultsUsage(raw);
  return openaiLikeUsage(raw, context);
};

/** watsonx: counts stand in `results`. */
function resultsUsage(raw: R.RawUsage): UsageNumbers {
  const numbers = nothingSaid();
  numbers.inputTokens = R.rawNumber(raw, R.RAW_RESULT_INPUT);
  numbers.outputTokens = R.rawNumber(raw, R.RAW_RESULT_OUTPUT);
  return numbers;
}

/** Wire names of counts that stand at a response's root, in no object of their own. */
const ROOT_NAMES: readonly (readonly [number, string])[] = [
  [R.RAW_PROMPT_EVAL_COUNT, 'prompt_eval_count'],
  [R.RAW_EVAL_COUNT, 'eval_count'],
  [R.RAW_PROMPT_TOKEN_COUNT, 'prompt_token_count'],
  [R.RAW_GENERATION_TOKEN_COUNT, 'generation_token_count'],
  [R.RAW_INPUT_TEXT_TOKEN_COUNT, 'inputTextTokenCount'],
  [R.RAW_OUTPUT_TEXT_TOKEN_COUNT, 'totalOutputTextTokenCount'],
];

function rootObject(raw: R.RawUsage): Uint8Array[] {
  const found: Record<string, number> = {};
  for (const [field, name] of ROOT_NAMES) {
    const value = R.rawNumber(raw, field);
    if (value !== null) found[name] = value;
  }
  return Object.keys(found).length === 0 ? [] : [Buffer.from(JSON.stringify(found))];
}
