// Kernel `conversation` from JavaScript: a request body in, the parts of the conversation out, each with its place in the body.
// Hot path: per request.
import assert from 'node:assert';
import type { ApiName } from '../core/api.js';
import { instantiateKernel, type KernelMemory } from './module.js';

/** What the model reads. A raw JSON value where `isString` is false, as for every kind. */
export const PART_TEXT = 1;
/** A message's or a file's name. */
export const PART_NAME = 2;
export const PART_TOOL_CALL_NAME = 3;
export const PART_TOOL_ARGUMENTS = 4;
/** What a tool, a search or a document store gave back. */
export const PART_TOOL_RESULT = 5;
/** Ties a tool's call and its result together. */
export const PART_TOOL_CALL_ID = 6;
/** Raw JSON of one tool. */
export const PART_TOOL_DEFINITION = 7;
export const PART_TOOL_CHOICE = 8;
/** A response format: its schema (raw JSON), its name and its description are parts each. */
export const PART_SCHEMA = 9;
/** For this and the next three: the inside of the string that is a data URL, base64, a URL or an id; or a raw object. */
export const PART_IMAGE = 10;
export const PART_AUDIO = 11;
export const PART_VIDEO = 12;
export const PART_FILE = 13;
/** Anything else that costs tokens: encrypted reasoning, token ids, what the provider keeps under a name. */
export const PART_OPAQUE = 14;
/** The model's earlier thoughts, given back to it. Often signed: a change would be refused. */
export const PART_REASONING = 15;
export type PartKind = number;

export const ROLE_NONE = 0;
export const ROLE_SYSTEM = 1;
export const ROLE_DEVELOPER = 2;
export const ROLE_USER = 3;
export const ROLE_ASSISTANT = 4;
export const ROLE_TOOL = 5;
export type Role = number;

export const DETAIL_NONE = 0;
export const DETAIL_LOW = 1;
export const DETAIL_HIGH = 2;
export const DETAIL_AUTO = 3;

/**
 * The parts of one body in wire order, valid until the next `read` of the same kernel. Every index must be below `count`.
 * At most 1,048,576 parts are listed; a body with more is not `complete`. A key that stands twice in one object: both values
 * are listed (parsers take the last), and it is not `complete`.
 */
export interface Conversation {
  readonly api: ApiName;
  readonly body: Uint8Array;
  readonly count: number;
  kind(i: number): PartKind;
  /** Of its message as the wire says it; a tool's where an item has none; SYSTEM for system prompts outside the messages. */
  role(i: number): Role;
  /** Index of its message, from 0; -1 for what stands outside. */
  message(i: number): number;
  /** Offset in `body` of its first byte: of a string's content after the quote, or of a raw JSON value. */
  start(i: number): number;
  /** Offset in `body` after its last byte. */
  end(i: number): number;
  /** The range is the inside of a JSON string, whose escapes are to be undone. */
  isString(i: number): boolean;
  /** How closely an image, video or file is to be looked at. */
  detail(i: number): number;
  /** Messages, items, contents; or the inputs that are read each by itself (prompts, texts to embed). */
  readonly messages: number;
  /** False: something that may hold text was not understood, see `unknownAt`. */
  readonly complete: boolean;
  /** Offset in `body` of the first thing that was not understood; -1 where all was. */
  readonly unknownAt: number;
}

interface Exports {
  readonly memory: KernelMemory;
  init(): void;
  reserve(length: number): number;
  read(root: number, length: number): number;
  outcome(): number;
  plainEndIn(offset: number, length: number, scalar: number): number;
  readonly [root: string]: unknown;
}

/** The kernel's name for where each api's body begins; an api that is not here has no conversation. */
const ROOTS: Partial<Record<ApiName, string>> = {
  'openai.chat': 'ROOT_OPENAI_CHAT',
  'openai.responses': 'ROOT_OPENAI_RESPONSES',
  'openai.completions': 'ROOT_OPENAI_COMPLETIONS',
  'openai.embeddings': 'ROOT_OPENAI_EMBEDDINGS',
  'openai.moderations': 'ROOT_OPENAI_MODERATIONS',
  'anthropic.messages': 'ROOT_ANTHROPIC_MESSAGES',
  'anthropic.count_tokens': 'ROOT_ANTHROPIC_MESSAGES',
  'anthropic.complete': 'ROOT_ANTHROPIC_COMPLETE',
  'gemini.generate': 'ROOT_GEMINI_GENERATE',
  'gemini.count_tokens': 'ROOT_GEMINI_COUNT_TOKENS',
  'gemini.embed': 'ROOT_GEMINI_EMBED',
  'vertex.predict': 'ROOT_VERTEX_PREDICT',
  'bedrock.converse': 'ROOT_BEDROCK_CONVERSE',
  'bedrock.invoke': 'ROOT_BEDROCK_INVOKE',
  'bedrock.count_tokens': 'ROOT_BEDROCK_COUNT_TOKENS',
  'cohere.chat': 'ROOT_COHERE_CHAT',
  'cohere.generate': 'ROOT_COHERE_GENERATE',
  'cohere.embed': 'ROOT_COHERE_EMBED',
  'cohere.rerank': 'ROOT_COHERE_RERANK',
  'ollama.chat': 'ROOT_OLLAMA_CHAT',
  'ollama.generate': 'ROOT_OLLAMA_GENERATE',
  'ollama.embed': 'ROOT_OLLAMA_EMBED',
};

/** A part in 32-bit words: start, end, message, then kind, role, isString and detail as bytes (assembly/conversation/layout.ts). */
const PART_WORDS = 4;
/** After a body that needed more memory than this, the next small one begins with a fresh instance. */
const KEPT_BYTES_MAX = 16 << 20;
const EMPTY = new Uint8Array(0);

/** One a thread. Its memory grows with the largest body seen lately, by at most 16 MiB for the parts. */
export class ConversationKernel implements Conversation {
  api: ApiName = 'none';
  body: Uint8Array = EMPTY;
  count = 0;
  messages = 0;
  unknownAt = -1;
  readonly #roots = new Map<ApiName, number>();
  #exports: Exports;
  #bytes: Uint8Array;
  #words: Int32Array;
  /** Where bodies are written, up to `#room` bytes without asking. */
  #inputAt = 0;
  #room = 0;
  /** Index in #words of what a read leaves beside the parts. */
  readonly #outcome: number;
  /** Index in #words of the first part. */
  #parts = 0;

  private constructor() {
    this.#exports = ready();
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#words = new Int32Array(this.#exports.memory.buffer);
    this.#outcome = this.#exports.outcome() >> 2;
    for (const [api, name] of Object.entries(ROOTS)) {
      const root = this.#exports[name] as { readonly value: number } | undefined;
      assert(root !== undefined, `kernel conversation exports no ${name}`);
      this.#roots.set(api as ApiName, root.value);
    }
  }

  /** A new instance; throws where the kernel was not built. */
  static load(): ConversationKernel {
    return new ConversationKernel();
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Whether bodies of this api have a conversation that can be read. */
  carries(api: ApiName): boolean {
    return this.#roots.has(api);
  }

  /**
   * The conversation in `body`; null where it is not one JSON object, nests deeper than 65,536, is larger than 256 MiB, or
   * where the api has no conversation. The answer is this kernel itself: the next `read` overwrites it.
   */
  read(api: ApiName, body: Uint8Array): Conversation | null {
    const root = this.#roots.get(api);
    if (root === undefined) return null;
    if (!this.#reserve(body.length)) return null;
    this.#bytes.set(body, this.#inputAt);
    const count = this.#exports.read(root, body.length);
    if (count < 0) return null;
    if (this.#words.buffer !== this.#exports.memory.buffer) this.#refreshViews();
    this.api = api;
    this.body = body;
    this.count = count;
    const outcome = this.#outcome;
    this.messages = this.#words[outcome] ?? 0;
    this.unknownAt = this.#words[outcome + 1] ?? 0;
    this.#parts = (this.#words[outcome + 2] ?? 0) >> 2;
    return this;
  }

  get complete(): boolean {
    return this.unknownAt < 0;
  }

  start(i: number): number {
    return this.#word(i, 0);
  }

  end(i: number): number {
    return this.#word(i, 1);
  }

  message(i: number): number {
    return this.#word(i, 2);
  }

  kind(i: number): PartKind {
    return this.#word(i, 3) & 255;
  }

  role(i: number): Role {
    return (this.#word(i, 3) >> 8) & 255;
  }

  isString(i: number): boolean {
    return ((this.#word(i, 3) >> 16) & 255) === 1;
  }

  detail(i: number): number {
    return this.#word(i, 3) >>> 24;
  }

  /** For the equality test of the SIMD search and its scalar twin: offset in `bytes` of the first `"`, `\` or control byte from `offset`. */
  plainEnd(bytes: Uint8Array, offset: number, scalar: boolean): number {
    assert(this.#reserve(bytes.length));
    this.#bytes.set(bytes, this.#inputAt);
    return this.#exports.plainEndIn(offset, bytes.length, scalar ? 1 : 0);
  }

  #word(i: number, word: number): number {
    assert(i >= 0 && i < this.count, 'no such part');
    return this.#words[this.#parts + i * PART_WORDS + word] ?? 0;
  }

  /** Makes room for a body; false where there is none to be had. */
  #reserve(length: number): boolean {
    const memory = this.#bytes.length;
    if (memory > KEPT_BYTES_MAX && length < KEPT_BYTES_MAX >> 2) {
      this.#exports = ready();
      this.#room = 0;
    }
    if (length > this.#room || this.#room === 0) {
      this.#inputAt = this.#exports.reserve(length);
      if (this.#inputAt === 0) return false;
      this.#room = length;
      this.#refreshViews();
    } else if (this.#words.buffer !== this.#exports.memory.buffer) this.#refreshViews();
    return true;
  }

  #refreshViews(): void {
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#words = new Int32Array(this.#exports.memory.buffer);
  }
}

function ready(): Exports {
  const exports = instantiateKernel<Exports>('conversation');
  exports.init();
  return exports;
}
