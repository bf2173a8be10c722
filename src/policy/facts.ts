// What a policy sees of a request: what an expression sees, and what limits count by. The pipeline fills it.
import type { Price } from '../price/price.js';
import type { WhenFacts } from '../when/facts.js';

export interface PolicyFacts extends WhenFacts {
  /** The key's display name; null where the caller brought none. */
  readonly keyName: string | null;
  readonly endUser: string | null;
  /** What the target serves, by catalogue name; `(other)` for names that are neither routed nor catalogued. */
  readonly servedModel: string;
}

/** What a request will cost at most and most likely, once it has been counted and its target is known. */
export interface Forecast {
  /** Tokens of the prompt; null where they cannot be counted. */
  readonly inputTokens: number | null;
  /** The prompt was counted whole: no part of it is only estimated or left out. */
  readonly inputBounded: boolean;
  /** The most output that the request itself allows, over all its choices; null: it sets no bound. */
  readonly outputBound: number | null;
  /** The most that the model can write; null where unknown. */
  readonly modelMaximum: number | null;
  /** The api bills tokens at all. */
  readonly metered: boolean;
  /** Nano-dollars for so many tokens at the dearest target; `fallback` prices models without a price, and without it they make it null. */
  worstNanos(inputTokens: number, outputTokens: number, fallback?: Price | null): number | null;
}

/** What a request came to. */
export interface Settlement {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  /** Nano-dollars; null where no price is known. */
  readonly costNanos: number | null;
  /** It may have used more than is known: aborted where the provider bills on, or nothing said. What it holds is charged at least (CONTRACT.md §4). */
  readonly atLeastHeld: boolean;
}
