// What Weir knows of a provider: where it lives, which dialects it speaks, how it wants its credential,
// and the habits that matter for metering. One constant table (`table.ts`) holds a row for each.
import type { Dialect } from '../core/api.js';

/** Where a credential goes upstream. `none`: the provider needs none. */
export type AuthScheme =
  | 'bearer' // authorization: Bearer <value>
  | 'x-api-key' // Anthropic
  | 'api-key' // Azure OpenAI
  | 'x-goog-api-key' // Gemini
  | 'sigv4' // AWS Signature Version 4, or Bearer where the key has a `value`
  | 'none';

export interface ProviderSpec {
  /** The built-in name, also the `kind`. */
  readonly kind: string;
  /** Dialects it speaks; the first is the one its native paths are in. */
  readonly dialects: readonly Dialect[];
  /** Default base URL without a trailing slash; null where the configuration must give one (azure-openai, vllm). May hold `{region}`, `{location}`. */
  readonly baseUrl: string | null;
  readonly auth: AuthScheme;
  /** Whether `stream_options.include_usage` is accepted on openai.chat and openai.completions. */
  readonly usageOptIn: boolean;
  /** Whether aborting a stream stops the billing (PROVIDERS.md, last part). */
  readonly cancelStopsBilling: boolean;
}
