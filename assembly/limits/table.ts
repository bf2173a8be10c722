// The lock-free table of buckets. A key has two groups of eight slots; nothing is ever moved, so a free slot breaks no chain.
//
// Why no key can get two buckets: a slot is claimed as PENDING, and becomes LIVE only if no slot has become free since its claimer began to
// look (no freeing under way then, none begun since). So two who look for the same absent key see the same free slots in the same order
// and meet at the first of them. Otherwise the claim is taken back, which is a freeing too, and the search begins again.
//
// Why nobody works on a bucket that is being freed: a user pins it and then looks whether the slot is still LIVE with its key; the freeing
// thread marks it DYING and then looks at the pins. All of these are sequentially consistent, so one of the two sees the other
// (Dekker). Pins are only ever added and taken away again, never set: a pin that came too late hurts nobody.
import {
  B_HELD,
  B_KEY0,
  B_KEY1,
  B_LEVEL,
  B_PINS,
  B_POLICY,
  B_SPENT_AT,
  B_USED_AT,
  B_WINDOW,
  BUCKET_BYTES,
  DYING,
  FREE,
  GROUP,
  H_BEGUN,
  H_DONE,
  H_LIVE,
  H_SLOTS,
  H_SWEEPING,
  IDLE_MS,
  LIVE,
  PENDING,
  STATE,
  TAG_BYTES,
  TAGS,
} from './layout';

let slots: i32 = 0;
let buckets: usize = 0;

/** Full to 15/16: beyond that two groups of eight may both be full before the table is. */
function liveMax(): i32 {
  return slots - (slots >> 4);
}

/** Bytes of memory that a table of `count` slots (a power of two, at least 16) needs. */
export function tableBytes(count: i32): usize {
  return TAGS + <usize>count * (TAG_BYTES + BUCKET_BYTES);
}

/** Every thread's instance says this once; the first one's word is the table's. False: the table has another size. */
export function openTable(count: i32): bool {
  const before = atomic.cmpxchg<i32>(H_SLOTS, 0, count);
  if (before != 0 && before != count) return false;
  slots = count;
  buckets = TAGS + <usize>count * TAG_BYTES;
  return true;
}

export function slotCount(): i32 {
  return slots;
}

export function liveCount(): i32 {
  return atomic.load<i32>(H_LIVE);
}

export function bucketAt(slot: i32): usize {
  return buckets + <usize>slot * BUCKET_BYTES;
}

function tagAt(slot: i32): usize {
  return TAGS + <usize>slot * TAG_BYTES;
}

/** First slot of a key's first or second group. */
function groupOf(key0: u64, key1: u64, second: bool): i32 {
  const hash = second ? (key1 ^ ((key0 << 32) | (key0 >> 32))) * 0xc2b2ae3d27d4eb4f : key0;
  return <i32>((hash >> 32) & (<u64>slots - 1)) & ~(GROUP - 1);
}

/** Pins `slot` if it still is the key's bucket, and marks it as used. True: pinned, until unpin(). */
export function pinIf(slot: i32, key0: u64, key1: u64, nowMs: i64): bool {
  const bucket = bucketAt(slot);
  atomic.add<i32>(bucket, 1, B_PINS);
  if (
    atomic.load<u64>(tagAt(slot)) == ((key0 & ~STATE) | LIVE) &&
    load<u64>(bucket, B_KEY1) == key1 &&
    load<u64>(bucket, B_KEY0) == key0
  ) {
    atomic.store<i64>(bucket, nowMs, B_USED_AT);
    return true;
  }
  atomic.sub<i32>(bucket, 1, B_PINS);
  return false;
}

export function unpin(bucket: usize): void {
  atomic.sub<i32>(bucket, 1, B_PINS);
}

/** The key's slot, pinned; -1 where it has none. */
export function find(key0: u64, key1: u64, nowMs: i64): i32 {
  const wanted = key0 & ~STATE;
  for (let second = 0; second < 2; second++) {
    const first = groupOf(key0, key1, second == 1);
    for (let slot = first; slot < first + GROUP; slot++) {
      let tag = atomic.load<u64>(tagAt(slot));
      if ((tag & ~STATE) != wanted || tag == FREE) continue;
      // Another thread is about to say LIVE or FREE: it has nothing else to do in between.
      while ((tag & STATE) == PENDING || (tag & STATE) == DYING) {
        tag = atomic.load<u64>(tagAt(slot));
        if ((tag & ~STATE) != wanted) break;
      }
      if (pinIf(slot, key0, key1, nowMs)) return slot;
    }
  }
  return -1;
}

/** The key's slot, pinned; a fresh bucket where it has none. -1: the table is full. */
export function findOrAdd(key0: u64, key1: u64, policy: i32, nowMs: i64): i32 {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    // In this order: equal numbers say that nothing was being freed when the second was read.
    const done = atomic.load<i32>(H_DONE);
    const begun = atomic.load<i32>(H_BEGUN);
    const known = find(key0, key1, nowMs);
    if (known >= 0) return known;
    if (begun != done) continue;
    const slot = claim(key0, key1);
    if (slot == -1) return -1;
    if (slot == TRY_AGAIN) continue;
    atomic.add<i32>(bucketAt(slot), 1, B_PINS);
    reset(bucketAt(slot), key0, key1, policy, nowMs);
    if (atomic.load<i32>(H_BEGUN) == begun) {
      atomic.store<u64>(tagAt(slot), (key0 & ~STATE) | LIVE);
      return slot;
    }
    unpin(bucketAt(slot));
    setFree(slot);
  }
  return -1;
}

/** Each try ends because somebody else got further; a sweep frees some thousand slots at most. */
const TRIES_MAX: i32 = 1_000_000;

function reset(bucket: usize, key0: u64, key1: u64, policy: i32, nowMs: i64): void {
  store<u64>(bucket, key0, B_KEY0);
  store<u64>(bucket, key1, B_KEY1);
  store<i64>(bucket, 0, B_LEVEL);
  store<i64>(bucket, 0, B_HELD);
  store<i64>(bucket, 0, B_SPENT_AT);
  store<i32>(bucket, policy, B_POLICY);
  store<i64>(bucket, 0, B_WINDOW);
  atomic.store<i64>(bucket, nowMs, B_USED_AT);
}

function setFree(slot: i32): void {
  atomic.add<i32>(H_BEGUN, 1);
  atomic.store<u64>(tagAt(slot), FREE);
  atomic.add<i32>(H_DONE, 1);
  atomic.sub<i32>(H_LIVE, 1);
}

const TRY_AGAIN: i32 = -2;

/** Marks the first free slot of the key's groups as PENDING with its fragment. */
function claim(key0: u64, key1: u64): i32 {
  if (atomic.load<i32>(H_LIVE) >= liveMax()) return -1;
  for (let second = 0; second < 2; second++) {
    const first = groupOf(key0, key1, second == 1);
    for (let slot = first; slot < first + GROUP; slot++) {
      if (atomic.load<u64>(tagAt(slot)) != FREE) continue;
      if (atomic.cmpxchg<u64>(tagAt(slot), FREE, (key0 & ~STATE) | PENDING) != FREE) return TRY_AGAIN;
      atomic.add<i32>(H_LIVE, 1);
      return slot;
    }
  }
  return -1;
}

/**
 * Frees buckets that nobody pins, that have been idle, and that are worth no more than fresh ones, among the `count` slots from `from`;
 * returns how many, or -1 while another thread does it.
 */
export function sweep(from: i32, count: i32, nowMs: i64): i32 {
  if (atomic.cmpxchg<i32>(H_SWEEPING, 0, 1) != 0) return -1;
  let freed = 0;
  const end = min(from + count, slots);
  for (let slot = from; slot < end; slot++) {
    const tag = atomic.load<u64>(tagAt(slot));
    if ((tag & STATE) == LIVE && isSpent(slot, nowMs) && free(slot, tag, nowMs)) freed++;
  }
  atomic.store<i32>(H_SWEEPING, 0);
  return freed;
}

function isSpent(slot: i32, nowMs: i64): bool {
  const bucket = bucketAt(slot);
  if (atomic.load<i32>(bucket, B_PINS) != 0) return false;
  if (nowMs - atomic.load<i64>(bucket, B_USED_AT) < IDLE_MS) return false;
  return atomic.load<i64>(bucket, B_SPENT_AT) <= nowMs;
}

function free(slot: i32, tag: u64, nowMs: i64): bool {
  if (atomic.cmpxchg<u64>(tagAt(slot), tag, tag | DYING) != tag) return false;
  if (!isSpent(slot, nowMs)) {
    atomic.store<u64>(tagAt(slot), tag);
    return false;
  }
  setFree(slot);
  return true;
}
