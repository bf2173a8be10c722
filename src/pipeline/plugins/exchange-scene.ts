// What a plugin's hook sees of an exchange: where each fact of the scene stands (src/plugin/request-scene.ts says what a guest gets of it).
// Hot path: per hook.
import type { Identification } from '../../core/api.js';
import type { Usage } from '../../core/usage.js';
import type { HookName } from '../../plugin/abi.js';
import type { Piece } from '../../plugin/answer/event-stage.js';
import type { HeldPlace } from '../../plugin/hook.js';
import { type CallerField, RequestScene } from '../../plugin/request-scene.js';
import { ConversationView } from '../../plugin/view/conversation-view.js';
import type { Exchange } from '../exchange.js';
import { promptOf } from '../prompt-counter.js';
import { headersShown } from './headers.js';
import type { RequestPlugin, RequestPlugins } from './request-plugins.js';

export class ExchangeScene extends RequestScene {
  readonly #exchange: Exchange;
  readonly #plugins: RequestPlugins;

  /** `piece` and `held` of on_event. */
  constructor(
    exchange: Exchange,
    plugins: RequestPlugins,
    plugin: RequestPlugin,
    hook: HookName,
    piece: Piece | null = null,
    held?: readonly HeldPlace[],
  ) {
    super(hook, exchange.thread.clock.wallMs(), plugin, piece, held);
    this.#exchange = exchange;
    this.#plugins = plugins;
  }

  protected override get identification(): Identification {
    return this.#exchange.entry.identification;
  }

  protected override get conversation(): ConversationView {
    return conversationOf(this.#exchange, this.#plugins);
  }

  protected override get plainBody(): Uint8Array | null {
    return this.#exchange.plainBody;
  }

  protected override requestHeaders(): readonly (readonly [string, string])[] {
    return headersShown(this.#exchange, this.#exchange.head.forward);
  }

  protected override answerHeaders(): readonly (readonly [string, string])[] {
    const { answer } = this.#plugins;
    return answer === null ? [] : headersShown(this.#exchange, answer.headers);
  }

  protected override get promptTokens(): number | null {
    return promptOf(this.#exchange)?.tokens ?? null;
  }

  protected override get outputCap(): number | null {
    return this.#exchange.outputCap;
  }

  protected override get provider(): string | null {
    return this.#exchange.target?.provider ?? this.identification.provider;
  }

  protected override get model(): string | null {
    return this.#exchange.targetModel;
  }

  protected override caller(field: CallerField): string | null {
    const { entry, head, caller } = this.#exchange;
    switch (field) {
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
    }
  }

  protected override get answerStatus(): number | null {
    return this.#plugins.answer?.status ?? null;
  }

  protected override get sentStatus(): number | null {
    return this.#exchange.entry.status;
  }

  protected override get finishReason(): string | null {
    return this.#exchange.entry.finishReason;
  }

  protected override get modelServed(): string | null {
    return this.identification.modelServed;
  }

  protected override get usage(): Usage | null {
    return this.#exchange.entry.usage;
  }

  override get targetNames(): ReadonlySet<string> {
    const { runtime, dialect } = this.#exchange;
    return runtime.targetNames(dialect);
  }

  override consumerHasTag(name: string): boolean {
    const { caller } = this.#exchange;
    return caller !== null && Object.hasOwn(caller.principal.tags, name);
  }

  override tag(name: string): string | null {
    const tags = this.#exchange.entry.principal?.tags;
    return tags !== undefined && Object.hasOwn(tags, name) ? (tags[name] ?? null) : null;
  }

  override tags(): readonly (readonly [string, string])[] {
    return Object.entries(this.#exchange.entry.principal?.tags ?? {});
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
