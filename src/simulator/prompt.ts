// What all dialects have in common in a request: which model, which texts, which tools, how long at most.
import { arrayOf, type JsonObject, objectOf, stringOf } from './json.js';
import { SimError } from './sim-error.js';

export interface ToolSpec {
  readonly name: string;
  /** JSON Schema of the arguments; `{}` where none was given. */
  readonly schema: JsonObject;
}

/** `any`: some tool must be called; an object: this one. */
export type ToolChoice = 'auto' | 'none' | 'any' | { readonly name: string };

export interface Prompt {
  readonly model: string;
  /** Every text that the model reads, in the request's order. */
  readonly texts: readonly string[];
  /** The last message's text where the user wrote it, else null. */
  readonly asked: string | null;
  readonly tools: readonly ToolSpec[];
  readonly toolChoice: ToolChoice;
  /** Schema of the JSON that is wanted as the answer (`{}` for any JSON), null for prose. */
  readonly schema: JsonObject | null;
  /** Bound on the output, in tokens; null: none. */
  readonly maxTokens: number | null;
  readonly choices: number;
}

const TEXT_KEYS = ['text', 'thinking', 'output_text', 'refusal'] as const;
const NESTED_KEYS = [
  'content',
  'parts',
  'toolResult',
  'toolUse',
  'functionCall',
  'function',
  'output',
] as const;
const DATA_KEYS = ['input', 'args', 'arguments', 'response', 'json'] as const;

/** Appends to `texts` what a model would read of a message's content, in whatever dialect it is written. */
export function collectTexts(content: unknown, texts: string[]): void {
  if (typeof content === 'string') {
    if (content !== '') texts.push(content);
    return;
  }
  if (Array.isArray(content)) {
    for (const part of content) collectTexts(part, texts);
    return;
  }
  const part = objectOf(content);
  if (part === null) return;
  for (const key of TEXT_KEYS) collectTexts(stringOf(part[key]), texts);
  for (const key of NESTED_KEYS) collectTexts(part[key], texts);
  for (const key of DATA_KEYS) collectData(part[key], texts);
  for (const key of ['functionResponse', 'tool_calls'] as const) collectTexts(part[key], texts);
}

/** Arguments and tool results count as the JSON text they are. */
function collectData(value: unknown, texts: string[]): void {
  if (value === undefined || value === null) return;
  collectTexts(typeof value === 'string' ? value : JSON.stringify(value), texts);
}

/** The texts of `system` and of all messages, and what the user asked last. */
export function readMessages(system: unknown, messages: readonly unknown[]): Pick<Prompt, 'texts' | 'asked'> {
  const texts: string[] = [];
  collectTexts(system, texts);
  let asked: string | null = null;
  for (const message of messages) {
    const from = texts.length;
    collectTexts(message, texts);
    const role = objectOf(message)?.role;
    asked = role === undefined || role === 'user' ? texts.slice(from).join('\n') : null;
  }
  return { texts, asked: isToolResult(messages.at(-1)) ? null : asked };
}

/** A tool's answer comes as a part of a user's message, or in OpenAI's Responses as an item without a role. */
function isToolResult(message: unknown): boolean {
  const object = objectOf(message);
  if (object?.type === 'function_call_output') return true;
  return [...arrayOf(object?.content), ...arrayOf(object?.parts)].some(part => {
    const fields = objectOf(part);
    return (
      fields?.type === 'tool_result' ||
      fields?.toolResult !== undefined ||
      fields?.functionResponse !== undefined
    );
  });
}

/** A whole number of at least 1, null where the field is absent. @throws SimError 400 naming `name`. */
export function countField(body: JsonObject, key: string, name = key): number | null {
  const value = body[key];
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw new SimError(400, `Invalid value for '${name}': it must be a whole number of at least 1.`, name);
}
