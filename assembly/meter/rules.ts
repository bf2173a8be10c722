// What the scanner looks for: which key, in which place, means what (PROVIDERS.md has the facts). A key that has no rule is skipped
// with its value. Where text stands: text-rules.ts.
import * as F from './fields';
import { array, number, object, rule, text } from './keys';
import {
  BILLED,
  CACHE_CREATION,
  CANDIDATE,
  CHOICE,
  COMPLETION,
  COUNTED,
  DELTA,
  ELEMENT_DETAILS,
  EMBEDDINGS,
  ERROR,
  ERROR_TEXT,
  EXTRA,
  FINISH,
  GENERATION,
  IN_DETAILS,
  IN_MODALITIES,
  IN_MODALITY,
  INCOMPLETE,
  INTERACTION,
  INVOCATION,
  ITERATION,
  ITERATION_CACHE,
  ITERATIONS,
  MAIN,
  MESSAGE,
  METADATA,
  MODALITY,
  MODEL,
  MODEL_LAST,
  OUT_DETAILS,
  OUT_MODALITIES,
  OUT_MODALITY,
  PREDICTION,
  PREDICTIONS,
  RESPONSE,
  RESULT,
  RESULTS,
  ROOT,
  ROOT_MESSAGE,
  START,
  STATISTICS,
  STOP,
  TIER,
  TYPE,
  USAGE,
  VOLATILE,
  X_GROQ,
} from './places';

export function setRules(): void {
  usagePlaces();
  usageRules();
  usageDetailRules();
  exclusiveUsageRules();
  rootRules();
  volatileRules();
}

/** Where a usage object stands. */
function usagePlaces(): void {
  const usage = 'usage,usageMetadata,usage_metadata';
  rule(ROOT, usage, USAGE, 0, 0, 0, MAIN);
  rule(RESPONSE, usage, USAGE, 0, 0, 0, MAIN);
  rule(DELTA, usage, USAGE, 0, 0, 0, MAIN); // Cohere v2 message-end
  rule(CHOICE, usage, USAGE, 0, 0, 0, MAIN); // Moonshot
  rule(INTERACTION, usage, USAGE, 0, 0, 0, MAIN);
  rule(METADATA, usage, USAGE, 0, 0, 0, MAIN); // Bedrock invoke of Nova
  rule(ROOT_MESSAGE, usage, USAGE, 0, 0, 0, START); // Anthropic message_start
  object(ROOT, 'x_groq', X_GROQ);
  rule(X_GROQ, usage, USAGE, 0, 0, 0, EXTRA);
  rule(ROOT, 'meta', USAGE, 0, 0, 0, MAIN); // Cohere v1, embed, rerank
  rule(RESPONSE, 'meta', USAGE, 0, 0, 0, MAIN);
}

/** What stands in it: OpenAI's both APIs, Gemini, and what they have in common with others. */
function usageRules(): void {
  number(USAGE, 'prompt_tokens', F.PROMPT_TOKENS);
  number(USAGE, 'completion_tokens', F.COMPLETION_TOKENS);
  number(USAGE, 'total_tokens', F.TOTAL_TOKENS);
  number(USAGE, 'totalTokens,totalTokenCount', F.TOTAL_TOKEN_COUNT);
  number(USAGE, 'input_tokens,inputTokens', F.INPUT_TOKENS);
  number(USAGE, 'output_tokens,outputTokens', F.OUTPUT_TOKENS);
  number(USAGE, 'cached_tokens,num_cached_tokens', F.FLAT_CACHED);
  number(USAGE, 'reasoning_tokens', F.FLAT_REASONING);
  number(USAGE, 'prompt_cache_hit_tokens', F.CACHE_HIT);
  number(USAGE, 'prompt_cache_miss_tokens', F.CACHE_MISS);
  number(USAGE, 'cache_read_input_tokens,cacheReadInputTokens,cacheReadInputTokenCount', F.CACHE_READ);
  number(USAGE, 'cache_creation_input_tokens,cacheWriteInputTokens,cacheWriteInputTokenCount', F.CACHE_WRITE);
  number(USAGE, 'promptTokenCount', F.PROMPT_TOKEN_COUNT);
  number(USAGE, 'candidatesTokenCount,responseTokenCount', F.CANDIDATES_TOKEN_COUNT);
  number(USAGE, 'thoughtsTokenCount', F.THOUGHTS_TOKEN_COUNT);
  number(USAGE, 'toolUsePromptTokenCount', F.TOOL_USE_TOKEN_COUNT);
  number(USAGE, 'cachedContentTokenCount', F.CACHED_CONTENT_TOKEN_COUNT);
  number(USAGE, 'total_input_tokens', F.TOTAL_INPUT_TOKENS); // Gemini interactions
  number(USAGE, 'total_output_tokens', F.TOTAL_OUTPUT_TOKENS);
  number(USAGE, 'total_cached_tokens', F.TOTAL_CACHED_TOKENS);
  number(USAGE, 'total_tool_use_tokens', F.TOTAL_TOOL_USE_TOKENS);
  number(USAGE, 'total_thought_tokens,total_reasoning_tokens', F.TOTAL_THOUGHT_TOKENS);
  number(USAGE, 'seconds,prompt_audio_seconds', F.SECONDS);
  text(USAGE, 'service_tier,serviceTier', TIER);
}

/** Its parts: what was cached, reasoned, heard and said. */
function usageDetailRules(): void {
  object(
    USAGE,
    'prompt_tokens_details,prompt_token_details,input_tokens_details,input_token_details',
    IN_DETAILS,
  );
  object(USAGE, 'completion_tokens_details,completion_token_details', OUT_DETAILS);
  object(USAGE, 'output_tokens_details,output_token_details', OUT_DETAILS);
  number(IN_DETAILS, 'cached_tokens', F.DETAIL_CACHED);
  number(
    IN_DETAILS,
    'cache_write_tokens,cache_creation_input_tokens,cache_creation_tokens',
    F.DETAIL_CACHE_WRITE,
  );
  number(IN_DETAILS, 'audio_tokens', F.AUDIO_INPUT);
  number(OUT_DETAILS, 'reasoning_tokens,thinking_tokens', F.DETAIL_REASONING);
  number(OUT_DETAILS, 'audio_tokens', F.AUDIO_OUTPUT);

  array(USAGE, 'promptTokensDetails,promptTokenDetails,toolUsePromptTokensDetails', IN_MODALITIES);
  array(USAGE, 'candidatesTokensDetails,responseTokensDetails', OUT_MODALITIES);
  array(USAGE, 'input_tokens_by_modality', IN_MODALITIES);
  array(USAGE, 'output_tokens_by_modality', OUT_MODALITIES);
  for (let i = IN_MODALITY; i <= OUT_MODALITY; i += OUT_MODALITY - IN_MODALITY) {
    text(i, 'modality', MODALITY);
    number(i, 'tokenCount,tokens', F.META_MODALITY_COUNT);
  }
}

/** Anthropic's parts, Cohere's two counts, and usage that is not an object of its own. */
function exclusiveUsageRules(): void {
  object(USAGE, 'cache_creation', CACHE_CREATION);
  number(CACHE_CREATION, 'ephemeral_5m_input_tokens', F.CACHE_WRITE_5M);
  number(CACHE_CREATION, 'ephemeral_1h_input_tokens', F.CACHE_WRITE_1H);
  array(USAGE, 'iterations', ITERATIONS);
  number(ITERATION, 'input_tokens', F.ITERATION_INPUT);
  number(ITERATION, 'output_tokens', F.ITERATION_OUTPUT);
  number(ITERATION, 'cache_read_input_tokens', F.ITERATION_CACHE_READ);
  number(ITERATION, 'cache_creation_input_tokens', F.ITERATION_CACHE_WRITE);
  object(ITERATION, 'cache_creation', ITERATION_CACHE);
  number(ITERATION_CACHE, 'ephemeral_1h_input_tokens', F.ITERATION_CACHE_WRITE_1H);

  object(USAGE, 'tokens', COUNTED);
  object(USAGE, 'billed_units', BILLED);
  number(COUNTED, 'input_tokens', F.COUNTED_INPUT);
  number(COUNTED, 'output_tokens', F.COUNTED_OUTPUT);
  number(COUNTED, 'reasoning_tokens', F.COUNTED_REASONING);
  number(BILLED, 'input_tokens', F.BILLED_INPUT);
  number(BILLED, 'output_tokens', F.BILLED_OUTPUT);
  number(BILLED, 'search_units', F.SEARCH_UNITS);

  rule(ROOT, 'amazon-bedrock-invocationMetrics', INVOCATION, 0, 0, 0, EXTRA);
  number(INVOCATION, 'inputTokenCount', F.METRICS_INPUT);
  number(INVOCATION, 'outputTokenCount', F.METRICS_OUTPUT);
  number(INVOCATION, 'cacheReadInputTokenCount', F.METRICS_CACHE_READ);
  number(INVOCATION, 'cacheWriteInputTokenCount', F.METRICS_CACHE_WRITE);

  number(ROOT, 'prompt_eval_count', F.PROMPT_EVAL_COUNT); // Ollama
  number(ROOT, 'eval_count', F.EVAL_COUNT);
  number(ROOT, 'prompt_token_count,tokens_evaluated', F.PROMPT_TOKEN_COUNT); // Llama on Bedrock, llama.cpp's own path
  number(ROOT, 'generation_token_count,tokens_predicted', F.GENERATION_TOKEN_COUNT);
  number(ROOT, 'inputTextTokenCount', F.INPUT_TEXT_TOKEN_COUNT); // Titan on Bedrock
  number(ROOT, 'totalOutputTextTokenCount', F.OUTPUT_TEXT_TOKEN_COUNT);
  array(ROOT, 'results', RESULTS);
  object(ROOT, 'metrics', RESULT); // Replicate
  number(RESULT, 'tokenCount,generated_token_count,output_token_count', F.RESULT_OUTPUT); // Titan, watsonx, Replicate
  number(RESULT, 'input_token_count', F.RESULT_INPUT);
  object(ROOT, 'details', ELEMENT_DETAILS); // Hugging Face's text-generation-inference
  number(ELEMENT_DETAILS, 'generated_tokens', F.GENERATION_TOKEN_COUNT);
  array(ROOT, 'predictions', PREDICTIONS); // Vertex predict
  object(PREDICTION, 'embeddings', EMBEDDINGS);
  object(EMBEDDINGS, 'statistics', STATISTICS);
  number(STATISTICS, 'token_count', F.STATISTICS_TOKENS);
}

/** Served model, finish reason, errors, tier, the closing event. */
function rootRules(): void {
  text(ROOT, 'model,modelVersion,model_version', MODEL);
  text(ROOT_MESSAGE, 'model', MODEL);
  text(RESPONSE, 'model', MODEL_LAST);
  text(INTERACTION, 'model', MODEL);
  text(ROOT, 'service_tier', TIER);
  text(RESPONSE, 'service_tier', TIER);
  text(ROOT, 'type,event_type', TYPE);
  number(ROOT, 'done,is_finished', F.META_DONE);

  text(ROOT, 'stop_reason,stopReason,done_reason,finish_reason,completionReason,status', FINISH);
  text(RESPONSE, 'status,finish_reason', FINISH);
  text(INTERACTION, 'status', FINISH);
  object(ROOT, 'incomplete_details', INCOMPLETE);
  object(RESPONSE, 'incomplete_details', INCOMPLETE);
  text(INCOMPLETE, 'reason', FINISH);
  text(CHOICE, 'finish_reason,finishReason', FINISH);
  text(CANDIDATE, 'finishReason', FINISH);
  text(DELTA, 'stop_reason,finish_reason', FINISH);
  text(ROOT_MESSAGE, 'stop_reason', FINISH);
  text(RESULT, 'completionReason,stop_reason', FINISH);
  text(COMPLETION, 'stop_reason,finish_reason', FINISH);
  text(GENERATION, 'finish_reason', FINISH);
  object(ROOT, 'messageStop', STOP);
  text(STOP, 'stopReason', FINISH);

  rule(ROOT, 'error', ERROR, 0, ERROR_TEXT, 0, 0);
  rule(CHOICE, 'error', ERROR, 0, ERROR_TEXT, 0, 0);
  rule(DELTA, 'error', ERROR, 0, ERROR_TEXT, 0, 0);
  rule(RESPONSE, 'error', ERROR, 0, ERROR_TEXT, 0, 0);
  text(ERROR, 'message', ERROR_TEXT);
  rule(ROOT, 'message', ROOT_MESSAGE, 0, MESSAGE, 0, 0);
  text(ROOT, 'Message,detail', MESSAGE);
}

/** What changes from event to event and says nothing: running numbers, filler, times. */
function volatileRules(): void {
  number(ROOT, 'sequence_number,created', F.META_VOLATILE);
  text(ROOT, 'obfuscation,created_at', VOLATILE);
  rule(ROOT, 'p,created_time', 0, 0, VOLATILE, F.META_VOLATILE, 0);
}
