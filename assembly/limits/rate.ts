// Token buckets as GCRA (ITU-T I.371): a bucket is one number, the theoretical arrival time (TAT) at which it will be full again. Time runs in
// units of which `perMs` pass in a millisecond and `perToken` buy a token, both whole numbers: nothing is ever rounded, so nothing
// drifts. The clock is monotonic and comes from outside; that of the wall plays no part.
import { B_LEVEL, B_SPENT_AT } from './layout';

/** What the last call saw, for the explanation: tokens that were there to take, in tokens. */
let available: i64 = 0;
/** ms until the wish could be granted; until the bucket is full where it was. */
let waitMs: i64 = 0;

export function lastAvailable(): i64 {
  return available;
}

export function lastWaitMs(): i64 {
  return waitMs;
}

/**
 * Takes `tokens` if the bucket of `capacity` has them: in any span at most the capacity and what the span refills pass. `force` takes them
 * all the same, and the bucket owes. True: taken.
 */
export function takeRate(
  bucket: usize,
  tokens: i64,
  capacity: i64,
  perMs: i64,
  perToken: i64,
  nowMs: i64,
  force: bool,
): bool {
  const now = nowMs * perMs;
  const size = capacity * perToken;
  const wish = tokens * perToken;
  while (true) {
    const tat = atomic.load<i64>(bucket, B_LEVEL);
    const owed = max(tat - now, 0);
    available = floorTokens(size - owed, perToken);
    const after = owed + wish;
    if (after > size && !force) {
      waitMs = (after - size + perMs - 1) / perMs;
      return false;
    }
    if (atomic.cmpxchg<i64>(bucket, tat, now + after, B_LEVEL) == tat) {
      waitMs = (after + perMs - 1) / perMs;
      spentAt(bucket, nowMs + waitMs);
      return true;
    }
  }
}

/** Gives `tokens` back (negative: takes more). What would lie over the brim is lost: a bucket never holds more than its capacity. */
export function giveRate(bucket: usize, tokens: i64, perMs: i64, perToken: i64, nowMs: i64): void {
  const now = nowMs * perMs;
  while (true) {
    const tat = atomic.load<i64>(bucket, B_LEVEL);
    // What is owed less than nothing is not remembered: refilled is full.
    const after = max(tat, now) - tokens * perToken;
    if (atomic.cmpxchg<i64>(bucket, tat, after, B_LEVEL) != tat) continue;
    if (after > now) spentAt(bucket, nowMs + (after - now + perMs - 1) / perMs);
    return;
  }
}

/** Reads without a change: sets lastAvailable() and lastWaitMs() (until full). */
export function lookRate(bucket: usize, capacity: i64, perMs: i64, perToken: i64, nowMs: i64): void {
  const owed = max(atomic.load<i64>(bucket, B_LEVEL) - nowMs * perMs, 0);
  available = floorTokens(capacity * perToken - owed, perToken);
  waitMs = (owed + perMs - 1) / perMs;
}

/** Whole tokens, rounded down also below zero. */
function floorTokens(units: i64, perToken: i64): i64 {
  return units >= 0 ? units / perToken : -((perToken - 1 - units) / perToken);
}

/** The bucket is not worth a fresh one before `ms`; never made earlier, which costs at most some idle time. */
export function spentAt(bucket: usize, ms: i64): void {
  while (true) {
    const before = atomic.load<i64>(bucket, B_SPENT_AT);
    if (before >= ms || atomic.cmpxchg<i64>(bucket, before, ms, B_SPENT_AT) == before) return;
  }
}
