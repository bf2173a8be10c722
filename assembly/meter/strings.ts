// Strings that were found: text becomes spans, names and messages are kept in the slot, within bounds.
import { classifyType } from './event-types';
import { addHole, cutHoles } from './holes';
import * as L from './layout';
import * as R from './places';
import { current } from './slot';
import { addSpan } from './spans';
import { addName, endName, give, kindOfDelta, setType } from './texts';

/** What to do with a string that begins now: a KIND_*, CHOICE_TEXT, ITEM_ARGUMENTS, a capture, or 0 for nothing. */
export function resolveString(action: i32): i32 {
  if (action < R.BY_TYPE) return action;
  if (action < R.FIRST_CAPTURE) return resolveText(action);
  if (action == R.MODEL && load<i32>(current(), L.S_MODEL_LENGTH) > 0) return 0;
  return action;
}

function resolveText(action: i32): i32 {
  const slot = current();
  if (action == R.MESSAGE_TEXT)
    return (load<i32>(slot, L.S_DOUBTS) & L.DOUBT_TWICE) != 0 ? R.VOLATILE : L.KIND_TEXT;
  if (action == R.BY_TYPE) return kindOfDelta(slot);
  if (action == R.PART_TEXT)
    return (load<i32>(slot, L.S_DOUBTS) & L.DOUBT_THOUGHT) != 0 ? L.KIND_REASONING : L.KIND_TEXT;
  if (action == R.ROOT_TEXT) {
    // In server-sent events a root `text` repeats what deltas said (response.output_text.done), and its type may come after it.
    if (load<i32>(slot, L.S_FRAMING) == L.FRAMING_SSE) return 0;
    return load<i32>(slot, L.S_KIND) == L.KIND_UNKNOWN ? L.KIND_TEXT : 0;
  }
  if (action == R.ITEM_NAME) return give(slot, L.GIVEN_NAME) ? L.KIND_NAME : 0;
  if (action == R.ITEM_ARGUMENTS && (load<i32>(slot, L.S_GIVEN) & L.GIVEN_ARGUMENTS) != 0) return 0;
  return action;
}

/** Part of a string whose end has not come. */
export function partialString(action: i32, from: usize, to: usize): void {
  if (action == R.NAME) addName(current(), from, to);
  else if (action < R.VOLATILE) addSpan(action, from, to);
  else if (action >= R.FIRST_CAPTURE) addScratch(from, to);
  else if (action != R.VOLATILE) addSpan(noted(action, from, to), from, to);
}

/** The last part, or the whole, of a string. */
export function endString(action: i32, from: usize, to: usize): void {
  if (action == R.NAME) {
    addName(current(), from, to);
    endName(current());
    return;
  }
  if (action < R.FIRST_CAPTURE) {
    const kind = action > R.VOLATILE ? noted(action, from, to) : action;
    if (action == R.ITEM_ARGUMENTS) cutHoles();
    else addHole(kind, from, to);
    if (kind != R.VOLATILE) addSpan(kind, from, to);
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

/** The kind of CHOICE_TEXT and ITEM_ARGUMENTS; what is not empty is said, and later repeats are not. */
function noted(action: i32, from: usize, to: usize): i32 {
  const slot = current();
  if (action == R.CHOICE_TEXT) {
    if (to > from) store<i32>(slot, load<i32>(slot, L.S_DOUBTS) | L.DOUBT_TWICE, L.S_DOUBTS);
    else if ((load<i32>(slot, L.S_DOUBTS) & L.DOUBT_TWICE) == 0) cutHoles(); // an empty one has no twin: no template
    return L.KIND_TEXT;
  }
  if (to > from) give(slot, L.GIVEN_ARGUMENTS);
  return L.KIND_TOOL;
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
    setType(current(), classifyType(from, length));
  } else if (action == R.MODALITY) {
    const audio = length == 5 && (load<u32>(from) | 0x20202020) == 0x69647561;
    store<i32>(current(), audio ? 1 : 0, L.S_MODALITY);
  } else if (length == 0) return;
  else if (action == R.MODEL || action == R.MODEL_LAST)
    keep(L.S_MODEL, L.MODEL_MAX, L.S_MODEL_LENGTH, from, length);
  else if (action == R.FINISH) keep(L.S_FINISH, L.FINISH_MAX, L.S_FINISH_LENGTH, from, length);
  else if (action == R.TIER) keep(L.S_TIER, L.TIER_MAX, L.S_TIER_LENGTH, from, length);
  else if (action == R.MESSAGE) keep(L.S_MESSAGE, L.MESSAGE_MAX, L.S_MESSAGE_LENGTH, from, length);
  else if (action == R.ERROR_TEXT) {
    keep(L.S_ERROR, L.ERROR_MAX, L.S_ERROR_LENGTH, from, length);
    const slot = current();
    store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_ERROR, L.S_FLAGS);
  }
}
