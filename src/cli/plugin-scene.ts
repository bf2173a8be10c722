// What a hook sees of a request from a file, and of the answer as far as it is known.
import { dialectOf, type Identification } from '../core/api.js';
import type { MeterReading } from '../core/meter-reading.js';
import type { EventKind, HookName, IntegerField, StringField } from '../plugin/abi.js';
import type { HeldPlace, HookScene } from '../plugin/hook.js';
import type { ConversationView } from '../plugin/view/conversation-view.js';
import type { CaseTraffic } from './plugin-traffic.js';

/** What is known of the answer when a hook runs. */
export interface Moment {
  readonly status: number | null;
  readonly headers: ReadonlyMap<string, string>;
  readonly piece: {
    readonly kind: EventKind;
    readonly text: Uint8Array;
    readonly index: number;
    readonly choice: number;
  } | null;
  readonly held: readonly HeldPlace[];
  readonly reading: MeterReading | null;
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
export const BEFORE: Moment = { status: null, headers: NO_HEADERS, piece: null, held: [], reading: null };

export class CaseScene implements HookScene {
  readonly hook: HookName;
  readonly messages: ConversationView;
  readonly body: Uint8Array | null;
  readonly eventText: Uint8Array | null;
  readonly eventKind: EventKind | null;
  readonly held: readonly HeldPlace[];
  readonly state: Uint8Array;
  readonly evidenceCount: number;
  readonly nowMs = Date.now();
  readonly targetNames: ReadonlySet<string>;
  readonly #traffic: CaseTraffic;
  readonly #moment: Moment;

  constructor(traffic: CaseTraffic, hook: HookName, moment: Moment = BEFORE) {
    this.hook = hook;
    this.messages = traffic.view;
    this.body = traffic.body;
    this.eventText = moment.piece?.text ?? null;
    this.eventKind = moment.piece?.kind ?? null;
    this.held = moment.held;
    this.state = traffic.state;
    this.evidenceCount = traffic.evidenceCount;
    this.targetNames = new Set(traffic.case.targets);
    this.#traffic = traffic;
    this.#moment = moment;
  }

  get hasHeaders(): boolean {
    return this.hook === 'on_request' || this.hook === 'on_response';
  }

  header(name: string): string | null {
    return this.#headers().get(name) ?? null;
  }

  headers(): readonly (readonly [string, string])[] {
    return [...this.#headers()];
  }

  #headers(): ReadonlyMap<string, string> {
    if (this.hook === 'on_request') return this.#traffic.headers;
    return this.hook === 'on_response' ? this.#moment.headers : NO_HEADERS;
  }

  tag(name: string): string | null {
    return this.#traffic.tags.get(name) ?? null;
  }

  tags(): readonly (readonly [string, string])[] {
    return [...this.#traffic.tags];
  }

  targetAllowed(name: string): boolean {
    return this.targetNames.has(name);
  }

  consumerHasTag(name: string): boolean {
    return Object.hasOwn(this.#traffic.case.consumer.tags, name);
  }

  text(field: StringField): string | null {
    const { ai, case: one, path, target } = this.#traffic;
    switch (field) {
      case 'provider':
        return target?.split('/')[0] ?? ai.provider ?? ownProvider(ai);
      case 'api':
        return ai.api;
      case 'model':
        return ai.model;
      case 'model_served':
        return this.#moment.reading?.modelServed ?? null;
      case 'consumer':
        return one.consumer.name;
      case 'key':
        return one.consumer.key;
      case 'end_user':
        return this.#traffic.endUser;
      case 'method':
        return one.request.method;
      case 'path':
        return path;
      case 'client_ip':
        return one.clientIp;
      case 'request_id':
        return this.#traffic.id;
      case 'finish_reason':
        return this.#moment.reading?.finishReason ?? null;
      case 'event_kind':
        return this.eventKind;
    }
  }

  integer(field: IntegerField): number | null {
    const { ai, view } = this.#traffic;
    const { status, piece, reading } = this.#moment;
    const usage = reading?.usage ?? null;
    switch (field) {
      case 'stream':
        return ai.stream === null ? null : Number(ai.stream);
      case 'input_tokens':
        return usage === null ? this.#traffic.inputTokens : usage.inputTokens;
      case 'max_output_tokens':
        return ai.maxOutputTokens;
      case 'tools':
        return ai.tools;
      case 'opaque_parts':
        return view.opaqueParts;
      case 'status':
        return status;
      case 'event_index':
        return piece?.index ?? null;
      case 'choice':
        return piece === null || piece.choice < 0 ? null : piece.choice;
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

/** Whom a native path alone goes to: the provider that its dialect is named after (docs/configuration.md). */
function ownProvider({ api }: Identification): string | null {
  const dialect = dialectOf(api);
  return dialect === 'vertex' ? 'vertex-ai' : dialect;
}
