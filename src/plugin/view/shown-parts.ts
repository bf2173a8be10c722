// Which parts of a conversation a plugin sees, as whose words, and which of them it may rewrite (CONTRACT.md §5.5).
// Hot path: per request and part.
import type { ApiName } from '../../core/api.js';
import {
  type Conversation,
  PART_AUDIO,
  PART_FILE,
  PART_IMAGE,
  PART_OPAQUE,
  PART_REASONING,
  PART_TEXT,
  PART_TOOL_ARGUMENTS,
  PART_TOOL_RESULT,
  PART_VIDEO,
  ROLE_ASSISTANT,
  ROLE_NONE,
  ROLE_TOOL,
  ROLE_USER,
} from '../../kernel/conversation.js';

/** By the kernel's numbers; what has no role is the user's. */
export const ROLE_NAMES = ['user', 'system', 'developer', 'user', 'assistant', 'tool'] as const;

/** What becomes of a part: a text, something that costs tokens and cannot be shown, or nothing. */
export const SHOWN = 1;
/** Shown, never rewritten: the provider has signed it, or has it a second time. */
export const FIXED = 2;
export const UNSEEN = 3;
export const LEFT_OUT = 0;
export type Fate = 0 | 1 | 2 | 3;

/**
 * Dialects in which thoughts come back signed or belong to an item that the provider keeps: it refuses one that was changed.
 * In the others (DeepSeek, vLLM, Mistral, Ollama, Cohere) they are plain text.
 */
const SIGNED = /^(?:anthropic|bedrock|gemini|vertex)\.|^openai\.responses$/;

/** Whether reasoning may not be rewritten in this api. */
export function reasoningIsSigned(api: ApiName): boolean {
  return SIGNED.test(api);
}

/** Keys whose opaque value the provider made for itself, or that set something and say nothing to the model. */
const SEALED_KEYS: ReadonlySet<string> = new Set([
  'encrypted_content',
  'data',
  'redactedContent',
  'thoughtSignature',
  'thought_signature',
  'prediction',
  'web_search_options',
  'search_parameters',
  'mcp_servers',
  'container',
  'connectors',
]);
/** Keys whose opaque value is text that the model reads: Ollama's template, Vertex's examples. */
const READ_KEYS: ReadonlySet<string> = new Set(['template', 'examples']);
/** OpenRouter's: thoughts a second time, with their signatures. */
const REPEATED_THOUGHTS = 'reasoning_details';

/** Tool definitions, names, ids, choices and schemas are left out. */
export function fateOf(conversation: Conversation, i: number, signed: boolean): Fate {
  switch (conversation.kind(i)) {
    case PART_TEXT:
    case PART_TOOL_ARGUMENTS:
    case PART_TOOL_RESULT:
      return SHOWN;
    case PART_REASONING:
      return signed ? FIXED : SHOWN;
    case PART_IMAGE:
    case PART_AUDIO:
    case PART_VIDEO:
    case PART_FILE:
      return UNSEEN;
    case PART_OPAQUE:
      return fateOfOpaque(conversation, i);
    default:
      return LEFT_OUT;
  }
}

/** Token ids and what only the provider has (an earlier answer, a stored prompt, a cache) count as unseen. */
function fateOfOpaque(conversation: Conversation, i: number): Fate {
  const valueAt = conversation.isString(i) ? conversation.start(i) - 1 : conversation.start(i);
  const key = keyBefore(conversation.body, valueAt);
  if (SEALED_KEYS.has(key)) return LEFT_OUT;
  if (READ_KEYS.has(key)) return SHOWN;
  return key === REPEATED_THOUGHTS ? FIXED : UNSEEN;
}

/** Role by number. Results are a tool's in every dialect, also where they stand in a message of the user's; calls and thoughts are the model's. */
export function roleOf(conversation: Conversation, i: number): number {
  const role = conversation.role(i);
  const kind = conversation.kind(i);
  if (kind === PART_TOOL_RESULT) return ROLE_TOOL;
  if (role !== ROLE_NONE) return role;
  return kind === PART_TOOL_ARGUMENTS || kind === PART_REASONING ? ROLE_ASSISTANT : ROLE_USER;
}

/** Longest key of the sets above. */
const KEY_BYTES_MAX = 24;

/** The key of the value that begins at `valueAt`, '' in a list. Keys written with escapes are not known here, so their values are unseen. */
function keyBefore(body: Uint8Array, valueAt: number): string {
  let p = spaceStart(body, valueAt);
  if (body[p - 1] !== 0x3a) return '';
  p = spaceStart(body, p - 1) - 1;
  let from = p;
  while (from > 0 && p - from <= KEY_BYTES_MAX && body[from - 1] !== 0x22) from--;
  return String.fromCharCode(...body.subarray(from, p));
}

/** Where the white space begins that ends at `p`. */
function spaceStart(body: Uint8Array, p: number): number {
  let at = p;
  while (at > 0 && (body[at - 1] ?? 0) <= 0x20) at--;
  return at;
}
