// Quotas and permits: a number that may go up to a limit. A quota's window is part of its bucket's key, so a new window is a new
// bucket that begins at zero: nothing has to be reset, and what was admitted in a window is settled in it. Amounts are whole: requests,
// tokens, nano-dollars, permits.
import { B_LEVEL, FORCE, LEVEL_MAX, LOOK } from './layout';
import { setRoom } from './seen';

/** Adds `amount` if the sum stays within `limit`; FORCE adds it all the same. True: added. */
export function takeQuota(bucket: usize, amount: i64, limit: i64, mode: i32): bool {
  while (true) {
    const before = atomic.load<i64>(bucket, B_LEVEL);
    setRoom(limit - before, 1);
    // Written so that no sum can overflow.
    if (amount > limit - before && !(mode & FORCE)) return false;
    if (mode & LOOK) return true;
    const after = min(before + amount, LEVEL_MAX);
    if (atomic.cmpxchg<i64>(bucket, before, after, B_LEVEL) == before) return true;
  }
}

/** Gives `amount` back (negative: takes more, whatever the limit). */
export function giveQuota(bucket: usize, amount: i64): void {
  while (true) {
    const before = atomic.load<i64>(bucket, B_LEVEL);
    const after = min(before - amount, LEVEL_MAX);
    if (atomic.cmpxchg<i64>(bucket, before, after, B_LEVEL) == before) return;
  }
}
