// Metrics of the GenAI conventions, counted from settled records: cumulative histograms by operation, provider and models.
import type { RequestRecord } from '../../core/record.js';
import type { OtlpTask } from '../ledger-protocol.js';
import { attributes, operationOf, providerOf, type Value } from './genai.js';
import { nanos } from './spans.js';

/** The conventions' own bounds for durations, s, and for tokens. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
/** Sets of attributes; models are named by callers. Further ones count under `(other)`. */
const SERIES_MAX = 500;
const CUMULATIVE = 2;

interface Point {
  readonly values: Readonly<Record<string, Value>>;
  readonly counts: number[];
  sum: number;
  count: number;
}

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly bounds: readonly number[];
  readonly points: Map<string, Point>;
}

export class GenAiHistograms {
  readonly #startMs: number;
  readonly #metrics = new Map<string, Metric>();

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  add(record: RequestRecord, { config: { names }, kinds }: OtlpTask): void {
    const { ai, usage, timing, attempts } = record;
    if (!ai.is_ai || ai.provider === null || attempts.length === 0) return;
    const values = {
      'gen_ai.operation.name': operationOf(ai.api),
      [names === 'older' ? 'gen_ai.system' : 'gen_ai.provider.name']: providerOf(
        kinds[ai.provider] ?? ai.provider,
      ),
      'gen_ai.request.model': ai.model,
      'gen_ai.response.model': ai.model_served,
    };
    const failed = { ...values, ...(record.error === null ? {} : { 'error.type': record.error.code }) };
    const last = attempts.at(-1);
    const seconds = (ms: number | null | undefined): number | null =>
      ms === null || ms === undefined ? null : ms / 1000;
    this.#observe('gen_ai.server.request.duration', 's', failed, seconds(timing.total_ms));
    this.#observe('gen_ai.server.time_to_first_token', 's', values, seconds(timing.first_byte_ms));
    this.#observe(
      'gen_ai.client.operation.duration',
      's',
      failed,
      seconds(last?.total_ms == null ? null : last.total_ms - last.started_ms),
    );
    this.#observe(
      'gen_ai.client.operation.time_to_first_chunk',
      's',
      values,
      seconds(last?.first_byte_ms == null ? null : last.first_byte_ms - last.started_ms),
    );
    this.#addPace(record, values);
    if (names !== 'older') {
      this.#observe('gen_ai.client.inference.operation.input_tokens', '{token}', values, usage.input_tokens);
      this.#observe(
        'gen_ai.client.inference.operation.output_tokens',
        '{token}',
        values,
        usage.output_tokens,
      );
    }
    if (names === 'current') return;
    this.#observe(
      'gen_ai.client.token.usage',
      '{token}',
      { ...values, 'gen_ai.token.type': 'input' },
      usage.input_tokens,
    );
    this.#observe(
      'gen_ai.client.token.usage',
      '{token}',
      { ...values, 'gen_ai.token.type': 'output' },
      usage.output_tokens,
    );
  }

  /** Of streams: between one token and the next. */
  #addPace({ ai, usage, attempts }: RequestRecord, values: Readonly<Record<string, Value>>): void {
    const last = attempts.at(-1);
    const tokens = usage.output_tokens ?? 0;
    if (ai.stream !== true || last === undefined || last.first_byte_ms === null || last.total_ms === null)
      return;
    if (tokens < 2) return;
    const seconds = (last.total_ms - last.first_byte_ms) / (tokens - 1) / 1000;
    this.#observe('gen_ai.client.operation.time_per_output_chunk', 's', values, seconds);
    this.#observe('gen_ai.server.time_per_output_token', 's', values, seconds);
  }

  #observe(name: string, unit: string, values: Readonly<Record<string, Value>>, value: number | null): void {
    if (value === null) return;
    let metric = this.#metrics.get(name);
    if (metric === undefined) {
      metric = { name, unit, bounds: unit === 's' ? SECONDS : TOKENS, points: new Map() };
      this.#metrics.set(name, metric);
    }
    const point = pointOf(metric, values);
    let bucket = 0;
    while (bucket < metric.bounds.length && value > (metric.bounds[bucket] ?? 0)) bucket++;
    point.counts[bucket] = (point.counts[bucket] ?? 0) + 1;
    point.sum += value;
    point.count++;
  }

  /** As of now; null before the first. */
  report(nowMs: number): unknown[] | null {
    if (this.#metrics.size === 0) return null;
    return [...this.#metrics.values()].map(({ name, unit, bounds, points }) => ({
      name,
      unit,
      histogram: {
        aggregationTemporality: CUMULATIVE,
        dataPoints: [...points.values()].map(({ values, counts, sum, count }) => ({
          attributes: attributes(values),
          startTimeUnixNano: nanos(this.#startMs),
          timeUnixNano: nanos(nowMs),
          count: String(count),
          sum,
          bucketCounts: counts.map(String),
          explicitBounds: bounds,
        })),
      },
    }));
  }
}

function pointOf({ points, bounds }: Metric, values: Readonly<Record<string, Value>>): Point {
  const name = JSON.stringify(values);
  const known = points.get(name);
  if (known !== undefined) return known;
  if (points.size >= SERIES_MAX) {
    const other = { ...values, 'gen_ai.request.model': '(other)', 'gen_ai.response.model': '(other)' };
    if (JSON.stringify(other) !== name) return pointOf({ points, bounds } as Metric, other);
  }
  const point = { values, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0, count: 0 };
  points.set(name, point);
  return point;
}
