// What is counted as blocked, and under which policy.
import { expect, it } from 'vitest';
import type { Step } from '../../src/core/entry.js';
import { ThreadMetrics } from '../../src/metrics/thread-metrics.js';
import { entry } from '../ledger/entries.js';

const step = (policy: string | null, verdict: Step['verdict'], mode: Step['mode'] = 'enforce'): Step => ({
  ...{ phase: 'gate', policy, kind: 'deny', mode, verdict, code: `code_${policy}` },
  ...{ evidence: {}, micros: 1 },
});
const blockedBy = (steps: readonly Step[], code: string, outcome: 'blocked' | 'served' = 'blocked') => {
  const made = entry(0, { outcome, error: { source: 'policy', code, message: '' } });
  made.steps.push(...steps);
  return made;
};

it('names the enforced policy that stood in the way, none where Weir itself refused, and shadow policies apart', () => {
  const metrics = new ThreadMetrics();
  metrics.settled(blockedBy([step('a', 'permit'), step('b', 'deny'), step('c', 'skipped')], 'weir_denied'));
  metrics.settled(blockedBy([step('p', 'failed')], 'weir_plugin_failed'));
  metrics.settled(blockedBy([step(null, 'deny')], 'weir_unknown_key'));
  // Looked at twice, since a plugin changed the request between: one request.
  metrics.settled(blockedBy([step('s', 'deny', 'shadow'), step('s', 'deny', 'shadow')], 'x', 'served'));
  const found = metrics
    .snapshot()
    .blocked.map(({ labels, count }) => [labels.policy, labels.code, labels.mode, count]);
  expect(found.sort()).toEqual([
    ['(none)', 'weir_unknown_key', 'enforce', 1],
    ['b', 'weir_denied', 'enforce', 1],
    ['p', 'weir_plugin_failed', 'enforce', 1],
    ['s', 'code_s', 'shadow', 1],
  ]);
});

it('keeps policies that are too many together', () => {
  const metrics = new ThreadMetrics();
  for (let i = 0; i < 300; i++) metrics.settled(blockedBy([step(`policy-${i}`, 'deny')], 'weir_denied'));
  const { blocked } = metrics.snapshot();
  expect(blocked.length).toBe(127);
  expect(blocked.reduce((sum, { count }) => sum + count, 0)).toBe(300);
});
