// Models as providers list them, before anybody has asked whether a caller may use them.

/** Dialects whose lists of models Weir answers itself. */
export type ListDialect = 'openai' | 'anthropic' | 'gemini' | 'ollama';

export interface ListedModel {
  readonly id: string;
  /** The provider's own entry, in the dialect that was asked in; null: it is known from elsewhere. */
  readonly entry: Readonly<Record<string, unknown>> | null;
}

/** What is known of one provider's models. */
export interface ProviderModels {
  readonly provider: string;
  /** As the provider told Weir; null: it was not asked, or did not answer. */
  readonly told: readonly ListedModel[] | null;
  /** Of the catalogue of prices. */
  readonly catalogued: readonly string[];
}

/** Which list a caller asks for; `one`: a single model of it. */
export interface ModelListing {
  readonly dialect: ListDialect;
  readonly one: string | null;
}
