// The frozen configuration every room works from: defaults applied, units resolved, secrets in place.
// Bytes in bytes, times in ms, dollars in nano-dollars. Shape follows CONTRACT.md §3.
import type { PluginSettings } from '../core/plugin-settings.js';
import type { BreakerConfig, RetryConfig, Strategy } from '../core/resilience.js';
import type { PriceOverride } from '../price/overrides.js';

export interface Config {
  readonly listen: Address;
  readonly tls: TlsFiles | null;
  /** Data-plane threads, at least 1. */
  readonly workers: number;
  /** Absolute path. */
  readonly dataDir: string;
  readonly admin: AdminConfig;
  readonly limits: LimitsConfig;
  readonly timeouts: TimeoutsConfig;
  readonly retry: RetryConfig;
  readonly breaker: BreakerConfig;
  /** CIDR ranges (a bare address is its own range) that may set x-forwarded-for. */
  readonly trustedProxies: readonly string[];
  readonly timezone: string;
  readonly corsOrigins: readonly string[];
  /** In the order of the file. */
  readonly providers: readonly ProviderConfig[];
  readonly consumers: readonly ConsumerConfig[];
  readonly anonymous: 'allow' | 'deny';
  readonly routes: readonly RouteConfig[];
  /** Request tags taken from `x-weir-tag-<name>`. */
  readonly tags: readonly string[];
  readonly metrics: MetricsConfig;
  readonly log: LogConfig;
  /** Null: nothing is told. */
  readonly otlp: OtlpConfig | null;
  /** In the order of the file, which is the order they are asked in. */
  readonly policies: readonly PolicyConfig[];
  /** Absolute path of the folder whose modules are loaded; null: none. */
  readonly pluginsDir: string | null;
  readonly ledger: LedgerConfig;
  /** Prices before the catalogue's; the first that fits. */
  readonly prices: readonly PriceOverride[];
}

export interface Address {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface TlsFiles {
  /** Absolute paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface AdminConfig {
  readonly listen: Address;
  readonly token: string | null;
}

export interface LimitsConfig {
  readonly bodyBytes: number;
  readonly bufferedBytes: number;
  readonly inspectBytes: number;
  readonly headerBytes: number;
}

export interface TimeoutsConfig {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly drainMs: number;
}

export interface LedgerConfig {
  /** What an answer's last bytes wait for: a settlement that the system has (it survives a killed process), or the disk (a power failure). */
  readonly durability: 'os' | 'fsync';
  /** Requests under an enforced budget, while nothing can be written. */
  readonly onFull: 'refuse' | 'serve';
  /** How long records are kept. */
  readonly retentionMs: number;
  /** How long hours and days of usage are kept: at least as long as records. */
  readonly rollupRetentionMs: number;
}

export interface MetricsConfig {
  /** What requests, tokens and cost are counted by, beside provider and model: each by itself. */
  readonly by: readonly ('consumer' | 'key' | 'end_user' | `tag.${string}`)[];
  /** Distinct values of each that are kept apart. */
  readonly values: number;
}

/** OpenTelemetry protocol, over HTTP with JSON. */
export interface OtlpConfig {
  /** Base address: `/v1/traces` and `/v1/metrics` are added. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly intervalMs: number;
  /** Share of the traces that begin here; who brings one decides for himself. */
  readonly sample: number;
  /** GenAI attributes and metrics: those of the present conventions, those before, or both. */
  readonly names: 'current' | 'older' | 'both';
  /** The resource's `service.name`. */
  readonly service: string;
}

export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** One line a settled request, at level info. */
  readonly requests: boolean;
}

export interface ProviderConfig {
  /** The name under `providers:`, also the path prefix. */
  readonly name: string;
  /** A built-in provider's name or `openai-compatible`. */
  readonly kind: string;
  /** Without a trailing slash; `simulator:` stands for the built-in simulator. */
  readonly baseUrl: string;
  /** `default`: the kind's own place for a credential; `none`: it needs none. */
  readonly auth: 'default' | 'none';
  readonly credentials: 'own' | 'caller';
  readonly keys: readonly ProviderKey[];
  readonly usageOptIn: 'auto' | 'always' | 'never';
  readonly onAbort: 'cancel' | 'drain';
  /** Extra request headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** HTTP CONNECT proxy, or null. */
  readonly proxy: string | null;
  readonly exposeProviderLimits: boolean;
  /** bedrock */
  readonly region: string | null;
  /** azure-openai */
  readonly apiVersion: string | null;
  /** vertex-ai */
  readonly project: string | null;
  readonly location: string | null;
}

export interface ProviderKey {
  readonly name: string;
  /** Bearer or API key; null for AWS keys. */
  readonly value: string | null;
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  readonly sessionToken: string | null;
}

export interface ConsumerConfig {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly keys: readonly ConsumerKey[];
}

export interface ConsumerKey {
  readonly name: string;
  /** Lower-case hex of SHA-256 over the whole key text. */
  readonly sha256: string;
  /** ms since the epoch, or null. */
  readonly expiresMs: number | null;
  /** Globs (`*` any run of characters); empty = every model. */
  readonly models: readonly string[];
}

export interface RouteConfig {
  /** Globs over the request; null = anything. */
  readonly match: {
    readonly model: string | null;
    readonly api: string | null;
    readonly path: string | null;
    readonly consumer: string | null;
  };
  readonly targets: readonly RouteTarget[];
  readonly strategy: Strategy;
  /** ms; null: timeouts.first_byte. */
  readonly firstByteMs: number | null;
}

export interface RouteTarget {
  readonly provider: string;
  /** Model to ask for instead of the caller's; null keeps it. */
  readonly model: string | null;
  /** Share of the requests, for strategy `weighted`. */
  readonly weight: number;
}

export type PolicyConfig = DenyPolicy | LimitPolicy | BudgetPolicy | CapPolicy | PluginPolicy;

interface PolicyBase {
  /** Each once. */
  readonly name: string;
  readonly mode: 'enforce' | 'shadow';
  /** CEL that compiled at load (src/when); null: every request. */
  readonly when: string | null;
  /** What to do where `ai.*` of the body is asked for and cannot be read. */
  readonly unreadable: 'refuse' | 'pass';
}

export interface DenyPolicy extends PolicyBase {
  readonly kind: 'deny';
  /** 400 to 599. */
  readonly status: number;
  readonly message: string | null;
}

/** What limits and budgets share: how they count and what they hold until the usage is known. */
interface CountingPolicy extends PolicyBase {
  /** Whole, 1 to 1e12; of unit usd in nano-dollars, up to 9e15. */
  readonly amount: number;
  /** One bucket per combination of values; empty: one for all. Each dimension once. */
  readonly by: readonly Dimension[];
  /** Weight of cached input tokens, 0 to 1. */
  readonly cached: number;
  readonly hold: 'likely' | 'worst';
  readonly overrun: 'finish' | 'stop';
  readonly unmetered: 'refuse' | 'pass';
}

export type TokenUnit = 'tokens' | 'input_tokens' | 'output_tokens';

/** A rate: a bucket of `burst` that refills at amount ÷ perMs. */
export interface LimitPolicy extends CountingPolicy {
  readonly kind: 'limit';
  readonly unit: 'requests' | 'concurrent' | TokenUnit;
  /** 0 for `concurrent`. */
  readonly perMs: number;
  /** The capacity, at least 1; for `concurrent` the amount. */
  readonly burst: number;
}

/** A quota of one calendar window. */
export interface BudgetPolicy extends CountingPolicy {
  readonly kind: 'budget';
  readonly unit: 'requests' | 'usd' | TokenUnit;
  readonly per: BudgetPeriod;
  /** For models without a price; rates in pico-dollars per token. */
  readonly unpriced: 'refuse' | 'pass' | { readonly input: number; readonly output: number };
}

/** Windows in `Config.timezone`; weeks begin on Monday, days count from 1970-01-01. */
export type BudgetPeriod =
  | { readonly unit: 'hour' | 'day' | 'week' | 'month' }
  | { readonly unit: 'days'; readonly days: number };

/** At least one bound is set. */
export interface CapPolicy extends PolicyBase {
  readonly kind: 'cap';
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly over: 'lower' | 'refuse';
}

export interface PluginPolicy extends PolicyBase {
  readonly kind: 'plugin';
  readonly settings: PluginSettings;
  /** Texts of its `config:` that environment variables have a part in: shown nowhere. */
  readonly secrets: readonly string[];
}

export type Dimension =
  | { readonly kind: (typeof PLAIN_DIMENSIONS)[number] }
  /** A header's name is in lower case. */
  | { readonly kind: 'tag' | 'header'; readonly name: string };

export const PLAIN_DIMENSIONS = [
  'consumer',
  'key',
  'provider',
  'model',
  'api',
  'client_ip',
  'end_user',
] as const;
