// One slot, and the lives it has. A worker may be killed between any two instructions: every state that one can leave behind is one that
// the next who comes by completes or takes over. Nobody ever waits.
//
//   key     u64  48 bits of the key's hash | life, 16        whose it is. A bucket's number are up to 16 bits more of the hash.
//                                                            Each change counts the life up, so it never is the same twice.
//   expiry  u64  ms 44 | space 12 | life, 8                  set once a life, by whoever adds first
//   value   i64  the sum + base(slot, life)                  base(slot, life + 1): this life is over
//
// A base is secret and random, so what stands for a sum in one life stands for none in another: a thread that slept through the end of a
// life fails its swap, however long it slept. And what says that a life is over is the zero of the next: a swap of the key alone begins
// that, for the same key or another, and there is no moment at which a sum of the old life could pass for one of the new.
//
// Who has read `value` and then finds `key` as before knows that the value is of that life: sum or end.
import { load64, swap64 } from './atoms';
import { mixed } from './hash';
import { BUCKET_SLOTS, HEADS, S_EXPIRY, S_KEY, S_VALUE, SLOT_BYTES } from './layout';

export const LIFE: u64 = 0xffff;
const SHORT_LIFE: u64 = 0xff;
const SPACE_SHIFT: u64 = 8;
const EXPIRY_SHIFT: u64 = 20;

/** Of the table. */
export let bucketMask: i32 = 0;
let slots: usize = 0;

export function setBuckets(count: i32): void {
  bucketMask = count - 1;
  slots = HEADS + ((<usize>count) << 3);
}

export function slotCount(): i32 {
  return (bucketMask + 1) * BUCKET_SLOTS;
}

export function slotAt(slot: i32): usize {
  return slots + <usize>slot * SLOT_BYTES;
}

export function keyOf(slot: i32): u64 {
  return load64(slotAt(slot) + S_KEY);
}

export function valueOf(slot: i32): u64 {
  return load64(slotAt(slot) + S_VALUE);
}

export function swapValue(slot: i32, from: u64, to: u64): bool {
  return swap64(slotAt(slot) + S_VALUE, from, to);
}

/** Lives 0 and 1 are not counted to again: they have no base of their own, and an empty slot is one whose life 0 is over. */
export function nextLife(life: u64): u64 {
  return life == LIFE ? 2 : life + 1;
}

/** What stands for the sum 0 in the life of `key`. */
export function baseOf(slot: i32, key: u64): u64 {
  const life = key & LIFE;
  return life <= 1 ? 0 : mixed(slot, life);
}

/** What stands there when that life is over. */
export function endOf(slot: i32, key: u64): u64 {
  return baseOf(slot, nextLife(key & LIFE));
}

/** Begins the next life of the slot for the key of `tag`. False: it has begun already. Only for a life that is over. */
export function beginLife(slot: i32, key: u64, tag: u64): bool {
  return swap64(slotAt(slot) + S_KEY, key, tag | nextLife(key & LIFE));
}

export function expiryOf(slot: i32): u64 {
  return load64(slotAt(slot) + S_EXPIRY);
}

/** Whether `expiry` is of the life of `key`; if not, that is not born yet. */
export function isBorn(key: u64, expiry: u64): bool {
  return ((key ^ expiry) & SHORT_LIFE) == 0;
}

export function expiresAt(expiry: u64): i64 {
  return <i64>(expiry >> EXPIRY_SHIFT);
}

export function spaceOf(expiry: u64): i32 {
  return <i32>((expiry >> SPACE_SHIFT) & 0xfff);
}

/** Sets until when the life of `key` lasts, unless somebody has. `old` is what stood there while that was the key, and of a life before. */
export function bear(slot: i32, key: u64, old: u64, space: i32, expiryMs: i64): void {
  const expiry =
    ((<u64>expiryMs) << EXPIRY_SHIFT) | ((<u64>(<u32>space)) << SPACE_SHIFT) | (key & SHORT_LIFE);
  swap64(slotAt(slot) + S_EXPIRY, old, expiry);
}

/** Whether the slot's life is over; ends it where it has expired, or with `unborn` where nobody has said how long it lasts. */
export function endDead(slot: i32, key: u64, nowMs: i64, unborn: bool): bool {
  const expiry = expiryOf(slot);
  const born = isBorn(key, expiry);
  if (born && expiresAt(expiry) > nowMs) return false;
  const value = valueOf(slot);
  if (keyOf(slot) != key) return false;
  const end = endOf(slot, key);
  return value == end || ((born || unborn) && swapValue(slot, value, end));
}
