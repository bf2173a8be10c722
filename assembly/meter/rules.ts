// What the scanner looks for: which key, in which place, means what (PROVIDERS.md). A key that has no rule is skipped with its value.
import * as F from './fields';
import { rule } from './keys';
import { ELEMENTS, SPECIAL } from './layout';

// Places: what kind of object or array we are inside. 0 is skipped.
export const ROOT: i32 = 1;
export const TOP_ARRAY: i32 = 2;
export const USAGE: i32 = 3;
const IN_DETAILS: i32 = 4;
const OUT_DETAILS: i32 = 5;
const CACHE_CREATION: i32 = 6;
const ITERATIONS: i32 = 7;
const ITERATION: i32 = 8;
const ITERATION_CACHE: i32 = 9;
const COUNTED: i32 = 10;
const BILLED: i32 = 11;
const INVOCATION: i32 = 12;
const IN_MODALITIES: i32 = 13;
export const IN_MODALITY: i32 = 14;
const OUT_MODALITIES: i32 = 15;
export const OUT_MODALITY: i32 = 16;
const CHOICES: i32 = 17;
const CHOICE: i32 = 18;
const DELTA: i32 = 19;
export const CHOICE_MESSAGE: i32 = 20;
const PARTS: i32 = 21;
const PART: i32 = 22;
const CALLS: i32 = 23;
const CALL: i32 = 24;
const FUNCTION: i32 = 25;
const CANDIDATES: i32 = 26;
const CANDIDATE: i32 = 27;
const CONTENT: i32 = 28;
const RESPONSE: i32 = 29;
export const ERROR: i32 = 30;
const X_GROQ: i32 = 31;
const ROOT_MESSAGE: i32 = 32;
const REASONING_PARTS: i32 = 33;
const REASONING_PART: i32 = 34;
const TOOL_USE: i32 = 35;
const VALUE: i32 = 36;
const OUTPUT: i32 = 37;
const OUTPUT_ITEM: i32 = 38;
const RESULTS: i32 = 39;
const RESULT: i32 = 40;
const PREDICTIONS: i32 = 41;
const PREDICTION: i32 = 42;
const EMBEDDINGS: i32 = 43;
const STATISTICS: i32 = 44;
const INTERACTION: i32 = 45;
const BLOCK: i32 = 46;
const GENERATIONS: i32 = 47;
const GENERATION: i32 = 48;
const COMPLETION: i32 = 49;
const OUTPUT_OBJECT: i32 = 50;
const INCOMPLETE: i32 = 51;
const METADATA: i32 = 52;
const STOP: i32 = 53;
const DELTA_MESSAGE: i32 = 54;
const ELEMENT_DETAILS: i32 = 55;

// Actions of a string. 1..4 are KIND_*.
export const TEXT: i32 = 1;
export const REASONING: i32 = 2;
export const REFUSAL: i32 = 3;
export const TOOL: i32 = 4;
export const BY_TYPE: i32 = 5; // the kind that the document's `type` says
export const ROOT_TEXT: i32 = 6; // text, but only in a document without a `type`
export const VOLATILE: i32 = 7; // of no meaning, and different in each event: see template.ts
export const FIRST_CAPTURE: i32 = 16;
export const MODEL: i32 = 16; // the first that is not empty
export const MODEL_LAST: i32 = 17;
export const FINISH: i32 = 18;
export const ERROR_TEXT: i32 = 19;
export const MESSAGE: i32 = 20; // an error's text if the status or the event says that it is one
export const TIER: i32 = 21;
export const TYPE: i32 = 22;
export const MODALITY: i32 = 23;

// Where a raw usage object is kept.
const MAIN: i32 = 1;
const START: i32 = 2;
const EXTRA: i32 = 3;

/** `place` is an array whose objects are of place `element`. */
function elements(place: i32, element: i32): void {
  store<u8>(ELEMENTS + place, <u8>element);
}

/** The place of an array's objects; 0 where `place` is not an array that is followed. */
// @ts-ignore: decorator
@inline
export function elementOf(place: i32): i32 {
  return <i32>load<u8>(ELEMENTS + place);
}

/** Whether something happens when such an object begins or ends. */
// @ts-ignore: decorator
@inline
export function isSpecial(place: i32): bool {
  return load<u8>(SPECIAL + place) != 0;
}

function object(place: i32, names: string, inside: i32): void { rule(place, names, inside, 0, 0, 0, 0); }
function array(place: i32, names: string, inside: i32): void { rule(place, names, 0, inside, 0, 0, 0); }
function text(place: i32, names: string, action: i32): void { rule(place, names, 0, 0, action, 0, 0); }
function number(place: i32, names: string, field: i32): void { rule(place, names, 0, 0, 0, field, 0); }

export function setRules(): void {
  elements(TOP_ARRAY, ROOT);
  elements(ITERATIONS, ITERATION);
  elements(IN_MODALITIES, IN_MODALITY);
  elements(OUT_MODALITIES, OUT_MODALITY);
  elements(CHOICES, CHOICE);
  elements(PARTS, PART);
  elements(CALLS, CALL);
  elements(CANDIDATES, CANDIDATE);
  elements(REASONING_PARTS, REASONING_PART);
  elements(OUTPUT, OUTPUT_ITEM);
  elements(RESULTS, RESULT);
  elements(PREDICTIONS, PREDICTION);
  elements(GENERATIONS, GENERATION);
  store<u8>(SPECIAL + ROOT, 1);
  store<u8>(SPECIAL + IN_MODALITY, 1);
  store<u8>(SPECIAL + OUT_MODALITY, 1);
  store<u8>(SPECIAL + ERROR, 1);
  store<u8>(SPECIAL + CHOICE_MESSAGE, 1);
  usageRules();
  exclusiveUsageRules();
  rootRules();
  volatileRules();
  openaiTextRules();
  otherTextRules();
}

/** The usage object, wherever it stands: OpenAI's both APIs, Gemini, and what they have in common with others. */
function usageRules(): void {
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

  object(USAGE, 'prompt_tokens_details,prompt_token_details,input_tokens_details,input_token_details', IN_DETAILS);
  object(USAGE, 'completion_tokens_details,completion_token_details', OUT_DETAILS);
  object(USAGE, 'output_tokens_details,output_token_details', OUT_DETAILS);
  number(IN_DETAILS, 'cached_tokens', F.DETAIL_CACHED);
  number(IN_DETAILS, 'cache_write_tokens,cache_creation_input_tokens,cache_creation_tokens', F.DETAIL_CACHE_WRITE);
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
  number(ROOT, 'prompt_token_count', F.PROMPT_TOKEN_COUNT); // Llama on Bedrock
  number(ROOT, 'generation_token_count', F.GENERATION_TOKEN_COUNT);
  number(ROOT, 'inputTextTokenCount', F.INPUT_TEXT_TOKEN_COUNT); // Titan on Bedrock
  number(ROOT, 'totalOutputTextTokenCount', F.OUTPUT_TEXT_TOKEN_COUNT);
  array(ROOT, 'results', RESULTS);
  number(RESULT, 'tokenCount,generated_token_count', F.RESULT_OUTPUT); // Titan, watsonx
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
  number(ROOT, 'index,content_index,contentBlockIndex', F.META_INDEX);
  number(CHOICE, 'index', F.META_INDEX);
  number(CANDIDATE, 'index', F.META_INDEX);

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

/** Where generated text stands: OpenAI's three APIs and those that copy them. */
function openaiTextRules(): void {
  array(ROOT, 'choices', CHOICES);
  object(CHOICE, 'delta', DELTA);
  object(CHOICE, 'message', CHOICE_MESSAGE);
  text(CHOICE, 'text', TEXT);
  for (let place = DELTA; place <= CHOICE_MESSAGE; place++) {
    rule(place, 'content', 0, PARTS, TEXT, 0, 0);
    text(place, 'reasoning_content,reasoning', REASONING);
    text(place, 'refusal', REFUSAL);
    array(place, 'tool_calls', CALLS);
    object(place, 'function_call', FUNCTION);
  }
  object(CALL, 'function', FUNCTION);
  text(FUNCTION, 'arguments', TOOL);
  rule(PART, 'text', VALUE, 0, TEXT, 0, 0);
  text(VALUE, 'value', TEXT); // assistants
  text(PART, 'refusal', REFUSAL);
  rule(PART, 'thinking', 0, REASONING_PARTS, REASONING, 0, 0); // Mistral has an array, Anthropic and Cohere a string
  text(REASONING_PART, 'text', REASONING);

  // Responses: a root `delta` is a string whose kind the event's type tells; the whole answer stands in `output`.
  rule(ROOT, 'delta', DELTA, 0, BY_TYPE, 0, 0);
  object(ROOT, 'response', RESPONSE);
  rule(ROOT, 'output', OUTPUT_OBJECT, OUTPUT, 0, 0, 0);
  array(OUTPUT_ITEM, 'content', PARTS);
  array(OUTPUT_ITEM, 'summary', REASONING_PARTS);
  text(OUTPUT_ITEM, 'arguments,input', TOOL);
}

/** Anthropic, Gemini, Bedrock, Cohere, Ollama. */
function otherTextRules(): void {
  text(DELTA, 'text', TEXT);
  text(DELTA, 'thinking', REASONING);
  text(DELTA, 'partial_json', TOOL);
  array(ROOT, 'content', PARTS);
  object(ROOT, 'content_block', BLOCK);
  text(BLOCK, 'text', TEXT);
  text(BLOCK, 'thinking', REASONING);
  text(ROOT, 'completion', TEXT);

  array(ROOT, 'candidates', CANDIDATES);
  object(CANDIDATE, 'content', CONTENT);
  array(CONTENT, 'parts', PARTS);
  array(ROOT, 'outputs', PARTS); // Mistral on Bedrock, Gemini interactions
  object(ROOT, 'interaction', INTERACTION);

  object(DELTA, 'reasoningContent', REASONING_PART);
  object(DELTA, 'toolUse', TOOL_USE);
  text(TOOL_USE, 'input', TOOL);
  object(ROOT, 'contentBlockDelta', BLOCK);
  object(BLOCK, 'delta', DELTA);
  object(ROOT, 'metadata', METADATA);
  object(OUTPUT_OBJECT, 'message', DELTA_MESSAGE);
  text(ROOT, 'outputText,generation,generated_text', TEXT);
  text(RESULT, 'outputText,generated_text', TEXT);
  array(ROOT, 'completions', GENERATIONS);
  array(ROOT, 'generations', GENERATIONS);
  text(GENERATION, 'text', TEXT);
  object(GENERATION, 'data', COMPLETION);
  text(COMPLETION, 'text', TEXT);

  object(DELTA, 'message', DELTA_MESSAGE); // Cohere v2
  for (let place = ROOT_MESSAGE; place <= DELTA_MESSAGE; place += DELTA_MESSAGE - ROOT_MESSAGE) {
    rule(place, 'content', PART, PARTS, TEXT, 0, 0);
    text(place, 'thinking,tool_plan', REASONING);
    rule(place, 'tool_calls', CALL, CALLS, 0, 0, 0);
  }
  text(ROOT, 'text', ROOT_TEXT);
  rule(ROOT, 'response', RESPONSE, 0, TEXT, 0, 0); // an object in Responses and Cohere v1, Ollama's text
  text(ROOT, 'thinking', REASONING);
}
