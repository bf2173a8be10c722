// The totals at the head of the page, out of the same counters that /metrics shows.
import type { HistogramSnapshot } from '../metrics/histogram.js';
import type { Counted, MetricsSnapshot } from '../metrics/thread-metrics.js';

export interface Summary {
  /** Settled requests since the start. */
  readonly requests: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly tokens: Readonly<Record<string, number>>;
  readonly usage_sources: Readonly<Record<string, number>>;
  readonly inflight: number | null;
  /** Mean over all settled requests, ms; null before the first. */
  readonly gateway_ms: number | null;
  readonly first_byte_ms: number | null;
  /** RFC 3339: since when all of this is counted. */
  readonly started_at: string;
  /** Of requests with the outcome blocked, and in mode shadow of those that would have been; the most first. */
  readonly blocked: readonly BlockedItem[];
}

interface BlockedItem {
  /** `(none)`: Weir itself. */
  readonly policy: string;
  readonly code: string;
  readonly mode: string;
  readonly count: number;
}

export function summarize(snapshots: readonly MetricsSnapshot[]): Summary {
  const outcomes = sumBy(
    snapshots.flatMap(({ requests }) => requests),
    'outcome',
  );
  return {
    requests: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    tokens: sumBy(
      snapshots.flatMap(({ tokens }) => tokens),
      'kind',
    ),
    usage_sources: sumBy(
      snapshots.flatMap(({ usageSources }) => usageSources),
      'source',
    ),
    inflight: inflightOf(snapshots),
    gateway_ms: meanMs(snapshots.map(({ gatewaySeconds }) => gatewaySeconds)),
    first_byte_ms: meanMs(snapshots.map(({ firstByteSeconds }) => firstByteSeconds)),
    started_at: new Date(Date.now() - process.uptime() * 1000).toISOString(),
    blocked: blockedOf(snapshots),
  };
}

function blockedOf(snapshots: readonly MetricsSnapshot[]): BlockedItem[] {
  const items = new Map<string, { policy: string; code: string; mode: string; count: number }>();
  for (const { labels, count } of snapshots.flatMap(({ blocked }) => blocked)) {
    const key = JSON.stringify([labels.policy, labels.code, labels.mode]);
    const item = items.get(key) ?? { ...labels, count: 0 };
    item.count += count;
    items.set(key, item);
  }
  return [...items.values()].sort((a, b) => b.count - a.count || (a.policy < b.policy ? -1 : 1));
}

/** Over all threads; null where one of them does not know. */
export function inflightOf(snapshots: readonly MetricsSnapshot[]): number | null {
  return snapshots.reduce<number | null>(
    (sum, { inflight }) => (sum === null || inflight === null ? null : sum + inflight),
    0,
  );
}

function sumBy<Label extends string>(
  counts: readonly Counted<Label>[],
  label: Label,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { labels, count } of counts) sums[labels[label]] = (sums[labels[label]] ?? 0) + count;
  return sums;
}

function meanMs(histograms: readonly HistogramSnapshot[]): number | null {
  const count = histograms.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const seconds = histograms.reduce((total, { sum }) => total + sum, 0);
  return count === 0 ? null : Math.round((seconds / count) * 1e6) / 1000;
}
