// Time from outside, so that tests decide it. Wall time dates records; monotonic time measures.

export interface Clock {
  /** ms since the epoch. */
  wallMs(): number;
  /** ms since an arbitrary start, never goes back; fractions allowed. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
