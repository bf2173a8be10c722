// How long a target takes to its first byte: an average that jumps up at once and comes down slowly ("peak EWMA", Finagle and linkerd), weighed by what
// runs there. Hot path: per attempt.

/** After so long without news a slow target counts a third. */
const DECAY_MS = 10_000;
/** What nobody has measured yet counts as this, once something runs there. */
const UNKNOWN_MS = 1000;

export class Latency {
  #averageMs = 0;
  #atMs = 0;
  #known = false;

  observe(ms: number, nowMs: number): void {
    if (!this.#known || ms > this.#averageMs) this.#averageMs = ms;
    else {
      const weight = Math.exp(-Math.max(0, nowMs - this.#atMs) / DECAY_MS);
      this.#averageMs = this.#averageMs * weight + ms * (1 - weight);
    }
    this.#known = true;
    this.#atMs = nowMs;
  }

  /** ms; null before the first answer. */
  get averageMs(): number | null {
    return this.#known ? this.#averageMs : null;
  }

  /** What another request there costs in time. Lower is better; 0: never tried and idle. */
  load(running: number, nowMs: number): number {
    if (!this.#known) return running * UNKNOWN_MS;
    return this.#averageMs * Math.exp(-Math.max(0, nowMs - this.#atMs) / DECAY_MS) * (running + 1);
  }
}
