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
import type { UsageContext, UsageRule } from './usage-rules.js';
import { unknownUsage } from './usage-unknown.js';

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

/** Here a total alone does not tell how much of it was input; elsewhere (Voyage's embeddings) all of it was. */
const GENERATES: ReadonlySet<ApiName> = new Set<ApiName>([
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.images',
  'openai.audio',
  'openai.assistants',
  'anthropic.messages',
  'anthropic.complete',
  'bedrock.converse',
  'bedrock.invoke',
  'cohere.chat',
  'cohere.generate',
  'gemini.generate',
  'gemini.interactions',
  'ollama.chat',
  'ollama.generate',
]);

/** The normalised usage of one response. `raw.objects` go into the result as they are. */
export function normaliseUsage(api: ApiName, raw: R.RawUsage, context: UsageContext): Usage {
  const usage = noUsage();
  if (FREE.has(api)) return usage;
  let numbers = ruleOf(api)(raw, context);
  // Not every server of a dialect's path answers in the dialect's words.
  if (numbers.inputTokens === null && numbers.outputTokens === null) numbers = unknownUsage(raw, context);
  if (numbers.inputTokens === null && numbers.outputTokens === null && !GENERATES.has(api))
    numbers.inputTokens = R.rawNumber(raw, R.RAW_TOTAL_TOKENS);
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
      return openaiUsage;
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
