// What policies see of an exchange. Provider and model are those of the target that the request as it stands would go to (CONTRACT.md §3,
// Policies). Hot path: per request; everything is read where it stands, when somebody asks.
import { MODALITY_NAMES } from '../core/body-facts.js';
import type { PolicyFacts } from '../policy/facts.js';
import type { Exchange } from './exchange.js';
import { promptOf } from './prompt-counter.js';

/** Shared by all models that are neither routed nor catalogued: callers could make up any number of them. */
const OTHER_MODEL = '(other)';
const NO_MODALITIES: readonly string[] = [];

export class ExchangeFacts implements PolicyFacts {
  readonly #exchange: Exchange;
  #servedFor: string | null = null;
  #served = '';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get method(): string {
    return this.#exchange.head.method;
  }

  get path(): string {
    return this.#exchange.head.path;
  }

  get clientIp(): string {
    return this.#exchange.entry.clientAddress;
  }

  header(name: string): string {
    return this.#exchange.head.header(name) ?? '';
  }

  get provider(): string {
    return this.#exchange.target?.provider ?? '';
  }

  get api(): string {
    return this.#exchange.api;
  }

  get model(): string {
    return this.#exchange.targetModel ?? '';
  }

  get servedModel(): string {
    const { target, targetModel, runtime } = this.#exchange;
    if (target === null || targetModel === null) return '';
    const name = `${target.provider}/${targetModel}`;
    if (this.#servedFor !== name) {
      this.#servedFor = name;
      const catalogued = runtime.prices.catalogueModel(target.provider, targetModel);
      this.#served = catalogued ?? target.model ?? OTHER_MODEL;
    }
    return this.#served;
  }

  get stream(): boolean {
    return this.#exchange.entry.identification.stream === true;
  }

  get inputTokens(): number | null {
    return promptOf(this.#exchange)?.tokens ?? null;
  }

  get maxOutputTokens(): number | null {
    return this.#exchange.facts?.maxOutputTokens ?? null;
  }

  get tools(): number | null {
    return this.#exchange.facts?.tools ?? null;
  }

  get modalities(): readonly string[] {
    const bits = this.#exchange.facts?.modalities ?? 0;
    if (bits === 0) return NO_MODALITIES;
    return MODALITY_NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  }

  get consumerName(): string {
    return this.#exchange.entry.principal?.name ?? '';
  }

  get keyName(): string | null {
    return this.#exchange.entry.principal?.key ?? null;
  }

  get endUser(): string | null {
    return this.#exchange.entry.endUser;
  }

  tag(name: string): string {
    const tags = this.#exchange.entry.principal?.tags;
    return tags !== undefined && Object.hasOwn(tags, name) ? (tags[name] ?? '') : '';
  }
}
