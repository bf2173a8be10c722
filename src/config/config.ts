// The frozen configuration every room works from: defaults applied, units resolved, secrets in place.
// Bytes in bytes, times in ms. Shape follows CONTRACT.md §3.

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
}

export interface RouteTarget {
  readonly provider: string;
  /** Model to ask for instead of the caller's; null keeps it. */
  readonly model: string | null;
}
