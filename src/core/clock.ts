// Time from outside, so that tests decide it. Wall time dates records; monotonic time measures.

export interface Clock {
  /** ms since the epoch. */
  wallMs(): number;
  /** ms since an arbitrary start, never goes back; fractions allowed. */
  monotonicMs(): number;
}

// Read once: the global is a getter written in JavaScript, which costs more than the clock.
const { performance } = globalThis;

/** Monotonic ms that all threads of the process share: `performance.now()` begins anew in each of them. */
export function sharedClock(): () => number {
  const [seconds, nanos] = process.hrtime();
  const offsetMs = seconds * 1000 + nanos / 1e6 - performance.now();
  return () => Math.floor(performance.now() + offsetMs);
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
