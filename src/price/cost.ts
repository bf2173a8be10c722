// What a request cost and how sure that is: the `cost` object of a record (CONTRACT.md §4).
import type { Cost } from '../core/entry.js';
import type { CostRecord } from '../core/record.js';
import type { Usage } from '../core/usage.js';
import { NANOS_MAX, usdText } from './amounts.js';
import type { FoundPrice } from './price-book.js';

export type CostStatus = CostRecord['status'];

/**
 * `reported` where the provider told the cost; `computed` where usage and price are those of what was served; `estimated` where a count
 * is ours, only the requested model has a price, or the service tier has another price than the catalogue's; `unpriced` without a
 * price, or without any usage (then `price` says what it would have been computed by).
 */
export function costOf(found: FoundPrice | null, usage: Usage, reportedNanos: number | null): Cost {
  const price = found?.price.name ?? null;
  const catalogue = found?.price.catalogue ?? null;
  if (reportedNanos !== null) return { nanos: reportedNanos, status: 'reported', price, catalogue };
  const nanos = found === null ? null : found.price.costOf(usage);
  if (found === null || nanos === null) return { nanos: null, status: 'unpriced', price, catalogue };
  const sure = usage.source === 'provider' && found.exact && isStandardTier(usage.serviceTier);
  return { nanos, status: sure ? 'computed' : 'estimated', price, catalogue };
}

/** As the record shows it. */
export function costRecord(cost: Cost): CostRecord {
  const { status, price, catalogue } = cost;
  return { usd: cost.nanos === null ? null : usdText(cost.nanos), status, price, catalogue };
}

const DOUBT: Readonly<Record<CostStatus, number>> = { reported: 0, computed: 1, estimated: 2, unpriced: 3 };

/** The sum over a request's attempts. Attempts without usage (refused, failed before they began) cost nothing that is known and are left out. */
export function sumOfCosts(costs: readonly Cost[]): Cost {
  const known = costs.filter(cost => cost.nanos !== null);
  const last = known.at(-1) ?? costs.at(-1);
  if (last === undefined) return { nanos: null, status: 'unpriced', price: null, catalogue: null };
  if (known.length === 0) return last;
  const nanos = Math.min(
    known.reduce((sum, cost) => sum + (cost.nanos ?? 0), 0),
    NANOS_MAX,
  );
  const status = known.reduce((worst, cost) =>
    DOUBT[cost.status] > DOUBT[worst.status] ? cost : worst,
  ).status;
  return { ...last, nanos, status };
}

/** The names that providers give to their ordinary tier. Flex, batch and priority have prices that the catalogue does not know. */
const STANDARD_TIERS: ReadonlySet<string> = new Set([
  'default',
  'standard',
  'auto',
  'on_demand',
  'on-demand',
]);

export function isStandardTier(serviceTier: string | null): boolean {
  return serviceTier === null || STANDARD_TIERS.has(serviceTier.toLowerCase());
}
