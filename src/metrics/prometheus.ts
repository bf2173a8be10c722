// Snapshots of all threads → the Prometheus text format, by prom-client's own summing of several registries' JSON.
// Runs on the main thread when `/metrics` is asked for.
import { AggregatorRegistry, type PrometheusContentType } from 'prom-client';
import type { ProviderTimes } from './attempt-counts.js';
import type { AttributedCount } from './attributed-counts.js';
import type { HistogramSnapshot } from './histogram.js';
import type { Counted, MetricsSnapshot } from './thread-metrics.js';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface GatewayGauges {
  /** Data-plane threads. */
  readonly workers: number;
  /** Requests running now; null where it is not known, and then not shown. */
  readonly inflight: number | null;
  /** Whether new requests are taken. */
  readonly ready: boolean;
  /** Version of the configuration in force, 1 at the start. */
  readonly configVersion: number;
  /** What running requests hold, by policy and unit. */
  readonly holds: readonly HoldGauge[];
  /** How targets are: see docs/routing.md. */
  readonly targets: readonly TargetGauge[];
  /** Null where it does not answer; what it would say is not shown then. */
  readonly ledger: LedgerGauges | null;
}

export interface HoldGauge {
  readonly policy: string;
  readonly unit: string;
  /** Requests that hold something. */
  readonly requests: number;
  /** Dollars where the unit is usd. */
  readonly amount: number;
}

export interface TargetGauge {
  readonly target: string;
  readonly state: string;
  readonly running: number;
}

/** What is worth an alarm: nothing can be written, something is lost, the index falls behind, the disk fills. */
export interface LedgerGauges {
  readonly full: boolean;
  readonly lost: number;
  readonly records: number;
  readonly segments: number;
  readonly lag_bytes: number;
  readonly size_bytes: number;
}

/** The shape that `Registry.getMetricsAsJSON` gives, which `AggregatorRegistry.aggregate` takes. */
interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator: 'sum';
  readonly values: { value: number; labels: Record<string, string | number>; metricName?: string }[];
}

export function renderPrometheus(
  snapshots: readonly MetricsSnapshot[],
  gauges: GatewayGauges,
): Promise<string> {
  const threads = snapshots.map(threadMetrics);
  return AggregatorRegistry.aggregate<PrometheusContentType>([gaugeMetrics(gauges), ...threads]).metrics();
}

function threadMetrics(snapshot: MetricsSnapshot): MetricJson[] {
  return [
    counter('weir_requests_total', 'Requests by outcome, api and provider.', snapshot.requests),
    counter(
      'weir_tokens_total',
      'Tokens by kind; cached_input and cache_write are parts of input, reasoning of output.',
      snapshot.tokens,
    ),
    counter(
      'weir_decisions_total',
      'Steps of requests by policy, code, verdict and mode.',
      snapshot.decisions,
    ),
    counter('weir_errors_total', "Requests that ended with one of Weir's codes.", snapshot.errors),
    counter(
      'weir_usage_source_total',
      'AI requests sent to a provider, by how their tokens are known.',
      snapshot.usageSources,
    ),
    counter(
      'weir_plugin_calls_total',
      'Hooks of plugins by policy and failure; none: it ended as it should.',
      snapshot.pluginCalls,
    ),
    counter('weir_plugin_fuel_total', 'Fuel that hooks of plugins used.', snapshot.pluginFuel),
    counter('weir_request_bytes_total', 'Bytes of request bodies.', [
      { labels: {}, count: snapshot.requestBytes },
    ]),
    counter('weir_response_bytes_total', 'Bytes of response bodies.', [
      { labels: {}, count: snapshot.responseBytes },
    ]),
    counter(
      'weir_cost_usd_total',
      'Dollars that requests cost, by how sure that is.',
      dollars(snapshot.costs),
    ),
    counter('weir_attempts_total', 'Tries at providers by how they ended.', snapshot.attempts),
    ...attributed(snapshot.attributed),
    counter(
      'weir_gateway_component_seconds_total',
      "Time in Weir's own code by what it was for.",
      snapshot.components,
    ),
    histogram('weir_event_loop_delay_seconds', 'How late the loop came back.', snapshot.loopDelaySeconds),
    ...providerTimes(snapshot.providerTimes),
    histogram('weir_gateway_seconds', "Time in Weir's own code per request.", snapshot.gatewaySeconds),
    histogram('weir_first_byte_seconds', 'Time to the first byte of the answer.', snapshot.firstByteSeconds),
    histogram('weir_request_seconds', 'Time from admission to the end of the answer.', snapshot.totalSeconds),
  ];
}

/** Nano-dollars → dollars. */
function dollars<Label extends string>(counts: readonly Counted<Label>[]): Counted<Label>[] {
  return counts.map(({ labels, count }) => ({ labels, count: count / 1e9 }));
}

function attributed(counts: readonly AttributedCount[]): MetricJson[] {
  const of = (measure: AttributedCount['labels']['measure'], kind?: string): Counted<string>[] =>
    counts
      .filter(({ labels }) => labels.measure === measure)
      .map(({ labels: { by, value }, count }) => ({
        labels: kind === undefined ? { by, value } : { by, value, kind },
        count,
      }));
  const what = 'by consumer, tag and what else `metrics.by` names';
  return [
    counter('weir_attributed_requests_total', `Requests ${what}.`, of('requests')),
    counter('weir_attributed_tokens_total', `Tokens ${what}.`, [
      ...of('input_tokens', 'input'),
      ...of('output_tokens', 'output'),
    ]),
    counter('weir_attributed_cost_usd_total', `Dollars ${what}.`, dollars(of('cost_nanos'))),
  ];
}

function providerTimes(times: readonly ProviderTimes[]): MetricJson[] {
  const merge = (name: string, help: string, of: (each: ProviderTimes) => HistogramSnapshot): MetricJson => ({
    ...histogram(name, help, EMPTY),
    values: times.flatMap(each => histogram(name, help, of(each), { provider: each.provider }).values),
  });
  return [
    merge(
      'weir_upstream_first_byte_seconds',
      "From the beginning of a try to the first byte of the provider's answer.",
      ({ firstByte }) => firstByte,
    ),
    merge('weir_upstream_seconds', 'From the beginning of a try to its end.', ({ total }) => total),
  ];
}

const EMPTY: HistogramSnapshot = { bounds: [], counts: new Float64Array(1), sum: 0 };

function gaugeMetrics(gauges: GatewayGauges): MetricJson[] {
  const cpu = process.cpuUsage();
  const list = [
    gauge('weir_workers', 'Data-plane threads.', gauges.workers),
    gauge('weir_ready', '1 while new requests are taken, 0 while draining.', gauges.ready ? 1 : 0),
    gauge(
      'weir_config_version',
      'Version of the configuration in force; each reload adds 1.',
      gauges.configVersion,
    ),
    gauge('weir_ledger_up', '1 while the ledger answers.', gauges.ledger === null ? 0 : 1),
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', process.memoryUsage.rss()),
    gauge(
      'process_start_time_seconds',
      'Start of the process since the epoch.',
      performance.timeOrigin / 1000,
    ),
  ];
  if (gauges.ledger !== null) list.push(...ledgerMetrics(gauges.ledger));
  list.push(...holdMetrics(gauges.holds), ...targetMetrics(gauges.targets));
  if (gauges.inflight !== null) list.push(gauge('weir_inflight', 'Requests running now.', gauges.inflight));
  const seconds = (cpu.user + cpu.system) / 1e6;
  list.push(
    counter('process_cpu_seconds_total', 'CPU time of all threads.', [{ labels: {}, count: seconds }]),
  );
  return list;
}

function holdMetrics(holds: readonly HoldGauge[]): MetricJson[] {
  const of = (value: (hold: HoldGauge) => number): MetricJson['values'] =>
    holds.map(hold => ({ value: value(hold), labels: { policy: hold.policy, unit: hold.unit } }));
  return [
    gauges(
      'weir_holds',
      'Running requests that hold something of a limit or budget.',
      of(h => h.requests),
    ),
    gauges(
      'weir_held',
      'What they hold, in the unit of the policy.',
      of(h => h.amount),
    ),
  ];
}

function targetMetrics(targets: readonly TargetGauge[]): MetricJson[] {
  const of = (value: (target: TargetGauge) => number): MetricJson['values'] =>
    targets.map(each => ({ value: value(each), labels: { target: each.target } }));
  return [
    gauges(
      'weir_target_up',
      '1 while requests go there, 0 while some thread leaves it alone.',
      of(t => (t.state === 'closed' ? 1 : 0)),
    ),
    gauges(
      'weir_target_running',
      'Requests running there.',
      of(t => t.running),
    ),
  ];
}

function gauges(name: string, help: string, values: MetricJson['values']): MetricJson {
  return { name, help, type: 'gauge', aggregator: 'sum', values };
}

function ledgerMetrics(ledger: LedgerGauges): MetricJson[] {
  return [
    gauge('weir_ledger_full', '1 while the journal cannot be written.', ledger.full ? 1 : 0),
    counter('weir_ledger_lost_total', 'Settlements that found room neither on the disk nor in memory.', [
      { labels: {}, count: ledger.lost },
    ]),
    gauge('weir_ledger_records', 'Records kept.', ledger.records),
    gauge('weir_ledger_segments', 'Journal files.', ledger.segments),
    gauge('weir_ledger_lag_bytes', 'Journal that is not in the index yet.', ledger.lag_bytes),
    gauge('weir_ledger_size_bytes', 'Journal and index on disk.', ledger.size_bytes),
  ];
}

function gauge(name: string, help: string, value: number): MetricJson {
  return { name, help, type: 'gauge', aggregator: 'sum', values: [{ value, labels: {} }] };
}

function counter(name: string, help: string, counts: readonly Counted<string>[]): MetricJson {
  const values = counts.map(({ labels, count }) => ({ value: count, labels: { ...labels } }));
  return { name, help, type: 'counter', aggregator: 'sum', values };
}

function histogram(
  name: string,
  help: string,
  snapshot: HistogramSnapshot,
  labels: Record<string, string> = {},
): MetricJson {
  let below = 0;
  const values: MetricJson['values'] = snapshot.bounds.map((le, bucket) => {
    below += snapshot.counts[bucket] ?? 0;
    return { value: below, labels: { ...labels, le }, metricName: `${name}_bucket` };
  });
  const count = below + (snapshot.counts[snapshot.bounds.length] ?? 0);
  values.push(
    { value: count, labels: { ...labels, le: '+Inf' }, metricName: `${name}_bucket` },
    { value: snapshot.sum, labels, metricName: `${name}_sum` },
    { value: count, labels, metricName: `${name}_count` },
  );
  return { name, help, type: 'histogram', aggregator: 'sum', values };
}
