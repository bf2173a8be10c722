// The keys worth knowing, found by one hash over the key's last eight bytes and its length.
// A hit is compared by length, last eight, first eight and second eight bytes; keys are at most 48 bytes.
import { ACTIONS, INPUT, KEY_ENTRIES, KEY_IDS, KEYS } from './layout';

// Entry, 32 bytes: u64 last eight (short keys: all, low bytes first), u64 first eight, u64 second eight, u32 length, u32 id.
const LENGTH: usize = 24;
const ID: usize = 28;
const KEY_LENGTH_MAX: i32 = 48;
let keyCount: i32 = 0;

/** The last eight bytes of a key that ends before `close`; a shorter key stands alone in the low bytes. */
function lastEight(close: usize, length: i32): u64 {
  const last = load<u64>(close - 8);
  return length < 8 ? last >> (((8 - length) as u64) << 3) : last;
}

function bucket(last: u64, length: i32): usize {
  return <usize>(((last ^ ((<u64>length) << 40)) * 0x9e3779b97f4a7c15) >> 55);
}

/** Id of the key at [open, close), -1 where it is none of ours. Reads eight bytes before `close` at least. */
function findKey(open: usize, close: usize): i32 {
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
export function rule(
  place: i32,
  names: string,
  object: i32,
  array: i32,
  text: i32,
  number: i32,
  raw: i32,
): void {
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
      <u64>object | ((<u64>array) << 8) | ((<u64>text) << 16) | ((<u64>number) << 24) | ((<u64>raw) << 32);
    store<u64>(ACTIONS + ((place * KEY_IDS + id) << 3), action);
    length = 0;
  }
}

export function object(place: i32, names: string, inside: i32): void {
  rule(place, names, inside, 0, 0, 0, 0);
}
export function array(place: i32, names: string, inside: i32): void {
  rule(place, names, 0, inside, 0, 0, 0);
}
export function text(place: i32, names: string, action: i32): void {
  rule(place, names, 0, 0, action, 0, 0);
}
export function number(place: i32, names: string, field: i32): void {
  rule(place, names, 0, 0, 0, field, 0);
}

/** The action of key `id` inside `place`; 0 = skip the value. */
function actionOf(place: i32, id: i32): u64 {
  return load<u64>(ACTIONS + ((place * KEY_IDS + id) << 3));
}

/** The action of the key that ends before the colon at `at`; `quotes` are those of the block that begins at `p`. */
export function lookup(place: i32, at: usize, quotes: i64, p: usize): u64 {
  let close = at - 1;
  while (load<u8>(close) != 0x22) {
    // Space between key and colon is allowed; the window is looked at no further than 16 bytes.
    const c = load<u8>(close);
    if ((c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) || at - close > 16) return 0;
    close--;
  }
  let open: usize = 0;
  if (close > p) {
    const before = quotes & (((<i64>1) << (close - p)) - 1);
    if (before != 0) open = p + <usize>(64 - clz(before));
  }
  if (open == 0) open = openBefore(close);
  if (open == 0) return 0;
  const id = findKey(open, close);
  return id < 0 ? 0 : actionOf(place, id);
}

/** Where the key that ends at `close` begins when its quote is in an earlier block or push; 0 = too far, or it has escapes. */
function openBefore(close: usize): usize {
  for (let i = 1; i <= KEY_LENGTH_MAX - 1; i++) {
    const c = load<u8>(close - i);
    if (c == 0x5c) return 0;
    if (c == 0x22) return close - i + 1;
  }
  return 0;
}
