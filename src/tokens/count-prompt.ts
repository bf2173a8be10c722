// Tokens of a whole request before it is sent: words, what the dialect adds around them, tools, images of known size.
// What cannot be counted is named, never guessed: the record shows it beside the number.
// Hot path: per request. Reads the body's bytes in place; only tool definitions not seen before are parsed.
import type { ApiName } from '../core/api.js';
import {
  type Conversation,
  type ConversationKernel,
  DETAIL_LOW,
  PART_AUDIO,
  PART_FILE,
  PART_IMAGE,
  PART_NAME,
  PART_OPAQUE,
  PART_REASONING,
  PART_SCHEMA,
  PART_TEXT,
  PART_TOOL_ARGUMENTS,
  PART_TOOL_CALL_NAME,
  PART_TOOL_RESULT,
  PART_VIDEO,
  ROLE_DEVELOPER,
  ROLE_SYSTEM,
  ROLE_TOOL,
} from '../kernel/conversation.js';
import type { EncodingName, TokenKernel } from '../kernel/tokens.js';
import { DefinitionCounter } from './definitions.js';
import { encodingOf } from './encodings.js';
import type { FactorTable } from './factors.js';
import { imageSize } from './image-size.js';
import { imageTokens, lowDetailTokens } from './image-tokens.js';
import { type Family, modelName } from './model-name.js';
import { type Overhead, overheadOf } from './overhead.js';

export interface PromptCount {
  /** The figure to hold and to show: `counted`, times the factor where the tokenizer is not the model's own. */
  readonly tokens: number;
  /** By the tokenizer, with the dialect's overhead. */
  readonly counted: number;
  readonly encoding: EncodingName;
  /** OpenAI's own model: its own tokenizer was used. */
  readonly exact: boolean;
  /** Null where exact. */
  readonly factor: number | null;
  readonly spread: number | null;
  /** What costs tokens and was left out: `audio`, `file`, `tool`, `image`, `opaque`, `reasoning`, `unknown`, `video`. */
  readonly uncounted: readonly string[];
}

export interface PromptKernels {
  readonly tokens: TokenKernel;
  readonly conversation: ConversationKernel;
}

export interface PromptRequest {
  readonly api: ApiName;
  /** As identified; null = unknown. */
  readonly model: string | null;
  readonly body: Uint8Array;
}

/** Apis whose texts go to the model as they are, without messages around them. */
const PLAIN_TEXT: ReadonlySet<ApiName> = new Set<ApiName>([
  'openai.completions',
  'openai.embeddings',
  'openai.moderations',
  'anthropic.complete',
  'gemini.embed',
  'vertex.predict',
  'cohere.generate',
  'cohere.embed',
  'cohere.rerank',
  'ollama.embed',
]);

/** Models that Bedrock's `invoke` gives the prompt as it stands, with whatever template the caller wrote into it. */
const RAW_INVOKE: ReadonlySet<Family> = new Set<Family>(['llama', 'titan', 'command', 'mistral', 'other']);

/** One for each kernel, so for each thread. */
const definitionCounters = new WeakMap<TokenKernel, DefinitionCounter>();

function definitionsOf(kernel: TokenKernel): DefinitionCounter {
  const known = definitionCounters.get(kernel);
  if (known !== undefined) return known;
  const counter = new DefinitionCounter(kernel);
  definitionCounters.set(kernel, counter);
  return counter;
}

/** Null: nothing countable (not the dialect's JSON, an api without text). Uses both kernels; the conversation is overwritten by the next call. */
export function countPrompt(
  kernels: PromptKernels,
  factors: FactorTable,
  request: PromptRequest,
): PromptCount | null {
  const conversation = kernels.conversation.read(request.api, request.body);
  if (conversation === null) return null;
  const { encoding, exact } = encodingOf(request.model);
  const count = new ConversationCount(kernels.tokens, encoding, request.model, conversation);
  const counted = count.total();
  const { uncounted } = count;
  if (exact) return { tokens: counted, counted, encoding, exact, factor: null, spread: null, uncounted };
  const { factor, spread } = factors.of(request.model, 'input');
  return { tokens: Math.round(counted * factor), counted, encoding, exact, factor, spread, uncounted };
}

class ConversationCount {
  readonly uncounted: string[] = [];
  readonly #kernel: TokenKernel;
  readonly #encoding: EncodingName;
  readonly #model: string | null;
  readonly #conversation: Conversation;
  readonly #overhead: Overhead;
  readonly #definitions: DefinitionCounter;
  readonly #plain: boolean;
  #tokens = 0;
  /** The message whose overhead is paid for; -2 before the first, -1 the system prompt outside the messages. */
  #message = -2;
  #anyMessage = false;
  #system = false;
  /** Calls seen in this message, and the cost of names that results will repeat, in the order of the calls. */
  #calls = 0;
  readonly #names: number[] = [];
  #named = 0;

  constructor(kernel: TokenKernel, encoding: EncodingName, model: string | null, conversation: Conversation) {
    this.#kernel = kernel;
    this.#encoding = encoding;
    this.#model = model;
    this.#conversation = conversation;
    this.#overhead = overheadOf(model);
    const { api } = conversation;
    const raw = api === 'bedrock.invoke' && RAW_INVOKE.has(modelName(model).family);
    this.#plain = raw || PLAIN_TEXT.has(api);
    this.#definitions = definitionsOf(kernel);
  }

  total(): number {
    const conversation = this.#conversation;
    for (let i = 0; i < conversation.count; i++) this.#add(i);
    if (this.#anyMessage) this.#tokens += this.#overhead.reply;
    if (!conversation.complete) this.#leaveOut('unknown');
    this.#addTools();
    return this.#tokens;
  }

  /** A state machine over the kinds of parts; order is the wire's. */
  #add(i: number): void {
    const overhead = this.#overhead;
    switch (this.#conversation.kind(i)) {
      case PART_TEXT:
        this.#open(i);
        this.#tokens += this.#count(i);
        break;
      case PART_NAME:
        // A tool's message is named by its call already.
        if (this.#conversation.role(i) !== ROLE_TOOL) this.#tokens += overhead.name + this.#count(i);
        break;
      case PART_TOOL_CALL_NAME:
        this.#open(i);
        this.#addCall(i);
        break;
      case PART_TOOL_ARGUMENTS:
        this.#tokens += this.#count(i);
        break;
      case PART_TOOL_RESULT:
        this.#open(i);
        this.#tokens += overhead.result + this.#count(i);
        if (overhead.resultNamed) this.#tokens += this.#names[this.#named++] ?? 0;
        break;
      case PART_SCHEMA:
        // Its name and description are parts too, strings of a few tokens that no provider is known to read out.
        if (!this.#conversation.isString(i)) this.#addSchema(i);
        break;
      case PART_IMAGE:
        this.#open(i);
        this.#addImage(i);
        break;
      case PART_REASONING:
        this.#addReasoning(i);
        break;
      case PART_AUDIO:
        this.#leaveOut('audio');
        break;
      case PART_VIDEO:
        this.#leaveOut('video');
        break;
      case PART_FILE:
        this.#leaveOut('file');
        break;
      case PART_OPAQUE:
        this.#leaveOut('opaque');
        break;
    }
  }

  /** Pays for the message that part `i` begins. An empty part begins none: providers drop empty messages. */
  #open(i: number): void {
    const conversation = this.#conversation;
    if (this.#plain || conversation.end(i) === conversation.start(i)) return;
    const message = conversation.message(i);
    const role = conversation.role(i);
    const system = role === ROLE_SYSTEM || role === ROLE_DEVELOPER;
    if (message === this.#message || (message < 0 && !system)) return;
    this.#message = message;
    this.#anyMessage = true;
    this.#calls = 0;
    if (system) this.#system = true;
    this.#tokens += system ? this.#overhead.system : this.#overhead.message;
  }

  #count(i: number): number {
    const { body } = this.#conversation;
    const from = this.#conversation.start(i);
    const to = this.#conversation.end(i);
    return this.#conversation.isString(i)
      ? this.#kernel.countJson(this.#encoding, body, from, to)
      : this.#kernel.countBytes(this.#encoding, body, from, to);
  }

  #addCall(i: number): void {
    const overhead = this.#overhead;
    this.#calls++;
    if (!overhead.resultNamed) {
      this.#tokens += overhead.call + this.#count(i);
      return;
    }
    // `to=functions.get_weather`: the dot belongs to the name's first token.
    const { body } = this.#conversation;
    const name = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(
      'latin1',
      this.#conversation.start(i),
      this.#conversation.end(i),
    );
    const tokens = this.#kernel.countText(this.#encoding, `.${name}`);
    this.#names.push(tokens);
    this.#tokens += overhead.call + tokens;
    if (this.#calls === 2) this.#tokens += overhead.parallel + 2 * overhead.parallelCall;
    else if (this.#calls > 2) this.#tokens += overhead.parallelCall;
  }

  #addImage(i: number): void {
    const conversation = this.#conversation;
    const low = conversation.detail(i) === DETAIL_LOW;
    const fixed = low ? lowDetailTokens(this.#model) : null;
    const size =
      fixed === null && conversation.isString(i)
        ? imageSize(conversation.body, conversation.start(i), conversation.end(i))
        : null;
    const tokens = fixed ?? (size === null ? null : imageTokens(this.#model, size, low));
    if (tokens === null) this.#leaveOut('image');
    else this.#tokens += tokens;
  }

  /** Anthropic's models read their thoughts again while they use tools; others drop them or keep them to themselves. */
  #addReasoning(i: number): void {
    if (modelName(this.#model).family === 'claude') this.#tokens += this.#count(i);
    else this.#leaveOut('reasoning');
  }

  #addSchema(i: number): void {
    const overhead = this.#overhead;
    this.#tokens += overhead.schema;
    if (overhead.schemaRead)
      this.#tokens += this.#definitions.countSchema(this.#conversation, i, this.#encoding);
  }

  #addTools(): void {
    const overhead = this.#overhead;
    const tools = this.#definitions.countTools(this.#conversation, this.#encoding, overhead);
    if (tools.hosted) this.#leaveOut('tool');
    if (tools.functions > 0)
      this.#tokens += tools.tokens + (this.#system ? overhead.toolsJoined : overhead.tools);
  }

  #leaveOut(what: string): void {
    if (!this.uncounted.includes(what)) this.uncounted.push(what);
  }
}
