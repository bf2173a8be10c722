// Usage added up in whole numbers of any size: dollars as nano-dollars, so that a total is exact.
import type { UsageCounts } from '../ledger/usage-query.js';
import { nanosOf } from './dollars.js';

const FIELDS = [
  'requests',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'unpriced',
] as const;

export type Sums = Record<(typeof FIELDS)[number] | 'nanos', bigint>;

export function addUp(counts: readonly UsageCounts[]): Sums {
  const sums = { ...Object.fromEntries(FIELDS.map(field => [field, 0n])), nanos: 0n } as Sums;
  for (const each of counts) {
    for (const field of FIELDS) sums[field] += BigInt(each[field]);
    sums.nanos += nanosOf(each.cost_usd);
  }
  return sums;
}
