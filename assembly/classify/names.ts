// The names that matter in a request body: which container a scan stands in (context), and which key it has just read.
// Everything else is skipped, validated but not looked at.

// Contexts. 0 is a container that nobody asks about.
export const SKIP: i32 = 0;
export const ROOT: i32 = 1;
export const REQUEST: i32 = 2; // a whole request inside another: Gemini's and Bedrock's token counting
export const INPUT_OBJECT: i32 = 3; // Bedrock's `input: { converse: {…} }`
export const PARTS: i32 = 4; // array of parts
export const PART: i32 = 5; // a message, or a part of one: providers nest them in each other
export const BLOB: i32 = 6; // inlineData, fileData: the MIME type tells the modality
export const TOOL: i32 = 7;
export const DECLARATIONS: i32 = 8; // Gemini: several functions in one tool
export const TOOL_CONFIG: i32 = 9;
export const GENERATION: i32 = 10;
export const INFERENCE: i32 = 11;
export const OPTIONS: i32 = 12;
export const TEXT_GENERATION: i32 = 13;
export const PARAMETERS: i32 = 14;
export const STREAM_OPTIONS: i32 = 15;
export const METADATA: i32 = 16;
export const IMAGES: i32 = 17; // array: each element is an image
export const CONFIG_TOOL: i32 = 19; // Bedrock
export const TEXTS: i32 = 18; // array: its strings are text
export const COUNTED: i32 = 32; // + index in COUNTS: an array whose elements are counted

// Indices in COUNTS.
export const COUNT_MESSAGES: i32 = 0;
export const COUNT_CONTENTS: i32 = 1;
export const COUNT_INPUT: i32 = 2;
export const COUNT_REQUESTS: i32 = 3;
export const COUNT_HISTORY: i32 = 4;
export const COUNT_MESSAGE: i32 = 5; // Cohere v1: the one new message beside chat_history
export const COUNT_TOOLS: i32 = 6; // from here on tools
export const COUNT_FUNCTIONS: i32 = 7;
export const COUNT_CONFIG_TOOLS: i32 = 8;

// Keys. A key's number says its context too; 0 is a key that nobody asks about.
export const K_MODEL: i32 = 1;
export const K_MODEL_ALT: i32 = 2;
export const K_STREAM: i32 = 3;
export const K_USER: i32 = 4;
export const K_USER_ALT: i32 = 5;
export const K_STREAM_OPTIONS: i32 = 6;
export const K_METADATA: i32 = 7;
export const K_TOOL_CONFIG: i32 = 8;
export const K_GENERATION: i32 = 9;
export const K_INFERENCE: i32 = 10;
export const K_OPTIONS: i32 = 11;
export const K_TEXT_GENERATION: i32 = 12;
export const K_PARAMETERS: i32 = 13;
export const K_PROMPT: i32 = 14;
export const K_SYSTEM: i32 = 15;
export const K_TEXTS: i32 = 16;
export const K_INSTANCES: i32 = 17;
export const K_ANTHROPIC_VERSION: i32 = 18;
export const K_REQUEST: i32 = 19;
export const K_IMAGES: i32 = 20;
export const K_CONTENT: i32 = 21;
export const K_INCLUDE_USAGE: i32 = 22;
export const K_TYPE: i32 = 23;
export const K_TEXT: i32 = 24;
export const K_IMAGE: i32 = 25;
export const K_AUDIO: i32 = 26;
export const K_VIDEO: i32 = 27;
export const K_FILE: i32 = 28;
export const K_BLOB: i32 = 29;
export const K_MIME: i32 = 30;
export const K_DECLARATIONS: i32 = 31;
export const K_CACHE_POINT: i32 = 32;
export const K_NESTED: i32 = 33; // a part's own content, parts, output or tool result
export const K_COUNT: i32 = 64; // + index in COUNTS
export const K_BOUND: i32 = 128; // + index in BOUNDS

// Indices in BOUNDS: every name of "at most so many tokens out".
export const BOUND_GENERATION: i32 = 12; // and 13
export const BOUND_INFERENCE: i32 = 14; // and 15
export const BOUND_OPTIONS: i32 = 16;
export const BOUND_TEXT_GENERATION: i32 = 17;
export const BOUND_PARAMETERS: i32 = 18; // to 20

/** The key's number in its context; `at` and `length` are its unescaped UTF-8 bytes. */
export function keyOf(context: i32, at: usize, length: i32): i32 {
  switch (context) {
    case ROOT:
      return rootKey(at, length);
    case REQUEST: {
      const key = rootKey(at, length);
      return key > K_METADATA ? key : 0; // who asks for which model is the outer request's matter
    }
    case PART:
      return partKey(at, length);
    case BLOB:
      return is(at, length, 'mimeType') || is(at, length, 'mime_type') ? K_MIME : 0;
    case TOOL:
      if (is(at, length, 'functionDeclarations')) return K_DECLARATIONS;
      return is(at, length, 'function_declarations') ? K_DECLARATIONS : 0;
    case CONFIG_TOOL:
      return is(at, length, 'cachePoint') ? K_CACHE_POINT : 0;
    case TOOL_CONFIG:
      return is(at, length, 'tools') ? K_COUNT + COUNT_CONFIG_TOOLS : 0;
    case STREAM_OPTIONS:
      return is(at, length, 'include_usage') ? K_INCLUDE_USAGE : 0;
    case METADATA:
      return is(at, length, 'user_id') ? K_USER_ALT : 0;
    case INPUT_OBJECT:
      return is(at, length, 'converse') ? K_REQUEST : 0;
    default:
      return boundKey(context, at, length);
  }
}

function boundKey(context: i32, at: usize, length: i32): i32 {
  switch (context) {
    case GENERATION:
      if (is(at, length, 'maxOutputTokens')) return K_BOUND + BOUND_GENERATION;
      return is(at, length, 'max_output_tokens') ? K_BOUND + BOUND_GENERATION + 1 : 0;
    case INFERENCE:
      if (is(at, length, 'maxTokens')) return K_BOUND + BOUND_INFERENCE;
      return is(at, length, 'max_new_tokens') ? K_BOUND + BOUND_INFERENCE + 1 : 0;
    case OPTIONS:
      return is(at, length, 'num_predict') ? K_BOUND + BOUND_OPTIONS : 0;
    case TEXT_GENERATION:
      return is(at, length, 'maxTokenCount') ? K_BOUND + BOUND_TEXT_GENERATION : 0;
    case PARAMETERS:
      if (is(at, length, 'max_new_tokens')) return K_BOUND + BOUND_PARAMETERS;
      if (is(at, length, 'maxOutputTokens')) return K_BOUND + BOUND_PARAMETERS + 1;
      return is(at, length, 'max_tokens') ? K_BOUND + BOUND_PARAMETERS + 2 : 0;
    default:
      return 0;
  }
}

/** Top-level keys of every dialect, by length first: most keys are told apart by one compare. */
function rootKey(at: usize, length: i32): i32 {
  switch (length) {
    case 4:
      return is(at, 4, 'user') ? K_USER : is(at, 4, 'file') ? K_FILE : 0;
    case 5:
      if (is(at, 5, 'model')) return K_MODEL;
      if (is(at, 5, 'tools')) return K_COUNT + COUNT_TOOLS;
      if (is(at, 5, 'input')) return K_COUNT + COUNT_INPUT;
      if (is(at, 5, 'image')) return K_IMAGE;
      return is(at, 5, 'texts') || is(at, 5, 'query') ? K_TEXTS : 0;
    case 6:
      if (is(at, 6, 'stream')) return K_STREAM;
      if (is(at, 6, 'system')) return K_SYSTEM;
      if (is(at, 6, 'prompt')) return K_PROMPT;
      if (is(at, 6, 'engine')) return K_MODEL_ALT;
      if (is(at, 6, 'inputs')) return K_TEXTS;
      return is(at, 6, 'images') ? K_IMAGES : 0;
    case 7:
      if (is(at, 7, 'options')) return K_OPTIONS;
      if (is(at, 7, 'message')) return K_COUNT + COUNT_MESSAGE;
      if (is(at, 7, 'content')) return K_CONTENT;
      return is(at, 7, 'modelId') ? K_MODEL_ALT : 0;
    case 8:
      if (is(at, 8, 'messages')) return K_COUNT + COUNT_MESSAGES;
      if (is(at, 8, 'contents')) return K_COUNT + COUNT_CONTENTS;
      if (is(at, 8, 'metadata')) return K_METADATA;
      if (is(at, 8, 'requests')) return K_COUNT + COUNT_REQUESTS;
      if (is(at, 8, 'document')) return K_FILE;
      return is(at, 8, 'model_id') ? K_MODEL_ALT : 0;
    default:
      return longRootKey(at, length);
  }
}

function longRootKey(at: usize, length: i32): i32 {
  switch (length) {
    case 9:
      if (is(at, 9, 'maxTokens')) return K_BOUND + 3;
      if (is(at, 9, 'functions')) return K_COUNT + COUNT_FUNCTIONS;
      if (is(at, 9, 'instances')) return K_INSTANCES;
      if (is(at, 9, 'n_predict')) return K_BOUND + 4;
      return is(at, 9, 'inputText') || is(at, 9, 'documents') ? K_TEXTS : 0;
    case 10:
      if (is(at, 10, 'max_tokens')) return K_BOUND;
      if (is(at, 10, 'toolConfig')) return K_TOOL_CONFIG;
      return is(at, 10, 'parameters') ? K_PARAMETERS : 0;
    case 11:
      return is(at, 11, 'max_gen_len') ? K_BOUND + 5 : 0;
    case 12:
      return is(at, 12, 'chat_history') ? K_COUNT + COUNT_HISTORY : is(at, 12, 'instructions') ? K_SYSTEM : 0;
    case 14:
      if (is(at, 14, 'stream_options')) return K_STREAM_OPTIONS;
      return is(at, 14, 'max_new_tokens') ? K_BOUND + 6 : 0;
    case 15:
      if (is(at, 15, 'inferenceConfig')) return K_INFERENCE;
      return is(at, 15, 'maxOutputTokens') ? K_BOUND + 7 : 0;
    case 16:
      return is(at, 16, 'generationConfig') ? K_GENERATION : 0;
    case 17:
      if (is(at, 17, 'max_output_tokens')) return K_BOUND + 2;
      if (is(at, 17, 'generation_config')) return K_GENERATION;
      if (is(at, 17, 'anthropic_version')) return K_ANTHROPIC_VERSION;
      return is(at, 17, 'safety_identifier') ? K_USER_ALT : 0;
    case 20:
      if (is(at, 20, 'max_tokens_to_sample')) return K_BOUND + 8;
      return is(at, 20, 'textGenerationConfig') ? K_TEXT_GENERATION : 0;
    case 21:
      return is(at, 21, 'max_completion_tokens') ? K_BOUND + 1 : 0;
    case 22:
      return is(at, 22, 'generateContentRequest') ? K_REQUEST : 0;
    default:
      return 0;
  }
}

function partKey(at: usize, length: i32): i32 {
  switch (length) {
    case 4:
      if (is(at, 4, 'type')) return K_TYPE;
      return is(at, 4, 'text') ? K_TEXT : is(at, 4, 'file') ? K_FILE : 0;
    case 5:
      if (is(at, 5, 'parts')) return K_NESTED;
      if (is(at, 5, 'image')) return K_IMAGE;
      return is(at, 5, 'audio') ? K_AUDIO : is(at, 5, 'video') ? K_VIDEO : 0;
    case 6:
      return is(at, 6, 'output') ? K_NESTED : is(at, 6, 'images') ? K_IMAGES : 0;
    case 7:
      return is(at, 7, 'content') ? K_NESTED : 0;
    case 8:
      return is(at, 8, 'document') ? K_FILE : is(at, 8, 'fileData') ? K_BLOB : 0;
    case 9:
      if (is(at, 9, 'image_url')) return K_IMAGE;
      if (is(at, 9, 'video_url')) return K_VIDEO;
      return is(at, 9, 'audio_url') ? K_AUDIO : is(at, 9, 'file_data') ? K_BLOB : 0;
    case 10:
      return is(at, 10, 'inlineData') ? K_BLOB : is(at, 10, 'toolResult') ? K_NESTED : 0;
    case 11:
      return is(at, 11, 'inline_data') ? K_BLOB : is(at, 11, 'input_audio') ? K_AUDIO : 0;
    case 16:
      return is(at, 16, 'functionResponse') ? K_NESTED : 0;
    case 17:
      return is(at, 17, 'function_response') ? K_NESTED : 0;
    default:
      return 0;
  }
}

/** Whether the bytes are exactly `word` (ASCII); the compiler keeps the word as UTF-16 in static memory. */
export function is(at: usize, length: i32, word: string): bool {
  return length == word.length && same(at, changetype<usize>(word), length);
}

/** Whether the bytes begin with `word` (ASCII). */
export function begins(at: usize, length: i32, word: string): bool {
  return length >= word.length && same(at, changetype<usize>(word), word.length);
}

function same(at: usize, word: usize, length: i32): bool {
  for (let i: usize = 0; i < <usize>length; i++) {
    if (<u16>load<u8>(at + i) != load<u16>(word + (i << 1))) return false;
  }
  return true;
}
