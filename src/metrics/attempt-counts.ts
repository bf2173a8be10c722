// Tries at providers: how they ended, and how long the provider took. Hot path: per attempt.
import type { Attempt } from '../core/entry.js';
import { Histogram, type HistogramSnapshot } from './histogram.js';
import { LabelIndex } from './label-index.js';

/** `(other)` and `(none)` included. */
const PROVIDERS_MAX = 64;
/** Weir's codes and statuses that providers answer with. */
const RESULTS_MAX = 64;
/** From a local answer to the longest thinking before a first byte. Seconds. */
const BOUNDS = [5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export interface AttemptCount {
  readonly labels: Readonly<Record<'provider' | 'result', string>>;
  readonly count: number;
}

export interface ProviderTimes {
  readonly provider: string;
  readonly firstByte: HistogramSnapshot;
  readonly total: HistogramSnapshot;
}

interface Times {
  readonly firstByte: Histogram;
  readonly total: Histogram;
}

export class AttemptCounts {
  readonly #providers = new LabelIndex(PROVIDERS_MAX);
  readonly #results = new LabelIndex(RESULTS_MAX, ['ok']);
  /** [provider][result] */
  readonly #counts = new Float64Array(PROVIDERS_MAX * RESULTS_MAX);
  /** By provider, made when one has been asked. */
  readonly #times: (Times | undefined)[] = [];

  add(attempt: Attempt): void {
    const { target, startedMs, firstByteMs, totalMs } = attempt;
    const slash = target.indexOf('/');
    const provider = this.#providers.of(slash < 0 ? target : target.slice(0, slash));
    const at = provider * RESULTS_MAX + this.#results.of(resultOf(attempt));
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    let times = this.#times[provider];
    if (times === undefined) {
      times = { firstByte: new Histogram(BOUNDS), total: new Histogram(BOUNDS) };
      this.#times[provider] = times;
    }
    if (firstByteMs !== null) times.firstByte.observeMs(firstByteMs - startedMs);
    if (totalMs !== null) times.total.observeMs(totalMs - startedMs);
  }

  counts(): AttemptCount[] {
    const found: AttemptCount[] = [];
    this.#counts.forEach((count, at) => {
      if (count === 0) return;
      const provider = this.#providers.value(Math.floor(at / RESULTS_MAX));
      found.push({ labels: { provider, result: this.#results.value(at % RESULTS_MAX) }, count });
    });
    return found;
  }

  times(): ProviderTimes[] {
    const found: ProviderTimes[] = [];
    this.#times.forEach((times, provider) => {
      if (times === undefined) return;
      found.push({
        provider: this.#providers.value(provider),
        firstByte: times.firstByte.snapshot(),
        total: times.total.snapshot(),
      });
    });
    return found;
  }
}

/** A provider's own words are no label. */
function resultOf({ status, error }: Attempt): string {
  if (error !== null)
    return /^(?:weir_|status_|usage_opt_in_)[a-z0-9_]+$/.test(error) ? error : 'provider_error';
  return status !== null && status >= 400 ? `status_${status}` : 'ok';
}
