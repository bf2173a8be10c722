// Head and body together: what the request is, with the evidence for each field. Hot path: once or twice per request.
import { type ApiName, dialectOf, type Evidence, type Identification } from '../core/api.js';
import {
  type BodyFacts,
  MODALITY_AUDIO,
  MODALITY_FILE,
  MODALITY_IMAGE,
  MODALITY_NAMES,
  SHAPE_ANTHROPIC_VERSION,
  SHAPE_CONTENTS,
  SHAPE_INFERENCE_CONFIG,
  SHAPE_INPUT,
  SHAPE_MESSAGE,
  SHAPE_MESSAGES,
} from '../core/body-facts.js';
import type { HeadFacts } from '../provider/identify-head.js';

/** A new object each time: the pipeline goes on to fill it in. `body` is null where there is none or it is not read yet. */
export function identify(head: HeadFacts, body: BodyFacts | null): Identification {
  const evidence: Evidence[] = [...head.evidence];
  const readable = body !== null && (body.form === 'json' || body.form === 'multipart');
  const api = readable && head.ambiguous ? apiByShape(head.api, body, evidence) : head.api;
  if (api === 'none' || !readable) {
    return {
      isAi: head.isAi,
      provider: head.provider,
      api,
      model: head.model,
      modelServed: null,
      stream: head.stream,
      maxOutputTokens: null,
      messages: null,
      tools: null,
      modalities: [],
      evidence,
    };
  }
  if (head.model === null && body.model !== null) note(evidence, 'model', body.model);
  return {
    isAi: true,
    provider: head.provider,
    api,
    model: head.model ?? body.model,
    modelServed: null,
    stream: head.stream ?? streamOf(api, body, evidence),
    maxOutputTokens: noted(evidence, 'max_output_tokens', body.maxOutputTokens),
    messages: noted(evidence, 'messages', body.messages),
    tools: toolsOf(api, body, evidence),
    modalities: modalitiesOf(api, body, evidence),
    evidence,
  };
}

/** Where the path leaves it open: another dialect's body on the same path, or no path that says anything. */
function apiByShape(api: ApiName, body: BodyFacts, evidence: Evidence[]): ApiName {
  const { shape } = body;
  const messages = (shape & SHAPE_MESSAGES) !== 0;
  if (api === 'cohere.chat') {
    if (!messages || (shape & SHAPE_MESSAGE) !== 0) return api;
    note(evidence, 'api', 'messages, not message');
    return 'openai.chat';
  }
  if (body.form !== 'json') return api;
  let told: ApiName = api;
  if ((shape & SHAPE_CONTENTS) !== 0) told = 'gemini.generate';
  else if (messages && (shape & SHAPE_INFERENCE_CONFIG) !== 0) told = 'bedrock.converse';
  else if (messages && (shape & SHAPE_ANTHROPIC_VERSION) !== 0) told = 'anthropic.messages';
  else if (messages && (api === 'other' || body.model !== null)) told = 'openai.chat';
  if (told !== api) note(evidence, 'api', 'the shape of the body');
  return told;
}

/** What happens where `stream` is absent. Ollama alone streams unasked. */
function streamOf(api: ApiName, body: BodyFacts, evidence: Evidence[]): boolean | null {
  if (body.stream !== null) {
    note(evidence, 'stream', String(body.stream));
    return body.stream;
  }
  if (api === 'other' || body.form !== 'json') return null;
  const unasked = api === 'ollama.chat' || api === 'ollama.generate';
  note(evidence, 'stream', `absent, so ${unasked}`);
  return unasked;
}

const TAKES_TOOLS: ReadonlySet<ApiName> = new Set([
  'openai.chat',
  'openai.responses',
  'anthropic.messages',
  'gemini.generate',
  'bedrock.converse',
  'cohere.chat',
  'ollama.chat',
]);

/** No list of tools where one could stand means none, not unknown. */
function toolsOf(api: ApiName, body: BodyFacts, evidence: Evidence[]): number | null {
  if (body.tools !== null || !TAKES_TOOLS.has(api)) return noted(evidence, 'tools', body.tools);
  note(evidence, 'tools', 'absent, so 0');
  return 0;
}

function modalitiesOf(api: ApiName, body: BodyFacts, evidence: Evidence[]): readonly string[] {
  let bits = body.modalities;
  // A form's file often comes without a MIME type; what these paths take is known.
  if (body.form === 'multipart' && (bits & MODALITY_FILE) !== 0) {
    if (api === 'openai.audio') bits = (bits & ~MODALITY_FILE) | MODALITY_AUDIO;
    else if (api === 'openai.images') bits = (bits & ~MODALITY_FILE) | MODALITY_IMAGE;
  }
  if ((body.shape & SHAPE_INPUT) !== 0 && bits === 0 && dialectOf(api) === 'openai') bits = 1;
  const names: string[] = [];
  for (const [bit, name] of MODALITY_NAMES) if ((bits & bit) !== 0) names.push(name);
  if (names.length > 0) note(evidence, 'modalities', names.join(', '));
  return names;
}

function note(evidence: Evidence[], field: string, value: string): void {
  evidence.push({ field, from: 'body', value });
}

function noted(evidence: Evidence[], field: string, value: number | null): number | null {
  if (value !== null) note(evidence, field, String(value));
  return value;
}
