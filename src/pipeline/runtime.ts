// What one configuration becomes on a data-plane thread: routers, credentials and connection pools, compiled once.
// A request keeps the runtime it began with, so a reload never changes a request in flight.
import type { Config, ProviderConfig } from '../config/config.js';
import { configSecrets } from '../config/masked.js';
import type { Dialect } from '../core/api.js';
import type { RetryConfig } from '../core/resilience.js';
import { PolicySet } from '../policy/policy-set.js';
import { PriceBook } from '../price/price-book.js';
import type { ProviderSpec } from '../provider/provider.js';
import { providerSpec, vertexHost } from '../provider/table.js';
import { Authenticator } from '../route/authenticate.js';
import { HealthBook, type HealthProvider } from '../route/health/health-book.js';
import { Router, targetName } from '../route/router.js';
import type { SavedKeys } from '../route/saved-keys.js';
import { TrustedProxies } from '../route/trusted-proxies.js';
import { Upstream } from '../upstream/upstream.js';

export const SIMULATOR_BASE_URL = 'simulator:';

/** One provider, ready to be called. */
export interface RuntimeProvider {
  readonly config: ProviderConfig;
  readonly spec: ProviderSpec;
  readonly upstream: Upstream;
  readonly simulated: boolean;
  /** False where it answers without a credential: the simulator, `auth: none`, kinds that need none. */
  readonly needsCredential: boolean;
  /** Extra request headers, flat. */
  readonly headers: readonly string[];
  /** Names of those, to replace what the caller sent. */
  readonly headerNames: ReadonlySet<string>;
  /** What a record's step says of each key, in their order. */
  readonly keySteps: readonly { readonly key: string }[];
  /** Hosts that refused `stream_options` once are not offered it again. */
  optInRefused: boolean;
}

export class Runtime {
  readonly config: Config;
  readonly router: Router;
  readonly authenticator: Authenticator;
  readonly trustedProxies: TrustedProxies;
  readonly corsOrigins: ReadonlySet<string>;
  /** Every secret text of the configuration, longest first: what may stand in no record. */
  readonly secrets: readonly string[];
  readonly policies: PolicySet;
  readonly prices: PriceBook;
  readonly health: HealthBook;
  /** This thread's share of what all threads may do. */
  readonly retry: RetryConfig;
  readonly #providers: ReadonlyMap<string, RuntimeProvider>;
  readonly #targetNames = new Map<Dialect | null, ReadonlySet<string>>();

  /**
   * `simulatorUrl` answers every `simulator:`; `hashSecret` keys the hashes of anonymous callers' credentials; of `previous` the targets' health is taken over;
   * `saved` are the thread's keys that were made at run time, which outlive it.
   */
  constructor(
    config: Config,
    simulatorUrl: string,
    hashSecret: Uint8Array,
    previous: Runtime | null = null,
    saved?: SavedKeys,
  ) {
    this.config = config;
    this.#providers = new Map(
      config.providers.map(provider => [provider.name, compileProvider(provider, config, simulatorUrl)]),
    );
    this.router = new Router(
      [...this.#providers.values()].map(({ config: { name, kind }, spec }) => ({
        name,
        kind,
        dialects: spec.dialects,
      })),
      config.routes,
    );
    this.authenticator = new Authenticator(config.consumers, config.anonymous, hashSecret, saved);
    this.trustedProxies = new TrustedProxies(config.trustedProxies);
    this.corsOrigins = new Set(config.corsOrigins);
    this.secrets = configSecrets(config);
    this.policies = new PolicySet(config);
    this.retry = { ...config.retry, reserve: config.retry.reserve / config.workers };
    this.health = new HealthBook(
      [...this.#providers.values()].map(healthProvider),
      config.routes.flatMap(({ targets }) => targets),
      previous?.health,
    );
    this.prices = new PriceBook(config.prices, {
      kinds: new Map(config.providers.map(({ name, kind }) => [name, kind])),
    });
  }

  /** Errors: a name that is not configured is a programmer's error; routing only gives names that are. */
  provider(name: string): RuntimeProvider {
    const provider = this.#providers.get(name);
    if (provider === undefined) throw new Error(`no provider ${name}`);
    return provider;
  }

  /** What a plugin may send a request of that dialect to: providers that speak it, and targets of routes there. */
  targetNames(dialect: Dialect | null): ReadonlySet<string> {
    let names = this.#targetNames.get(dialect);
    if (names === undefined) {
      const speaks = (name: string): boolean =>
        dialect === null || this.provider(name).spec.dialects.includes(dialect);
      const targets = this.config.routes.flatMap(route => route.targets);
      names = new Set(
        [...[...this.#providers.keys()].map(provider => ({ provider, model: null })), ...targets]
          .filter(({ provider }) => speaks(provider))
          .map(targetName),
      );
      this.#targetNames.set(dialect, names);
    }
    return names;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#providers.values()].map(({ upstream }) => upstream.close()));
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#providers.values()].map(({ upstream }) => upstream.destroy()));
  }
}

/** A provider, ready to be called; its connections are the caller's to close. */
export function compileProvider(
  provider: ProviderConfig,
  config: Config,
  simulatorUrl: string,
): RuntimeProvider {
  const spec = providerSpec(provider.kind);
  if (spec === undefined) throw new Error(`no provider kind ${provider.kind}`);
  const simulated = provider.baseUrl.startsWith(SIMULATOR_BASE_URL);
  return {
    config: provider,
    spec,
    simulated,
    upstream: new Upstream({
      baseUrl: simulated ? simulatorUrl : resolveBaseUrl(provider),
      proxy: simulated ? null : provider.proxy,
      connectMs: config.timeouts.connectMs,
    }),
    needsCredential: !simulated && provider.auth !== 'none' && spec.auth !== 'none',
    headers: Object.entries(provider.headers).flat(),
    headerNames: new Set(Object.keys(provider.headers)),
    keySteps: provider.keys.map(({ name: key }) => Object.freeze({ key })),
    optInRefused: false,
  };
}

/** Another address or other keys are another provider, of which nothing is known yet. */
function healthProvider({ config: { name, baseUrl, region, keys } }: RuntimeProvider): HealthProvider {
  return {
    name,
    identity: JSON.stringify([baseUrl, region, keys]),
    keyNames: keys.map(key => key.name),
  };
}

function resolveBaseUrl(provider: ProviderConfig): string {
  return provider.baseUrl
    .replace('{region}', provider.region ?? 'us-east-1')
    .replace('{location}-aiplatform.googleapis.com', vertexHost(provider.location ?? 'us-central1'));
}
