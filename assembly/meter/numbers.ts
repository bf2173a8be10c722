// Numbers that were found: merged by maximum, the last kept beside; sums over an array's elements are taken per document.
import * as F from './fields';
import { addNumberHole } from './holes';
import * as L from './layout';
import { IN_MODALITY } from './places';
import { current } from './slot';
import { beginTexts, endTexts, setInner, setOuter, setThought } from './texts';

const SUMS: i32 = 15;

export function beginDocument(): void {
  const slot = current();
  store<i32>(slot, load<i32>(slot, L.S_EVENT_KIND), L.S_KIND);
  beginTexts(slot);
  if (load<i32>(slot, L.S_SUMS_DIRTY) != 0) clearSums(slot);
}

/** A whole document: what was summed over its arrays is worth merging now. */
export function endDocument(): void {
  const slot = current();
  store<i32>(slot, load<i32>(slot, L.S_EVENTS) + 1, L.S_EVENTS);
  if (load<i32>(slot, L.S_KIND) == L.KIND_ITEM_DONE) endTexts(slot);
  const dirty = load<i32>(slot, L.S_SUMS_DIRTY);
  if (dirty == 0) return;
  for (let i = 0; i < SUMS; i++) {
    if ((dirty >> i) & 1) mergeField(F.SUM_BASE + i, <f64>load<i64>(slot + (i << 3), L.S_SUMS));
  }
  clearSums(slot);
}

function clearSums(slot: usize): void {
  memory.fill(slot + L.S_SUMS, 0, SUMS * 8);
  store<i32>(slot, 0, L.S_SUMS_DIRTY);
}

function mergeField(field: i32, value: f64): void {
  const at = current() + L.S_FIELDS + ((<usize>field) << 3);
  if (value > load<f64>(at)) store<f64>(at, value);
  store<f64>(at - L.S_FIELDS + L.S_LAST, value);
}

export function commitNumber(field: i32, value: i64): void {
  const slot = current();
  if (field < F.SUM_BASE) mergeField(field, <f64>value);
  else if (field < F.FIELDS) {
    const at = slot + L.S_SUMS + ((<usize>(field - F.SUM_BASE)) << 3);
    store<i64>(at, load<i64>(at) + value);
    store<i32>(slot, load<i32>(slot, L.S_SUMS_DIRTY) | (1 << (field - F.SUM_BASE)), L.S_SUMS_DIRTY);
  } else if (field == F.META_INDEX || field == F.META_OUTPUT_INDEX) {
    setOuter(slot, <u32>(value & 0xffff));
    if (field == F.META_OUTPUT_INDEX) store<i32>(slot, 1, L.S_LATE_INDEX);
  } else if (field == F.META_INNER) setInner(slot, <u32>(value & 0xffff));
  else if (field == F.META_MODALITY_COUNT) store<i64>(slot, value, L.S_MODALITY_COUNT);
}

/** A value that is neither a string nor an object: a number for its field, `true` for its flag. */
export function scalar(p: usize, end: usize, first: i32, field: i32): void {
  if (field == 0) return;
  if (first < 0x30 || first > 0x39) {
    if (first == 0x74) truth(field);
    return;
  }
  // Nearly always a few digits that end in this push.
  let value: i64 = 0;
  let q = p;
  const stop = min(end, p + 15);
  for (; q < stop; q++) {
    const digit = <u32>load<u8>(q) - 0x30;
    if (digit > 9) break;
    value = value * 10 + <i64>digit;
  }
  const c = q < stop ? <i32>load<u8>(q) : 0x2e;
  if (c == 0x2c || c == 0x7d || c == 0x0a || c == 0x20 || c == 0x0d) {
    addNumberHole(field, p, q);
    commitNumber(field, value);
  } else beginNumber(p, end, field);
}

/** Begins a number at `p`, a digit; returns where it or the input ends. Whole tokens: a fraction is dropped, an exponent makes it unusable. */
export function beginNumber(p: usize, end: usize, field: i32): usize {
  const slot = current();
  store<i32>(slot, field, L.S_NUMBER);
  store<i32>(slot, 0, L.S_NUMBER_STATE);
  store<i32>(slot, 0, L.S_NUMBER_DIGITS);
  store<i64>(slot, 0, L.S_NUMBER_VALUE);
  return continueNumber(p, end);
}

export function continueNumber(start: usize, end: usize): usize {
  const slot = current();
  let p = start;
  let value = load<i64>(slot, L.S_NUMBER_VALUE);
  let state = load<i32>(slot, L.S_NUMBER_STATE);
  let digits = load<i32>(slot, L.S_NUMBER_DIGITS);
  for (; p < end; p++) {
    const c = <i32>load<u8>(p);
    if (c >= 0x30 && c <= 0x39) {
      if (state != 0) continue;
      value = value * 10 + <i64>(c - 0x30);
      if (++digits > 15) state = 2; // beyond 2^53: no token count
    } else if (c == 0x2e && state == 0) state = 1;
    else if (c == 0x65 || c == 0x45 || c == 0x2b || c == 0x2d || c == 0x2e) state = 2;
    else {
      store<i64>(slot, value, L.S_NUMBER_VALUE);
      store<i32>(slot, state, L.S_NUMBER_STATE);
      endNumber();
      return p;
    }
  }
  store<i64>(slot, value, L.S_NUMBER_VALUE);
  store<i32>(slot, state, L.S_NUMBER_STATE);
  store<i32>(slot, digits, L.S_NUMBER_DIGITS);
  return p;
}

/** The number in progress is over: its value counts. */
export function endNumber(): void {
  const slot = current();
  const field = load<i32>(slot, L.S_NUMBER);
  store<i32>(slot, 0, L.S_NUMBER);
  if (field != 0 && load<i32>(slot, L.S_NUMBER_STATE) != 2)
    commitNumber(field, load<i64>(slot, L.S_NUMBER_VALUE));
}

/** `true` as the value of a boolean that matters. */
export function truth(field: i32): void {
  const slot = current();
  if (field == F.META_DONE) store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_FINAL, L.S_FLAGS);
  else if (field == F.META_THOUGHT) setThought(slot);
}

export function beginModality(): void {
  const slot = current();
  store<i32>(slot, 0, L.S_MODALITY);
  store<i64>(slot, -1, L.S_MODALITY_COUNT);
}

export function endModality(place: i32): void {
  const slot = current();
  const count = load<i64>(slot, L.S_MODALITY_COUNT);
  if (load<i32>(slot, L.S_MODALITY) == 0 || count < 0) return;
  mergeField(place == IN_MODALITY ? F.AUDIO_INPUT : F.AUDIO_OUTPUT, <f64>count);
}
