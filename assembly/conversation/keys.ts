// The keys worth knowing, found by one hash over the key's last eight bytes and its length, and what their values mean.
// A hit is compared by length and by all its bytes, eight at a time; keys are at most 40 bytes.
import { INPUT, KEY_ENTRIES, KEY_IDS, KEYS, PLACES_MAX, RULES, SLOTS } from './layout';
import { FIRST_PLACE, IGNORED, UNKNOWN } from './meanings';

// Entry, 64 bytes: u64 last eight (short keys: all, low bytes first), u64 first, second, third and fourth eight, u32 length, u32 id.
const LENGTH: usize = 40;
const ID: usize = 44;
const KEY_LENGTH_MAX: i32 = 40;
/** Id of what stands for every element of a list, and for every key of an object that has no rule of its own. */
const EVERY: i32 = 0;
let keyCount: i32 = 1;

// A meaning: u8 of a string, u8 of an object, u8 of an array, u8 of a number or literal, u8 role, u8 1 = a turn, u8 slot + 1, u8 1.
const RULE: u64 = (<u64>1) << 56;
const TURN: u64 = (<u64>1) << 40;

export function ofString(meaning: u64): i32 {
  return <i32>meaning & 255;
}
export function ofObject(meaning: u64): i32 {
  return (<i32>meaning >> 8) & 255;
}
export function ofArray(meaning: u64): i32 {
  return (<i32>meaning >> 16) & 255;
}
export function ofScalar(meaning: u64): i32 {
  return (<i32>meaning >>> 24) & 255;
}
/** The role that holds from this value on, 0 = as around it. */
export function roleOf(meaning: u64): i32 {
  return <i32>(meaning >> 32) & 255;
}
/** Whether the value is a message of its own. */
export function isTurn(meaning: u64): bool {
  return (meaning & TURN) != 0;
}
/** The bit by which an object remembers that it had this key; 0 for a key that does not matter. */
export function slotBit(meaning: u64): u64 {
  const slot = (meaning >> 48) & 255;
  return slot == 0 ? 0 : (<u64>1) << (slot - 1);
}

/** The last eight bytes of a key that ends before `close`; a shorter key stands alone in the low bytes. */
function lastEight(close: usize, length: i32): u64 {
  const last = load<u64>(close - 8);
  return length < 8 ? last >> ((<u64>(8 - length)) << 3) : last;
}

function bucket(last: u64, length: i32): usize {
  return <usize>(((last ^ ((<u64>length) << 40)) * 0x9e3779b97f4a7c15) >> 54);
}

/** Id of the key at [open, close), -1 where it is none of ours. Reads eight bytes before `close` at least. */
function findKey(open: usize, close: usize): i32 {
  const length = <i32>(close - open);
  if (length < 1 || length > KEY_LENGTH_MAX) return -1;
  const last = lastEight(close, length);
  let at = bucket(last, length);
  while (true) {
    const entry = KEYS + (at << 6);
    const known = load<i32>(entry, LENGTH);
    if (known == 0) return -1;
    if (
      known == length &&
      load<u64>(entry) == last &&
      (length <= 8 || load<u64>(entry, 8) == load<u64>(open)) &&
      (length <= 16 || load<u64>(entry, 16) == load<u64>(open + 8)) &&
      (length <= 24 || load<u64>(entry, 24) == load<u64>(open + 16)) &&
      (length <= 32 || load<u64>(entry, 32) == load<u64>(open + 24))
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
  while (load<i32>(KEYS + (at << 6), LENGTH) != 0) at = (at + 1) & (KEY_ENTRIES - 1);
  const entry = KEYS + (at << 6);
  store<u64>(entry, last);
  if (length > 8) store<u64>(entry, load<u64>(open), 8);
  if (length > 16) store<u64>(entry, load<u64>(open + 8), 16);
  if (length > 24) store<u64>(entry, load<u64>(open + 16), 24);
  if (length > 32) store<u64>(entry, load<u64>(open + 24), 32);
  store<i32>(entry, length, LENGTH);
  if (keyCount >= KEY_IDS || length < 1 || length > KEY_LENGTH_MAX) abort();
  store<i32>(entry, keyCount, ID);
  return keyCount++;
}

function cell(place: i32, id: i32): usize {
  return RULES + <usize>(((place - FIRST_PLACE) * KEY_IDS + id) << 3);
}

/** Sets the rule of `names` (comma-separated keys), or with '' that of every element or other key. */
export function rule(
  place: i32,
  names: string,
  string: i32,
  object: i32,
  array: i32,
  scalar: i32,
  role: i32,
  turn: bool,
): void {
  if (place < FIRST_PLACE || place >= FIRST_PLACE + PLACES_MAX) abort();
  let meaning: u64 = RULE | <u64>string | ((<u64>object) << 8) | ((<u64>array) << 16) | ((<u64>scalar) << 24);
  meaning |= (<u64>role) << 32;
  if (turn) meaning |= TURN;
  if (names.length == 0) return store<u64>(cell(place, EVERY), meaning);
  const scratch: usize = INPUT; // no body is there yet
  let length = 0;
  for (let i = 0; i <= names.length; i++) {
    const c = i < names.length ? names.charCodeAt(i) : 0x2c;
    if (c != 0x2c) {
      store<u8>(scratch + length++, <u8>c);
      continue;
    }
    const at = cell(place, addKey(scratch, scratch + length));
    const matters = string != IGNORED || object != IGNORED || array != IGNORED;
    store<u64>(at, meaning | (matters ? slot(place, load<u64>(at)) : 0));
    length = 0;
  }
}

/** The place's next slot, or the one that this key has already. */
function slot(place: i32, before: u64): u64 {
  if (slotBit(before) != 0) return before & ((<u64>255) << 48);
  const counter = SLOTS + <usize>((place - FIRST_PLACE) << 2);
  const next = load<i32>(counter) + 1;
  if (next > 64) abort();
  store<i32>(counter, next);
  return (<u64>next) << 48;
}

/** What the value of the key at [open, close) means inside `place`; 0 = not known. */
export function meaningOf(place: i32, open: usize, close: usize): u64 {
  const id = findKey(open, close);
  if (id >= 0) {
    const meaning = load<u64>(cell(place, id));
    if (meaning != 0) return meaning;
  }
  return load<u64>(cell(place, EVERY));
}

export function meaningOfEach(place: i32): u64 {
  return load<u64>(cell(place, EVERY));
}

// ---- the words in which rules are written

/** What a string, an object and an array mean as the value of `names`. */
export function key(place: i32, names: string, string: i32, object: i32, array: i32): void {
  rule(place, names, string, object, array, 0, 0, false);
}
/** The same with a role. */
export function keyAs(role: i32, place: i32, names: string, string: i32, object: i32, array: i32): void {
  rule(place, names, string, object, array, 0, role, false);
}
/** The value is a message of its own: a string, an object, or an array that is a part; role 0 = it says so itself. */
export function turn(role: i32, place: i32, names: string, string: i32, object: i32, array: i32): void {
  rule(place, names, string, object, array, 0, role, true);
}
/** Only strings have a meaning. */
export function text(place: i32, names: string, string: i32): void {
  key(place, names, string, UNKNOWN, UNKNOWN);
}
/** Objects and arrays of whatever content are one part, their raw JSON; so are strings. */
export function raw(place: i32, names: string, kind: i32): void {
  key(place, names, kind, kind, kind);
}
/** Only objects have a meaning. */
export function inside(place: i32, names: string, object: i32): void {
  key(place, names, UNKNOWN, object, UNKNOWN);
}
/** Only arrays have a meaning. */
export function list(place: i32, names: string, array: i32): void {
  key(place, names, UNKNOWN, UNKNOWN, array);
}
export function ignore(place: i32, names: string): void {
  key(place, names, IGNORED, IGNORED, IGNORED);
}
/** Elements of a list, or the keys of an object that have no rule. */
export function each(place: i32, string: i32, object: i32): void {
  key(place, '', string, object, UNKNOWN);
}
export function eachTurn(role: i32, place: i32, string: i32, object: i32): void {
  turn(role, place, '', string, object, UNKNOWN);
}
