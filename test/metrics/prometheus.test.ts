// What a scraper reads out of the snapshots of several threads.
import { describe, expect, it } from 'vitest';
import { renderPrometheus } from '../../src/metrics/prometheus.js';
import { ThreadMetrics } from '../../src/metrics/thread-metrics.js';
import { CHAT, entry, usage } from '../ledger/entries.js';

const GAUGES = {
  holds: [],
  targets: [],
  workers: 2,
  inflight: 3,
  ready: true,
  configVersion: 4,
  ledger: null,
};

function thread(gatewayMs: number, model: string): ReturnType<ThreadMetrics['snapshot']> {
  const metrics = new ThreadMetrics();
  const identification = { ...CHAT, model };
  metrics.settled(
    entry(0, { outcome: 'served', identification, usage: usage(10, 20), gatewayMs, requestBytes: 100 }),
  );
  return metrics.snapshot();
}

/** What a scraper would read, comments aside. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('the Prometheus text', () => {
  it('sums the threads', async () => {
    const found = samples(await renderPrometheus([thread(0.04, 'gpt-4o'), thread(0.2, 'gpt-4o')], GAUGES));
    expect(found.get('weir_requests_total{outcome="served",api="openai.chat",provider="openai"}')).toBe(2);
    expect(found.get('weir_tokens_total{kind="output",provider="openai",model="gpt-4o"}')).toBe(40);
    expect(found.get('weir_request_bytes_total')).toBe(200);
  });

  it('has cumulative buckets that end with all observations', async () => {
    const found = samples(await renderPrometheus([thread(0.04, 'gpt-4o'), thread(0.2, 'gpt-4o')], GAUGES));
    const buckets = [...found].filter(([name]) => name.startsWith('weir_gateway_seconds_bucket'));
    expect(buckets.map(([, count]) => count)).toEqual([0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(buckets.at(-1)?.[0]).toBe('weir_gateway_seconds_bucket{le="+Inf"}');
    expect(found.get('weir_gateway_seconds_count')).toBe(2);
    expect(found.get('weir_gateway_seconds_sum')).toBeCloseTo(0.00024, 9);
  });

  it('shows the state of the process, and leaves out what is not known', async () => {
    const found = samples(await renderPrometheus([], GAUGES));
    expect([found.get('weir_workers'), found.get('weir_inflight'), found.get('weir_ready')]).toEqual([
      2, 3, 1,
    ]);
    expect(found.get('weir_config_version')).toBe(4);
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    const unknown = samples(await renderPrometheus([], { ...GAUGES, inflight: null, ready: false }));
    expect([unknown.has('weir_inflight'), unknown.get('weir_ready')]).toEqual([false, 0]);
  });

  it('shows the ledger, and whether it answers', async () => {
    const ledger = { full: true, lost: 2, records: 3, segments: 4, lag_bytes: 5, size_bytes: 6 };
    const found = samples(await renderPrometheus([], { ...GAUGES, ledger }));
    const names = ['full', 'lost_total', 'records', 'segments', 'lag_bytes', 'size_bytes'];
    expect(names.map(name => found.get(`weir_ledger_${name}`))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found.get('weir_ledger_up')).toBe(1);
    const without = samples(await renderPrometheus([], GAUGES));
    expect([without.get('weir_ledger_up'), without.has('weir_ledger_full')]).toEqual([0, false]);
  });

  it('escapes what callers put into labels', async () => {
    const text = await renderPrometheus([thread(1, 'a"} 1\nforged{x="\\')], GAUGES);
    expect(text).toContain('model="a\\"} 1\\nforged{x=\\"\\\\"} 10\n');
    expect(text).not.toMatch(/^forged/m);
  });

  it('tells the type of every metric once', async () => {
    const types =
      (await renderPrometheus([thread(1, 'm'), thread(1, 'm')], GAUGES)).match(/^# TYPE \S+ \S+$/gm) ?? [];
    expect(new Set(types).size).toBe(types.length);
    expect(types).toContain('# TYPE weir_gateway_seconds histogram');
    expect(types).toContain('# TYPE weir_requests_total counter');
  });
});
