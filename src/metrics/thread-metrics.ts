// The counters of one data-plane thread: numbers in arrays made at the start, turned into labelled values by `snapshot`
// when somebody asks. Hot path: per request (docs/admin.md has the measured price).
import { API_NAMES } from '../core/api.js';
import type { Cost, Entry, Outcome, Phase, Step } from '../core/entry.js';
import type { Usage, UsageSource } from '../core/usage.js';
import { weakestSource } from '../core/usage-source.js';
import { type AttemptCount, AttemptCounts, type ProviderTimes } from './attempt-counts.js';
import { type Attribute, type AttributedCount, AttributedCounts } from './attributed-counts.js';
import { type BlockedCount, BlockedCounts, isShadowDenial } from './blocked-counts.js';
import { type DecisionCount, DecisionCounts } from './decision-counts.js';
import { Histogram, type HistogramSnapshot } from './histogram.js';
import { LabelIndex } from './label-index.js';

/** Structured-cloneable. Sums over threads are the reader's work. */
export interface MetricsSnapshot {
  /** Admitted and not yet settled; null where nobody tells of admissions. */
  readonly inflight: number | null;
  readonly requests: readonly Counted<'outcome' | 'api' | 'provider'>[];
  /** cached_input and cache_write are parts of input, reasoning of output. */
  readonly tokens: readonly Counted<'kind' | 'provider' | 'model'>[];
  /** Nano-dollars. */
  readonly costs: readonly Counted<'provider' | 'model' | 'status'>[];
  readonly decisions: readonly DecisionCount[];
  readonly attempts: readonly AttemptCount[];
  readonly providerTimes: readonly ProviderTimes[];
  readonly attributed: readonly AttributedCount[];
  /** Seconds of Weir's own time. */
  readonly components: readonly Counted<'component'>[];
  /** How late the loop came back, looked at ten times a second. */
  readonly loopDelaySeconds: HistogramSnapshot;
  readonly errors: readonly Counted<'code'>[];
  /** Requests that were blocked, by what blocked them; of shadow policies, that would have been. */
  readonly blocked: readonly BlockedCount[];
  /** AI requests that reached a provider, by how their tokens are known. */
  readonly usageSources: readonly Counted<'source'>[];
  /** Hooks of plugins; `failure` is `none` where they ended as they should. */
  readonly pluginCalls: readonly Counted<'policy' | 'failure'>[];
  readonly pluginFuel: readonly Counted<'policy'>[];
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly gatewaySeconds: HistogramSnapshot;
  readonly firstByteSeconds: HistogramSnapshot;
  readonly totalSeconds: HistogramSnapshot;
}

export interface Counted<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly count: number;
}

const OUTCOMES: readonly Outcome[] = ['served', 'blocked', 'failed', 'aborted', 'interrupted'];
const PHASES: readonly Phase[] = [
  'identify',
  'authenticate',
  'gate',
  'change',
  'route',
  'hold',
  'forward',
  'settle',
];
/** What no step tells of: reading, handing on, metering. */
const RELAY = PHASES.length;
const COST_STATUSES = ['reported', 'computed', 'estimated', 'unpriced'] as const;
const SOURCES: readonly UsageSource[] = ['provider', 'counted', 'estimated', 'none'];
const KINDS = ['input', 'output', 'cached_input', 'cache_write', 'reasoning'] as const;

/** Values kept apart per thread, `(other)` and `(none)` included; models are counted per provider. */
const PROVIDERS_MAX = 64;
const MODELS_MAX = 64;
const CODES_MAX = 128;
const APIS_MAX = API_NAMES.length + 2;
const POLICIES_MAX = 128;
/** Kinds of a hook's failure, and none; there are eleven kinds. */
const FAILURES_MAX = 16;

/** Weir's own time is tens of µs; 10 ms and more mean a thread that is held up. Seconds. */
const GATEWAY_BOUNDS = [25e-6, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1];
/** A loop that is a tenth of a second late makes everybody wait. Seconds. */
const LOOP_BOUNDS = [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** From a local answer to the longest thinking before a first byte. Seconds. */
const PROVIDER_BOUNDS = [5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export class ThreadMetrics {
  readonly #providers = new LabelIndex(PROVIDERS_MAX);
  readonly #apis = new LabelIndex(APIS_MAX, API_NAMES);
  readonly #models = Array.from({ length: PROVIDERS_MAX }, () => new LabelIndex(MODELS_MAX));
  readonly #errorCodes = new LabelIndex(CODES_MAX);
  /** [provider][api][outcome] */
  readonly #requests = new Float64Array(PROVIDERS_MAX * APIS_MAX * OUTCOMES.length);
  /** [provider][model][kind] */
  readonly #tokens = new Float64Array(PROVIDERS_MAX * MODELS_MAX * KINDS.length);
  /** [provider][model][status] */
  readonly #costs = new Float64Array(PROVIDERS_MAX * MODELS_MAX * COST_STATUSES.length);
  readonly #decisions = new DecisionCounts();
  readonly #attempts = new AttemptCounts();
  #attributed = new AttributedCounts([], 0);
  /** µs, [phase]; the last is the rest. */
  readonly #components = new Float64Array(PHASES.length + 1);
  readonly #loopDelay = new Histogram(LOOP_BOUNDS);
  readonly #errors = new Float64Array(CODES_MAX);
  readonly #blocked = new BlockedCounts();
  readonly #sources = new Float64Array(SOURCES.length);
  readonly #policies = new LabelIndex(POLICIES_MAX);
  readonly #failures = new LabelIndex(FAILURES_MAX, ['none']);
  /** [policy][failure] */
  readonly #pluginCalls = new Float64Array(POLICIES_MAX * FAILURES_MAX);
  readonly #pluginFuel = new Float64Array(POLICIES_MAX);
  readonly #gateway = new Histogram(GATEWAY_BOUNDS);
  readonly #firstByte = new Histogram(PROVIDER_BOUNDS);
  readonly #total = new Histogram(PROVIDER_BOUNDS);
  #requestBytes = 0;
  #responseBytes = 0;
  #admitted = 0;
  #settled = 0;

  /** Optional: told at each admission, it makes `inflight` known. */
  admitted(): void {
    this.#admitted++;
  }

  /** A hook of that policy's plugin has ended; `failure` is null where it did not fail. */
  pluginRan(policy: string, fuel: number, failure: string | null): void {
    const at = this.#policies.of(policy);
    add(this.#pluginCalls, at * FAILURES_MAX + this.#failures.of(failure ?? 'none'), 1);
    add(this.#pluginFuel, at, fuel);
  }

  /** Counts a request once, when its outcome is final. */
  settled(entry: Entry): void {
    this.#settled++;
    const ai = entry.identification;
    const provider = this.#providers.of(ai.provider);
    const outcome = OUTCOMES.indexOf(entry.outcome);
    if (outcome >= 0)
      add(this.#requests, (provider * APIS_MAX + this.#apis.of(ai.api)) * OUTCOMES.length + outcome, 1);
    if (entry.usage !== null) this.#addTokens(provider, ai.modelServed ?? ai.model, entry.usage);
    if (entry.cost !== null) this.#addCost(provider, ai.modelServed ?? ai.model, entry.cost);
    this.#attributed.add(entry);
    if (ai.isAi && entry.attempts.length > 0) {
      const source = entry.usage === null ? 'none' : weakestSource(entry.usage, ai.api);
      add(this.#sources, SOURCES.indexOf(source), 1);
    }
    let told = 0;
    for (const step of entry.steps) {
      const code = countedCode(step);
      if (isShadowDenial(step)) this.#blocked.wouldHave(entry.steps, step, code);
      this.#decisions.add(step, code);
      add(this.#components, PHASES.indexOf(step.phase), step.micros);
      told += step.micros;
    }
    add(this.#components, RELAY, Math.max(0, (entry.gatewayMs ?? 0) * 1000 - told));
    for (const attempt of entry.attempts) this.#attempts.add(attempt);
    if (entry.outcome === 'blocked') this.#blocked.ended(entry);
    if (entry.error !== null) add(this.#errors, this.#errorCodes.of(entry.error.code), 1);
    this.#requestBytes += entry.requestBytes;
    this.#responseBytes += entry.responseBytes;
    this.#gateway.observeMs(entry.gatewayMs);
    this.#firstByte.observeMs(entry.firstByteMs);
    this.#total.observeMs(entry.totalMs);
  }

  /** Model names come from callers, so only those that cost tokens get a number. */
  #addTokens(provider: number, model: string | null, usage: Usage): void {
    const { inputTokens, outputTokens } = usage;
    if (!inputTokens && !outputTokens) return;
    const at = (provider * MODELS_MAX + (this.#models[provider]?.of(model) ?? 0)) * KINDS.length;
    add(this.#tokens, at, inputTokens ?? 0);
    add(this.#tokens, at + 1, outputTokens ?? 0);
    add(this.#tokens, at + 2, usage.cachedInputTokens ?? 0);
    add(this.#tokens, at + 3, usage.cacheWriteTokens ?? 0);
    add(this.#tokens, at + 4, usage.reasoningTokens ?? 0);
  }

  /** Nothing known is no cost. */
  #addCost(provider: number, model: string | null, { nanos, status }: Cost): void {
    if (nanos === null || nanos === 0) return;
    const at = provider * MODELS_MAX + (this.#models[provider]?.of(model) ?? 0);
    add(this.#costs, at * COST_STATUSES.length + COST_STATUSES.indexOf(status), nanos);
  }

  /** What is attributed, of a configuration; what has been counted for the same attributes goes on. */
  attribute({ by, values }: { readonly by: readonly Attribute[]; readonly values: number }): void {
    this.#attributed = new AttributedCounts(by, values, this.#attributed);
  }

  /** The loop came back so late. */
  loopWasLate(ms: number): void {
    this.#loopDelay.observeMs(Math.max(0, ms));
  }

  snapshot(): MetricsSnapshot {
    return {
      // A thread that nobody has told of admissions, and that has settled some, does not know.
      inflight:
        this.#admitted === 0 && this.#settled > 0 ? null : Math.max(0, this.#admitted - this.#settled),
      requests: labelled(this.#requests, i => ({
        outcome: OUTCOMES[i % OUTCOMES.length] ?? '',
        api: this.#apis.value(Math.floor(i / OUTCOMES.length) % APIS_MAX),
        provider: this.#providers.value(Math.floor(i / OUTCOMES.length / APIS_MAX)),
      })),
      tokens: labelled(this.#tokens, i => this.#tokenLabels(i)),
      costs: labelled(this.#costs, i => {
        const provider = Math.floor(i / COST_STATUSES.length / MODELS_MAX);
        return {
          provider: this.#providers.value(provider),
          model: this.#models[provider]?.value(Math.floor(i / COST_STATUSES.length) % MODELS_MAX) ?? '',
          status: COST_STATUSES[i % COST_STATUSES.length] ?? '',
        };
      }),
      decisions: this.#decisions.snapshot(),
      attempts: this.#attempts.counts(),
      providerTimes: this.#attempts.times(),
      attributed: this.#attributed.snapshot(),
      components: labelled(this.#components, i => ({ component: PHASES[i] ?? 'relay' })).map(
        ({ labels, count }) => ({ labels, count: count / 1e6 }),
      ),
      loopDelaySeconds: this.#loopDelay.snapshot(),
      blocked: this.#blocked.snapshot(),
      errors: labelled(this.#errors, i => ({ code: this.#errorCodes.value(i) })),
      usageSources: labelled(this.#sources, i => ({ source: SOURCES[i] ?? '' })),
      pluginCalls: labelled(this.#pluginCalls, i => ({
        policy: this.#policies.value(Math.floor(i / FAILURES_MAX)),
        failure: this.#failures.value(i % FAILURES_MAX),
      })),
      pluginFuel: labelled(this.#pluginFuel, i => ({ policy: this.#policies.value(i) })),
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      gatewaySeconds: this.#gateway.snapshot(),
      firstByteSeconds: this.#firstByte.snapshot(),
      totalSeconds: this.#total.snapshot(),
    };
  }

  #tokenLabels(i: number): { kind: string; provider: string; model: string } {
    const provider = Math.floor(i / KINDS.length / MODELS_MAX);
    return {
      kind: KINDS[i % KINDS.length] ?? '',
      provider: this.#providers.value(provider),
      model: this.#models[provider]?.value(Math.floor(i / KINDS.length) % MODELS_MAX) ?? '',
    };
  }
}

/** A plugin's author chooses what it denies by: any number of codes, which the record shows. */
function countedCode({ kind, verdict, code }: Step): string {
  return kind === 'plugin' && verdict === 'deny' && code !== 'plugin_opaque' ? 'plugin_denied' : code;
}

function add(counts: Float64Array, at: number, count: number): void {
  counts[at] = (counts[at] ?? 0) + count;
}

/** Only what has happened: a product of labels is mostly zeros. */
function labelled<Label extends string>(
  counts: Float64Array,
  labelsOf: (at: number) => Readonly<Record<Label, string>>,
): Counted<Label>[] {
  const found: Counted<Label>[] = [];
  counts.forEach((count, at) => {
    if (count !== 0) found.push({ labels: labelsOf(at), count });
  });
  return found;
}
