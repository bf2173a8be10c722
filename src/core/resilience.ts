// How patient Weir is with targets (docs/routing.md): what it tries again, when it leaves a target alone, in which order it tries a route's targets.

export const STRATEGIES = ['order', 'weighted', 'latency', 'cost', 'busy'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface RetryConfig {
  /** Tries of one request in all, the first included. */
  readonly attempts: number;
  /** Of them, how many may go again to a target that has just failed, after a wait, where nothing better is left. */
  readonly again: number;
  /** The n-th wait is a random part of this times 2^n ("full jitter"). ms. */
  readonly backoffMs: number;
  /** No wait is longer; a Retry-After beyond it is not waited for. ms. */
  readonly backoffMaxMs: number;
  /** Retries of what failed at a target, as a share of the requests that went there in the last ten seconds. */
  readonly budget: number;
  /** Retries a second that are allowed beside that, over all threads. */
  readonly reserve: number;
}

export interface BreakerConfig {
  /** Failures in a row that open it; 0: it never opens. */
  readonly failures: number;
  /** Share of the last ten seconds' requests that failed … */
  readonly share: number;
  /** … of at least so many. */
  readonly requests: number;
  /** As `share`, but more than at the best of the route's other targets. */
  readonly outlier: number;
  /** How long it stays open the first time; doubled each time it opens again. ms. */
  readonly openMs: number;
  readonly openMaxMs: number;
  /** What becomes of a request when all of its targets are open. */
  readonly allOpen: 'try' | 'refuse';
}
