// The usage numbers of one document, by property reads: the twin of the kernel's rules for numbers.
import * as R from '../../src/core/raw-usage.js';
import { type Json, type JsonObject, list, object } from './meter-twin-json.js';

type Found = Map<number, number>;

const USAGE_KEYS = ['usage', 'usageMetadata', 'usage_metadata'];

/** Field ids by the names that a usage object has for them. */
const NAMES: Readonly<Record<string, number>> = {
  prompt_tokens: R.RAW_PROMPT_TOKENS,
  completion_tokens: R.RAW_COMPLETION_TOKENS,
  total_tokens: R.RAW_TOTAL_TOKENS,
  totalTokens: R.RAW_TOTAL_TOKEN_COUNT,
  totalTokenCount: R.RAW_TOTAL_TOKEN_COUNT,
  input_tokens: R.RAW_INPUT_TOKENS,
  inputTokens: R.RAW_INPUT_TOKENS,
  output_tokens: R.RAW_OUTPUT_TOKENS,
  outputTokens: R.RAW_OUTPUT_TOKENS,
  cached_tokens: R.RAW_FLAT_CACHED,
  num_cached_tokens: R.RAW_FLAT_CACHED,
  reasoning_tokens: R.RAW_FLAT_REASONING,
  prompt_cache_hit_tokens: R.RAW_CACHE_HIT,
  prompt_cache_miss_tokens: R.RAW_CACHE_MISS,
  cache_read_input_tokens: R.RAW_CACHE_READ,
  cacheReadInputTokens: R.RAW_CACHE_READ,
  cacheReadInputTokenCount: R.RAW_CACHE_READ,
  cache_creation_input_tokens: R.RAW_CACHE_WRITE,
  cacheWriteInputTokens: R.RAW_CACHE_WRITE,
  cacheWriteInputTokenCount: R.RAW_CACHE_WRITE,
  promptTokenCount: R.RAW_PROMPT_TOKEN_COUNT,
  candidatesTokenCount: R.RAW_CANDIDATES_TOKEN_COUNT,
  responseTokenCount: R.RAW_CANDIDATES_TOKEN_COUNT,
  thoughtsTokenCount: R.RAW_THOUGHTS_TOKEN_COUNT,
  toolUsePromptTokenCount: R.RAW_TOOL_USE_TOKEN_COUNT,
  cachedContentTokenCount: R.RAW_CACHED_CONTENT_TOKEN_COUNT,
  total_input_tokens: R.RAW_TOTAL_INPUT_TOKENS,
  total_output_tokens: R.RAW_TOTAL_OUTPUT_TOKENS,
  total_cached_tokens: R.RAW_TOTAL_CACHED_TOKENS,
  total_tool_use_tokens: R.RAW_TOTAL_TOOL_USE_TOKENS,
  total_thought_tokens: R.RAW_TOTAL_THOUGHT_TOKENS,
  total_reasoning_tokens: R.RAW_TOTAL_THOUGHT_TOKENS,
  seconds: R.RAW_SECONDS,
  prompt_audio_seconds: R.RAW_SECONDS,
};

const IN_DETAILS = [
  'prompt_tokens_details',
  'prompt_token_details',
  'input_tokens_details',
  'input_token_details',
];
const OUT_DETAILS = [
  'completion_tokens_details',
  'completion_token_details',
  'output_tokens_details',
  'output_token_details',
];

export function usageOf(root: JsonObject): Found {
  const found: Found = new Map();
  const sums: Found = new Map();
  const holders = [
    root,
    root.response,
    root.delta,
    root.interaction,
    root.metadata,
    root.message,
    root.x_groq,
  ];
  for (const holder of [...holders, ...list(root.choices)])
    for (const key of USAGE_KEYS) usageObject(object(object(holder)?.[key]), found, sums);
  for (const holder of [root, root.response]) usageObject(object(object(holder)?.meta), found, sums);

  const metrics = object(root['amazon-bedrock-invocationMetrics']);
  put(found, R.RAW_METRICS_INPUT, metrics?.inputTokenCount);
  put(found, R.RAW_METRICS_OUTPUT, metrics?.outputTokenCount);
  put(found, R.RAW_METRICS_CACHE_READ, metrics?.cacheReadInputTokenCount);
  put(found, R.RAW_METRICS_CACHE_WRITE, metrics?.cacheWriteInputTokenCount);
  put(found, R.RAW_PROMPT_EVAL_COUNT, root.prompt_eval_count);
  put(found, R.RAW_EVAL_COUNT, root.eval_count);
  put(found, R.RAW_PROMPT_TOKEN_COUNT, root.prompt_token_count);
  put(found, R.RAW_GENERATION_TOKEN_COUNT, root.generation_token_count);
  put(found, R.RAW_GENERATION_TOKEN_COUNT, object(root.details)?.generated_tokens);
  put(found, R.RAW_INPUT_TEXT_TOKEN_COUNT, root.inputTextTokenCount);
  put(found, R.RAW_OUTPUT_TEXT_TOKEN_COUNT, root.totalOutputTextTokenCount);
  put(found, R.RAW_PROMPT_TOKEN_COUNT, root.tokens_evaluated);
  put(found, R.RAW_GENERATION_TOKEN_COUNT, root.tokens_predicted);
  for (const result of [...list(root.results), root.metrics ?? null]) {
    add(sums, R.RAW_RESULT_OUTPUT, object(result)?.output_token_count);
    add(sums, R.RAW_RESULT_OUTPUT, object(result)?.tokenCount);
    add(sums, R.RAW_RESULT_OUTPUT, object(result)?.generated_token_count);
    add(sums, R.RAW_RESULT_INPUT, object(result)?.input_token_count);
  }
  for (const prediction of list(root.predictions))
    add(
      sums,
      R.RAW_STATISTICS_TOKENS,
      object(object(object(prediction)?.embeddings)?.statistics)?.token_count,
    );
  for (const [field, value] of sums) put(found, field, value);
  return found;
}

function usageObject(usage: JsonObject | undefined, found: Found, sums: Found): void {
  if (usage === undefined) return;
  for (const [name, value] of Object.entries(usage)) put(found, NAMES[name] ?? -1, value);
  for (const details of IN_DETAILS.map(name => object(usage[name]))) {
    put(found, R.RAW_DETAIL_CACHED, details?.cached_tokens);
    for (const name of ['cache_write_tokens', 'cache_creation_input_tokens', 'cache_creation_tokens'])
      put(found, R.RAW_DETAIL_CACHE_WRITE, details?.[name]);
    put(found, R.RAW_AUDIO_INPUT, details?.audio_tokens);
  }
  for (const details of OUT_DETAILS.map(name => object(usage[name]))) {
    put(found, R.RAW_DETAIL_REASONING, details?.reasoning_tokens);
    put(found, R.RAW_DETAIL_REASONING, details?.thinking_tokens);
    put(found, R.RAW_AUDIO_OUTPUT, details?.audio_tokens);
  }
  const modalities = (names: string[], field: number): void => {
    for (const item of names.flatMap(name => list(usage[name])))
      if (String(object(item)?.modality).toLowerCase() === 'audio')
        put(found, field, object(item)?.tokenCount ?? object(item)?.tokens);
  };
  modalities(['promptTokensDetails', 'promptTokenDetails', 'input_tokens_by_modality'], R.RAW_AUDIO_INPUT);
  modalities(['toolUsePromptTokensDetails'], R.RAW_AUDIO_INPUT);
  modalities(
    ['candidatesTokensDetails', 'responseTokensDetails', 'output_tokens_by_modality'],
    R.RAW_AUDIO_OUTPUT,
  );
  put(found, R.RAW_CACHE_WRITE_5M, object(usage.cache_creation)?.ephemeral_5m_input_tokens);
  put(found, R.RAW_CACHE_WRITE_1H, object(usage.cache_creation)?.ephemeral_1h_input_tokens);
  put(found, R.RAW_COUNTED_INPUT, object(usage.tokens)?.input_tokens);
  put(found, R.RAW_COUNTED_OUTPUT, object(usage.tokens)?.output_tokens);
  put(found, R.RAW_COUNTED_REASONING, object(usage.tokens)?.reasoning_tokens);
  put(found, R.RAW_BILLED_INPUT, object(usage.billed_units)?.input_tokens);
  put(found, R.RAW_BILLED_OUTPUT, object(usage.billed_units)?.output_tokens);
  put(found, R.RAW_SEARCH_UNITS, object(usage.billed_units)?.search_units);
  for (const pass of list(usage.iterations).map(object)) {
    add(sums, R.RAW_ITERATION_INPUT, pass?.input_tokens);
    add(sums, R.RAW_ITERATION_OUTPUT, pass?.output_tokens);
    add(sums, R.RAW_ITERATION_CACHE_READ, pass?.cache_read_input_tokens);
    add(sums, R.RAW_ITERATION_CACHE_WRITE, pass?.cache_creation_input_tokens);
    add(sums, R.RAW_ITERATION_CACHE_WRITE_1H, object(pass?.cache_creation)?.ephemeral_1h_input_tokens);
  }
}

/** Keeps the largest; fractions are dropped, what is no count is ignored. */
function put(found: Found, field: number, value: Json | undefined): void {
  if (field < 0 || typeof value !== 'number' || value < 0) return;
  found.set(field, Math.max(found.get(field) ?? -1, Math.floor(value)));
}

function add(sums: Found, field: number, value: Json | undefined): void {
  if (typeof value === 'number' && value >= 0) sums.set(field, (sums.get(field) ?? 0) + value);
}
