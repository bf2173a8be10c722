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

/** Gathers evidence; null on the hot path, where nobody asks for it. */
type Notes = Evidence[] | null;

/** A new object each time: the pipeline goes on to fill it in. `body` is null where there is none or it is not read yet. */
export function identify(head: HeadFacts, body: BodyFacts | null): Identification {
  return new Identified(head, body);
}

/**
 * The evidence is put together when a record is asked for: kept as eight objects a request it cost more in garbage
 * collection than everything else here (bench/gateway, mode json).
 */
class Identified implements Identification {
  readonly isAi: boolean;
  provider: string | null;
  api: ApiName;
  model: string | null;
  modelServed: string | null = null;
  stream: boolean | null;
  maxOutputTokens: number | null = null;
  messages: number | null = null;
  tools: number | null = null;
  modalities: readonly string[] = NO_MODALITIES;
  readonly #head: HeadFacts;
  readonly #body: BodyFacts | null;

  constructor(head: HeadFacts, body: BodyFacts | null) {
    this.#head = head;
    this.#body = body;
    this.isAi = head.isAi;
    this.provider = head.provider;
    this.api = head.api;
    this.model = head.model;
    this.stream = head.stream;
    if (body !== null) fill(this, head, body, null);
  }

  get evidence(): readonly Evidence[] {
    const notes: Evidence[] = [...this.#head.evidence];
    if (this.#body !== null) fill(new Identified(this.#head, null), this.#head, this.#body, notes);
    return notes;
  }
}

const NO_MODALITIES: readonly string[] = Object.freeze([]);

/** What the body adds to `found`, which holds what the head says. */
function fill(found: Mutable<Identification>, head: HeadFacts, body: BodyFacts, notes: Notes): void {
  if (body.form !== 'json' && body.form !== 'multipart') return;
  const api = head.ambiguous ? apiByShape(head.api, body, notes) : head.api;
  found.api = api;
  if (api === 'none') return;
  found.isAi = true;
  if (head.model === null && body.model !== null) {
    note(notes, 'model', body.model);
    found.model = body.model;
  }
  found.stream = head.stream ?? streamOf(api, body, notes);
  found.maxOutputTokens = noted(notes, 'max_output_tokens', body.maxOutputTokens);
  found.messages = noted(notes, 'messages', body.messages);
  found.tools = toolsOf(api, body, notes);
  found.modalities = modalitiesOf(api, body, notes);
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Where the path leaves it open: another dialect's body on the same path, or no path that says anything. */
function apiByShape(api: ApiName, body: BodyFacts, notes: Notes): ApiName {
  const { shape } = body;
  const messages = (shape & SHAPE_MESSAGES) !== 0 && (shape & SHAPE_MESSAGE) === 0;
  let told: ApiName = api;
  if ((shape & SHAPE_CONTENTS) !== 0) told = 'gemini.generate';
  else if (messages && (shape & SHAPE_INFERENCE_CONFIG) !== 0) told = 'bedrock.converse';
  else if (messages && (shape & SHAPE_ANTHROPIC_VERSION) !== 0) told = 'anthropic.messages';
  else if (messages && (api !== 'none' || body.model !== null)) told = 'openai.chat';
  if (told !== api) note(notes, 'api', 'the shape of the body');
  return told;
}

/** What happens where `stream` is absent. Ollama alone streams unasked. */
function streamOf(api: ApiName, body: BodyFacts, notes: Notes): boolean | null {
  if (body.stream !== null) {
    if (notes !== null) note(notes, 'stream', String(body.stream));
    return body.stream;
  }
  if (api === 'other' || body.form !== 'json') return null;
  const unasked = api === 'ollama.chat' || api === 'ollama.generate';
  if (notes !== null) note(notes, 'stream', `absent, so ${unasked}`);
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
function toolsOf(api: ApiName, body: BodyFacts, notes: Notes): number | null {
  if (body.tools !== null || !TAKES_TOOLS.has(api)) return noted(notes, 'tools', body.tools);
  note(notes, 'tools', 'absent, so 0');
  return 0;
}

function modalitiesOf(api: ApiName, body: BodyFacts, notes: Notes): readonly string[] {
  let bits = body.modalities;
  // A form's file often comes without a MIME type; what these paths take is known.
  if (body.form === 'multipart' && (bits & MODALITY_FILE) !== 0) {
    if (api === 'openai.audio') bits = (bits & ~MODALITY_FILE) | MODALITY_AUDIO;
    else if (api === 'openai.images') bits = (bits & ~MODALITY_FILE) | MODALITY_IMAGE;
  }
  if ((body.shape & SHAPE_INPUT) !== 0 && bits === 0 && dialectOf(api) === 'openai') bits = 1;
  const names = modalityNames(bits);
  if (names.length > 0 && notes !== null) note(notes, 'modalities', names.join(', '));
  return names;
}

/** One frozen list for each set of bits: requests share it. */
const NAMES_OF: (readonly string[] | undefined)[] = [];

function modalityNames(bits: number): readonly string[] {
  const known = NAMES_OF[bits];
  if (known !== undefined) return known;
  const names = Object.freeze(MODALITY_NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name));
  NAMES_OF[bits] = names;
  return names;
}

function note(notes: Notes, field: string, value: string): void {
  if (notes !== null) notes.push({ field, from: 'body', value });
}

function noted(notes: Notes, field: string, value: number | null): number | null {
  if (value !== null && notes !== null) note(notes, field, String(value));
  return value;
}
