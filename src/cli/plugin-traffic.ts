// A request from a file as hooks change it one after the other: what the gateway would have of it, by the gateway's own parts.
import { dialectOf, type Identification } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import { holdsWeirKey } from '../core/weir-key.js';
import { RequestHead } from '../http/request-head.js';
import { ClassifyKernel } from '../kernel/classify.js';
import { ConversationKernel } from '../kernel/conversation.js';
import { TokenKernel } from '../kernel/tokens.js';
import { loadVocabulary } from '../kernel/vocabulary.js';
import { isReadWhole } from '../pipeline/body-reader.js';
import { identify } from '../pipeline/identification.js';
import { HAS_PROMPT } from '../pipeline/prompt-counter.js';
import type { HookName } from '../plugin/abi.js';
import { dropOfTheBody, editRequestHeaders, shownHeaders } from '../plugin/header-list.js';
import type { HookOutcome } from '../plugin/hook.js';
import { HookNotes } from '../plugin/hook-notes.js';
import { type ChangeableRequest, type ChangedRequest, settleChange } from '../plugin/request-change.js';
import { holdsSecret } from '../plugin/scrub.js';
import { ConversationView } from '../plugin/view/conversation-view.js';
import type { HeadFacts } from '../provider/identify-head.js';
import { isBare, queryKey, stableSecret } from '../route/credentials.js';
import { countPrompt } from '../tokens/count-prompt.js';
import { FactorTable } from '../tokens/factors.js';
import { headOf, identifyRaw } from './identify.js';
import type { PluginCase } from './plugin-case.js';
import type { RawRequest } from './raw-request.js';

/** `limits.inspect_bytes` and `limits.body_bytes` of a gateway that sets none. */
export const INSPECT_BYTES = 8 * 1024 * 1024;
const BODY_BYTES = 32 * 1024 * 1024;

/** What reads requests: one for all cases. */
export class Kernels {
  readonly classify = ClassifyKernel.load();
  readonly conversation = ConversationKernel.load();
  readonly tokens = TokenKernel.load(loadVocabulary(1), 0);
  readonly factors = new FactorTable();
}

export class CaseTraffic {
  readonly case: PluginCase;
  readonly id: string;
  readonly notes = new HookNotes();
  readonly tags: Map<string, string>;
  ai: Identification;
  /** Decoded; null where there is none, or the gateway would not hold it. */
  body: Buffer | null;
  view: ConversationView;
  target: string | null = null;
  readonly #kernels: Kernels;
  readonly #head: RequestHead;
  /** The caller's own, which no header that plugins see may hold. */
  readonly #credential: string | null;
  readonly #originalBytes: number;
  #request: RawRequest;
  #headFacts: HeadFacts;
  #facts: BodyFacts | null;
  #opaque: boolean;
  #inputTokens: number | null | undefined;

  constructor(one: PluginCase, kernels: Kernels, id: string) {
    const { request, tags, consumer } = one;
    this.case = one;
    this.#kernels = kernels;
    this.id = id;
    this.#request = request;
    this.#head = gatewayHead(request);
    this.#credential = credentialOf(this.#head);
    this.tags = new Map(Object.entries({ ...tags, ...consumer.tags }));
    const { head, ai, body, facts } = identifyRaw(request);
    this.#headFacts = head;
    const held = isReadWhole(head, request.method, this.#head.contentType);
    this.ai = held ? ai : identify(head, null);
    this.body = held ? body : null;
    this.#facts = held ? facts : null;
    this.#originalBytes = this.body?.length ?? 0;
    const isUnread = facts === null || facts.form === 'invalid';
    const hasBody = request.body.length > 0;
    this.#opaque = hasBody && (held ? isUnread : this.ai.isAi && request.method !== 'GET');
    this.view = this.#open();
  }

  get path(): string {
    return this.#request.path;
  }

  /** Those that travel on, as a plugin sees them. */
  get headers(): readonly (readonly [string, string])[] {
    return this.shown(this.#head.forward);
  }

  /** Of a flat list, without those that hold a credential. */
  shown(list: readonly string[]): readonly (readonly [string, string])[] {
    const own = this.#credential === null ? [] : [this.#credential];
    return shownHeaders(list, value => holdsWeirKey(value) || holdsSecret(value, own));
  }

  get endUser(): string | null {
    return this.#facts?.endUser ?? null;
  }

  /** Of the target, as `set_target` has named it; else what a native path alone goes to (docs/configuration.md). */
  get provider(): string | null {
    return this.target?.split('/')[0] ?? this.ai.provider ?? ownProvider(this.ai);
  }

  get model(): string | null {
    const slash = this.target?.indexOf('/') ?? -1;
    return slash < 0 ? this.ai.model : (this.target?.slice(slash + 1) ?? null);
  }

  get inputTokens(): number | null {
    if (this.#inputTokens === undefined) this.#inputTokens = this.#count();
    return this.#inputTokens;
  }

  /** What a hook has left of itself, and what on_request wants of the request: done, or the failure that it has become. */
  settle(hook: HookName, outcome: HookOutcome): HookOutcome {
    const { outcome: done, changed } =
      hook === 'on_request' ? settleChange(() => this.#changeable(), outcome) : { outcome, changed: null };
    if (done.result === 'failed') return done;
    this.notes.keep(done);
    for (const [name, value] of done.tags) this.tags.set(name, value);
    if (changed !== null) this.#commit(done, changed);
    return done;
  }

  #changeable(): ChangeableRequest {
    const { classify } = this.#kernels;
    return {
      api: this.#headFacts.api,
      pathModel: this.#headFacts.model,
      path: this.path,
      body: this.body,
      opaque: this.#opaque,
      originalBytes: this.#originalBytes,
      bodyBytesMax: BODY_BYTES,
      conversation: () => this.view,
      scan: body => classify.scanWhole(body),
      modelOf: path => headOf({ ...this.#request, path }).model,
      hold: () => null,
    };
  }

  #commit({ headers, target }: HookOutcome, { body, path }: ChangedRequest): void {
    const newBody = body !== this.body;
    const newPath = path !== this.path;
    if (newBody) dropOfTheBody(this.#head.forward);
    if (headers !== null) editRequestHeaders(this.#head.forward, headers);
    if (target !== null) this.target = target;
    this.#inputTokens = undefined;
    if (!newBody && !newPath) return;
    this.body = body;
    this.#request = { ...this.#request, path };
    if (newPath) this.#headFacts = headOf(this.#request);
    if (body !== null) {
      this.#facts = this.#kernels.classify.scanWhole(body);
      this.#opaque = body.length > 0 && this.#facts.form === 'invalid';
    }
    this.ai = identify(this.#headFacts, this.#facts);
    this.view = this.#open();
  }

  #open(): ConversationView {
    const { conversation } = this.#kernels;
    return ConversationView.open(conversation, this.ai.api, this.body, this.#opaque, INSPECT_BYTES);
  }

  #count(): number | null {
    const { ai, body, model } = this;
    const { api, isAi } = ai;
    if (!isAi || body === null || this.#facts?.form !== 'json' || !HAS_PROMPT.has(api)) return null;
    return countPrompt(this.#kernels, this.#kernels.factors, { api, model, body })?.tokens ?? null;
  }
}

/** The head as the gateway takes it apart. */
function gatewayHead({ method, path, query, headers }: RawRequest): RequestHead {
  return new RequestHead({
    getMethod: () => method.toLowerCase(),
    getUrl: () => path,
    getQuery: () => query,
    forEach: (each: (name: string, value: string) => void) => {
      for (const [name, value] of headers) each(name, value);
    },
  } as unknown as ConstructorParameters<typeof RequestHead>[0]);
}

function credentialOf({ authorization, xApiKey, apiKey, xGoogApiKey, query }: RequestHead): string | null {
  const values = [authorization, xApiKey, apiKey, xGoogApiKey, queryKey(query ?? '')];
  const own = values.find(value => value !== '' && !isBare(value));
  return own === undefined ? null : stableSecret(own);
}

/** Whom a native path alone goes to: the provider that its dialect is named after (docs/configuration.md). */
function ownProvider({ api }: Identification): string | null {
  const dialect = dialectOf(api);
  return dialect === 'vertex' ? 'vertex-ai' : dialect;
}
