// The slow, obvious twin of kernel classify: JSON.parse and property reads. Its facts are what the kernel must find,
// byte offsets apart (those are tested by what stands there).
import {
  type BodyFacts,
  MODALITY_AUDIO,
  MODALITY_FILE,
  MODALITY_IMAGE,
  MODALITY_TEXT,
  MODALITY_VIDEO,
} from '../../src/core/body-facts.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export type TwinFacts = Pick<
  BodyFacts,
  | 'form'
  | 'model'
  | 'stream'
  | 'maxOutputTokens'
  | 'messages'
  | 'tools'
  | 'modalities'
  | 'endUser'
  | 'includeUsageSet'
>;

const NOTHING = {
  model: null,
  stream: null,
  maxOutputTokens: null,
  messages: null,
  tools: null,
  modalities: 0,
  endUser: null,
  includeUsageSet: false,
} as const;

export function twinFacts(body: Uint8Array): TwinFacts {
  if (body.length === 0) return { form: 'empty', ...NOTHING };
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder().decode(body)) as Json;
  } catch {
    return { form: 'invalid', ...NOTHING };
  }
  const root = objectIn(json);
  if (root === null) return { form: 'invalid', ...NOTHING };
  const inner = innerRequest(root);
  return {
    form: 'json',
    model: textIn(root.model) ?? textIn(lastOf(root, ['modelId', 'model_id', 'engine'])),
    stream: typeof root.stream === 'boolean' ? root.stream : null,
    maxOutputTokens: bound(inner),
    messages: messages(inner) ?? messages(root),
    tools: tools(inner),
    modalities: modalities(root) | modalities(inner),
    endUser: endUser(root),
    includeUsageSet: typeof objectIn(root.stream_options)?.include_usage === 'boolean',
  };
}

/** Token counting wraps a whole request in another. */
function innerRequest(root: JsonObject): JsonObject {
  const wrapped = objectIn(root.generateContentRequest) ?? objectIn(objectIn(root.input)?.converse);
  return wrapped ?? root;
}

function objectIn(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

/** Well-formed as UTF-8 text is: a lone surrogate cannot be written in it. At most 448 bytes, cut with a mark. */
function textIn(value: Json | undefined): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const bytes = new TextEncoder().encode(value);
  return bytes.length <= 448
    ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    : `${value.slice(0, 448)}…`;
}

function lastOf(root: JsonObject, names: readonly string[]): Json | undefined {
  let last: Json | undefined;
  for (const [key, value] of Object.entries(root)) if (names.includes(key)) last = value;
  return last;
}

const BOUNDS = [
  'max_tokens max_completion_tokens max_output_tokens maxTokens n_predict max_gen_len max_new_tokens',
  'maxOutputTokens max_tokens_to_sample generationConfig.maxOutputTokens generationConfig.max_output_tokens',
  'generation_config.maxOutputTokens generation_config.max_output_tokens inferenceConfig.maxTokens',
  'inferenceConfig.max_new_tokens options.num_predict textGenerationConfig.maxTokenCount',
  'parameters.max_new_tokens parameters.maxOutputTokens parameters.max_tokens',
].flatMap(line => line.split(' '));

function bound(root: JsonObject): number | null {
  const found = BOUNDS.map(path => {
    const [first, second] = path.split('.');
    const value = second === undefined ? root[first ?? ''] : objectIn(root[first ?? ''])?.[second];
    return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
      ? Math.floor(value)
      : -1;
  });
  const most = Math.max(...found);
  return most < 0 ? null : most;
}

function messages(root: JsonObject): number | null {
  if (Array.isArray(root.messages)) return countOf(root.messages);
  if (Array.isArray(root.contents)) return countOf(root.contents);
  if (typeof root.contents === 'string' || objectIn(root.contents) !== null) return 1;
  if (typeof root.input === 'string') return 1;
  if (Array.isArray(root.input)) return countOf(root.input);
  if (Array.isArray(root.requests)) return countOf(root.requests);
  const history = Array.isArray(root.chat_history) ? countOf(root.chat_history) : null;
  const message = typeof root.message === 'string' ? 1 : null;
  return history === null && message === null ? null : (history ?? 0) + (message ?? 0);
}

/** Numbers are the tokens of one input. */
function countOf(list: Json[]): number {
  const others = list.filter(item => typeof item !== 'number').length;
  return typeof list[0] === 'number' ? others + 1 : others;
}

function tools(root: JsonObject): number | null {
  const { tools: listed, functions } = root;
  const configured = objectIn(root.toolConfig)?.tools;
  let sum = -1;
  const add = (count: number) => {
    sum = Math.max(sum, 0) + count;
  };
  const declaring = Array.isArray(listed) ? listed : objectIn(listed) === null ? null : [objectIn(listed)];
  if (declaring !== null) add(declaring.reduce((count: number, tool) => count + declared(tool), 0));
  if (Array.isArray(functions)) add(functions.length);
  if (Array.isArray(configured)) {
    add(configured.filter(tool => objectIn(objectIn(tool)?.cachePoint) === null).length);
  }
  return sum < 0 ? null : sum;
}

/** Gemini writes several functions into one tool. */
function declared(tool: Json): number {
  const lists = [objectIn(tool)?.functionDeclarations, objectIn(tool)?.function_declarations].filter(
    Array.isArray,
  );
  return lists.length === 0 ? 1 : lists.flat().length;
}

function endUser(root: JsonObject): string | null {
  const given = textIn(root.user);
  if (given !== null) return given;
  let last: string | null = null;
  for (const [key, value] of Object.entries(root)) {
    if (key === 'safety_identifier') last = textIn(value);
    if (key === 'metadata') last = textIn(objectIn(value)?.user_id);
  }
  return last;
}

const TYPES: Record<string, number> = {
  text: MODALITY_TEXT,
  output_text: MODALITY_TEXT,
  image: MODALITY_IMAGE,
  image_url: MODALITY_IMAGE,
  computer_screenshot: MODALITY_IMAGE,
  audio: MODALITY_AUDIO,
  audio_url: MODALITY_AUDIO,
  video: MODALITY_VIDEO,
  video_url: MODALITY_VIDEO,
  file: MODALITY_FILE,
  document: MODALITY_FILE,
  container_upload: MODALITY_FILE,
  document_url: MODALITY_FILE,
};
const MEDIA: Record<string, number> = {
  image: MODALITY_IMAGE,
  image_url: MODALITY_IMAGE,
  audio: MODALITY_AUDIO,
  audio_url: MODALITY_AUDIO,
  input_audio: MODALITY_AUDIO,
  video: MODALITY_VIDEO,
  video_url: MODALITY_VIDEO,
  file: MODALITY_FILE,
  document: MODALITY_FILE,
};
const NESTED = 'parts output content toolResult functionResponse function_response'.split(' ');

function modalities(root: JsonObject): number {
  let bits = 0;
  for (const name of ['messages', 'contents', 'input', 'requests', 'chat_history']) {
    const value = root[name];
    if (Array.isArray(value)) bits |= inParts(value);
    else if (
      typeof value === 'string' &&
      name !== 'messages' &&
      name !== 'requests' &&
      name !== 'chat_history'
    )
      bits |= MODALITY_TEXT;
    else if (name === 'contents' && objectIn(value) !== null) bits |= inPart(objectIn(value) ?? {});
  }
  bits |=
    (typeof root.message === 'string' ? MODALITY_TEXT : 0) |
    inText(root.content, true) |
    inText(root.system, true);
  for (const name of ['prompt', 'texts', 'query', 'inputText', 'inputs', 'documents', 'instructions'])
    bits |= inText(root[name], name === 'instructions');
  for (const [name, bit] of Object.entries({
    image: MODALITY_IMAGE,
    file: MODALITY_FILE,
    document: MODALITY_FILE,
  })) {
    if (isMedia(root[name])) bits |= bit;
  }
  if (objectIn(root.message) !== null) bits |= inPart(objectIn(root.message) ?? {});
  return bits | inImages(root.images);
}

function inText(value: Json | undefined, nests: boolean): number {
  if (typeof value === 'string') return MODALITY_TEXT;
  if (Array.isArray(value)) {
    if (nests) return inParts(value);
    return value.some(item => typeof item === 'string') ? MODALITY_TEXT : 0;
  }
  const object = objectIn(value);
  return object !== null && nests ? inPart(object) : 0;
}

function inParts(list: Json[]): number {
  let bits = 0;
  for (const item of list) {
    if (typeof item === 'string') bits |= MODALITY_TEXT;
    const part = objectIn(item);
    if (part !== null) bits |= inPart(part);
  }
  return bits;
}

function inPart(part: JsonObject): number {
  let bits = typeof part.type === 'string' ? (TYPES[part.type.replace(/^input_/, '')] ?? 0) : 0;
  bits |= inText(part.text, false) | inImages(part.images);
  for (const [name, bit] of Object.entries(MEDIA)) if (isMedia(part[name])) bits |= bit;
  for (const name of NESTED) bits |= inText(part[name], true);
  for (const name of ['inlineData', 'inline_data', 'fileData', 'file_data']) {
    const blob = objectIn(part[name]);
    for (const mime of [blob?.mimeType, blob?.mime_type]) if (typeof mime === 'string') bits |= ofMime(mime);
  }
  return bits;
}

function ofMime(mime: string): number {
  if (mime === '') return 0;
  const bits = { image: MODALITY_IMAGE, audio: MODALITY_AUDIO, video: MODALITY_VIDEO }[
    mime.split('/')[0] ?? ''
  ];
  return mime.includes('/') && bits !== undefined ? bits : MODALITY_FILE;
}

function inImages(value: Json | undefined): number {
  return Array.isArray(value) && value.some(item => item !== null) ? MODALITY_IMAGE : 0;
}

function isMedia(value: Json | undefined): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
