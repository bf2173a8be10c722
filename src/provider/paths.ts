// What a path tells: api, model, streaming. Rules look at the path's last segments, so that the prefixes of gateways and
// compatible servers (`/api/v1`, `/openai/v1`, `/compatible-mode/v1`, `/inference/v1`, …) need no list.
import type { ApiName } from '../core/api.js';

/** Whose own paths a provider serves besides the OpenAI-compatible ones; `unknown` where nobody is named. */
export type Family = 'openai' | 'anthropic' | 'google' | 'bedrock' | 'cohere' | 'ollama' | 'unknown';

export interface PathFacts {
  readonly api: ApiName;
  /** Named by the path itself: the provider serves this one, whatever the body says. */
  readonly model: string | null;
  readonly stream: boolean | null;
  /** Whether the path alone proves AI traffic at a host that nobody knows. */
  readonly telling: boolean;
  /** Whether another dialect has the same path, so that the body's shape decides. */
  readonly ambiguous: boolean;
}

const FAMILIES: Readonly<Record<string, Family>> = {
  anthropic: 'anthropic',
  gemini: 'google',
  'vertex-ai': 'google',
  bedrock: 'bedrock',
  cohere: 'cohere',
  ollama: 'ollama',
  'ollama-cloud': 'ollama',
};

export function familyOf(kind: string | null): Family {
  if (kind === null) return 'unknown';
  return Object.hasOwn(FAMILIES, kind) ? (FAMILIES[kind] ?? 'openai') : 'openai';
}

function facts(api: ApiName, telling: boolean, more: Partial<PathFacts> = {}): PathFacts {
  return { api, model: null, stream: null, telling, ambiguous: false, ...more };
}

/** Segments of a path, each decoded once; a segment that does not decode stays as it is. */
export function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    try {
      segments.push(raw.includes('%') ? decodeURIComponent(raw) : raw);
    } catch {
      segments.push(raw); // not UTF-8: no rule matches it
    }
  }
  return segments;
}

/** Null where no rule knows the path. */
export function classifyPath(method: string, segments: readonly string[], family: Family): PathFacts | null {
  return (
    bedrockPath(segments) ??
    googlePath(segments, family) ??
    threadPath(segments, family) ??
    anthropicPath(segments, family) ??
    ollamaPath(segments, family) ??
    coherePath(segments, family) ??
    generationPath(segments) ??
    invocationPath(segments) ??
    (family === 'openai' || family === 'ollama' || family === 'unknown' || segments.includes('openai')
      ? resourcePath(method, segments, family)
      : null)
  );
}

const BEDROCK: Readonly<Record<string, readonly [ApiName, boolean | null]>> = {
  converse: ['bedrock.converse', false],
  'converse-stream': ['bedrock.converse', true],
  invoke: ['bedrock.invoke', false],
  'invoke-with-response-stream': ['bedrock.invoke', true],
  'count-tokens': ['bedrock.count_tokens', null],
};

/** `/model/<id>/<operation>`; an id is URL-encoded, but clients exist that leave an ARN's slashes as they are. */
function bedrockPath(segments: readonly string[]): PathFacts | null {
  const last = segments[segments.length - 1] ?? '';
  const at = segments.indexOf('model');
  if (at < 0 || at > segments.length - 3 || !Object.hasOwn(BEDROCK, last)) return null;
  const row = BEDROCK[last];
  if (row === undefined) return null;
  return facts(row[0], true, { model: segments.slice(at + 1, -1).join('/'), stream: row[1] });
}

const GOOGLE: Readonly<Record<string, readonly [ApiName, boolean | null]>> = {
  generateContent: ['gemini.generate', false],
  streamGenerateContent: ['gemini.generate', true],
  embedContent: ['gemini.embed', null],
  batchEmbedContents: ['gemini.embed', null],
  asyncBatchEmbedContent: ['gemini.embed', null],
  countTokens: ['gemini.count_tokens', null],
  predict: ['vertex.predict', null],
  predictLongRunning: ['vertex.predict', null],
  rawPredict: ['vertex.predict', null],
  streamRawPredict: ['vertex.predict', true],
  serverStreamingPredict: ['vertex.predict', true],
};

/** `…/models/M:action`, `…/publishers/P/models/M:action`, `…/endpoints/E:action`; `/v1beta/interactions`. */
function googlePath(segments: readonly string[], family: Family): PathFacts | null {
  const last = segments[segments.length - 1] ?? '';
  const colon = last.lastIndexOf(':');
  if (colon <= 0) {
    const versioned = /^v1(alpha|beta)\d*$/.test(segments[0] ?? '');
    const interactions = segments.indexOf('interactions');
    const near = interactions >= 0 && interactions >= segments.length - 3;
    if (near && (versioned || family === 'google')) return facts('gemini.interactions', versioned);
    return null;
  }
  const action = last.slice(colon + 1);
  const owner = segments[segments.length - 2] ?? '';
  if (!Object.hasOwn(GOOGLE, action) || !/^(models|tunedModels|endpoints|dynamic|agents)$/.test(owner))
    return null;
  const row = GOOGLE[action];
  if (row === undefined) return null;
  const model = last.slice(0, colon);
  if (action !== 'rawPredict' && action !== 'streamRawPredict') {
    return facts(row[0], true, { model, stream: row[1] });
  }
  return facts(rawPredictApi(segments, model), true, { model, stream: row[1] });
}

/** Vertex passes a publisher's own format through `rawPredict`. */
function rawPredictApi(segments: readonly string[], model: string): ApiName {
  const publisher = segments[segments.indexOf('publishers') + 1];
  if (publisher === 'anthropic')
    return model === 'count-tokens' ? 'anthropic.count_tokens' : 'anthropic.messages';
  return publisher === 'mistralai' ? 'openai.chat' : 'vertex.predict';
}

function threadPath(segments: readonly string[], family: Family): PathFacts | null {
  if (family === 'anthropic' || family === 'google') return null;
  const at = segments.findIndex(segment => segment === 'threads' || segment === 'assistants');
  if (at < 0 || !isRoot(segments, at) || (at === 0 && family === 'unknown')) return null;
  return facts('openai.assistants', false);
}

function anthropicPath(segments: readonly string[], family: Family): PathFacts | null {
  const at = segments.lastIndexOf('messages');
  if (at >= 0 && (segments[at - 1] === 'v1' || segments[at - 1] === 'anthropic' || family === 'anthropic')) {
    const next = segments[at + 1];
    if (next === undefined) return facts('anthropic.messages', segments.includes('anthropic'));
    if (next === 'count_tokens') return facts('anthropic.count_tokens', true);
    if (next === 'batches') return facts('anthropic.batches', true);
  }
  const last = segments.length - 1;
  if (segments[last] === 'complete' && segments[last - 1] === 'v1') return facts('anthropic.complete', false);
  return null;
}

const OLLAMA: Readonly<Record<string, ApiName>> = {
  chat: 'ollama.chat',
  generate: 'ollama.generate',
  embed: 'ollama.embed',
  embeddings: 'ollama.embed',
};

function ollamaPath(segments: readonly string[], family: Family): PathFacts | null {
  const last = segments[segments.length - 1] ?? '';
  if (segments[segments.length - 2] !== 'api' || !Object.hasOwn(OLLAMA, last)) return null;
  if (family !== 'ollama' && family !== 'unknown' && family !== 'openai') return null;
  return facts(OLLAMA[last] ?? 'other', false);
}

function coherePath(segments: readonly string[], family: Family): PathFacts | null {
  const last = segments[segments.length - 1] ?? '';
  const version = segments[segments.length - 2] ?? '';
  const named = /^v[12]$/.test(version) || family === 'cohere' || (last === 'rerank' && family !== 'google');
  if (!named) return null;
  switch (last) {
    case 'chat':
      // Writer has the same path with OpenAI's body.
      if (family === 'cohere') return facts('cohere.chat', true);
      if (family === 'unknown') return facts('cohere.chat', false, { ambiguous: version === 'v1' });
      return version === 'v1' ? facts('openai.chat', false) : facts('cohere.chat', false);
    case 'generate':
      return facts('cohere.generate', false);
    case 'embed':
      return facts('cohere.embed', false);
    case 'rerank':
      return facts('cohere.rerank', false);
    default:
      return null;
  }
}

/** What OpenAI's format is copied for: these path ends mean the same everywhere. */
function generationPath(segments: readonly string[]): PathFacts | null {
  const model = deployment(segments);
  const last = segments.length - 1;
  const completions = segments.lastIndexOf('completions');
  if (completions >= 0 && segments[completions - 1] === 'chat') return facts('openai.chat', true, { model });
  // Mistral's agents answer as chat does.
  if (completions === last && segments[last - 1] === 'agents') return facts('openai.chat', false);
  if (completions === last && last >= 0)
    return facts('openai.completions', isRoot(segments, last), { model });
  const responses = segments.lastIndexOf('responses');
  if (responses >= 0 && isRoot(segments, responses)) {
    return facts('openai.responses', /^(v1|openai)$/.test(segments[responses - 1] ?? ''), { model });
  }
  if (segments[last] === 'embeddings') return facts('openai.embeddings', isRoot(segments, last), { model });
  const kind = segments[last - 1];
  if (kind === 'images' && /^(generations|edits|variations)$/.test(segments[last] ?? '')) {
    return facts('openai.images', true, { model });
  }
  if (kind === 'audio' && /^(transcriptions|translations|speech)$/.test(segments[last] ?? '')) {
    return facts('openai.audio', true, { model });
  }
  return null;
}

/** A model's own address, where the body says what it speaks: Databricks, SageMaker, Hugging Face. */
function invocationPath(segments: readonly string[]): PathFacts | null {
  const last = segments.length - 1;
  const owner = segments[last - 2];
  if (segments[last] === 'invocations' && (owner === 'serving-endpoints' || owner === 'endpoints')) {
    return facts('other', false, { model: segments[last - 1] ?? null, ambiguous: true });
  }
  return null;
}

const RESOURCES: Readonly<Record<string, ApiName>> = {
  moderations: 'openai.moderations',
  models: 'openai.models',
  batches: 'openai.batches',
  files: 'openai.files',
  uploads: 'openai.files',
  realtime: 'openai.realtime',
  audio: 'openai.audio',
  images: 'openai.images',
};

function resourcePath(method: string, segments: readonly string[], family: Family): PathFacts | null {
  for (let at = 0; at < segments.length; at++) {
    const api = Object.hasOwn(RESOURCES, segments[at] ?? '') ? RESOURCES[segments[at] ?? ''] : undefined;
    if (api === undefined || !isRoot(segments, at) || (at === 0 && family === 'unknown')) continue;
    // `POST /models/<id>` runs a model at some hosts; OpenAI's resource is only read and deleted.
    if (api === 'openai.models' && method === 'POST') continue;
    return facts(api, false, { model: deployment(segments) });
  }
  return null;
}

/** A resource's place: first of all, or after a version (`v1`, `v4`, `v1beta`), `openai`, or Azure's deployment. */
function isRoot(segments: readonly string[], at: number): boolean {
  const before = segments[at - 1];
  if (before === undefined || before === 'openai' || before === 'beta' || before === 'models') return true;
  if (/^v\d+([a-z]+\d*)?$/.test(before)) return true;
  return segments[at - 2] === 'deployments' || segments[at - 2] === 'engines';
}

/** Azure's deployment or a legacy engine, named by the path. */
function deployment(segments: readonly string[]): string | null {
  const at = segments.findIndex(segment => segment === 'deployments' || segment === 'engines');
  return at < 0 ? null : (segments[at + 1] ?? null);
}
