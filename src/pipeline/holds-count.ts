// What running requests hold, by policy and unit: for the metrics, when somebody asks.
import type { RunningHolds } from './settle-policies.js';

export interface HoldCount {
  readonly policy: string;
  readonly unit: string;
  readonly requests: number;
  /** Dollars where the unit is usd. */
  readonly amount: number;
}

export function holdCounts(running: readonly (RunningHolds | null)[]): HoldCount[] {
  const found = new Map<string, { policy: string; unit: string; requests: number; amount: number }>();
  for (const holds of running) {
    for (const { rule, wish } of holds?.held ?? []) {
      const key = `${rule.name} ${rule.unit}`;
      const count = found.get(key) ?? { policy: rule.name, unit: rule.unit, requests: 0, amount: 0 };
      count.requests++;
      count.amount += rule.unit === 'usd' ? wish.amount / 1e9 : wish.amount;
      found.set(key, count);
    }
  }
  return [...found.values()];
}
