// The numbers that a step shows (CONTRACT.md §4): limit, used, held, asked, available, reset_ms. Dollars as decimal strings.
import type { Step } from '../core/entry.js';
import type { Wish } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { shown } from './unit.js';

export type Evidence = Step['evidence'];
export const NOTHING: Evidence = Object.freeze({});

/** What the bucket looked like before the wish, and what was asked. `available` is what was there to take. */
export function evidenceOf(rule: BucketRule, wish: Wish, by: string): Evidence {
  const { unit } = rule;
  const { available, heldBefore, amount, waitMs } = wish;
  // A rate refills while it is held: what it has refilled is no longer used.
  const used = Math.max(0, rule.capacity - available - heldBefore);
  return {
    by,
    unit,
    limit: shown(unit, rule.capacity),
    used: shown(unit, used),
    held: shown(unit, heldBefore),
    asked: shown(unit, amount),
    available: shown(unit, available),
    reset_ms: waitMs,
  };
}
