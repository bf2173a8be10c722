// LiteLLM's budgets, limits, timeouts and retries → Weir's, where they mean the same.
import { type LiteLlm, numberOf, type Section, sectionOf, textOf } from './source.js';

type Note = (note: string) => void;

/** Weir's windows are calendar ones: hour, day, week, month, and days counted from 1970. */
export function windowOf(duration: string): string | null {
  const match = /^(\d+)(s|m|h|d|w|mo)$/.exec(duration.trim());
  const [count, unit] = [Number(match?.[1]), match?.[2]];
  if (count === 1 && unit === 'mo') return 'month';
  const seconds = count * ({ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit ?? ''] ?? Number.NaN);
  if (seconds === 3600) return 'hour';
  if (seconds === 86_400) return 'day';
  if (seconds === 604_800) return 'week';
  return seconds > 0 && seconds % 86_400 === 0 && seconds <= 366 * 86_400 ? `${seconds / 86_400}d` : null;
}

export function policiesOf(
  { litellm, router, general, deployments }: LiteLlm,
  names: ReadonlyMap<string, string>,
  note: Note,
): unknown[] {
  const policies: unknown[] = [];
  const budget = numberOf(litellm.max_budget);
  if (budget !== null && budget > 0) {
    const per = windowFor(litellm.budget_duration, 'litellm_settings.budget_duration', note);
    if (per !== null) policies.push({ name: 'budget', budget: { usd: budget, per } });
  }
  for (const [provider, entry] of Object.entries(sectionOf(router.provider_budget_config))) {
    const usd = numberOf(sectionOf(entry).budget_limit ?? sectionOf(entry).max_budget);
    const name = names.get(provider);
    const place = `router_settings.provider_budget_config.${provider}`;
    const per =
      usd === null
        ? null
        : windowFor(sectionOf(entry).time_period ?? sectionOf(entry).budget_duration, place, note);
    if (usd === null || per === null) continue;
    if (name === undefined) note(`${place}: no model of that provider is here`);
    else
      policies.push({
        name: `budget-${name}`,
        when: `ai.provider == ${JSON.stringify(name)}`,
        budget: { usd, per, by: ['provider'] },
      });
  }
  const parallel = numberOf(general.global_max_parallel_requests ?? litellm.global_max_parallel_requests);
  if (parallel !== null && parallel > 0) policies.push({ name: 'parallel', limit: { concurrent: parallel } });
  const each = numberOf(general.max_parallel_requests);
  if (each !== null && each > 0)
    policies.push({ name: 'parallel-each', limit: { concurrent: each, by: ['consumer'] } });
  if (deployments.some(({ params }) => params.rpm !== undefined || params.tpm !== undefined))
    note(
      'litellm_params.rpm and tpm are weights here, as for simple-shuffle; to refuse what goes beyond, add a policy such as { limit: { requests: 480, per: 1m, by: [provider, model] } }',
    );
  return policies;
}

function windowFor(written: unknown, place: string, note: Note): string | null {
  const duration = textOf(written);
  if (duration === null) {
    note(
      `${place}: a budget without a duration has no counterpart, as every budget of Weir has a window; "month" stands in its place`,
    );
    return 'month';
  }
  const window = windowOf(duration);
  if (window === null)
    note(`${place}: ${duration} is no window of Weir (hour, day, week, month, <n>d); the budget is left out`);
  return window;
}

/** `retry:`, `breaker:` and `timeouts:`. */
export function patienceOf({ litellm, router }: LiteLlm): Section {
  const found: Record<string, unknown> = {};
  const retries = numberOf(router.num_retries ?? litellm.num_retries);
  if (retries !== null && retries > 0)
    found.retry = { attempts: Math.min(retries + 1, 20), again: Math.min(retries, 10) };
  const fails = numberOf(router.allowed_fails ?? litellm.allowed_fails);
  const cooldown = numberOf(router.cooldown_time);
  if (fails !== null || cooldown !== null)
    found.breaker = {
      ...(fails === null ? {} : { failures: Math.min(Math.floor(fails) + 1, 1000) }),
      ...(cooldown === null || cooldown === 0 ? {} : { open: seconds(cooldown, 3600) }),
    };
  const total = numberOf(router.timeout ?? litellm.request_timeout);
  const first = numberOf(router.stream_timeout);
  if ((total !== null && total > 0) || (first !== null && first > 0))
    found.timeouts = {
      ...(first === null || first === 0 ? {} : { first_byte: seconds(first, 86_400) }),
      ...(total === null || total === 0 ? {} : { total: seconds(total, 604_800) }),
    };
  return found;
}

function seconds(count: number, most: number): string {
  return `${Math.max(1, Math.min(Math.round(count * 1000), most * 1000))}ms`;
}

/** Of models whose price stands beside them: dollars per million tokens. */
export function pricesOf(
  placed: readonly {
    readonly provider: { readonly name: string };
    readonly model: string;
    readonly deployment: { readonly info: Section; readonly params: Section };
  }[],
): unknown[] {
  const seen = new Set<string>();
  return placed.flatMap(({ provider, model, deployment: { info, params } }) => {
    const [input, output] = ['input_cost_per_token', 'output_cost_per_token'].map(name =>
      numberOf(info[name] ?? params[name]),
    );
    const name = `${provider.name}/${model}`;
    if (
      input === null ||
      output === null ||
      input === undefined ||
      output === undefined ||
      seen.has(name) ||
      model.includes('*')
    )
      return [];
    seen.add(name);
    return [{ provider: provider.name, model, input: perMillion(input), output: perMillion(output) }];
  });
}

function perMillion(dollars: number): string {
  return (dollars * 1e6).toFixed(6).replace(/\.?0+$/, '');
}
