// Kernel `counters`: 64-bit sums by key that expire, in one memory for all threads, changed by compare-and-swap alone. What a slot is, and
// why a thread that is killed anywhere does no harm: slot.ts and bucket.ts; how many keys may live: room.ts.
// Hot path: per counter operation of a plugin.
import { add32 } from './atoms';
import { claim, find, foundKey, NONE, setThread } from './bucket';
import { hash0, hash1, pair, setSecret } from '../shared/siphash';
import { hashBegin, hashEnd, hashFour } from './hash';
import { H_THREADS, HEADS, SLOT_BYTES, BUCKET_SLOTS } from './layout';
import { findSpace, giveRoom, takeRoom } from './room';
import {
  baseOf,
  beginLife,
  bear,
  endOf,
  expiresAt,
  expiryOf,
  isBorn,
  keyOf,
  LIFE,
  setBuckets,
  swapValue,
  valueOf,
} from './slot';

export { hashBegin, hashEnd, hashFour } from './hash';

const SUM_MAX: i64 = i64.MAX_VALUE;
/** The smallest i64 says REFUSED. */
const SUM_MIN: i64 = i64.MIN_VALUE + 1;
const REFUSED: i64 = i64.MIN_VALUE;

/** Bytes of memory that `buckets` (a power of two) need. */
export function tableBytes(buckets: i32): usize {
  return HEADS + <usize>buckets * (8 + <usize>BUCKET_SLOTS * SLOT_BYTES);
}

/** Once per instance. The secret is the same for all. */
export function init(buckets: i32, a: i32, b: i32, c: i32, d: i32): void {
  setBuckets(buckets);
  setSecret(pair(a, b), pair(c, d));
  setThread(add32(H_THREADS, 1) + 1);
}

export function space(low: i32, high: i32): i32 {
  return findSpace(pair(low, high));
}

/** The sum of the key that was hashed last; 0 where it does not live. */
export function sum(now: f64): i64 {
  const nowMs = <i64>now;
  while (true) {
    const slot = find(hash0, hash1);
    if (slot < 0) return 0;
    const key = foundKey;
    const value = valueOf(slot);
    const expiry = expiryOf(slot);
    if (keyOf(slot) != key) continue;
    if (value == endOf(slot, key) || !isBorn(key, expiry) || expiresAt(expiry) <= nowMs) return 0;
    return <i64>(value - baseOf(slot, key));
  }
}

/**
 * Adds to the key that was hashed last and returns the sum, or REFUSED. Each turn of the loop ends it or brings the slot one step further;
 * who has to turn again was overtaken by one who did.
 */
export function add(space: i32, liveMax: i32, delta: i64, expiryMs: f64, now: f64): i64 {
  const nowMs = <i64>now;
  let paid = false;
  while (true) {
    const slot = find(hash0, hash1);
    if (slot >= 0) {
      const key = foundKey;
      const value = valueOf(slot);
      if (keyOf(slot) != key) continue;
      const end = endOf(slot, key);
      if (value != end) {
        const expiry = expiryOf(slot);
        if (!isBorn(key, expiry)) {
          // Only while the key is as it was is this the expiry of a life before, and not of one after.
          if (keyOf(slot) == key) bear(slot, key, expiry, space, <i64>expiryMs);
          continue;
        }
        if (expiresAt(expiry) <= nowMs) {
          swapValue(slot, value, end);
          continue;
        }
        const base = baseOf(slot, key);
        const next = saturated(<i64>(value - base), delta);
        if (!swapValue(slot, value, base + <u64>next)) continue;
        if (paid) giveRoom(space);
        return next;
      }
      // Over: the same key begins again.
      if (!paid && !takeRoom(space, liveMax, nowMs)) return REFUSED;
      paid = !beginLife(slot, key, key & ~LIFE);
      continue;
    }
    if (!paid && !takeRoom(space, liveMax, nowMs)) return REFUSED;
    const claimed = claim(hash0, hash1, nowMs);
    paid = claimed < 0;
    if (claimed == NONE) {
      giveRoom(space);
      return REFUSED;
    }
  }
}

/** From here on, not every whole number is an f64. */
const WHOLE_MAX: i64 = (<i64>1) << 53;

/** What the last `addWhole` or `addShort` came to. */
let last: i64 = 0;

/**
 * `add` and `sum` for a delta that is a whole f64, so that the host makes no BigInt: 0 reads. -Infinity: refused. NaN: the sum is no f64, `lastSum` tells.
 */
export function addWhole(space: i32, liveMax: i32, delta: f64, expiryMs: f64, now: f64): f64 {
  last = delta == 0 ? sum(now) : add(space, liveMax, <i64>delta, expiryMs, now);
  if (last == REFUSED) return -Infinity;
  return last > -WHOLE_MAX && last < WHOLE_MAX ? <f64>last : NaN;
}

export function lastSum(): i64 {
  return last;
}

/** Key and sum at once, for a key of at most 16 bytes: each call from the host costs as much as half the hash. */
export function addShort(
  space: i32,
  length: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  liveMax: i32,
  delta: f64,
  expiryMs: f64,
  now: f64,
): f64 {
  hashBegin(space, length);
  hashFour(a, b, c, d);
  hashEnd();
  return addWhole(space, liveMax, delta, expiryMs, now);
}

function saturated(sum: i64, delta: i64): i64 {
  const next = sum + delta;
  if (delta > 0) return next < sum ? SUM_MAX : next;
  return next > sum || next < SUM_MIN ? SUM_MIN : next;
}
