// The keys worth knowing, found by one hash over the key's last eight bytes and its length.
// A hit is compared by length, last eight, first eight and second eight bytes; keys are at most 48 bytes.
import { ACTIONS, INPUT, KEY_ENTRIES, KEY_IDS, KEYS } from './layout';

// Entry, 32 bytes: u64 last eight (short keys: all, low bytes first), u64 first eight, u64 second eight, u32 length, u32 id.
const LENGTH: usize = 24;
const ID: usize = 28;
export const KEY_LENGTH_MAX: i32 = 48;
let keyCount: i32 = 0;

/** The last eight bytes of a key that ends before `close`; a shorter key stands alone in the low bytes. */
// @ts-ignore: decorator
@inline
export function lastEight(close: usize, length: i32): u64 {
  const last = load<u64>(close - 8);
  return length < 8 ? last >> (((8 - length) as u64) << 3) : last;
}

// @ts-ignore: decorator
@inline
function bucket(last: u64, length: i32): usize {
  return <usize>(((last ^ (<u64>length << 40)) * 0x9e3779b97f4a7c15) >> 55);
}

/** Id of the key at [open, close), -1 where it is none of ours. Reads eight bytes before `close` at least. */
// @ts-ignore: decorator
@inline
export function findKey(open: usize, close: usize): i32 {
  const length = <i32>(close - open);
  if (length < 1 || length > KEY_LENGTH_MAX) return -1;
  const last = lastEight(close, length);
  let at = bucket(last, length);
  while (true) {
    const entry = KEYS + (at << 5);
    const known = load<i32>(entry, LENGTH);
    if (known == 0) return -1;
    if (
      known == length &&
      load<u64>(entry) == last &&
      (length <= 8 || load<u64>(entry, 8) == load<u64>(open)) &&
      (length <= 16 || load<u64>(entry, 16) == load<u64>(open + 8))
    )
      return load<i32>(entry, ID);
    at = (at + 1) & (KEY_ENTRIES - 1);
  }
}

/** Adds a key, or finds it. The text stands at [open, close) with eight readable bytes before it. */
function addKey(open: usize, close: usize): i32 {
  const known = findKey(open, close);
  if (known >= 0) return known;
  const length = <i32>(close - open);
  const last = lastEight(close, length);
  let at = bucket(last, length);
  while (load<i32>(KEYS + (at << 5), LENGTH) != 0) at = (at + 1) & (KEY_ENTRIES - 1);
  const entry = KEYS + (at << 5);
  store<u64>(entry, last);
  if (length > 8) store<u64>(entry, load<u64>(open), 8);
  if (length > 16) store<u64>(entry, load<u64>(open + 8), 16);
  store<i32>(entry, length, LENGTH);
  store<i32>(entry, keyCount, ID);
  assert(keyCount < KEY_IDS && length >= 1 && length <= KEY_LENGTH_MAX);
  return keyCount++;
}

/**
 * What the value of `names` (comma-separated keys) means inside `place`:
 * the place of an object, the place of an array, the action of a string, the field of a number, where the raw object is kept.
 */
export function rule(place: i32, names: string, object: i32, array: i32, text: i32, number: i32, raw: i32): void {
  const scratch: usize = INPUT; // no stream runs yet
  let length = 0;
  for (let i = 0; i <= names.length; i++) {
    const c = i < names.length ? names.charCodeAt(i) : 0x2c;
    if (c != 0x2c) {
      store<u8>(scratch + length++, <u8>c);
      continue;
    }
    const id = addKey(scratch, scratch + length);
    const action: u64 =
      <u64>object | (<u64>array << 8) | (<u64>text << 16) | (<u64>number << 24) | (<u64>raw << 32);
    store<u64>(ACTIONS + ((place * KEY_IDS + id) << 3), action);
    length = 0;
  }
}

/** The action of key `id` inside `place`; 0 = skip the value. */
// @ts-ignore: decorator
@inline
export function actionOf(place: i32, id: i32): u64 {
  return load<u64>(ACTIONS + ((place * KEY_IDS + id) << 3));
}
