// Kernel `limits`: token buckets, quotas and permits in one memory for all threads, changed by compare-and-swap. The table finds a bucket by the
// 128-bit hash of a policy and the values it counts by (table.ts); what a bucket does is rate.ts's and quota.ts's matter. Each call is a
// whole operation: it finds its bucket, pins it, changes it, and lets it go, unless something is held in it. Amounts come as f64, whole
// numbers up to 2^53. Hot path: per request and policy.
import {
  B_HELD,
  B_KEY0,
  B_KEY1,
  B_LEVEL,
  B_PINS,
  B_POLICY,
  B_SPENT_AT,
  B_WINDOW,
  H_OPEN,
  H_UNDONE,
  LIVE,
  STATE,
  TAG_BYTES,
  TAGS,
} from './layout';
import { giveQuota, lastLevel, takeQuota } from './quota';
import { giveRate, lastAvailable, lastWaitMs, lookRate, spentAt, takeRate } from './rate';
import { bucketAt, findOrAdd, openTable, pinIf, slotCount, unpin } from './table';

export { liveCount, slotCount, sweep, tableBytes } from './table';

/** Results of an operation. */
export const REFUSED: i32 = 0;
export const TAKEN: i32 = 1;
export const FULL: i32 = -1;

// Of this thread's last operation.
let slot: i32 = -1;
let available: f64 = 0;
let waitMs: f64 = 0;
let held: f64 = 0;

export function lastSlot(): i32 {
  return slot;
}
/** Rate: whole tokens that were there before; quota: what was used and held before. */
export function lastAmount(): f64 {
  return available;
}
export function lastWait(): f64 {
  return waitMs;
}
/** What running requests held before. */
export function lastHeld(): f64 {
  return held;
}

/** Once per instance; the memory has tableBytes(slots). 0: the table in it is of another size. */
export function init(slots: i32): i32 {
  return openTable(slots) ? 1 : 0;
}

/** Finds and pins the key's bucket: `hint` is where it was last. */
function open(hint: i32, a: i32, b: i32, c: i32, d: i32, policy: i32, nowMs: i64): usize {
  const key0 = ((<u64>(<u32>a)) << 32) | <u64>(<u32>b);
  const key1 = ((<u64>(<u32>c)) << 32) | <u64>(<u32>d);
  slot =
    hint >= 0 && hint < slotCount() && pinIf(hint, key0, key1, nowMs)
      ? hint
      : findOrAdd(key0, key1, policy, nowMs);
  return slot < 0 ? 0 : bucketAt(slot);
}

/** Ends an operation; a hold keeps its pin until it is settled. */
function close(bucket: usize, amount: i64, hold: bool): void {
  if (hold) atomic.add<i64>(bucket, amount, B_HELD);
  else unpin(bucket);
}

/** Takes `tokens` from the key's token bucket; `hold`: they are an estimate that settleRate() will correct. */
export function takeFromRate(
  hint: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  policy: i32,
  tokens: f64,
  capacity: f64,
  perMs: f64,
  perToken: f64,
  nowMs: f64,
  hold: i32,
  force: i32,
): i32 {
  const bucket = open(hint, a, b, c, d, policy, <i64>nowMs);
  if (bucket == 0) return FULL;
  held = <f64>atomic.load<i64>(bucket, B_HELD);
  const taken = takeRate(
    bucket,
    <i64>tokens,
    <i64>capacity,
    <i64>perMs,
    <i64>perToken,
    <i64>nowMs,
    force != 0,
  );
  available = <f64>lastAvailable();
  waitMs = <f64>lastWaitMs();
  close(bucket, <i64>tokens, taken && hold != 0);
  return taken ? TAKEN : REFUSED;
}

/** Adds `amount` to the key's quota or permits within `limit`. `endsMs`, monotonic: when the bucket is worth nothing any more. */
export function takeFromQuota(
  hint: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  policy: i32,
  amount: f64,
  limit: f64,
  window: f64,
  endsMs: f64,
  nowMs: f64,
  hold: i32,
  force: i32,
): i32 {
  const bucket = open(hint, a, b, c, d, policy, <i64>nowMs);
  if (bucket == 0) return FULL;
  if (endsMs > 0) {
    spentAt(bucket, <i64>endsMs);
    atomic.store<i64>(bucket, <i64>window, B_WINDOW);
  }
  held = <f64>atomic.load<i64>(bucket, B_HELD);
  const taken = takeQuota(bucket, <i64>amount, <i64>limit, force != 0);
  available = <f64>lastLevel();
  close(bucket, <i64>amount, taken && hold != 0);
  return taken ? TAKEN : REFUSED;
}

/**
 * A hold of `amount` in `at` (a slot that is still pinned by it) grows by `more`: within the bucket, or all the same with `force`.
 */
export function growRate(
  at: i32,
  more: f64,
  capacity: f64,
  perMs: f64,
  perToken: f64,
  nowMs: f64,
  force: i32,
): i32 {
  const bucket = bucketAt(at);
  if (!takeRate(bucket, <i64>more, <i64>capacity, <i64>perMs, <i64>perToken, <i64>nowMs, force != 0))
    return REFUSED;
  atomic.add<i64>(bucket, <i64>more, B_HELD);
  return TAKEN;
}

export function growQuota(at: i32, more: f64, limit: f64, force: i32): i32 {
  const bucket = bucketAt(at);
  if (!takeQuota(bucket, <i64>more, <i64>limit, force != 0)) return REFUSED;
  atomic.add<i64>(bucket, <i64>more, B_HELD);
  return TAKEN;
}

/** Ends a hold of `amount` in `at`: `final` is what it came to. */
export function settleRate(at: i32, amount: f64, final: f64, perMs: f64, perToken: f64, nowMs: f64): void {
  const bucket = bucketAt(at);
  giveRate(bucket, <i64>amount - <i64>final, <i64>perMs, <i64>perToken, <i64>nowMs);
  atomic.sub<i64>(bucket, <i64>amount, B_HELD);
  unpin(bucket);
}

export function settleQuota(at: i32, amount: f64, final: f64): void {
  const bucket = bucketAt(at);
  giveQuota(bucket, <i64>amount - <i64>final);
  atomic.sub<i64>(bucket, <i64>amount, B_HELD);
  unpin(bucket);
}

// Transactions: holds in several buckets, all or none. A refusal that another transaction's passing hold has caused is none: the host asks again
// while openTransactions() or undone() say that it could be one.

export function beginTransaction(): i32 {
  atomic.add<i32>(H_OPEN, 1);
  return atomic.load<i32>(H_UNDONE);
}

export function endTransaction(undone: i32): void {
  if (undone) atomic.add<i32>(H_UNDONE, 1);
  atomic.sub<i32>(H_OPEN, 1);
}

export function openTransactions(): i32 {
  return atomic.load<i32>(H_OPEN);
}

export function undoneTransactions(): i32 {
  return atomic.load<i32>(H_UNDONE);
}

// Telling and restoring.

/** The first slot from `from` on that holds a bucket, -1: none. */
export function nextLive(from: i32): i32 {
  for (let at = from; at < slotCount(); at++) {
    if ((atomic.load<u64>(TAGS + <usize>at * TAG_BYTES) & STATE) == LIVE) return at;
  }
  return -1;
}

export function keyWord(at: i32, word: i32): i32 {
  const key = load<u64>(bucketAt(at) + (word < 2 ? B_KEY0 : B_KEY1));
  return <i32>(word & 1 ? key : key >> 32);
}

export function policyOf(at: i32): i32 {
  return load<i32>(bucketAt(at), B_POLICY);
}

export function windowOf(at: i32): f64 {
  return <f64>atomic.load<i64>(bucketAt(at), B_WINDOW);
}

export function pinsOf(at: i32): i32 {
  return atomic.load<i32>(bucketAt(at), B_PINS);
}

export function heldIn(at: i32): f64 {
  return <f64>atomic.load<i64>(bucketAt(at), B_HELD);
}

export function levelOf(at: i32): f64 {
  return <f64>atomic.load<i64>(bucketAt(at), B_LEVEL);
}

/** Reads a token bucket into lastAmount() (whole tokens available) and lastWait() (ms until it is full). */
export function look(at: i32, capacity: f64, perMs: f64, perToken: f64, nowMs: f64): void {
  lookRate(bucketAt(at), <i64>capacity, <i64>perMs, <i64>perToken, <i64>nowMs);
  available = <f64>lastAvailable();
  waitMs = <f64>lastWaitMs();
}
