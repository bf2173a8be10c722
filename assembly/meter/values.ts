// What happens with the values that were found: numbers are merged, strings are kept or reported as spans of text.
import * as F from './fields';
import * as L from './layout';
import * as R from './rules';
import { current } from './slot';
import { addHole } from './template';

const SUMS: i32 = 15;
let spanCount: i32 = 0;
/** SPAN_DECODED while bytes from DECODED are scanned, else 0. */
let spanFlag: i32 = 0;

export function beginSpans(): void {
  spanCount = 0;
}

export function spans(): i32 {
  return spanCount;
}

export function setSpanFlag(flag: i32): void {
  spanFlag = flag;
}

// ---- documents

export function beginDocument(): void {
  const slot = current();
  store<i32>(slot, load<i32>(slot, L.S_EVENT_KIND), L.S_KIND);
  store<i32>(slot, 0, L.S_INDEX);
  if (load<i32>(slot, L.S_SUMS_DIRTY) != 0) clearSums(slot);
}

/** A whole document: what was summed over its arrays is worth merging now. */
export function endDocument(): void {
  const slot = current();
  store<i32>(slot, load<i32>(slot, L.S_EVENTS) + 1, L.S_EVENTS);
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

// ---- numbers

function mergeField(field: i32, value: f64): void {
  const at = current() + L.S_FIELDS + (<usize>field << 3);
  if (value > load<f64>(at)) store<f64>(at, value);
  store<f64>(at - L.S_FIELDS + L.S_LAST, value);
}

export function commitNumber(field: i32, value: i64): void {
  const slot = current();
  if (field < F.SUM_BASE) mergeField(field, <f64>value);
  else if (field < F.FIELDS) {
    const at = slot + L.S_SUMS + (<usize>(field - F.SUM_BASE) << 3);
    store<i64>(at, load<i64>(at) + value);
    store<i32>(slot, load<i32>(slot, L.S_SUMS_DIRTY) | (1 << (field - F.SUM_BASE)), L.S_SUMS_DIRTY);
  } else if (field == F.META_INDEX) store<i32>(slot, <i32>(value & 0xffff), L.S_INDEX);
  else if (field == F.META_MODALITY_COUNT) store<i64>(slot, value, L.S_MODALITY_COUNT);
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
  if (field != 0 && load<i32>(slot, L.S_NUMBER_STATE) != 2) commitNumber(field, load<i64>(slot, L.S_NUMBER_VALUE));
}

/** `true` as the value of a boolean that matters. */
export function truth(field: i32): void {
  const slot = current();
  if (field == F.META_DONE) store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_FINAL, L.S_FLAGS);
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
  mergeField(place == R.IN_MODALITY ? F.AUDIO_INPUT : F.AUDIO_OUTPUT, <f64>count);
}

// ---- strings

/** What to do with a string that begins now: a KIND_*, a capture, or 0 for nothing. */
export function resolveString(action: i32): i32 {
  if (action < R.BY_TYPE) return action;
  if (action == R.BY_TYPE) {
    const kind = load<i32>(current(), L.S_KIND);
    return kind == L.KIND_NONE ? 0 : kind == L.KIND_UNKNOWN ? L.KIND_TEXT : kind;
  }
  if (action == R.ROOT_TEXT) {
    // In server-sent events a root `text` repeats what deltas said (response.output_text.done), and its type may come after it.
    if (load<i32>(current(), L.S_FRAMING) == L.FRAMING_SSE) return 0;
    return load<i32>(current(), L.S_KIND) == L.KIND_UNKNOWN ? L.KIND_TEXT : 0;
  }
  if (action == R.MODEL && load<i32>(current(), L.S_MODEL_LENGTH) > 0) return 0;
  return action;
}

/** Part of a string whose end has not come. */
export function partialString(action: i32, from: usize, to: usize): void {
  if (action == R.VOLATILE) return;
  if (action < R.FIRST_CAPTURE) addSpan(action, from, to);
  else addScratch(from, to);
}

/** The last part, or the whole, of a string. */
export function endString(action: i32, from: usize, to: usize): void {
  if (action < R.FIRST_CAPTURE) {
    addHole(action, from, to);
    if (action != R.VOLATILE) addSpan(action, from, to);
    return;
  }
  const slot = current();
  if (load<i32>(slot, L.S_SCRATCH_LENGTH) == 0) {
    keepString(action, from, <i32>(to - from));
    return;
  }
  addScratch(from, to);
  const length = load<i32>(slot, L.S_SCRATCH_LENGTH);
  store<i32>(slot, 0, L.S_SCRATCH_LENGTH);
  keepString(action, slot + L.S_SCRATCH, length);
}

export function addSpan(kind: i32, from: usize, to: usize): void {
  if (to <= from || spanCount == L.SPANS_MAX) return;
  const at = L.SPANS + <usize>(spanCount++ * L.SPAN_BYTES);
  store<u32>(at, <u32>from);
  store<u32>(at, <u32>(to - from), 4);
  store<u32>(at, kind | spanFlag, 8);
  store<u32>(at, load<i32>(current(), L.S_INDEX), 12);
}

function addScratch(from: usize, to: usize): void {
  const slot = current();
  const length = load<i32>(slot, L.S_SCRATCH_LENGTH);
  const more = min<i32>(<i32>(to - from), L.SCRATCH_MAX - length);
  memory.copy(slot + L.S_SCRATCH + length, from, more);
  store<i32>(slot, length + more, L.S_SCRATCH_LENGTH);
}

function keep(into: usize, cap: i32, lengthAt: usize, from: usize, length: i32): void {
  const slot = current();
  const n = min<i32>(length, cap);
  memory.copy(slot + into, from, n);
  store<i32>(slot + lengthAt, n);
}

function keepString(action: i32, from: usize, length: i32): void {
  if (action == R.TYPE) {
    const kind = classifyType(from, length);
    store<i32>(current(), kind, L.S_KIND);
  } else if (action == R.MODALITY) {
    const audio = length == 5 && (load<u32>(from) | 0x20202020) == 0x69647561;
    store<i32>(current(), audio ? 1 : 0, L.S_MODALITY);
  } else if (length == 0) return;
  else if (action == R.MODEL || action == R.MODEL_LAST) keep(L.S_MODEL, L.MODEL_MAX, L.S_MODEL_LENGTH, from, length);
  else if (action == R.FINISH) keep(L.S_FINISH, L.FINISH_MAX, L.S_FINISH_LENGTH, from, length);
  else if (action == R.TIER) keep(L.S_TIER, L.TIER_MAX, L.S_TIER_LENGTH, from, length);
  else if (action == R.MESSAGE) keep(L.S_MESSAGE, L.MESSAGE_MAX, L.S_MESSAGE_LENGTH, from, length);
  else if (action == R.ERROR_TEXT) {
    keep(L.S_ERROR, L.ERROR_MAX, L.S_ERROR_LENGTH, from, length);
    const slot = current();
    store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_ERROR, L.S_FLAGS);
  }
}

// ---- event types

function equals(from: usize, length: i32, name: string): bool {
  if (length != name.length) return false;
  for (let i = 0; i < length; i++) if (<i32>load<u8>(from + i) != name.charCodeAt(i)) return false;
  return true;
}

function begins(from: usize, length: i32, name: string): bool {
  return length >= name.length && equals(from, name.length, name);
}

/** Kind of a root `delta` under an event of this type; also notes closing events and errors. */
export function classifyType(from: usize, length: i32): i32 {
  // `.delta`: the frequent ones
  if (length > 6 && load<u32>(from + length - 4) == 0x61746c65 && load<u16>(from + length - 6) == 0x642e) {
    if (equals(from, length, 'response.output_text.delta')) return L.KIND_TEXT;
    if (begins(from, length, 'response.reasoning')) return L.KIND_REASONING;
    if (begins(from, length, 'response.refusal')) return L.KIND_REFUSAL;
    if (equals(from, length, 'response.audio.delta') || equals(from, length, 'response.output_audio.delta')) return L.KIND_NONE;
    if (begins(from, length, 'response.audio_transcript') || begins(from, length, 'response.output_audio_transcript')) return L.KIND_TEXT;
    if (begins(from, length, 'response.')) return L.KIND_TOOL;
    return L.KIND_TEXT;
  }
  const slot = current();
  if (isClosing(from, length)) store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_FINAL, L.S_FLAGS);
  else if (equals(from, length, 'error')) {
    store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_ERROR, L.S_FLAGS);
    return L.KIND_NONE;
  } else if (equals(from, length, 'text-generation') || equals(from, length, 'message')) return L.KIND_UNKNOWN;
  return L.KIND_NONE;
}

function isClosing(from: usize, length: i32): bool {
  const c = length > 0 ? <i32>load<u8>(from) : 0;
  if (c == 0x6d) return equals(from, length, 'message_stop') || equals(from, length, 'message-end');
  if (c == 0x69) return equals(from, length, 'interaction.complete') || equals(from, length, 'interaction.completed');
  if (c == 0x74) return equals(from, length, 'thread.run.completed') || equals(from, length, 'transcript.text.done');
  if (c != 0x72) return false;
  return (
    equals(from, length, 'response.completed') ||
    equals(from, length, 'response.incomplete') ||
    equals(from, length, 'response.failed')
  );
}
