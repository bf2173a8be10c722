// Kernel `limits`: token buckets, quotas and permits in one memory for all threads, changed by compare-and-swap. The table finds a bucket by the
// 128-bit hash of a policy and the values it counts by (table.ts); what a bucket does is rate.ts's and quota.ts's matter. Each call is a
// whole operation: it finds its bucket, pins it, changes it, and lets it go, unless something is held in it. Amounts come as f64, whole
// numbers from 0 to 2^53. Hot path: per request and policy.
import {
  AMOUNT_MAX,
  B_HELD,
  B_KEY0,
  B_KEY1,
  B_LEVEL,
  B_PINS,
  B_POLICY,
  B_SPENT_AT,
  B_WINDOW,
  HOLD,
  LOOK,
} from './layout';
import { setSecret } from '../shared/siphash';
import { giveQuota, takeQuota } from './quota';
import { giveRate, lookRate, spentAt, takeRate } from './rate';
import { roomBefore, setWait, waitAfter } from './seen';
import { bucketAt, findOrAdd, isLive, openTable, pinAny, pinIf, slotCount, unpin } from './table';

export { hashBegin, hashFour, hashLast, hashUnits, hashWord } from './hash';
export { liveCount, sweep, tableBytes } from './table';
export {
  beginTransaction,
  endTransaction,
  letOthersEnd,
  mayHavePassed,
  watchTransactions,
} from './transactions';

// Results: taking says twice the slot, plus 1 where it has taken; or FULL. Growing says 1 or 0.
const FULL: i32 = -1;

// Of this thread's last operation.
let slot: i32 = -1;
let held: i64 = 0;

/** What was there to take before; below zero: owed. */
export function lastAmount(): f64 {
  return <f64>roomBefore();
}
/** Rate: ms until the wish can be granted (-1: never), or, granted, until the bucket is full. */
export function lastWait(): f64 {
  return <f64>waitAfter();
}
/** What running requests held before. */
export function lastHeld(): f64 {
  return <f64>held;
}

/** Once per instance; the memory has tableBytes(slots). 0: the table in it is of another size. The secret is the same for all. */
export function init(slots: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  setSecret(pair(a, b), pair(c, d));
  return openTable(slots) ? 1 : 0;
}

function pair(high: i32, low: i32): u64 {
  return ((<u64>(<u32>high)) << 32) | <u64>(<u32>low);
}

function amountOf(amount: f64): i64 {
  return <i64>min<f64>(max<f64>(amount, 0), AMOUNT_MAX);
}

/** Finds and pins the key's bucket: `hint` is where it was last. 0: there is no room for it. */
function open(hint: i32, a: i32, b: i32, c: i32, d: i32, policy: i32, nowMs: i64): usize {
  const key0 = pair(a, b);
  const key1 = pair(c, d);
  slot =
    <u32>hint < <u32>slotCount() && pinIf(hint, key0, key1, nowMs)
      ? hint
      : findOrAdd(key0, key1, policy, nowMs);
  if (slot < 0) return 0;
  const bucket = bucketAt(slot);
  // Numbers of policies change when the configuration does.
  if (load<i32>(bucket, B_POLICY) != policy) atomic.store<i32>(bucket, policy, B_POLICY);
  held = atomic.load<i64>(bucket, B_HELD);
  return bucket;
}

/** Ends an operation; a hold keeps its pin until it is settled. */
function close(bucket: usize, amount: i64, taken: bool, mode: i32): i32 {
  if (taken && (mode & (HOLD | LOOK)) == HOLD) atomic.add<i64>(bucket, amount, B_HELD);
  else unpin(bucket);
  return (slot << 1) | (taken ? 1 : 0);
}

/** Takes `tokens` from the key's token bucket. */
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
  mode: i32,
): i32 {
  const bucket = open(hint, a, b, c, d, policy, <i64>nowMs);
  if (bucket == 0) return FULL;
  return close(bucket, amountOf(tokens), rate(bucket, tokens, capacity, perMs, perToken, nowMs, mode), mode);
}

function rate(
  bucket: usize,
  tokens: f64,
  capacity: f64,
  perMs: f64,
  perToken: f64,
  nowMs: f64,
  mode: i32,
): bool {
  return takeRate(bucket, amountOf(tokens), <i64>capacity, <i64>perMs, <i64>perToken, <i64>nowMs, mode);
}

/** Adds `amount` to the key's quota or permits within `limit`. `endsMs`, monotonic: when the bucket is worth nothing any more; 0: permits. */
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
  mode: i32,
): i32 {
  const bucket = open(hint, a, b, c, d, policy, <i64>nowMs);
  if (bucket == 0) return FULL;
  if (endsMs > 0) {
    spentAt(bucket, <i64>endsMs);
    if (load<i64>(bucket, B_WINDOW) != <i64>window) atomic.store<i64>(bucket, <i64>window, B_WINDOW);
  }
  setWait(<i64>max<f64>(endsMs - nowMs, 0), 1);
  return close(bucket, amountOf(amount), quota(bucket, amount, limit, mode), mode);
}

function quota(bucket: usize, amount: f64, limit: f64, mode: i32): bool {
  return takeQuota(bucket, amountOf(amount), <i64>limit, mode);
}

/** A hold in `at` (a slot that is still pinned by it) grows by `more`: within the bucket, or all the same with FORCE. */
export function growRate(
  at: i32,
  more: f64,
  capacity: f64,
  perMs: f64,
  perToken: f64,
  nowMs: f64,
  mode: i32,
): i32 {
  const bucket = bucketAt(at);
  held = atomic.load<i64>(bucket, B_HELD);
  if (!rate(bucket, more, capacity, perMs, perToken, nowMs, mode)) return 0;
  atomic.add<i64>(bucket, amountOf(more), B_HELD);
  return 1;
}

export function growQuota(at: i32, more: f64, limit: f64, mode: i32): i32 {
  const bucket = bucketAt(at);
  held = atomic.load<i64>(bucket, B_HELD);
  if (!quota(bucket, more, limit, mode)) return 0;
  atomic.add<i64>(bucket, amountOf(more), B_HELD);
  return 1;
}

/** Ends a hold of `amount` in `at`: `final` is what it came to. */
export function settleRate(at: i32, amount: f64, final: f64, perMs: f64, perToken: f64, nowMs: f64): void {
  const bucket = bucketAt(at);
  giveRate(bucket, amountOf(amount) - amountOf(final), <i64>perMs, <i64>perToken, <i64>nowMs);
  letGo(bucket, amount);
}

export function settleQuota(at: i32, amount: f64, final: f64): void {
  const bucket = bucketAt(at);
  giveQuota(bucket, amountOf(amount) - amountOf(final));
  letGo(bucket, amount);
}

function letGo(bucket: usize, amount: f64): void {
  atomic.sub<i64>(bucket, amountOf(amount), B_HELD);
  unpin(bucket);
}

// Telling: a listed bucket is pinned while it is read.

/** The first slot from `from` on, below `to`, that holds a bucket; it is pinned until release(). -1: none. */
export function nextLive(from: i32, to: i32): i32 {
  const end = min(to, slotCount());
  for (let at = from; at < end; at++) if (isLive(at) && pinAny(at)) return at;
  return -1;
}

export function release(at: i32): void {
  unpin(bucketAt(at));
}

export function keyWord(at: i32, word: i32): i32 {
  const key = load<u64>(bucketAt(at) + (word < 2 ? B_KEY0 : B_KEY1));
  return <i32>(word & 1 ? key : key >> 32);
}

export function policyOf(at: i32): i32 {
  return atomic.load<i32>(bucketAt(at), B_POLICY);
}

export function windowOf(at: i32): f64 {
  return <f64>atomic.load<i64>(bucketAt(at), B_WINDOW);
}

export function spentAtOf(at: i32): f64 {
  return <f64>atomic.load<i64>(bucketAt(at), B_SPENT_AT);
}

/** Requests that hold something in it. */
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
}
