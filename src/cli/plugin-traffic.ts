// A request from a file as hooks change it one after the other: the same identification, conversation view and token count that the gateway has.
import type { Identification } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import { ConversationKernel } from '../kernel/conversation.js';
import { TokenKernel } from '../kernel/tokens.js';
import { loadVocabulary } from '../kernel/vocabulary.js';
import { modelInPath, replaceBodyModel, replacePathModel } from '../pipeline/edit-request.js';
import type { HookName } from '../plugin/abi.js';
import type { HookOutcome } from '../plugin/hook.js';
import { ConversationView } from '../plugin/view/conversation-view.js';
import { rewriteMessages } from '../plugin/view/rewrite-messages.js';
import { countPrompt } from '../tokens/count-prompt.js';
import { FactorTable } from '../tokens/factors.js';
import { identifyRaw } from './identify.js';
import type { PluginCase } from './plugin-case.js';
import type { RawRequest } from './raw-request.js';

/** `limits.inspect_bytes` of a gateway that sets none. */
export const INSPECT_BYTES = 8 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

/** What reads requests: one for all cases. */
export class Kernels {
  readonly conversation = ConversationKernel.load();
  readonly tokens = TokenKernel.load(loadVocabulary(1), 0);
  readonly factors = new FactorTable();
}

export class CaseTraffic {
  readonly case: PluginCase;
  readonly id: string;
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
  #request: RawRequest;
  #facts: BodyFacts | null;
  #inputTokens: number | null | undefined;

  constructor(one: PluginCase, kernels: Kernels, id: string) {
    this.case = one;
    this.#kernels = kernels;
    this.id = id;
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
