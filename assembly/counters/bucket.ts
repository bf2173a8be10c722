// A bucket of 32 slots, in one of which a key stands, never in two: it takes one newcomer at a time. Who found no slot with the key
// announces it in the bucket's head, by a swap of the very head that he saw before he looked; whoever meets an announcement carries it out.
//
//   head  u64  idle: thread 32 | count 31 | 0                                never the same twice
//              announced: 48 bits of the hash | life of the slot, 10 | slot, 5 | 1
//
// An announced slot's life is over, and stays over until another begins: by the announcement, or since its key came back first. The life's
// number tells the two apart, also to one who carries out what has been carried out long ago.
import { load64, swap64 } from './atoms';
import { BUCKET_SLOTS, HEADS } from './layout';
import { beginLife, bucketMask, endDead, keyOf, LIFE } from './slot';

const ANNOUNCED: u64 = 1;
const SHORT_LIFE: u64 = 0x3ff;

export const NONE: i32 = -1;
/** Something changed meanwhile: look again. */
export const AGAIN: i32 = -2;

let thread: u64 = 0;
let idles: u64 = 0;

/** Of this instance among all that ever were; over one table no two have the same. */
export function setThread(number: i32): void {
  thread = (<u64>(<u32>number)) << 32;
}

/** The life that `find` saw. */
export let foundKey: u64 = 0;

function bucketOf(hash1: u64): i32 {
  return <i32>hash1 & bucketMask;
}

/** The slot that the key has, or NONE. */
export function find(hash0: u64, hash1: u64): i32 {
  const tag = hash0 & ~LIFE;
  const first = bucketOf(hash1) * BUCKET_SLOTS;
  const start = <i32>(hash1 >> 32);
  for (let i = 0; i < BUCKET_SLOTS; i++) {
    const slot = first + ((start + i) & (BUCKET_SLOTS - 1));
    foundKey = keyOf(slot);
    if ((foundKey & ~LIFE) == tag) return slot;
  }
  return NONE;
}

/** Gives the key a slot whose life is over and begins the next; NONE where 32 keys live here. Then `find` finds it, or it has died again. */
export function claim(hash0: u64, hash1: u64, nowMs: i64): i32 {
  const head = HEADS + ((<usize>bucketOf(hash1)) << 3);
  const seen = load64(head);
  if ((seen & ANNOUNCED) != 0) {
    carryOut(head, seen);
    return AGAIN;
  }
  if (find(hash0, hash1) >= 0) return AGAIN;
  const slot = deadSlot(hash1, nowMs);
  if (slot < 0) return slot;
  const place = (<u64>(<u32>(slot & (BUCKET_SLOTS - 1)))) << 1;
  const announcement = (hash0 & ~LIFE) | ((foundKey & SHORT_LIFE) << 6) | place | ANNOUNCED;
  if (!swap64(head, seen, announcement)) return AGAIN;
  carryOut(head, announcement);
  return find(hash0, hash1) == slot ? slot : AGAIN;
}

function carryOut(head: usize, announcement: u64): void {
  const bucket = <i32>((head - HEADS) >> 3);
  const slot = bucket * BUCKET_SLOTS + (<i32>(announcement >> 1) & (BUCKET_SLOTS - 1));
  const key = keyOf(slot);
  if ((key & SHORT_LIFE) == ((announcement >> 6) & SHORT_LIFE)) beginLife(slot, key, announcement & ~LIFE);
  idles = (idles + 2) & 0xfffffffe;
  swap64(head, announcement, thread | idles);
}

/**
 * A slot whose life is over, its key in `foundKey`. One that was claimed and is not born yet only where there is no other: its key is about to
 * add, or the thread was killed.
 */
function deadSlot(hash1: u64, nowMs: i64): i32 {
  const first = bucketOf(hash1) * BUCKET_SLOTS;
  const start = <i32>(hash1 >> 32);
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < BUCKET_SLOTS; i++) {
      const slot = first + ((start + i) & (BUCKET_SLOTS - 1));
      foundKey = keyOf(slot);
      if (endDead(slot, foundKey, nowMs, pass == 1)) return slot;
    }
  }
  return NONE;
}
