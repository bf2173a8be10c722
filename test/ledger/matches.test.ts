// Filters of lists as a table: one request, what finds it and what does not.
import { describe, expect, it } from 'vitest';
import { matches, type RecordFilter } from '../../src/ledger/matches.js';
import { CHAT, entry, START_MS } from './entries.js';

const step = (policy: string, verdict: 'deny' | 'permit', mode: 'enforce' | 'shadow') => ({
  phase: 'hold' as const,
  policy,
  kind: 'budget' as const,
  mode,
  verdict,
  code: 'x',
  evidence: {},
  micros: 1,
});
const BLOCKED = entry(0, {
  outcome: 'blocked',
  status: 429,
  error: { source: 'policy', code: 'weir_budget_reached', message: '' },
  identification: { ...CHAT, modelServed: 'gpt-4o-2024-08-06' },
  principal: { name: 'team-a', key: 'ci …x7Qp', tags: { env: 'prod', project: 'apollo' } },
  endUser: 'u1',
  cost: { nanos: 2_030_000, status: 'computed', price: null, catalogue: null },
});
BLOCKED.steps.push(
  step('monthly', 'deny', 'enforce'),
  step('tried', 'deny', 'shadow'),
  step('rpm', 'permit', 'enforce'),
);

describe('a filter', () => {
  it.each<[RecordFilter, boolean]>([
    [{}, true],
    [{ outcome: 'blocked', status: 429, consumer: 'team-a', provider: 'openai', api: 'openai.chat' }, true],
    [{ status: 200 }, false],
    [{ model: 'gpt-4o' }, true],
    [{ model: 'gpt-4o-2024-08-06' }, true],
    [{ model: 'gpt' }, false],
    [{ key: 'ci' }, true],
    [{ key: 'ci …x7Qp' }, true],
    [{ key: 'c' }, false],
    [{ endUser: 'u1' }, true],
    [{ endUser: 'u' }, false],
    [{ code: 'weir_budget_reached' }, true],
    [{ code: 'weir_denied' }, false],
    [{ policy: 'monthly' }, true],
    [{ policy: 'tried' }, false],
    [{ policy: 'rpm' }, false],
    [{ tags: { env: 'prod' } }, true],
    [{ tags: { env: 'prod', project: 'apollo' } }, true],
    [{ tags: { env: 'prod', project: 'gemini' } }, false],
    [{ tags: { toString: 'x' } }, false],
    [{ minCostNanos: 2_030_000 }, true],
    [{ minCostNanos: 2_030_001 }, false],
    [{ sinceMs: START_MS, untilMs: START_MS }, true],
    [{ sinceMs: START_MS + 1 }, false],
    [{ untilMs: START_MS - 1 }, false],
  ])('%j finds it: %s', (filter, found) => {
    expect(matches(BLOCKED, filter)).toBe(found);
  });

  it('finds nothing by consumer, key, tag, cost or code where a request has none', () => {
    const nobody = entry(1);
    for (const filter of [
      { consumer: 'a' },
      { key: 'a' },
      { tags: { a: 'b' } },
      { minCostNanos: 0 },
      { code: 'a' },
    ])
      expect(matches(nobody, filter)).toBe(false);
  });
});
