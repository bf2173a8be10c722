// What a plugin's hook sees of an exchange (CONTRACT.md §5.5, 5.10): everything is read where it stands, when the guest asks. Hot path: per hook.
import { INLINE_VIEW_BYTES_MAX } from '../../core/plugin-bounds.js';
import type { EventKind, HookName, IntegerField, StringField } from '../../plugin/abi.js';
import type { Piece } from '../../plugin/answer/event-stage.js';
import type { HeldPlace, HookScene, MessageView } from '../../plugin/hook.js';
import { ConversationView } from '../../plugin/view/conversation-view.js';
import type { Exchange } from '../exchange.js';
import { promptOf } from '../prompt-counter.js';
import { shownHeaders } from './headers.js';
import type { RequestPlugin, RequestPlugins } from './request-plugins.js';

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

export class ExchangeScene implements HookScene {
  readonly hook: HookName;
  readonly eventText: Uint8Array | null;
  readonly eventKind: EventKind | null;
  readonly held: readonly HeldPlace[];
  readonly nowMs: number;
  readonly #exchange: Exchange;
  readonly #plugins: RequestPlugins;
  readonly #plugin: RequestPlugin;
  readonly #piece: Piece | null;
  /** Read once a hook: looking for credentials takes longer than an import may. */
  #byName: ReadonlyMap<string, string> | null = null;

  /** `piece` and `held` of on_event. */
  constructor(
    exchange: Exchange,
    plugins: RequestPlugins,
    plugin: RequestPlugin,
    hook: HookName,
    piece: Piece | null = null,
    held: readonly HeldPlace[] = NONE_HELD,
  ) {
    this.hook = hook;
    this.eventKind = piece === null ? null : piece.kind;
    this.eventText = piece === null ? null : piece.text;
    this.held = held;
    this.nowMs = exchange.thread.clock.wallMs();
    this.#exchange = exchange;
    this.#plugins = plugins;
    this.#plugin = plugin;
    this.#piece = piece;
  }

  get messages(): MessageView {
    const view = conversationOf(this.#exchange, this.#plugins);
    return this.hook === 'on_end' && view.bytes > INLINE_VIEW_BYTES_MAX ? TOO_LARGE : view;
  }

  get body(): Uint8Array | null {
    const { plainBody } = this.#exchange;
    if (this.hook === 'on_end' && (plainBody?.length ?? 0) > INLINE_VIEW_BYTES_MAX) return null;
    return plainBody;
  }

  get state(): Uint8Array {
    return this.#plugin.state;
  }

  get evidenceCount(): number {
    return this.#plugin.evidenceCount;
  }

  get hasHeaders(): boolean {
    return this.hook === 'on_request' || this.hook === 'on_response';
  }

  header(name: string): string | null {
    this.#byName ??= new Map(this.headers());
    return this.#byName.get(name) ?? null;
  }

  headers(): readonly (readonly [string, string])[] {
    if (this.hook === 'on_request') return shownHeaders(this.#exchange, this.#exchange.head.forward);
    const answer = this.hook === 'on_response' ? this.#plugins.answer : null;
    return answer === null ? [] : shownHeaders(this.#exchange, answer.headers);
  }

  get targetNames(): ReadonlySet<string> {
    const { runtime, dialect } = this.#exchange;
    return runtime.targetNames(dialect);
  }

  targetAllowed(name: string): boolean {
    return this.targetNames.has(name);
  }

  consumerHasTag(name: string): boolean {
    const { caller } = this.#exchange;
    return caller !== null && Object.hasOwn(caller.principal.tags, name);
  }

  tag(name: string): string | null {
    const tags = this.#exchange.entry.principal?.tags;
    return tags !== undefined && Object.hasOwn(tags, name) ? (tags[name] ?? null) : null;
  }

  tags(): readonly (readonly [string, string])[] {
    return Object.entries(this.#exchange.entry.principal?.tags ?? {});
  }

  text(field: StringField): string | null {
    const { entry, head, caller, target, targetModel } = this.#exchange;
    switch (field) {
      case 'provider':
        return target?.provider ?? entry.identification.provider;
      case 'api':
        return entry.identification.api;
      case 'model':
        return targetModel;
      case 'model_served':
        return entry.identification.modelServed;
      case 'consumer':
        return entry.principal?.name ?? null;
      case 'key':
        return caller?.key?.name ?? entry.principal?.key ?? null;
      case 'end_user':
        return entry.endUser;
      case 'method':
        return head.method;
      case 'path':
        return head.path;
      case 'client_ip':
        return entry.clientAddress;
      case 'request_id':
        return entry.id;
      case 'finish_reason':
        return entry.finishReason;
      case 'event_kind':
        return this.eventKind;
    }
  }

  integer(field: IntegerField): number | null {
    const { entry, outputCap } = this.#exchange;
    const { identification, usage } = entry;
    switch (field) {
      case 'stream':
        return identification.stream === null ? null : Number(identification.stream);
      case 'input_tokens':
        return usage === null ? (promptOf(this.#exchange)?.tokens ?? null) : usage.inputTokens;
      case 'max_output_tokens':
        return least(identification.maxOutputTokens, outputCap);
      case 'tools':
        return identification.tools;
      case 'opaque_parts':
        return this.messages.opaqueParts;
      case 'status':
        return this.hook === 'on_end' ? entry.status : (this.#plugins.answer?.status ?? null);
      case 'event_index':
        return this.#piece?.index ?? null;
      case 'choice':
        return this.#piece === null || this.#piece.choice < 0 ? null : this.#piece.choice;
      case 'output_tokens':
        return usage?.outputTokens ?? null;
      case 'cached_input_tokens':
        return usage?.cachedInputTokens ?? null;
      case 'cache_write_tokens':
        return usage?.cacheWriteTokens ?? null;
      case 'reasoning_tokens':
        return usage?.reasoningTokens ?? null;
    }
  }
}

/** The conversation in the request as it stands; read once for each version of the body. */
export function conversationOf(exchange: Exchange, plugins: RequestPlugins): ConversationView {
  const { plainBody, opaque, thread, runtime } = exchange;
  if (plugins.view !== null && plugins.viewOf === plainBody) return plugins.view;
  const { inspectBytes } = runtime.config.limits;
  const { api } = exchange.entry.identification;
  plugins.view = ConversationView.open(thread.prompts.conversation, api, plainBody, opaque, inspectBytes);
  plugins.viewOf = plainBody;
  return plugins.view;
}

function least(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
