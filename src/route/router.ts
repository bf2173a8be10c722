// Which provider may answer a request (CONTRACT.md §2): a path prefix that names a provider decides alone; otherwise
// the first matching route, a `<provider>/` in front of the model, the provider the dialect is named after, the only
// provider of that dialect. Pure; compiled once per configuration. Hot path: per request.

import { type ApiName, type Dialect, dialectOf } from '../core/api.js';
import { WeirError } from '../core/error.js';
import { globMatches } from '../core/glob.js';
import type { Strategy } from '../core/resilience.js';
import type { ParsedPath } from './path.js';

/** What the router knows of a provider. */
export interface RoutableProvider {
  readonly name: string;
  readonly kind: string;
  readonly dialects: readonly Dialect[];
}

export interface RoutableRoute {
  readonly match: {
    readonly model: string | null;
    readonly api: string | null;
    readonly path: string | null;
    readonly consumer: string | null;
  };
  readonly targets: readonly WeightedTarget[];
  readonly strategy: Strategy;
  /** ms; null: the general one. */
  readonly firstByteMs: number | null;
}

export interface Target {
  readonly provider: string;
  /** Model to ask for instead of the caller's; null keeps it. */
  readonly model: string | null;
}

export interface WeightedTarget extends Target {
  /** For strategy `weighted`: 0 is only tried when all others have failed. */
  readonly weight: number;
}

export interface Routing {
  /** In the order they are tried; at least one. */
  readonly targets: readonly Target[];
  /** How it was decided; `plugin`: not by the router. */
  readonly by: 'prefix' | 'route' | 'model' | 'dialect' | 'only' | 'plugin';
  /** The route that matched; null where none did. */
  readonly route: RoutableRoute | null;
  /** For the record's step; shared by the requests that are routed alike. */
  readonly evidence: Readonly<Record<string, string | number>>;
}

export interface RoutedRequest {
  readonly api: ApiName;
  readonly model: string | null;
  readonly path: ParsedPath;
  readonly consumer: string;
  /** True where the body could not be read, so that its model is not known although it may have one. */
  readonly opaque: boolean;
}

/** The provider that each dialect's native paths belong to. */
const NAMED_AFTER: Readonly<Record<Dialect, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'gemini',
  vertex: 'vertex-ai',
  bedrock: 'bedrock',
  cohere: 'cohere',
  ollama: 'ollama',
};

export class Router {
  readonly #byName: ReadonlyMap<string, RoutableProvider>;
  readonly #routes: readonly RoutableRoute[];
  readonly #routed: ReadonlyMap<RoutableRoute, Routing>;
  readonly #prefixed: ReadonlyMap<string, Routing>;
  readonly #byDialect = new Map<string, Routing>();

  constructor(providers: readonly RoutableProvider[], routes: readonly RoutableRoute[]) {
    this.#byName = new Map(providers.map(provider => [provider.name, provider]));
    this.#routes = routes;
    this.#routed = new Map(routes.map(route => [route, routing(route.targets, 'route', route)]));
    this.#prefixed = new Map(providers.map(({ name }) => [name, single(name, 'prefix')]));
  }

  /** The provider that the first segment names, or null: then the whole path is native. */
  prefix(path: ParsedPath): string | null {
    const first = path.segments[0];
    if (first === undefined || !this.#byName.has(first)) return null;
    if (first === 'openai' && path.segments[1] === 'deployments') return null;
    return first;
  }

  /** Where a request under a provider's prefix goes. */
  prefixed(provider: string): Routing {
    const found = this.#prefixed.get(provider);
    if (found === undefined) throw new Error(`no provider ${provider}`);
    return found;
  }

  /** Where a native path goes. Errors: weir_no_route, weir_opaque_request. */
  native(request: RoutedRequest): Routing {
    for (const route of this.#routes) {
      if (routeMatches(route, request))
        return this.#routed.get(route) ?? routing(route.targets, 'route', route);
    }
    const slash = request.model === null ? -1 : request.model.indexOf('/');
    if (request.model !== null && slash > 0 && this.#byName.has(request.model.slice(0, slash))) {
      const target = { provider: request.model.slice(0, slash), model: request.model.slice(slash + 1) };
      return routing([target], 'model');
    }
    return this.#dialect(request);
  }

  /** Models that routes name as they stand, in their order. */
  get literalModels(): string[] {
    return this.#routes.flatMap(({ match: { model } }) =>
      model === null || model.includes('*') ? [] : [model],
    );
  }

  /** Whether a route of the configuration says where it goes. Errors: weir_opaque_request. */
  hasRoute(request: RoutedRequest): boolean {
    return this.#routes.some(route => routeMatches(route, request));
  }

  #dialect(request: RoutedRequest): Routing {
    const dialect = dialectOf(request.api);
    const owner = pathOwner(request.path);
    const key = `${dialect ?? ''} ${owner ?? ''}`;
    const known = this.#byDialect.get(key);
    if (known !== undefined) return known;
    const found = this.#findDialect(dialect, owner, request);
    this.#byDialect.set(key, found);
    return found;
  }

  #findDialect(dialect: Dialect | null, owner: string | null, request: RoutedRequest): Routing {
    const all = [...this.#byName.values()];
    if (owner !== null) {
      const owners = all.filter(provider => provider.kind === owner);
      const named = owners.find(provider => provider.name === owner) ?? owners[0];
      if (named !== undefined) return single(named.name, 'dialect');
      if (ELSEWHERE_UNKNOWN.has(owner)) throw this.#noRoute(request, owner, owners);
    }
    if (dialect === null) throw this.#noRoute(request, null, []);
    const named = this.#byName.get(NAMED_AFTER[dialect]);
    if (named !== undefined) return single(named.name, 'dialect');
    const speakers = all.filter(provider => provider.dialects.includes(dialect));
    const [only, second] = speakers;
    if (only !== undefined && second === undefined) return single(only.name, 'only');
    throw this.#noRoute(request, dialect, speakers);
  }

  #noRoute(
    request: RoutedRequest,
    wanted: string | null,
    candidates: readonly RoutableProvider[],
  ): WeirError {
    const prefixes = [...this.#byName.keys()].map(name => `/${name}`);
    const named = candidates.map(provider => provider.name);
    const what =
      wanted === null
        ? `${request.path.raw} is not an AI path that Weir knows`
        : candidates.length === 0
          ? `no provider is configured for ${wanted} (${request.path.raw})`
          : `${candidates.length} providers speak ${wanted}: ${named.join(', ')}`;
    const mend = `name one by a path prefix: ${prefixes.slice(0, 12).join(', ') || '(no provider is configured)'}`;
    const message = `no route: ${what}; ${mend}`;
    return new WeirError('weir_no_route', message, {
      detail: { candidates: named.length > 0 ? named : prefixes.map(prefix => prefix.slice(1)) },
    });
  }
}

function single(provider: string, by: Routing['by']): Routing {
  return routing([{ provider, model: null }], by);
}

function routing(targets: readonly Target[], by: Routing['by'], route: RoutableRoute | null = null): Routing {
  const first = targets[0];
  const target = first === undefined ? '' : targetName(first);
  const strategy = route === null || route.targets.length < 2 ? {} : { strategy: route.strategy };
  const evidence = Object.freeze({ target, targets: targets.length, ...strategy });
  return Object.freeze({ targets, by, route, evidence });
}

/** `provider` or `provider/model`, as records name it. */
export function targetName({ provider, model }: Target): string {
  return model === null ? provider : `${provider}/${model}`;
}

/** Owners whose paths nobody else answers: without one configured there is no route. */
const ELSEWHERE_UNKNOWN: ReadonlySet<string> = new Set(['azure-openai', 'vertex-ai']);

/** Ollama's own resources beside the apis that are identified (its API documentation). */
const OLLAMA_RESOURCES: ReadonlySet<string> = new Set([
  'tags',
  'version',
  'ps',
  'show',
  'pull',
  'push',
  'create',
  'copy',
  'delete',
  'blobs',
]);

/** A native path that belongs to one kind of provider whatever its dialect. */
function pathOwner(path: ParsedPath): string | null {
  const [first, second] = path.segments;
  if (first === 'openai' && second === 'deployments') return 'azure-openai';
  if (second === 'projects' && (first === 'v1' || first === 'v1beta1')) return 'vertex-ai';
  if (first === 'v1beta' || first === 'v1alpha') return 'gemini';
  if (first === 'api' && second !== undefined && OLLAMA_RESOURCES.has(second)) return 'ollama';
  return null;
}

function routeMatches(route: RoutableRoute, request: RoutedRequest): boolean {
  const { match } = route;
  if (match.api !== null && !globMatches(match.api, request.api)) return false;
  if (match.path !== null && !globMatches(match.path, request.path.raw)) return false;
  if (match.consumer !== null && !globMatches(match.consumer, request.consumer)) return false;
  if (match.model === null) return true;
  if (request.opaque && request.model === null) {
    throw new WeirError(
      'weir_opaque_request',
      `a route asks for the model, but the body could not be read as ${request.api} JSON`,
    );
  }
  return request.model !== null && globMatches(match.model, request.model);
}
