// A histogram of seconds with fixed bounds, counted in place. Hot path: per request.

export interface HistogramSnapshot {
  /** Upper bounds in seconds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Per bound the observations in that bucket alone (not cumulative); the last is above every bound. */
  readonly counts: Float64Array;
  /** Seconds. */
  readonly sum: number;
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** @param ms null is not observed: what did not happen took no time */
  observeMs(ms: number | null): void {
    if (ms === null) return;
    const seconds = ms / 1000;
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY))
      bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  snapshot(): HistogramSnapshot {
    return { bounds: this.#bounds, counts: this.#counts.slice(), sum: this.#sum };
  }
}
