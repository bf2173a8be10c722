// Tokens of a request's tool definitions and answer schemas, kept by their bytes: applications send the same with each request.
// Hot path: per request; a set seen before costs one copy of its bytes and one Map read.
import { type Conversation, PART_TOOL_DEFINITION } from '../kernel/conversation.js';
import type { EncodingName, TokenKernel } from '../kernel/tokens.js';
import type { Overhead } from './overhead.js';
import { jsonText, type ToolDefinition, toolOf, typescriptText } from './tool-text.js';

export interface ToolsCount {
  /** Tokens of the definitions, without what tools cost once. */
  readonly tokens: number;
  /** Functions that were counted. */
  readonly functions: number;
  /** Whether some could not be counted: mostly the provider's own (web search, code execution), whose prompt nobody outside knows. */
  readonly hosted: boolean;
}

const NONE: ToolsCount = Object.freeze({ tokens: 0, functions: 0, hosted: false });

/** 64 sets of at most 64 KiB: 4 MiB a thread at worst. */
const SETS_MAX = 64;
const SET_BYTES_MAX = 65_536;

export class DefinitionCounter {
  readonly #kernel: TokenKernel;
  /** By encoding, way of counting and bytes; the order is that of use. */
  readonly #sets = new Map<string, ToolsCount>();

  constructor(kernel: TokenKernel) {
    this.#kernel = kernel;
  }

  countTools(conversation: Conversation, encoding: EncodingName, overhead: Overhead): ToolsCount {
    let from = -1;
    let to = -1;
    for (let i = 0; i < conversation.count; i++) {
      if (conversation.kind(i) !== PART_TOOL_DEFINITION) continue;
      if (from < 0) from = conversation.start(i);
      to = conversation.end(i);
    }
    if (from < 0) return NONE;
    const { form, toolScale, tool } = overhead;
    return this.#kept(`${encoding}/${form}/${toolScale}/${tool}/`, conversation.body, from, to, () =>
      this.#tools(conversation, encoding, overhead),
    );
  }

  /** A schema is read as compact JSON, however it was sent. */
  countSchema(conversation: Conversation, i: number, encoding: EncodingName): number {
    const from = conversation.start(i);
    const to = conversation.end(i);
    const { body } = conversation;
    return this.#kept(`${encoding}/schema/`, body, from, to, () => ({
      ...NONE,
      tokens: this.#count(encoding, () => JSON.stringify(parsed(body, from, to))) ?? 0,
    })).tokens;
  }

  #kept(how: string, body: Uint8Array, from: number, to: number, count: () => ToolsCount): ToolsCount {
    if (to - from > SET_BYTES_MAX) return count();
    const key = how + Buffer.from(body.buffer, body.byteOffset + from, to - from).toString('latin1');
    const known = this.#sets.get(key);
    if (known !== undefined) {
      this.#sets.delete(key);
      this.#sets.set(key, known);
      return known;
    }
    const counted = count();
    if (this.#sets.size >= SETS_MAX) this.#sets.delete(this.#sets.keys().next().value ?? '');
    this.#sets.set(key, counted);
    return counted;
  }

  #tools(conversation: Conversation, encoding: EncodingName, overhead: Overhead): ToolsCount {
    const tools: ToolDefinition[] = [];
    let hosted = false;
    for (let i = 0; i < conversation.count; i++) {
      if (conversation.kind(i) !== PART_TOOL_DEFINITION) continue;
      const tool = toolOf(parsed(conversation.body, conversation.start(i), conversation.end(i)));
      if (tool === null) hosted = true;
      else tools.push(tool);
    }
    if (tools.length === 0) return { tokens: 0, functions: 0, hosted };
    const write = overhead.form === 'typescript' ? typescriptText : jsonText;
    const tokens = this.#count(encoding, () => write(tools));
    if (tokens === null) return { tokens: 0, functions: 0, hosted: true };
    return {
      tokens: Math.round(tokens * overhead.toolScale) + overhead.tool * tools.length,
      functions: tools.length,
      hosted,
    };
  }

  /** Null where the value nests so deep that writing it overflows the stack. */
  #count(encoding: EncodingName, write: () => string): number | null {
    try {
      return this.#kernel.countText(encoding, write());
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}

/** The kernel found where the value ends; whether it is JSON inside is for the parser to say. */
function parsed(body: Uint8Array, from: number, to: number): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset + from, to - from).toString('utf8'));
  } catch {
    return null; // What is no JSON, nobody can count: the same as a tool of the provider's own.
  }
}
