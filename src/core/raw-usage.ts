// Usage numbers as they stand on the wire, before any dialect's rule is applied: kernel `meter` finds them, provider/usage*.ts
// normalises them. Fields are merged by maximum, never summed over events; the last value is kept for dialects that correct themselves.

/** Index of a field in `RawUsage.numbers`. The same numbers stand in assembly/meter/fields.ts; a test compares the two. */
export const RAW_PROMPT_TOKENS = 1; // OpenAI chat
export const RAW_COMPLETION_TOKENS = 2;
export const RAW_TOTAL_TOKENS = 3;
export const RAW_INPUT_TOKENS = 4; // OpenAI Responses (inclusive), Anthropic and Bedrock (exclusive)
export const RAW_OUTPUT_TOKENS = 5;
export const RAW_DETAIL_CACHED = 6; // inside prompt_tokens_details and its like
export const RAW_FLAT_CACHED = 7; // cached_tokens, num_cached_tokens beside prompt_tokens
export const RAW_DETAIL_CACHE_WRITE = 8;
export const RAW_CACHE_READ = 9; // cache_read_input_tokens, cacheReadInputTokens
export const RAW_CACHE_WRITE = 10; // cache_creation_input_tokens, cacheWriteInputTokens
export const RAW_CACHE_WRITE_5M = 11;
export const RAW_CACHE_WRITE_1H = 12;
export const RAW_DETAIL_REASONING = 13;
export const RAW_FLAT_REASONING = 14;
export const RAW_AUDIO_INPUT = 15;
export const RAW_AUDIO_OUTPUT = 16;
export const RAW_CACHE_HIT = 17; // DeepSeek
export const RAW_CACHE_MISS = 18;
export const RAW_PROMPT_TOKEN_COUNT = 19; // Gemini, Llama
export const RAW_CANDIDATES_TOKEN_COUNT = 20;
export const RAW_THOUGHTS_TOKEN_COUNT = 21;
export const RAW_TOOL_USE_TOKEN_COUNT = 22;
export const RAW_CACHED_CONTENT_TOKEN_COUNT = 23;
export const RAW_COUNTED_INPUT = 24; // Cohere's tokens
export const RAW_COUNTED_OUTPUT = 25;
export const RAW_COUNTED_REASONING = 26;
export const RAW_BILLED_INPUT = 27; // Cohere's billed_units
export const RAW_BILLED_OUTPUT = 28;
export const RAW_METRICS_INPUT = 29; // amazon-bedrock-invocationMetrics
export const RAW_METRICS_OUTPUT = 30;
export const RAW_METRICS_CACHE_READ = 31;
export const RAW_METRICS_CACHE_WRITE = 32;
export const RAW_PROMPT_EVAL_COUNT = 33; // Ollama
export const RAW_EVAL_COUNT = 34;
export const RAW_GENERATION_TOKEN_COUNT = 35; // Llama, text-generation-inference
export const RAW_INPUT_TEXT_TOKEN_COUNT = 36; // Titan
export const RAW_OUTPUT_TEXT_TOKEN_COUNT = 37;
export const RAW_TOTAL_INPUT_TOKENS = 38; // Gemini interactions
export const RAW_TOTAL_OUTPUT_TOKENS = 39;
export const RAW_TOTAL_CACHED_TOKENS = 40;
export const RAW_TOTAL_TOOL_USE_TOKENS = 41;
export const RAW_TOTAL_THOUGHT_TOKENS = 42;
export const RAW_SECONDS = 43; // audio, not tokens
export const RAW_SEARCH_UNITS = 44; // Cohere rerank
export const RAW_TOTAL_TOKEN_COUNT = 45; // totalTokenCount, totalTokens

// Sums over an array's elements, taken per event: Anthropic's iterations, Titan's and watsonx' results, Vertex' predictions.
export const RAW_ITERATION_INPUT = 48;
export const RAW_ITERATION_OUTPUT = 49;
export const RAW_ITERATION_CACHE_READ = 50;
export const RAW_ITERATION_CACHE_WRITE = 51;
export const RAW_ITERATION_CACHE_WRITE_1H = 52;
export const RAW_RESULT_INPUT = 53;
export const RAW_RESULT_OUTPUT = 54;
export const RAW_STATISTICS_TOKENS = 55;
export const RAW_ITERATION_REASONING = 56;

export const RAW_FIELDS = 64;

export interface RawUsage {
  /** RAW_FIELDS numbers, the largest that the response said of each; -1 = it did not say. */
  readonly numbers: Float64Array;
  /** The last that it said of each. */
  readonly last: Float64Array;
  readonly serviceTier: string | null;
  /** The provider's own usage objects, UTF-8 JSON: last whole one of each place. */
  readonly objects: readonly Uint8Array[];
}

/** A field's value, null where the response did not say; an explicit 0 is a value. */
export function rawNumber(raw: RawUsage, field: number): number | null {
  const value = raw.numbers[field];
  return value === undefined || value < 0 ? null : value;
}

/** The same of the last value that the response gave. */
export function lastNumber(raw: RawUsage, field: number): number | null {
  const value = raw.last[field];
  return value === undefined || value < 0 ? null : value;
}
