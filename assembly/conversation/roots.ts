// Where the walk through a dialect's body begins: exported, the host picks one by the api's name.
import { FIRST_PLACE } from './meanings';

export const ROOT_OPENAI_CHAT: i32 = FIRST_PLACE;
export const ROOT_OPENAI_RESPONSES: i32 = FIRST_PLACE + 1;
export const ROOT_OPENAI_COMPLETIONS: i32 = FIRST_PLACE + 2;
export const ROOT_OPENAI_EMBEDDINGS: i32 = FIRST_PLACE + 3;
export const ROOT_OPENAI_MODERATIONS: i32 = FIRST_PLACE + 4;
export const ROOT_ANTHROPIC_MESSAGES: i32 = FIRST_PLACE + 5;
export const ROOT_ANTHROPIC_COMPLETE: i32 = FIRST_PLACE + 6;
export const ROOT_GEMINI_GENERATE: i32 = FIRST_PLACE + 7;
export const ROOT_GEMINI_COUNT_TOKENS: i32 = FIRST_PLACE + 8;
export const ROOT_GEMINI_EMBED: i32 = FIRST_PLACE + 9;
export const ROOT_VERTEX_PREDICT: i32 = FIRST_PLACE + 10;
export const ROOT_BEDROCK_CONVERSE: i32 = FIRST_PLACE + 11;
export const ROOT_BEDROCK_INVOKE: i32 = FIRST_PLACE + 12;
export const ROOT_BEDROCK_COUNT_TOKENS: i32 = FIRST_PLACE + 13;
export const ROOT_COHERE_CHAT: i32 = FIRST_PLACE + 14;
export const ROOT_COHERE_GENERATE: i32 = FIRST_PLACE + 15;
export const ROOT_COHERE_EMBED: i32 = FIRST_PLACE + 16;
export const ROOT_COHERE_RERANK: i32 = FIRST_PLACE + 17;
export const ROOT_OLLAMA_CHAT: i32 = FIRST_PLACE + 18;
export const ROOT_OLLAMA_GENERATE: i32 = FIRST_PLACE + 19;
export const ROOT_OLLAMA_EMBED: i32 = FIRST_PLACE + 20;
/** The first place that is not a root. */
export const FIRST_INNER: i32 = FIRST_PLACE + 21;
