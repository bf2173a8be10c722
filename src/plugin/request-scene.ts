// The scene of a hook over a request and its answer, wherever these come from (CONTRACT.md §5.5, 5.10): the gateway's exchange and a case of
// `weir plugin test` say what they have, and what a guest is shown of it is decided here alone. Hot path: per hook; everything is read when the guest asks.
import type { Identification } from '../core/api.js';
import { INLINE_VIEW_BYTES_MAX } from '../core/plugin-bounds.js';
import type { Usage } from '../core/usage.js';
import type { EventKind, HookName, IntegerField, StringField } from './abi.js';
import type { Piece } from './answer/event-stage.js';
import type { HeldPlace, HookScene, MessageView } from './hook.js';
import type { HookNotes } from './hook-notes.js';

const NOTHING = new Uint8Array(0);
const NONE_HELD: readonly HeldPlace[] = Object.freeze([]);

/** What on_end is shown of a conversation that is too large to be looked at while the last bytes wait. */
const TOO_LARGE: MessageView = {
  count: -1,
  bytes: 0,
  opaqueParts: 0,
  role: () => '',
  text: () => NOTHING,
  accepts: () => false,
};

type Pairs = readonly (readonly [string, string])[];

export abstract class RequestScene implements HookScene {
  readonly hook: HookName;
  readonly eventText: Uint8Array | null;
  readonly eventKind: EventKind | null;
  readonly held: readonly HeldPlace[];
  readonly nowMs: number;
  readonly #notes: HookNotes;
  readonly #piece: Piece | null;
  /** Read once a hook: looking for credentials takes longer than an import may. */
  #byName: ReadonlyMap<string, string> | null = null;

  /** `notes`: what this policy's hooks have left in this request; `piece` and `held` of on_event. */
  constructor(
    hook: HookName,
    nowMs: number,
    notes: HookNotes,
    piece: Piece | null = null,
    held: readonly HeldPlace[] = NONE_HELD,
  ) {
    this.hook = hook;
    this.nowMs = nowMs;
    this.eventKind = piece === null ? null : piece.kind;
    this.eventText = piece === null ? null : piece.text;
    this.held = held;
    this.#notes = notes;
    this.#piece = piece;
  }

  /** The request as it stands. */
  protected abstract get identification(): Identification;
  protected abstract get conversation(): MessageView;
  /** Decoded; null where there is none or it is not held. */
  protected abstract get plainBody(): Uint8Array | null;
  /** Without what plugins are not shown. */
  protected abstract requestHeaders(): Pairs;
  protected abstract answerHeaders(): Pairs;
  protected abstract get promptTokens(): number | null;
  /** What policies before have bound the output to. */
  protected abstract get outputCap(): number | null;
  /** Of the target that it goes to. */
  protected abstract get provider(): string | null;
  protected abstract get model(): string | null;
  /** What is not of its hook's reading: consumer, key, end_user, method, path, client_ip, request_id. */
  protected abstract caller(field: CallerField): string | null;
  /** Of the answer, before it is sent. */
  protected abstract get answerStatus(): number | null;
  /** As the client got it. */
  protected abstract get sentStatus(): number | null;
  protected abstract get finishReason(): string | null;
  protected abstract get modelServed(): string | null;
  /** Null while it is not known. */
  protected abstract get usage(): Usage | null;

  abstract get targetNames(): ReadonlySet<string>;
  abstract consumerHasTag(name: string): boolean;
  abstract tag(name: string): string | null;
  abstract tags(): Pairs;

  get messages(): MessageView {
    const view = this.conversation;
    return this.hook === 'on_end' && view.bytes > INLINE_VIEW_BYTES_MAX ? TOO_LARGE : view;
  }

  get body(): Uint8Array | null {
    const body = this.plainBody;
    return this.hook === 'on_end' && (body?.length ?? 0) > INLINE_VIEW_BYTES_MAX ? null : body;
  }

  get state(): Uint8Array {
    return this.#notes.state;
  }

  get evidenceCount(): number {
    return this.#notes.evidenceCount;
  }

  get hasHeaders(): boolean {
    return this.hook === 'on_request' || this.hook === 'on_response';
  }

  header(name: string): string | null {
    this.#byName ??= new Map(this.headers());
    return this.#byName.get(name) ?? null;
  }

  headers(): Pairs {
    if (this.hook === 'on_request') return this.requestHeaders();
    return this.hook === 'on_response' ? this.answerHeaders() : [];
  }

  targetAllowed(name: string): boolean {
    return this.targetNames.has(name);
  }

  text(field: StringField): string | null {
    switch (field) {
      case 'provider':
        return this.provider;
      case 'api':
        return this.identification.api;
      case 'model':
        return this.model;
      case 'model_served':
        return this.modelServed;
      case 'finish_reason':
        return this.finishReason;
      case 'event_kind':
        return this.eventKind;
      default:
        return this.caller(field);
    }
  }

  integer(field: IntegerField): number | null {
    switch (field) {
      case 'stream': {
        const { stream } = this.identification;
        return stream === null ? null : Number(stream);
      }
      case 'input_tokens': {
        const { usage } = this;
        return usage === null ? this.promptTokens : usage.inputTokens;
      }
      case 'max_output_tokens':
        return least(this.identification.maxOutputTokens, this.outputCap);
      case 'tools':
        return this.identification.tools;
      case 'opaque_parts':
        return this.messages.opaqueParts;
      case 'status':
        return this.hook === 'on_end' ? this.sentStatus : this.answerStatus;
      case 'event_index':
        return this.#piece?.index ?? null;
      case 'choice':
        return this.#piece === null || this.#piece.choice < 0 ? null : this.#piece.choice;
      case 'output_tokens':
        return this.usage?.outputTokens ?? null;
      case 'cached_input_tokens':
        return this.usage?.cachedInputTokens ?? null;
      case 'cache_write_tokens':
        return this.usage?.cacheWriteTokens ?? null;
      case 'reasoning_tokens':
        return this.usage?.reasoningTokens ?? null;
    }
  }
}

export type CallerField = Exclude<
  StringField,
  'provider' | 'api' | 'model' | 'model_served' | 'finish_reason' | 'event_kind'
>;

function least(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
