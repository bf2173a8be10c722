// The texts of a request that the model will read, one index each, without JSON (CONTRACT.md §5.5). Holds the body and a table of places:
// the kernel may read another body at once. Texts are unescaped when they are asked for, once.
// Hot path: per request with a plugin.
import type { ApiName } from '../../core/api.js';
import type { Conversation, ConversationKernel } from '../../kernel/conversation.js';
import type { MessageView } from '../hook.js';
import { FIXED, fateOf, LEFT_OUT, ROLE_NAMES, reasoningIsSigned, roleOf, UNSEEN } from './shown-parts.js';
import { stringText, wellFormed } from './unescape.js';

/** A view as another thread gets it; `body` is the very array that was opened. */
export interface ViewData {
  readonly body: Uint8Array;
  /** Start, end and flags of each text. */
  readonly parts: Int32Array;
  readonly count: number;
  readonly bytes: number;
  readonly opaqueParts: number;
}

const WORDS = 3;
const ROLE_MASK = 7;
const IS_STRING = 8;
const IS_FIXED = 16;
const NO_BODY = new Uint8Array(0);
const NO_PARTS = new Int32Array(0);

/** Operations that carry text which Weir does not follow: a body of theirs is not seen. */
const UNFOLLOWED: ReadonlySet<ApiName> = new Set<ApiName>([
  'other',
  'openai.images',
  'openai.audio',
  'openai.assistants',
  'openai.batches',
  'openai.realtime',
  'anthropic.batches',
  'gemini.interactions',
]);

export class ConversationView implements MessageView {
  readonly body: Uint8Array;
  /** -1: not all of it can be seen; 0: there is none. */
  readonly count: number;
  /** As they stand in the body: an escaped text is a little shorter once unescaped. */
  readonly bytes: number;
  /** Images, audio, video, files, token ids, and what only the provider has; not what it has sealed for itself. */
  readonly opaqueParts: number;
  readonly #parts: Int32Array;
  readonly #texts: (Uint8Array | undefined)[] = [];

  private constructor(data: ViewData) {
    this.body = data.body;
    this.count = data.count;
    this.bytes = data.bytes;
    this.opaqueParts = data.opaqueParts;
    this.#parts = data.parts;
  }

  /** `body` decoded, null for none; `opaque`: there is one that could not be decoded or held. The kernel may be used again after this. */
  static open(
    kernel: ConversationKernel,
    api: ApiName,
    body: Uint8Array | null,
    opaque: boolean,
    inspectBytes: number,
  ): ConversationView {
    if (opaque) return UNREADABLE;
    if (body === null || body.length === 0) return NOTHING;
    if (!kernel.carries(api)) return UNFOLLOWED.has(api) ? UNREADABLE : NOTHING;
    if (body.length > inspectBytes) return UNREADABLE;
    const conversation = kernel.read(api, body);
    if (conversation === null || !conversation.complete) return UNREADABLE;
    return new ConversationView(listed(conversation));
  }

  static from(data: ViewData): ConversationView {
    return new ConversationView(data);
  }

  /** For `from` on another thread; unescapes nothing. */
  data(): ViewData {
    return {
      body: this.body,
      parts: this.#parts,
      count: this.count,
      bytes: this.bytes,
      opaqueParts: this.opaqueParts,
    };
  }

  role(i: number): string {
    return ROLE_NAMES[this.#word(i, 2) & ROLE_MASK] ?? 'user';
  }

  text(i: number): Uint8Array {
    const known = this.#texts[i];
    if (known !== undefined) return known;
    const from = this.start(i);
    const to = this.end(i);
    const text = this.isString(i)
      ? stringText(this.body, from, to)
      : wellFormed(this.body.subarray(from, to));
    this.#texts[i] = text;
    return text;
  }

  /** A string takes every text; a raw JSON value one that is JSON of its kind: tools' arguments and results are read by machines. */
  accepts(i: number, text: string): boolean {
    if ((this.#word(i, 2) & IS_FIXED) !== 0) return false;
    return this.isString(i) || isJsonLike(text, this.body[this.start(i)] ?? 0);
  }

  /** Offset in the body of a string's first byte after the quote, or of a raw JSON value. */
  start(i: number): number {
    return this.#word(i, 0);
  }

  /** Offset in the body after its last byte. */
  end(i: number): number {
    return this.#word(i, 1);
  }

  /** It is the inside of a JSON string; else a raw object or list. */
  isString(i: number): boolean {
    return (this.#word(i, 2) & IS_STRING) !== 0;
  }

  #word(i: number, word: number): number {
    if (i < 0 || i >= this.count) throw new RangeError(`text ${i} of ${this.count}`);
    return this.#parts[i * WORDS + word] ?? 0;
  }
}

const EMPTY_DATA = { body: NO_BODY, parts: NO_PARTS, bytes: 0, opaqueParts: 0 };
const NOTHING = ConversationView.from({ ...EMPTY_DATA, count: 0 });
const UNREADABLE = ConversationView.from({ ...EMPTY_DATA, count: -1 });

function listed(conversation: Conversation): ViewData {
  const signed = reasoningIsSigned(conversation.api);
  const parts = new Int32Array(conversation.count * WORDS);
  let count = 0;
  let bytes = 0;
  let opaqueParts = 0;
  for (let i = 0; i < conversation.count; i++) {
    const fate = fateOf(conversation, i, signed);
    if (fate === LEFT_OUT) continue;
    if (fate === UNSEEN) {
      opaqueParts++;
      continue;
    }
    const start = conversation.start(i);
    const end = conversation.end(i);
    const flags = (conversation.isString(i) ? IS_STRING : 0) | (fate === FIXED ? IS_FIXED : 0);
    const at = count++ * WORDS;
    parts[at] = start;
    parts[at + 1] = end;
    parts[at + 2] = flags | roleOf(conversation, i);
    bytes += end - start;
  }
  return { body: conversation.body, parts, count, bytes, opaqueParts };
}

/** Whether `text` is JSON that begins with the byte `opening`, so an object or a list as that is. */
function isJsonLike(text: string, opening: number): boolean {
  const trimmed = text.trimStart();
  if (trimmed.charCodeAt(0) !== opening) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
