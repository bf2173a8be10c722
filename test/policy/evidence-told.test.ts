// Evidence that is told  is the evidence that stands in the record.
import { expect, it } from 'vitest';
import type { LateEvidence } from '../../src/core/entry.js';
import { Wish } from '../../src/kernel/limits-hold.js';
import type { BucketRule } from '../../src/policy/bucket-rule.js';
import { BucketEvidence, SettledEvidence } from '../../src/policy/evidence.js';
import { usdText } from '../../src/price/amounts.js';

function told(evidence: LateEvidence): unknown[] {
  const values: unknown[] = [];
  evidence.tell({ value: value => values.push(value), usd: nanos => values.push(usdText(nanos)) });
  return evidence.names?.split('\n').map((name, i) => [name, values[i]]) ?? [];
}

it.each(['tokens', 'usd'] as const)('evidence in %s is told as it is written, value by value', unit => {
  const rule = { unit, capacity: 5000, byNames: ['consumer', 'model'] } as unknown as BucketRule;
  const wish = Object.assign(Object.create(Wish.prototype) as Wish, {
    available: 3000,
    heldBefore: 500,
    amount: 7,
    waitMs: 9,
  });
  for (const values of ['6:team-a6:gpt-4o', '6:team-b6:gpt-4o']) {
    const evidence = new BucketEvidence(rule, wish, values);
    expect(told(evidence)).toEqual(Object.entries(evidence.written()));
  }
  const settled = new SettledEvidence(rule, 500, 321);
  expect(told(settled)).toEqual(Object.entries(settled.written()));
});
