// Policies and prices in the contract's key names and units, as `/api/config` shows them: every default filled in.

import { formatBytes, formatDuration } from '../core/units.js';
import { PICOS_PER_NANO, usdText } from '../price/amounts.js';
import type { PriceOverride } from '../price/overrides.js';
import type { BudgetPolicy, LimitPolicy, PluginPolicy, PolicyConfig } from './config.js';
import { dimensionText } from './dimensions.js';
import { periodText } from './policies.js';

export function shownPolicy(policy: PolicyConfig): unknown {
  const { name, mode, when } = policy;
  const base = { name, mode, when };
  switch (policy.kind) {
    case 'deny':
      return {
        ...base,
        deny: { status: policy.status, message: policy.message },
        unreadable: policy.unreadable,
      };
    case 'cap': {
      const cap = { input_tokens: policy.inputTokens, output_tokens: policy.outputTokens, over: policy.over };
      return { ...base, cap, unreadable: policy.unreadable };
    }
    case 'plugin':
      return { ...base, plugin: shownPlugin(policy), unreadable: policy.unreadable };
    case 'limit':
      return { ...base, limit: shownLimit(policy), ...shownHolding(policy) };
    case 'budget':
      return {
        ...base,
        budget: shownBudget(policy),
        ...shownHolding(policy),
        ...(policy.unit === 'usd' ? { unpriced: shownUnpriced(policy.unpriced) } : {}),
      };
  }
}

export function shownPrice({ provider, model, rates }: PriceOverride): unknown {
  const shown: Record<string, string | null> = { provider, model };
  for (const [rate, picos] of Object.entries(rates)) {
    // `cacheWrite1h` is `cache_write_1h` in the file.
    const key = rate.replaceAll(/[A-Z]|1h/g, part => `_${part.toLowerCase()}`);
    shown[key] = rate === 'perRequest' ? usdText(picos / PICOS_PER_NANO) : perMillion(picos);
  }
  return shown;
}

/** Texts of `config:` that an environment variable has a part in are masked. */
function shownPlugin({ settings, secrets }: PluginPolicy): unknown {
  const hidden = new Set(secrets);
  const mask = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && hidden.has(value) ? '***' : value;
  return {
    file: settings.file,
    config: JSON.parse(settings.configJson, mask),
    grant: settings.grants,
    fuel: settings.fuel,
    fuel_per_byte: settings.fuelPerByte,
    memory: formatBytes(settings.memoryBytes),
    size: formatBytes(settings.sizeMax),
    on_failure: settings.onFailure,
    on_opaque: settings.onOpaque,
    run: settings.run,
    deadline: formatDuration(settings.deadlineMs),
    reset: settings.reset,
    tables: settings.tables,
    tags: settings.tags,
    counters: settings.countersMax,
  };
}

function shownLimit({ unit, amount, perMs, burst, by, cached }: LimitPolicy): unknown {
  const rate = unit === 'concurrent' ? {} : { per: spanText(perMs), burst };
  return { [unit]: amount, ...rate, by: by.map(dimensionText), ...shownCached(unit, cached) };
}

function shownBudget({ unit, amount, per, by, cached }: BudgetPolicy): unknown {
  const shown = unit === 'usd' ? usdText(amount) : amount;
  return { [unit]: shown, per: periodText(per), by: by.map(dimensionText), ...shownCached(unit, cached) };
}

function shownCached(unit: string, cached: number): object {
  return unit === 'tokens' || unit === 'input_tokens' ? { cached } : {};
}

function shownHolding({ unit, hold, overrun, unmetered }: LimitPolicy | BudgetPolicy): object {
  return unit === 'requests' || unit === 'concurrent' ? {} : { hold, overrun, unmetered };
}

function shownUnpriced(unpriced: BudgetPolicy['unpriced']): unknown {
  if (typeof unpriced === 'string') return unpriced;
  return { input: perMillion(unpriced.input), output: perMillion(unpriced.output) };
}

/** Pico-dollars per token are micro-dollars per million. */
function perMillion(picos: number): string {
  return usdText(picos * 1000);
}

/** The largest unit that divides it: `1m`, `36h`. */
function spanText(ms: number): string {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000}d`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}
