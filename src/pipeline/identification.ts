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

/**
 * A new object each time: the pipeline goes on to fill it in. `body` is null where there is none or it is not read yet; `changedBy` is the policy
 * whose plugin has changed the request last.
 */
export function identify(
  head: HeadFacts,
  body: BodyFacts | null,
  changedBy: string | null = null,
): Identification {
  return new Identified(head, body, changedBy);
}

/** What of the result came from the body: bits of `#told`. */
const READ = 1;
const API = 2;
const MODEL = 4;
const STREAM = 8;
const TOOLS = 16;

/**
 * The evidence is put together when a record is asked for, from a few bits that say where each value came from: kept as
 * objects it would be some eight more a request for the collector to look after. Its share alone was not measured.
 */
class Identified implements Identification {
  isAi: boolean;
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
  readonly #changedBy: string | null;
  #told = 0;

  constructor(head: HeadFacts, body: BodyFacts | null, changedBy: string | null) {
    this.#head = head;
    this.#changedBy = changedBy;
    this.isAi = head.isAi;
    this.provider = head.provider;
    this.api = head.api;
    this.model = head.model;
    this.stream = head.stream;
    if (body !== null && (body.form === 'json' || body.form === 'multipart')) this.#add(body);
  }

  get evidence(): readonly Evidence[] {
    const notes: Evidence[] = [...this.#head.evidence];
    const told = this.#told;
    const note = (field: string, value: string): void => void notes.push({ field, from: 'body', value });
    if (this.#changedBy !== null) notes.push({ field: 'request', from: 'policy', value: this.#changedBy });
    if ((told & API) !== 0) note('api', 'the shape of the body');
    if ((told & READ) === 0 || this.api === 'none') return notes;
    if ((told & MODEL) !== 0) note('model', this.model ?? '');
    if ((told & STREAM) !== 0) note('stream', String(this.stream));
    else if (this.#head.stream === null && this.stream !== null) note('stream', `absent, so ${this.stream}`);
    if (this.maxOutputTokens !== null) note('max_output_tokens', String(this.maxOutputTokens));
    if (this.messages !== null) note('messages', String(this.messages));
    if ((told & TOOLS) !== 0) note('tools', String(this.tools));
    else if (this.tools !== null) note('tools', 'absent, so 0');
    if (this.modalities.length > 0) note('modalities', this.modalities.join(', '));
    return notes;
  }

  /** What the body adds. */
  #add(body: BodyFacts): void {
    const head = this.#head;
    this.#told = READ;
    if (head.ambiguous) {
      this.api = apiByShape(head.api, body);
      if (this.api !== head.api) this.#told |= API;
    }
    const { api } = this;
    if (api === 'none') return;
    this.isAi = true;
    if (head.model === null && body.model !== null) {
      this.model = body.model;
      this.#told |= MODEL;
    }
    if (head.stream === null) {
      this.stream = body.stream ?? streamUnasked(api, body);
      if (body.stream !== null) this.#told |= STREAM;
    }
    this.maxOutputTokens = body.maxOutputTokens;
    this.messages = body.messages;
    // No list of tools where one could stand means none, not unknown.
    this.tools = body.tools ?? (TAKES_TOOLS.has(api) ? 0 : null);
    if (body.tools !== null) this.#told |= TOOLS;
    this.modalities = modalitiesOf(api, body);
  }
}

const NO_MODALITIES: readonly string[] = Object.freeze([]);

/** Where the path leaves it open: another dialect's body on the same path, or no path that says anything. */
function apiByShape(api: ApiName, body: BodyFacts): ApiName {
  const { shape } = body;
  const messages = (shape & SHAPE_MESSAGES) !== 0 && (shape & SHAPE_MESSAGE) === 0;
  if ((shape & SHAPE_CONTENTS) !== 0) return 'gemini.generate';
  if (messages && (shape & SHAPE_INFERENCE_CONFIG) !== 0) return 'bedrock.converse';
  if (messages && (shape & SHAPE_ANTHROPIC_VERSION) !== 0) return 'anthropic.messages';
  if (messages && (api !== 'none' || body.model !== null)) return 'openai.chat';
  return api;
}

/** What happens where `stream` is absent. Ollama alone streams unasked. */
function streamUnasked(api: ApiName, body: BodyFacts): boolean | null {
  if (api === 'other' || body.form !== 'json') return null;
  return api === 'ollama.chat' || api === 'ollama.generate';
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

function modalitiesOf(api: ApiName, body: BodyFacts): readonly string[] {
  let bits = body.modalities;
  // A form's file often comes without a MIME type; what these paths take is known.
  if (body.form === 'multipart' && (bits & MODALITY_FILE) !== 0) {
    if (api === 'openai.audio') bits = (bits & ~MODALITY_FILE) | MODALITY_AUDIO;
    else if (api === 'openai.images') bits = (bits & ~MODALITY_FILE) | MODALITY_IMAGE;
  }
  if ((body.shape & SHAPE_INPUT) !== 0 && bits === 0 && dialectOf(api) === 'openai') bits = 1;
  return modalityNames(bits);
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
