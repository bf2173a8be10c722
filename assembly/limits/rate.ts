// Token buckets as GCRA (ITU-T I.371): a bucket is one number, the theoretical arrival time (TAT) at which it will be full again. Time runs in
// units of which `perMs` pass in a millisecond and `perToken` buy a token, both whole numbers: nothing is ever rounded, so nothing
// drifts. The clock is monotonic and comes from outside; that of the wall plays no part.
import { B_LEVEL, B_SPENT_AT, FORCE, LOOK, OWED_MAX, SPENT_GRAIN_MS } from './layout';
import { setRoom, setWait } from './seen';

/** `tokens`, 0 to 2^53, in units, at most about OWED_MAX. */
function inUnits(tokens: i64, perToken: i64): i64 {
  // As f64 it cannot overflow; it is off by less than a thousand units.
  return <f64>tokens * <f64>perToken < <f64>OWED_MAX ? tokens * perToken : OWED_MAX;
}

/**
 * Takes `tokens` if the bucket of `capacity` has them: in any span at most the capacity and what the span refills pass. FORCE takes them
 * all the same, and the bucket owes. True: taken.
 */
export function takeRate(
  bucket: usize,
  tokens: i64,
  capacity: i64,
  perMs: i64,
  perToken: i64,
  nowMs: i64,
  mode: i32,
): bool {
  const now = nowMs * perMs;
  const size = capacity * perToken;
  const wish = inUnits(tokens, perToken);
  while (true) {
    const tat = atomic.load<i64>(bucket, B_LEVEL);
    const owed = max(tat - now, 0);
    setRoom(size - owed, perToken);
    const after = min(owed + wish, OWED_MAX);
    if (after > size && !(mode & FORCE)) {
      setWait(tokens > capacity ? -1 : after - size, perMs);
      return false;
    }
    setWait(after, perMs);
    if (mode & LOOK) return true;
    if (atomic.cmpxchg<i64>(bucket, tat, now + after, B_LEVEL) == tat) {
      fullAt(bucket, now + after, perMs);
      return true;
    }
  }
}

/** Gives `tokens` back (negative: takes more). What would lie over the brim is lost: a bucket never holds more than its capacity. */
export function giveRate(bucket: usize, tokens: i64, perMs: i64, perToken: i64, nowMs: i64): void {
  const now = nowMs * perMs;
  const units = inUnits(abs(tokens), perToken);
  while (true) {
    const tat = atomic.load<i64>(bucket, B_LEVEL);
    const owed = max(tat - now, 0);
    const after = tokens < 0 ? min(owed + units, OWED_MAX) : max(owed - units, 0);
    if (after == owed) return;
    if (atomic.cmpxchg<i64>(bucket, tat, now + after, B_LEVEL) != tat) continue;
    fullAt(bucket, now + after, perMs);
    return;
  }
}

/** Reads without a change; the wait is until it is full. */
export function lookRate(bucket: usize, capacity: i64, perMs: i64, perToken: i64, nowMs: i64): void {
  const owed = max(atomic.load<i64>(bucket, B_LEVEL) - nowMs * perMs, 0);
  setRoom(capacity * perToken - owed, perToken);
  setWait(owed, perMs);
}

/** The bucket is full at `tat`, in units. */
function fullAt(bucket: usize, tat: i64, perMs: i64): void {
  // Mostly that is noted already, rounded up as it is.
  if (atomic.load<i64>(bucket, B_SPENT_AT) * perMs < tat) spentAt(bucket, (tat + perMs - 1) / perMs);
}

/** The bucket is worth less than a fresh one before `ms`; never made earlier, which costs at most some idle time. */
export function spentAt(bucket: usize, ms: i64): void {
  while (true) {
    const before = atomic.load<i64>(bucket, B_SPENT_AT);
    if (before >= ms) return;
    const after = (ms + (SPENT_GRAIN_MS - 1)) & ~(SPENT_GRAIN_MS - 1);
    if (atomic.cmpxchg<i64>(bucket, before, after, B_SPENT_AT) == before) return;
  }
}
