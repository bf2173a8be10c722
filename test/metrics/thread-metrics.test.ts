// What one thread counts, and that callers cannot make it count without bound.
import { describe, expect, it } from 'vitest';
import type { Entry, Step } from '../../src/core/entry.js';
import { type MetricsSnapshot, ThreadMetrics } from '../../src/metrics/thread-metrics.js';
import { CHAT, entry, usage } from '../ledger/entries.js';

function counted(...entries: readonly Entry[]): MetricsSnapshot {
  const metrics = new ThreadMetrics();
  for (const each of entries) metrics.settled(each);
  return metrics.snapshot();
}

const step = (code: string, verdict: Step['verdict'], mode: Step['mode'] = 'enforce'): Step => ({
  phase: 'gate',
  policy: null,
  kind: null,
  mode,
  verdict,
  code,
  evidence: {},
  micros: 1,
});

describe('the counters of a thread', () => {
  it('count requests by outcome, api and provider', () => {
    const embedding = { ...CHAT, api: 'openai.embeddings', provider: 'azure-openai' } as const;
    const { requests } = counted(
      entry(0, { outcome: 'served' }),
      entry(1, { outcome: 'served' }),
      entry(2, { outcome: 'blocked' }),
      entry(3, { outcome: 'failed', identification: embedding }),
      entry(4, { outcome: 'aborted', identification: { ...CHAT, isAi: false, api: 'none', provider: null } }),
    );
    expect(requests).toEqual([
      { labels: { outcome: 'aborted', api: 'none', provider: '(none)' }, count: 1 },
      { labels: { outcome: 'served', api: 'openai.chat', provider: 'openai' }, count: 2 },
      { labels: { outcome: 'blocked', api: 'openai.chat', provider: 'openai' }, count: 1 },
      { labels: { outcome: 'failed', api: 'openai.embeddings', provider: 'azure-openai' }, count: 1 },
    ]);
  });

  it('count tokens by kind, provider and the model that was served', () => {
    const served = { ...CHAT, modelServed: 'gpt-4o-2024-08-06' };
    const { tokens } = counted(
      entry(0, {
        identification: served,
        usage: usage(10, 20, { cachedInputTokens: 4, reasoningTokens: 8 }),
      }),
      entry(1, { identification: served, usage: usage(1, 2, { cacheWriteTokens: 1 }) }),
      entry(2, { usage: usage(5, null) }),
      entry(3, { usage: null }),
    );
    const labels = { provider: 'openai', model: 'gpt-4o-2024-08-06' };
    expect(tokens).toEqual([
      { labels: { kind: 'input', ...labels }, count: 11 },
      { labels: { kind: 'output', ...labels }, count: 22 },
      { labels: { kind: 'cached_input', ...labels }, count: 4 },
      { labels: { kind: 'cache_write', ...labels }, count: 1 },
      { labels: { kind: 'reasoning', ...labels }, count: 8 },
      { labels: { kind: 'input', provider: 'openai', model: 'gpt-4o' }, count: 5 },
    ]);
  });

  it('count steps by code, verdict and mode, and errors by code', () => {
    const first = entry(0, { error: { source: 'client', code: 'weir_no_key', message: '' } });
    first.steps.push(step('rpm_ok', 'permit'), step('pii_found', 'deny', 'shadow'));
    const second = entry(1);
    second.steps.push(step('rpm_ok', 'permit'), step('pii_found', 'deny'));
    const { decisions, errors } = counted(first, second);
    expect(decisions).toEqual([
      { labels: { policy: '(none)', code: 'rpm_ok', verdict: 'permit', mode: 'enforce' }, count: 2 },
      { labels: { policy: '(none)', code: 'pii_found', verdict: 'deny', mode: 'enforce' }, count: 1 },
      { labels: { policy: '(none)', code: 'pii_found', verdict: 'deny', mode: 'shadow' }, count: 1 },
    ]);
    expect(errors).toEqual([{ labels: { code: 'weir_no_key' }, count: 1 }]);
  });

  it('count how tokens are known, for AI requests that reached a provider', () => {
    const sent = entry(0, { usage: usage(1, 2, { outputSource: 'estimated' }) });
    const unmetered = entry(1, { usage: null });
    for (const each of [sent, unmetered]) {
      each.attempts.push({
        target: 'openai',
        status: 200,
        error: null,
        startedMs: 0,
        firstByteMs: 1,
        totalMs: 2,
        usage: null,
        cost: null,
      });
    }
    expect(counted(sent, unmetered, entry(2)).usageSources).toEqual([
      { labels: { source: 'estimated' }, count: 1 },
      { labels: { source: 'none' }, count: 1 },
    ]);
  });

  it('put times into the bucket whose upper bound they reach', () => {
    const { gatewaySeconds, firstByteSeconds } = counted(
      entry(0, { gatewayMs: 0.025 }),
      entry(1, { gatewayMs: 0.0251 }),
      entry(2, { gatewayMs: 5000 }),
      entry(3, { gatewayMs: null }),
    );
    expect([...gatewaySeconds.counts]).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(gatewaySeconds.sum).toBeCloseTo(5.0000501, 9);
    expect(firstByteSeconds.sum).toBe(0);
  });

  it('know how many requests run once they are told of admissions', () => {
    expect(counted(entry(0)).inflight).toBeNull();
    const metrics = new ThreadMetrics();
    expect(metrics.snapshot().inflight).toBe(0);
    metrics.admitted();
    metrics.admitted();
    metrics.settled(entry(0, { outcome: 'served' }));
    expect(metrics.snapshot().inflight).toBe(1);
  });

  it('give every name beyond the bound to (other), so that callers cannot fill memory', () => {
    const flood = Array.from({ length: 500 }, (_, i) =>
      entry(i, {
        outcome: 'served',
        identification: { ...CHAT, model: `invented-${i}` },
        usage: usage(1, 0),
      }),
    );
    flood.push(entry(500, { identification: { ...CHAT, model: 'x'.repeat(5000) }, usage: usage(1, 0) }));
    flood.push(
      entry(501, {
        identification: { ...CHAT, provider: 'mistral', model: 'mistral-small' },
        usage: usage(1, 0),
      }),
    );
    const { tokens } = counted(...flood);
    expect(tokens).toHaveLength(64);
    expect(tokens.find(({ labels }) => labels.model === '(other)')?.count).toBe(439);
    expect(tokens.at(-1)?.labels).toEqual({ kind: 'input', provider: 'mistral', model: 'mistral-small' });
  });

  it('do not number models that cost nothing', () => {
    const free = Array.from({ length: 500 }, (_, i) =>
      entry(i, { identification: { ...CHAT, model: `typo-${i}` }, usage: usage(0, 0) }),
    );
    const { tokens } = counted(...free, entry(500, { usage: usage(3, 0) }));
    expect(tokens).toEqual([{ labels: { kind: 'input', provider: 'openai', model: 'gpt-4o' }, count: 3 }]);
  });

  it('can be posted to another thread and do not change there', () => {
    const metrics = new ThreadMetrics();
    const before = metrics.snapshot();
    const posted = structuredClone(before);
    metrics.settled(entry(0, { outcome: 'served', gatewayMs: 1 }));
    expect(before).toEqual(posted);
  });
});

describe('hooks of plugins', () => {
  it('are counted by policy and failure, with their fuel', () => {
    const metrics = new ThreadMetrics();
    metrics.pluginRan('pii', 100, null);
    metrics.pluginRan('pii', 50, 'fuel');
    metrics.pluginRan('other', 7, null);
    const { pluginCalls, pluginFuel } = metrics.snapshot();
    expect(pluginCalls).toEqual([
      { labels: { policy: 'pii', failure: 'none' }, count: 1 },
      { labels: { policy: 'pii', failure: 'fuel' }, count: 1 },
      { labels: { policy: 'other', failure: 'none' }, count: 1 },
    ]);
    expect(pluginFuel).toEqual([
      { labels: { policy: 'pii' }, count: 150 },
      { labels: { policy: 'other' }, count: 7 },
    ]);
  });

  it('deny by codes of their own, which count as one', () => {
    const denied = entry(1);
    denied.steps.push(
      { ...step('a_code', 'deny'), kind: 'plugin' },
      { ...step('another', 'deny'), kind: 'plugin' },
    );
    expect(counted(denied).decisions).toContainEqual({
      labels: { policy: '(none)', code: 'plugin_denied', verdict: 'deny', mode: 'enforce' },
      count: 2,
    });
  });
});
