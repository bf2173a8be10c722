// The names of what passes through: dialects (wire formats), their operations, and how a body is framed.

/** The wire format of a request; `provider` says who serves it. */
export type Dialect = 'openai' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock' | 'cohere' | 'ollama';

/** `<dialect>.<operation>`; `other` is an AI host's unknown path, `none` is traffic that is not AI. */
export const API_NAMES = [
  'none',
  'other',
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.embeddings',
  'openai.images',
  'openai.audio',
  'openai.moderations',
  'openai.models',
  'openai.assistants',
  'openai.batches',
  'openai.files',
  'openai.realtime',
  'anthropic.messages',
  'anthropic.complete',
  'anthropic.count_tokens',
  'anthropic.batches',
  'gemini.generate',
  'gemini.embed',
  'gemini.count_tokens',
  'gemini.interactions',
  'vertex.predict',
  'bedrock.converse',
  'bedrock.invoke',
  'bedrock.count_tokens',
  'cohere.chat',
  'cohere.generate',
  'cohere.embed',
  'cohere.rerank',
  'ollama.chat',
  'ollama.generate',
  'ollama.embed',
] as const;

export type ApiName = (typeof API_NAMES)[number];

/** The dialect of an api, or null for `none` and `other`. */
export function dialectOf(api: ApiName): Dialect | null {
  const dot = api.indexOf('.');
  return dot < 0 ? null : (api.slice(0, dot) as Dialect);
}

/** How a response body is cut into events. `auto` lets the meter decide from the first bytes. */
export type Framing = 'auto' | 'json' | 'sse' | 'ndjson' | 'json-array' | 'aws-eventstream';

/** One fact with where it was read: the answer to "how do you know?". */
export interface Evidence {
  readonly field: string;
  /** `policy`: its plugin has changed the request. */
  readonly from: 'method' | 'host' | 'path' | 'query' | 'header' | 'body' | 'config' | 'policy';
  readonly value: string;
}

/** What a request is. The `ai` object of the record, in code's own names. Unknown is null, never 0. */
export interface Identification {
  readonly isAi: boolean;
  /** Configured or recognised provider name; null where nothing tells. */
  provider: string | null;
  api: ApiName;
  model: string | null;
  modelServed: string | null;
  stream: boolean | null;
  maxOutputTokens: number | null;
  messages: number | null;
  tools: number | null;
  modalities: readonly string[];
  evidence: readonly Evidence[];
}

export const NOT_AI: Identification = Object.freeze({
  isAi: false,
  provider: null,
  api: 'none',
  model: null,
  modelServed: null,
  stream: null,
  maxOutputTokens: null,
  messages: null,
  tools: null,
  modalities: [],
  evidence: [],
});
