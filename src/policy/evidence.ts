// The numbers that a step shows (CONTRACT.md §4): limit, used, held, asked, available, reset_ms. Dollars as decimal strings.
import type { Step } from '../core/entry.js';
import type { Wish } from '../kernel/limits-hold.js';
import { usdText } from '../price/amounts.js';
import type { BucketRule } from './bucket-rule.js';

export type Evidence = Step['evidence'];
export const NOTHING: Evidence = Object.freeze({});

/** What the bucket looked like before the wish, and what was asked. `available` is what was there to take. */
export function evidenceOf(rule: BucketRule, wish: Wish, by: string): Evidence {
  const { available, heldBefore, amount, waitMs } = wish;
  // A rate refills while it is held: what it has refilled is no longer used.
  const used = Math.max(0, rule.capacity - available - heldBefore);
  return {
    by,
    limit: shown(rule, rule.capacity),
    used: shown(rule, used),
    held: shown(rule, heldBefore),
    asked: shown(rule, amount),
    available: shown(rule, available),
    reset_ms: waitMs,
  };
}

/** An amount in the rule's unit. */
export function shown({ unit }: BucketRule, amount: number): number | string {
  return unit === 'usd' ? usdText(amount) : amount;
}
