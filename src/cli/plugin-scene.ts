// A request from a file as a policy's hooks see it: the same identification, conversation view and token count that the gateway has, over one
// request that hooks change one after the other.
import type { Identification } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import type { MeterReading } from '../core/meter-reading.js';
import { ConversationKernel } from '../kernel/conversation.js';
import { TokenKernel } from '../kernel/tokens.js';
import { loadVocabulary } from '../kernel/vocabulary.js';
import { modelInPath, replaceBodyModel, replacePathModel } from '../pipeline/edit-request.js';
import type { EventKind, HookName, IntegerField, StringField } from '../plugin/abi.js';
import type { HeldPlace, HookOutcome, HookScene } from '../plugin/hook.js';
import { ConversationView } from '../plugin/view/conversation-view.js';
import { rewriteMessages } from '../plugin/view/rewrite-messages.js';
import { countPrompt } from '../tokens/count-prompt.js';
import { FactorTable } from '../tokens/factors.js';
import { identifyRaw } from './identify.js';
import type { PluginCase } from './plugin-case.js';
import type { RawRequest } from './raw-request.js';

/** `limits.inspect_bytes` of a gateway that sets none. */
const INSPECT_BYTES = 8 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

/** What reads requests: one for all cases. */
export class Kernels {
  readonly conversation = ConversationKernel.load();
  readonly tokens = TokenKernel.load(loadVocabulary(1), 0);
  readonly factors = new FactorTable();
}

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

export class CaseTraffic {
  readonly case: PluginCase;
  ai: Identification;
  /** Decoded. */
  body: Buffer | null;
  view: ConversationView;
  readonly headers: Map<string, string>;
  readonly tags: Map<string, string>;
  target: string | null = null;
  state: Uint8Array = NO_BYTES;
  evidenceCount = 0;
  readonly #kernels: Kernels;
  readonly #id: string;
  #request: RawRequest;
  #facts: BodyFacts | null;
  #inputTokens: number | null | undefined;

  constructor(one: PluginCase, kernels: Kernels, id: string) {
    this.case = one;
    this.#kernels = kernels;
    this.#id = id;
    this.#request = one.request;
    this.headers = new Map(one.request.headers);
    this.tags = new Map(Object.entries({ ...one.tags, ...one.consumer.tags }));
    const { ai, body, facts, remark } = identifyRaw(one.request);
    this.ai = ai;
    this.body = body;
    this.#facts = facts;
    this.view = this.#open(body === null && remark !== null);
  }

  get path(): string {
    return this.#request.path;
  }

  get inputTokens(): number | null {
    const { ai, body } = this;
    if (this.#inputTokens === undefined) {
      const { api, model } = ai;
      const counted =
        body === null ? null : countPrompt(this.#kernels, this.#kernels.factors, { api, model, body });
      this.#inputTokens = counted?.tokens ?? null;
    }
    return this.#inputTokens;
  }

  scene(hook: HookName, moment: Moment = BEFORE): HookScene {
    return new CaseScene(this, hook, moment, this.#id);
  }

  /** What the hook wants of request, state and tags; headers only of the request. Its texts, its body and its model are put in as the gateway does. */
  apply(hook: HookName, outcome: HookOutcome): void {
    const { messages, headers, body, model, target, state, tags, evidence } = outcome;
    if (state !== null) this.state = state;
    this.evidenceCount += evidence.length;
    for (const [name, value] of tags) this.tags.set(name, value);
    if (hook !== 'on_request') return;
    for (const { name, value } of headers ?? []) {
      if (value === null) this.headers.delete(name);
      else this.headers.set(name, value);
    }
    if (target !== null) this.target = target;
    if (body !== null) this.#change(Buffer.from(body));
    if (messages !== null && messages.size > 0 && this.body !== null)
      this.#change(rewriteMessages(this.body, this.view, messages));
    if (model !== null) this.#changeModel(model);
  }

  #changeModel(model: string): void {
    const { path } = this.#request;
    if (modelInPath(path, this.ai.api)) {
      this.#request = { ...this.#request, path: replacePathModel(path, this.ai.api, model) };
      this.#change(this.body);
    } else if (this.body !== null && this.#facts !== null && this.#facts.modelAt >= 0)
      this.#change(replaceBodyModel(this.body, this.#facts, 0, model));
    else throw new Error(`the policy set the model ${model}, and this request has no place for one`);
  }

  #change(body: Buffer | null): void {
    const headers = new Map(this.#request.headers);
    headers.delete('content-encoding');
    this.#request = { ...this.#request, headers, body: body ?? Buffer.alloc(0) };
    const { ai, facts } = identifyRaw(this.#request);
    this.ai = ai;
    this.body = body;
    this.#facts = facts;
    this.#inputTokens = undefined;
    this.view = this.#open(false);
  }

  #open(opaque: boolean): ConversationView {
    const { conversation } = this.#kernels;
    return ConversationView.open(conversation, this.ai.api, this.body, opaque, INSPECT_BYTES);
  }

  get endUser(): string | null {
    return this.#facts?.endUser ?? null;
  }
}

class CaseScene implements HookScene {
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
  readonly #id: string;

  constructor(traffic: CaseTraffic, hook: HookName, moment: Moment, id: string) {
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
    this.#id = id;
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
        return target?.split('/')[0] ?? ai.provider;
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
        return this.#id;
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
