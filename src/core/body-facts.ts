// What kernel `classify` reads from a request body, independent of who will serve it.

/** Bits of `BodyFacts.modalities`. */
export const MODALITY_TEXT = 1;
export const MODALITY_IMAGE = 2;
export const MODALITY_AUDIO = 4;
export const MODALITY_FILE = 8;
export const MODALITY_VIDEO = 16;

export const MODALITY_NAMES: readonly (readonly [number, string])[] = [
  [MODALITY_TEXT, 'text'],
  [MODALITY_IMAGE, 'image'],
  [MODALITY_AUDIO, 'audio'],
  [MODALITY_FILE, 'file'],
  [MODALITY_VIDEO, 'video'],
];

export interface BodyFacts {
  /** `json`: one whole JSON object. `invalid`: not JSON, or cut short. `empty`: no bytes. `multipart`: form fields were read. */
  readonly form: 'json' | 'invalid' | 'empty' | 'multipart';
  /** Top-level `model` (or `modelId`, `engine`), unescaped; the last of duplicates, as JSON parsers do. */
  readonly model: string | null;
  /** Byte range of that value as it stands (quotes included), so that a route can replace it; -1 where there is none. */
  readonly modelAt: number;
  readonly modelEnd: number;
  readonly stream: boolean | null;
  /** max_tokens, max_completion_tokens, max_output_tokens, generationConfig.maxOutputTokens, inferenceConfig.maxTokens, options.num_predict, … in tokens. */
  readonly maxOutputTokens: number | null;
  /** Length of messages / contents / input / requests, or chat_history and message; null where the body has none of these. */
  readonly messages: number | null;
  readonly tools: number | null;
  /** OR of MODALITY_*. */
  readonly modalities: number;
  /** Shape hints for a path that does not tell the dialect: OR of SHAPE_*. */
  readonly shape: number;
  /** End user as the caller names him: `user`, `safety_identifier`, `metadata.user_id`. */
  readonly endUser: string | null;
  /** Whether the caller decided `stream_options.include_usage` himself. */
  readonly includeUsageSet: boolean;
  /** Byte offset just after the `{` of a top-level `stream_options` object, or -1. */
  readonly streamOptionsAt: number;
  /** Whether that object is empty (`{}`), so that no comma is needed after an insertion. */
  readonly streamOptionsEmpty: boolean;
  /** Byte offset of the closing `}` of the top-level object, or -1. */
  readonly closeAt: number;
}

/** Bits of `BodyFacts.shape`: which tell-tale top-level keys stand in the body. */
export const SHAPE_MESSAGES = 1;
export const SHAPE_CONTENTS = 2; // Gemini
export const SHAPE_INPUT = 4; // OpenAI responses, embeddings
export const SHAPE_PROMPT = 8; // completions, images
export const SHAPE_INFERENCE_CONFIG = 16; // Bedrock converse
export const SHAPE_ANTHROPIC_VERSION = 32; // Bedrock and Vertex invoke of Anthropic models
export const SHAPE_INSTANCES = 64; // Vertex predict
export const SHAPE_MESSAGE = 128; // Cohere v1 chat
export const SHAPE_TEXTS = 256; // texts, query, documents, inputText, inputs: embedding and reranking
export const SHAPE_SYSTEM = 512; // top-level system or instructions
