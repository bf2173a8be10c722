// A request's history as its dialect writes it: the list of messages, and of each whether it stays in any case, whether a conversation may begin
// with it, and how much of the budget it is.
import { ByteView, countTokens } from '../sdk';
import { isString, itemsOf, memberOf, stringEnd, valueEnd } from './places';

/** OpenAI, Anthropic, Bedrock, Cohere v2, Ollama; Gemini; OpenAI Responses; Cohere v1. */
const LISTS: string[] = ['messages', 'contents', 'input', 'chat_history'];

export class History {
  /** Place of the list's bracket; -1: the body has no such list. */
  list: i32 = -1;
  starts: i32[] = [];
  ends: i32[] = [];
  /** System and developer messages. */
  pinned: bool[] = [];
  /** The user speaks, and answers no call of a tool: what comes before can go without leaving half a call. */
  turns: bool[] = [];
  /** Of entries that are not pinned. */
  messages: i32 = 0;
  bytes: i32 = 0;

  constructor(readonly body: ByteView) {
    for (let i = 0; i < LISTS.length && this.list < 0; i++) {
      const at = memberOf(body, 0, LISTS[i]);
      if (at >= 0 && body.byteAt(at) == 0x5b) this.list = at;
    }
    this.starts = itemsOf(body, this.list);
    for (let i = 0; i < this.starts.length; i++) this.look(this.starts[i]);
  }

  private look(start: i32): void {
    const end = valueEnd(this.body, start);
    const role = memberOf(this.body, start, 'role');
    const isPinned = isString(this.body, role, 'system') || isString(this.body, role, 'developer');
    this.ends.push(end);
    this.pinned.push(isPinned);
    this.turns.push(this.isTurn(start, role));
    this.bytes += end - start;
    if (!isPinned) this.messages++;
  }

  private isTurn(start: i32, role: i32): bool {
    const parts = memberOf(this.body, start, 'parts');
    // Gemini takes an entry without a role as the user's.
    if (!isString(this.body, role, 'user') && !(role < 0 && parts >= 0)) return false;
    const items = itemsOf(this.body, parts >= 0 ? parts : memberOf(this.body, start, 'content'));
    for (let i = 0; i < items.length; i++) if (this.isToolResult(items[i])) return false;
    return true;
  }

  private isToolResult(part: i32): bool {
    const type = memberOf(this.body, part, 'type');
    if (isString(this.body, type, 'tool_result')) return true;
    if (memberOf(this.body, part, 'toolResult') >= 0) return true;
    return (
      memberOf(this.body, part, 'functionResponse') >= 0 ||
      memberOf(this.body, part, 'function_response') >= 0
    );
  }

  sizeOf(i: i32): i32 {
    return this.ends[i] - this.starts[i];
  }

  /** Tokens of an entry's JSON, by the request's model; what is not text (images in base64) counts little. */
  weightOf(i: i32): i64 {
    let weight: i64 = 0;
    let from = this.starts[i];
    let at = from;
    while (at < this.ends[i]) {
      if (this.body.byteAt(at) != 0x22) {
        at++;
        continue;
      }
      const end = stringEnd(this.body, at);
      if (end - at > OPAQUE_BYTES_MIN && hasNoBlank(this.body, at)) {
        weight += counted(this.body.slice(from, at)) + OPAQUE_TOKENS;
        from = end;
      }
      at = end;
    }
    return weight + counted(this.body.slice(from, this.ends[i]));
  }
}

/** A string so long that has no blank in its first bytes is no text. */
const OPAQUE_BYTES_MIN = 2048;
const LOOKED_AT = 256;
const OPAQUE_TOKENS: i64 = 512;
const COUNT_BYTES_MAX = 65_536;

function hasNoBlank(body: ByteView, string: i32): bool {
  for (let at = string; at < string + LOOKED_AT; at++) if (body.byteAt(at) == 0x20) return false;
  return true;
}

/** Where tokens cannot be counted, four bytes are one, as is usual for English. */
function counted(text: ByteView): i64 {
  let tokens: i64 = 0;
  for (let at = 0; at < text.length; at += COUNT_BYTES_MAX) {
    const piece = text.slice(at, at + COUNT_BYTES_MAX);
    const count = countTokens(piece);
    tokens += count >= 0 ? count : (piece.length + 3) / 4;
  }
  return tokens;
}
