// The lock-free table of buckets. A key may stand in a few groups of eight slots; nothing is ever moved, so a free slot breaks no chain.
//
// Why no key can get two buckets: whoever adds a key claims a free slot as PENDING with the key's fragment, and only then looks through all
// slots of the key. Of two who claim for one key the second to claim sees the first, PENDING or LIVE (all accesses are sequentially
// consistent). To a LIVE one he yields; of two PENDING the one in the higher slot yields, and the one in the lower waits for that. What
// becomes free meanwhile does not matter.
//
// Why nobody works on a bucket that is being freed: a user pins it and then looks whether the slot is still LIVE with its key; the freeing
// thread marks it DYING and then looks at the pins: one of the two sees the other (Dekker). Pins are only ever added and taken away
// again, never set: a pin that came too late hurts nobody.
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
  GROUPS,
  GROUPS_RESERVED,
  H_LIVE,
  H_PAUSE,
  H_SLOTS,
  KEY_RESERVED,
  LIVE,
  NEAR,
  NEAR_SHIFT,
  NEAREST,
  NEAREST_SHIFT,
  PENDING,
  STATE,
  TAG_BYTES,
  TAGS,
  USED_GRAIN_MS,
} from './layout';

let slots: i32 = 0;
let buckets: usize = 0;

const NONE: i32 = -1;
const BUSY: i32 = -2;

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

export function isLive(slot: i32): bool {
  return (atomic.load<u64>(tagAt(slot)) & STATE) == LIVE;
}

function groupsOf(key1: u64): i32 {
  return key1 & KEY_RESERVED ? GROUPS_RESERVED : GROUPS;
}

/** First slot of a key's nth group: SplitMix64's step and half of its finish, so that no two of them have to do with one another. */
function groupAt(key0: u64, nth: i32): i32 {
  const reach = nth < NEAREST ? NEAREST_SHIFT : nth < NEAR ? NEAR_SHIFT : 0;
  const mask = max((slots / GROUP) >> reach, 1) - 1;
  let mixed = key0 + <u64>nth * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  return (<i32>(mixed >> 32) & mask) * GROUP;
}

/** Pins `slot` if it still is the key's bucket, and marks it as used. True: pinned, until unpin(). */
export function pinIf(slot: i32, key0: u64, key1: u64, nowMs: i64): bool {
  const bucket = bucketAt(slot);
  atomic.add<i32>(bucket, 1, B_PINS);
  if (atomic.load<u64>(tagAt(slot)) == ((key0 & ~STATE) | LIVE) && isOf(bucket, key0, key1)) {
    if (nowMs - atomic.load<i64>(bucket, B_USED_AT) >= USED_GRAIN_MS)
      atomic.store<i64>(bucket, nowMs, B_USED_AT);
    return true;
  }
  unpin(bucket);
  return false;
}

/** Pins `slot` whoever's bucket it is. False: it has none. */
export function pinAny(slot: i32): bool {
  atomic.add<i32>(bucketAt(slot), 1, B_PINS);
  if (isLive(slot)) return true;
  unpin(bucketAt(slot));
  return false;
}

export function unpin(bucket: usize): void {
  atomic.sub<i32>(bucket, 1, B_PINS);
}

function isOf(bucket: usize, key0: u64, key1: u64): bool {
  return load<u64>(bucket, B_KEY1) == key1 && load<u64>(bucket, B_KEY0) == key0;
}

/** The key's slot, pinned; a fresh bucket where it has none. -1: there is no room. */
export function findOrAdd(key0: u64, key1: u64, policy: i32, nowMs: i64): i32 {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const known = find(key0, key1, nowMs);
    if (known >= 0) return known;
    if (known == NONE) {
      const slot = claim(key0, key1);
      if (slot == NONE) return NONE;
      atomic.add<i32>(bucketAt(slot), 1, B_PINS);
      if (mayStay(slot, key0, key1)) {
        reset(bucketAt(slot), key0, key1, policy, nowMs);
        atomic.store<u64>(tagAt(slot), (key0 & ~STATE) | LIVE);
        return slot;
      }
      unpin(bucketAt(slot));
      setFree(slot);
    }
    pause(tries);
  }
  return NONE;
}

// Another thread is in the middle of adding or freeing the same key; that is some 100 ns of work, unless the system has taken its
// processor away: then sleeping gives it one. Together more than a second; a thread that died there costs its key, not the others.
const TRIES_MAX: i32 = 16_384;
const WAITS_MAX: i32 = 1024;
const SPINS: i32 = 64;
const PAUSE_NANOS: i64 = 50_000;

function pause(tries: i32): void {
  if (tries >= SPINS) atomic.wait<i32>(H_PAUSE, 0, PAUSE_NANOS);
}

function find(key0: u64, key1: u64, nowMs: i64): i32 {
  const wanted = key0 & ~STATE;
  const groups = groupsOf(key1);
  let result = NONE;
  for (let nth = 0; nth < groups; nth++) {
    const first = groupAt(key0, nth);
    for (let slot = first; slot < first + GROUP; slot++) {
      const tag = atomic.load<u64>(tagAt(slot));
      if ((tag & ~STATE) != wanted || tag == FREE) continue;
      if (pinIf(slot, key0, key1, nowMs)) return slot;
      if ((tag & STATE) != LIVE) result = BUSY;
    }
  }
  return result;
}

/** Marks a free slot of the key's groups as PENDING with its fragment. */
function claim(key0: u64, key1: u64): i32 {
  const room = key1 & KEY_RESERVED ? slots : slots - (slots >> 4);
  if (atomic.load<i32>(H_LIVE) >= room) return NONE;
  const groups = groupsOf(key1);
  for (let nth = 0; nth < groups; nth++) {
    const first = groupAt(key0, nth);
    for (let slot = first; slot < first + GROUP; slot++) {
      if (atomic.load<u64>(tagAt(slot)) != FREE) continue;
      if (atomic.cmpxchg<u64>(tagAt(slot), FREE, (key0 & ~STATE) | PENDING) != FREE) continue;
      atomic.add<i32>(H_LIVE, 1);
      return slot;
    }
  }
  return NONE;
}

/** Whether no other slot is the key's, nor about to be. */
function mayStay(mine: i32, key0: u64, key1: u64): bool {
  const wanted = key0 & ~STATE;
  const groups = groupsOf(key1);
  for (let nth = 0; nth < groups; nth++) {
    const first = groupAt(key0, nth);
    for (let slot = first; slot < first + GROUP; slot++) {
      if (slot == mine) continue;
      for (let waits = 0; ; waits++) {
        const tag = atomic.load<u64>(tagAt(slot));
        if ((tag & ~STATE) != wanted || tag == FREE) break;
        if ((tag & STATE) == LIVE) {
          if (isOf(bucketAt(slot), key0, key1)) return false;
          break; // Another key of the same fragment: one in 2^62.
        }
        if (((tag & STATE) == PENDING && slot < mine) || waits == WAITS_MAX) return false;
        pause(waits);
      }
    }
  }
  return true;
}

function reset(bucket: usize, key0: u64, key1: u64, policy: i32, nowMs: i64): void {
  store<u64>(bucket, key0, B_KEY0);
  store<u64>(bucket, key1, B_KEY1);
  store<i64>(bucket, 0, B_LEVEL);
  store<i64>(bucket, 0, B_HELD);
  store<i64>(bucket, nowMs, B_USED_AT);
  store<i64>(bucket, 0, B_SPENT_AT);
  store<i32>(bucket, policy, B_POLICY);
  store<i64>(bucket, 0, B_WINDOW);
}

function setFree(slot: i32): void {
  atomic.store<u64>(tagAt(slot), FREE);
  atomic.sub<i32>(H_LIVE, 1);
}

/**
 * Frees buckets that nobody pins, that have been idle for `idleMs`, and that are worth no more than fresh ones, among the `count` slots
 * from `from`; returns how many. Any number of threads may do it at a time.
 */
export function sweep(from: i32, count: i32, idleMs: f64, nowMs: f64): i32 {
  let freed = 0;
  const end = min(from + count, slots);
  for (let slot = from; slot < end; slot++) {
    const tag = atomic.load<u64>(tagAt(slot));
    if ((tag & STATE) != LIVE || !isSpent(slot, <i64>idleMs, <i64>nowMs)) continue;
    if (atomic.cmpxchg<u64>(tagAt(slot), tag, tag | DYING) != tag) continue;
    if (isSpent(slot, <i64>idleMs, <i64>nowMs)) {
      setFree(slot);
      freed++;
    } else {
      atomic.store<u64>(tagAt(slot), tag);
    }
  }
  return freed;
}

function isSpent(slot: i32, idleMs: i64, nowMs: i64): bool {
  const bucket = bucketAt(slot);
  if (atomic.load<i32>(bucket, B_PINS) != 0) return false;
  if (nowMs - atomic.load<i64>(bucket, B_USED_AT) < idleMs) return false;
  const spentAt = atomic.load<i64>(bucket, B_SPENT_AT);
  return spentAt == 0 ? atomic.load<i64>(bucket, B_LEVEL) == 0 : spentAt <= nowMs;
}
