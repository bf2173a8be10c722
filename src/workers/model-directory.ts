// Which models the configured providers have, for those who ask for a list: as the provider itself tells with Weir's own key, asked when somebody wants to know
// and remembered for a while, and as the catalogue of prices names them.
import type { Config, ProviderConfig } from '../config/config.js';
import type { ListDialect, ListedModel, ProviderModels } from '../core/model-list.js';
import { compileProvider } from '../pipeline/runtime.js';
import { loadCatalogue } from '../price/catalogue.js';
import { matchModel } from '../price/match.js';
import { catalogueName } from '../price/names.js';
import { providerSpec } from '../provider/table.js';
import { joinPath } from '../route/path.js';
import { addOwnKey } from '../upstream/credential.js';
import { fetchJson } from '../upstream/fetch-json.js';
import { listedModels } from './listed-models.js';

/** New models are seen within a minute; a provider that does not answer is asked again sooner. */
const REMEMBER_MS = 60_000;
const RETRY_MS = 10_000;
/** Clients wait for it. */
const FETCH = { msMax: 3000, bytesMax: 4 * 1024 * 1024 };

/** Where each dialect's own list stands. */
const PATHS: Readonly<Record<ListDialect, string>> = {
  openai: '/v1/models',
  anthropic: '/v1/models?limit=1000',
  gemini: '/v1beta/models?pageSize=1000',
  ollama: '/api/tags',
};

/** Their lists are not at these paths, or tell of models that have to be deployed first. */
const NOT_ASKED: ReadonlySet<string> = new Set(['azure-openai', 'vertex-ai', 'bedrock']);

interface Remembered {
  readonly told: Promise<readonly ListedModel[] | null>;
  untilMs: number;
}

export class ModelDirectory {
  readonly #config: () => Config;
  readonly #simulatorUrl: string;
  readonly #nowMs: () => number;
  /** By the provider as it is configured: what a reload has changed is asked anew. */
  readonly #told = new WeakMap<ProviderConfig, Map<ListDialect, Remembered>>();

  constructor(config: () => Config, simulatorUrl: string, nowMs: () => number = Date.now) {
    this.#config = config;
    this.#simulatorUrl = simulatorUrl;
    this.#nowMs = nowMs;
  }

  /** Of the providers that speak the dialect. Never rejects. */
  lists(dialect: ListDialect): Promise<ProviderModels[]> {
    const config = this.#config();
    const speaking = config.providers.filter(provider =>
      providerSpec(provider.kind)?.dialects.some(spoken => spoken === dialect),
    );
    return Promise.all(
      speaking.map(async provider => ({
        provider: provider.name,
        told: await this.#tell(provider, config, dialect),
        catalogued: catalogued(provider.kind, dialect),
      })),
    );
  }

  #tell(
    provider: ProviderConfig,
    config: Config,
    dialect: ListDialect,
  ): Promise<readonly ListedModel[] | null> {
    const known = this.#told.get(provider) ?? new Map<ListDialect, Remembered>();
    this.#told.set(provider, known);
    const remembered = known.get(dialect);
    if (remembered !== undefined && this.#nowMs() < remembered.untilMs) return remembered.told;
    const told = ask(provider, config, dialect, this.#simulatorUrl).catch(() => null);
    // While it is asked, nobody else asks; how long it is remembered shows when the answer is there.
    const entry: Remembered = { told, untilMs: Number.POSITIVE_INFINITY };
    known.set(dialect, entry);
    void told.then(models => {
      entry.untilMs = this.#nowMs() + (models === null ? RETRY_MS : REMEMBER_MS);
    });
    return told;
  }
}

/** Errors: those of the call; null where there is nobody to ask, or nothing to ask with. */
async function ask(
  provider: ProviderConfig,
  config: Config,
  dialect: ListDialect,
  simulatorUrl: string,
): Promise<readonly ListedModel[] | null> {
  if (NOT_ASKED.has(provider.kind) || provider.credentials === 'caller') return null;
  const { upstream, spec, needsCredential, headers: extra } = compileProvider(provider, config, simulatorUrl);
  try {
    const [key] = provider.keys;
    if (needsCredential && key === undefined) return null;
    const headers = ['accept', 'application/json', ...extra];
    if (dialect === 'anthropic') headers.push('anthropic-version', '2023-06-01');
    if (needsCredential && key !== undefined) addOwnKey(headers, spec.auth, key);
    const path = joinPath(upstream.basePath, PATHS[dialect]);
    return listedModels(await fetchJson(upstream, provider.name, path, headers, FETCH));
  } finally {
    await upstream.destroy();
  }
}

/** Those of its names that mean themselves: some entries are only the beginning of names. */
function catalogued(kind: string, dialect: ListDialect): readonly string[] {
  const catalogue = loadCatalogue();
  const id = catalogueName(kind, 'any')?.provider;
  const home = catalogue.providers.find(each => each.id === id);
  if (home === undefined) return [];
  const fits = (name: string): boolean =>
    !name.startsWith('ft:') &&
    !name.endsWith('-') &&
    // Google sells others' models on another api.
    (dialect !== 'gemini' || !name.startsWith('claude')) &&
    matchModel(catalogue, home, name.toLowerCase())?.model.id === name;
  return home.models.map(model => model.id).filter(fits);
}
