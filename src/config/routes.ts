// `routes:` entries → RouteConfig. Refuses targets that do not exist or that speak another dialect: until
// translation exists, a request can only go where its wire format is understood.
import { API_NAMES, type Dialect, dialectOf } from '../core/api.js';
import { globMatches } from '../core/glob.js';
import { nearest } from '../core/nearest.js';
import { providerSpec } from '../provider/table.js';
import type { ProviderConfig, RouteConfig, RouteTarget } from './config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import { listShape, routeSchema } from './schema.js';

export interface Known {
  readonly providers: readonly ProviderConfig[];
  /** Also of entries that have problems of their own. */
  readonly providerNames: ReadonlySet<string>;
  readonly consumerNames: ReadonlySet<string>;
}

export function resolveRoutes(raw: unknown, known: Known, findings: Findings): RouteConfig[] {
  const routes: RouteConfig[] = [];
  if (raw !== undefined && !Array.isArray(raw)) {
    findings.parse(listShape.routes, raw, ['routes']);
    return routes;
  }
  for (const [i, entry] of (raw ?? []).entries()) {
    const path = ['routes', i];
    const values = findings.parse(routeSchema, entry, path);
    if (values === undefined) continue;
    const { model = null, api = null, path: pathGlob = null, consumer = null } = values.match;
    const match = { model, api, path: pathGlob, consumer };
    checkMatch(match, [...path, 'match'], known, findings);
    const targets = values.targets.map(target => ({
      provider: target.provider,
      model: target.model ?? null,
      weight: target.weight ?? 1,
    }));
    checkTargets(targets, dialectsOf(api), [...path, 'targets'], known, findings);
    checkWeights(values, path, findings);
    const { strategy, first_byte: firstByteMs = null } = values;
    routes.push({ match, targets, strategy, firstByteMs });
  }
  return routes;
}

function checkMatch(match: RouteConfig['match'], path: Path, known: Known, findings: Findings): void {
  const { api, path: pathGlob, consumer } = match;
  if (api !== null && !API_NAMES.some(name => globMatches(api, name))) {
    const near = nearest(api, API_NAMES);
    const mend = near === null ? '' : ` did you mean ${near}?`;
    findings.refuse([...path, 'api'], api, `${API_NAMES.join(', ')}, or a glob over them`, mend.trim());
  }
  if (pathGlob !== null && !/^[/*]/.test(pathGlob)) {
    findings.refuse([...path, 'path'], pathGlob, 'a path that begins with / or *');
  }
  if (consumer === null || consumer === 'anonymous') return;
  if ([...known.consumerNames].some(name => globMatches(consumer, name))) return;
  findings.warning(
    [...path, 'consumer'],
    `is ${findings.quote([...path, 'consumer'], consumer)}, which no consumer matches: this route is never taken`,
  );
}

function checkWeights(
  { strategy, targets }: { strategy: string; targets: readonly { weight?: number | undefined }[] },
  path: Path,
  findings: Findings,
): void {
  targets.forEach(({ weight }, i) => {
    if (weight === undefined || strategy === 'weighted') return;
    const place = [...path, 'targets', i, 'weight'];
    findings.error(place, `has no meaning for strategy ${strategy}; allowed: with strategy weighted`, 'key');
  });
  if (strategy !== 'weighted' || targets.some(({ weight = 1 }) => weight > 0)) return;
  findings.error([...path, 'targets'], 'have no weight at all; allowed: at least one above 0');
}

/** The dialects a route can be asked in: those of the apis it matches; null where it matches any. */
function dialectsOf(api: string | null): Set<Dialect> | null {
  if (api === null) return null;
  const dialects = new Set<Dialect>();
  for (const name of API_NAMES) {
    const dialect = dialectOf(name);
    if (dialect !== null && globMatches(api, name)) dialects.add(dialect);
  }
  return dialects.size === 0 ? null : dialects;
}

function checkTargets(
  targets: readonly RouteTarget[],
  asked: Set<Dialect> | null,
  path: Path,
  known: Known,
  findings: Findings,
): void {
  let common = asked;
  targets.forEach((target, i) => {
    const place = [...path, i, 'provider'];
    if (targets.findIndex(other => other.provider === target.provider && other.model === target.model) < i) {
      findings.error([...path, i], 'is the same target as one before; allowed: each once');
    }
    if (!known.providerNames.has(target.provider)) {
      unknownProvider(target.provider, place, known, findings);
      return;
    }
    const spoken = dialectsSpoken(target.provider, known);
    if (spoken === null) return;
    const shared: Set<Dialect> = new Set(spoken.filter(dialect => common === null || common.has(dialect)));
    if (shared.size === 0) {
      const want = [...(common ?? [])].join(' or ');
      const message = `is ${findings.quote(place, target.provider)}, which speaks ${spoken.join(' and ')}; allowed: a provider that speaks ${want}`;
      findings.error(place, `${message}, as nothing is translated between dialects yet`);
    } else common = shared;
  });
}

function unknownProvider(name: string, path: Path, known: Known, findings: Findings): void {
  const near = nearest(name, known.providerNames);
  const mend = near === null ? '' : ` did you mean ${near}?`;
  const names = [...known.providerNames].join(', ') || '(none is configured)';
  findings.refuse(path, name, `a configured provider: ${names}`, mend.trim());
}

/** Null for an entry that has problems of its own. */
function dialectsSpoken(name: string, known: Known): readonly Dialect[] | null {
  const provider = known.providers.find(candidate => candidate.name === name);
  return provider === undefined ? null : (providerSpec(provider.kind)?.dialects ?? null);
}
