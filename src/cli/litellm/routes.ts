// LiteLLM's model groups, aliases and fallbacks → Weir's routes. LiteLLM's callers all speak OpenAI's dialect and are translated; Weir translates nothing, so the targets of a route
// have to share a dialect, and callers speak it.
import type { Strategy } from '../../core/resilience.js';
import { providerSpec } from '../../provider/table.js';
import type { Placed } from './providers.js';
import { type LiteLlm, numberOf, sectionOf, textOf } from './source.js';

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  'simple-shuffle': 'weighted',
  'least-busy': 'busy',
  'latency-based-routing': 'latency',
  'cost-based-routing': 'cost',
};

export interface ImportedRoute {
  readonly match: { readonly model: string };
  readonly strategy?: Strategy;
  readonly targets: { readonly provider: string; readonly model?: string; readonly weight?: number }[];
}

export function routesOf(
  source: LiteLlm,
  placed: readonly Placed[],
  note: (note: string) => void,
): ImportedRoute[] {
  const written = textOf(source.router.routing_strategy);
  const known = STRATEGIES[written ?? 'simple-shuffle'];
  if (known === undefined)
    note(`router_settings.routing_strategy: ${written} has no counterpart; "busy" stands in its place`);
  const fallbacks = fallbacksOf(source, note);
  const groups = new Map<string, Placed[]>();
  for (const each of placed)
    groups.set(each.deployment.name, [...(groups.get(each.deployment.name) ?? []), each]);
  const routes: ImportedRoute[] = [];
  for (const [name, members] of groups) {
    const wildcard = name.includes('*');
    if (wildcard && isCovered(name, members)) {
      note(
        `model_list: ${name} needs no route; Weir sends a model that begins with <provider>/ there by itself`,
      );
      continue;
    }
    const spares = [...(fallbacks.get(name) ?? []), ...(fallbacks.get('*') ?? [])]
      .filter(each => each !== name)
      .flatMap(each => groups.get(each) ?? []);
    const route = routeOf(name, members, spares, known ?? 'busy', note);
    if (route !== null) routes.push(route);
  }
  for (const [alias, of] of Object.entries(sectionOf(source.router.model_group_alias))) {
    const name = textOf(of) ?? textOf(sectionOf(of).model);
    const route = routes.find(({ match }) => match.model === name);
    if (route === undefined)
      note(
        `router_settings.model_group_alias: ${alias} stands for ${name ?? 'nothing'}, which is no model here`,
      );
    else routes.push({ ...route, match: { model: alias } });
  }
  // The first that matches counts: names before globs.
  return routes.sort((a, b) => Number(a.match.model.includes('*')) - Number(b.match.model.includes('*')));
}

function isCovered(name: string, members: readonly Placed[]): boolean {
  const prefix = name.endsWith('/*') ? name.slice(0, -2) : null;
  return prefix !== null && members.every(({ provider, model }) => provider.name === prefix && model === '*');
}

function routeOf(
  name: string,
  members: readonly Placed[],
  spares: readonly Placed[],
  strategy: Strategy,
  note: (note: string) => void,
): ImportedRoute | null {
  let common: readonly string[] | null = null;
  const targets: ImportedRoute['targets'] = [];
  const weights = weightsOf(members);
  const add = ({ provider, model }: Placed, weight: number, what: string): void => {
    const spoken: readonly string[] = providerSpec(provider.kind)?.dialects ?? [];
    const shared = common === null ? spoken : common.filter(dialect => spoken.includes(dialect));
    if (shared.length === 0) {
      note(
        `${what} ${name}: ${provider.name}/${model} speaks ${spoken.join(' and ')}, the targets before it ${common?.join(' and ')}; nothing is translated, so it is left out`,
      );
      return;
    }
    const target = { provider: provider.name, ...(model.includes('*') ? {} : { model }) };
    if (targets.some(other => other.provider === target.provider && other.model === target.model)) return;
    common = shared;
    targets.push({ ...target, weight });
  };
  for (const [i, member] of members.entries()) add(member, weights[i] ?? 1, 'model_list:');
  const own = targets.length;
  for (const spare of spares) add(spare, 0, 'fallbacks of');
  const [dialect] = (common ?? []) as string[];
  if (dialect !== undefined && !(common ?? ([] as string[])).some(each => each === 'openai'))
    note(
      `model_list: ${name} is asked for in ${dialect}'s own dialect, not in OpenAI's: Weir does not translate`,
    );
  if (targets.length === 0) return null;
  return finished(name, targets, own, strategy, note);
}

/** Fallbacks are for when all others have failed, which weight 0 says; other strategies know no such rank. */
function finished(
  name: string,
  targets: ImportedRoute['targets'],
  own: number,
  strategy: Strategy,
  note: (note: string) => void,
): ImportedRoute {
  const match = { model: name };
  const plain = targets.map(({ provider, model }) => ({
    provider,
    ...(model === undefined ? {} : { model }),
  }));
  if (targets.length === 1 || own === 1) return { match, targets: plain };
  if (strategy === 'weighted') return { match, strategy, targets };
  if (own < targets.length)
    note(
      `fallbacks of ${name}: with strategy ${strategy} they would be targets as all others; "order" stands in its place`,
    );
  return { match, strategy: own < targets.length ? 'order' : strategy, targets: plain };
}

/** LiteLLM's simple-shuffle weighs by `weight`, else by rpm, else by tpm, where all have it. */
function weightsOf(members: readonly Placed[]): number[] {
  for (const name of ['weight', 'rpm', 'tpm']) {
    const found = members.map(({ deployment }) => numberOf(deployment.params[name]));
    if (found.every(each => each !== null && each > 0 && each <= 1_000_000)) return found as number[];
  }
  return members.map(() => 1);
}

function fallbacksOf({ litellm, router }: LiteLlm, note: (note: string) => void): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const list of [router.fallbacks, litellm.fallbacks]) {
    for (const entry of Array.isArray(list) ? list : []) {
      for (const [name, to] of Object.entries(sectionOf(entry)))
        if (!found.has(name))
          found.set(
            name,
            (Array.isArray(to) ? to : []).flatMap(each => textOf(each) ?? []),
          );
    }
  }
  const last = router.default_fallbacks ?? litellm.default_fallbacks;
  if (Array.isArray(last))
    found.set(
      '*',
      last.flatMap(each => textOf(each) ?? []),
    );
  for (const name of ['context_window_fallbacks', 'content_policy_fallbacks'])
    if (litellm[name] !== undefined || router[name] !== undefined)
      note(
        `${name}: Weir does not look into a provider's refusal for its reason; a plugin can choose another model by the prompt's length (docs/plugins.md)`,
      );
  return found;
}
