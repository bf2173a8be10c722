// How long answers have been lately, by consumer and model: what `hold: likely` holds. Hot path: per request.

/** Answers remembered of each; 64 tell a 95th percentile with three above it. */
const KEPT = 64;
/** Fewer than this tell nothing. */
const KNOWN_MIN = 20;
/** What is held until then, in tokens. */
export const UNKNOWN_OUTPUT_TOKENS = 512;
/** Pairs of consumer and model; the one whose last answer is the longest ago leaves. */
const PAIRS_MAX = 4096;

class Lengths {
  readonly #last = new Float64Array(KEPT);
  #count = 0;
  #percentile = UNKNOWN_OUTPUT_TOKENS;
  #stale = false;

  add(tokens: number): void {
    this.#last[this.#count % KEPT] = tokens;
    this.#count++;
    this.#stale = true;
  }

  /** The 95th percentile (nearest rank) of what is remembered. */
  get likely(): number {
    if (this.#count < KNOWN_MIN) return UNKNOWN_OUTPUT_TOKENS;
    if (this.#stale) {
      const known = this.#last.slice(0, Math.min(this.#count, KEPT)).sort();
      this.#percentile = known[Math.ceil(known.length * 0.95) - 1] ?? UNKNOWN_OUTPUT_TOKENS;
      this.#stale = false;
    }
    return this.#percentile;
  }
}

/** One per thread: each knows the answers that it has relayed. */
export class RecentOutputs {
  readonly #pairs = new Map<string, Lengths>();

  /** Tokens that an answer to this consumer from this model will likely not exceed. */
  likely(consumer: string, model: string): number {
    return this.#pairs.get(pairOf(consumer, model))?.likely ?? UNKNOWN_OUTPUT_TOKENS;
  }

  add(consumer: string, model: string, outputTokens: number): void {
    const pair = pairOf(consumer, model);
    const lengths = this.#pairs.get(pair) ?? new Lengths();
    // The map's order is that of the last use.
    this.#pairs.delete(pair);
    if (this.#pairs.size >= PAIRS_MAX) {
      const oldest = this.#pairs.keys().next();
      if (oldest.done !== true) this.#pairs.delete(oldest.value);
    }
    this.#pairs.set(pair, lengths);
    lengths.add(outputTokens);
  }
}

function pairOf(consumer: string, model: string): string {
  return `${consumer}\n${model}`;
}
