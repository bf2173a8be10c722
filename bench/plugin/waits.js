// What hooks that hold the thread do to requests that have nothing to do with them: the latencies to expect, and whether those found are explained.
// Pure, so that it can be tested without a load.

/** Of numbers in any order. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const latencies = ms => ({
  p50: quantile(ms, 0.5),
  p99: quantile(ms, 0.99),
  p999: quantile(ms, 0.999),
});

/** Share of random moments, in which requests that take `ownMs` by themselves, meet a hook that runs when they come or begins before they end. */
export const shareMet = (hookMs, perSecond, ownMs) => Math.min(1, (perSecond * (hookMs + ownMs)) / 1000);

/**
 * The quantile to expect: `alone` are latencies without hooks; whoever meets a hook waits for the rest of it, anything up to `waitMs` and each as
 * likely. By halving, within 1 µs.
 */
export function expectedQuantile(alone, { met, waitMs }, share) {
  const sorted = Float64Array.from(alone).sort();
  const below = ms => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return low / sorted.length;
  };
  const STEPS = 64;
  const reached = ms => {
    let delayed = 0;
    for (let i = 0; i < STEPS; i++) delayed += below(ms - ((i + 0.5) / STEPS) * waitMs);
    return (1 - met) * below(ms) + (met * delayed) / STEPS;
  };
  let [low, high] = [0, (sorted.at(-1) ?? 0) + waitMs];
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (reached(middle) >= share) high = middle;
    else low = middle;
  }
  return high;
}

/** How long somebody waits at most: for one hook, and for those that came during it. */
export const longestWaitMs = (hookMs, goodPerSecond, serviceMs) =>
  hookMs * (1 + (goodPerSecond * serviceMs) / 1000);

/** @param found {{ riseMs: number, waitMs: number, met: number, perSecond: number, hookMs: number, expectedRiseMs: number }} */
export function inWords({ riseMs, waitMs, met, perSecond, hookMs, expectedRiseMs }) {
  const ms = value => `${value.toFixed(2)} ms`;
  const explained = riseMs <= waitMs;
  const sentence =
    `a hook runs ${ms(hookMs)}, ${perSecond} a second, so ${(met * 100).toFixed(1)} % of the good requests meet one and wait ${ms(waitMs)} at most; ` +
    `p99 is to rise by ${ms(expectedRiseMs)} and rose by ${ms(riseMs)}: ` +
    (explained ? 'explained' : 'NOT explained by one hook');
  return { explained, sentence };
}
