// What is remembered between two pieces of an answer, in the request's state: how much was found, and for each kind and choice whose text may be
// in the middle of a forbidden one, the tail that was kept back.
//
//   0  matches u32   4  first text found i32   8  carries, each:  kind u8 · byte before u8 · length u16 · choice i32 · the bytes
// One of no bytes says what stood last: whole words need that.
import { ByteView, EventKind, state } from '../sdk';

const HEADER: i32 = 8;
const ENTRY: i32 = 8;
const STATE_BYTES_MAX = 4096;

const STATE: usize = memory.data(4096, 8);
let length: i32 = 0;
let changed: bool = false;

/** Carries of some bytes: as long as there are any, the answer is held back. */
export let places: i32 = 0;

export function openCarries(): void {
  const kept = state.bytes;
  memory.copy(STATE, kept.ptr, kept.length);
  length = max(kept.length, HEADER);
  if (kept.length == 0) store<i32>(STATE + 4, -1);
  changed = false;
  places = 0;
  for (let at = HEADER; at < length; at = nextOf(at)) if (lengthOf(at) > 0) places++;
}

export function closeCarries(): void {
  if (changed) state.setBytes(new ByteView(STATE, length));
}

export function matches(): i32 {
  return load<i32>(STATE);
}

export function firstText(): i32 {
  return load<i32>(STATE + 4);
}

export function countMatch(text: i32): void {
  if (matches() == 0) store<i32>(STATE + 4, text);
  store<i32>(STATE, matches() + 1);
  changed = true;
}

function lengthOf(at: i32): i32 {
  return <i32>load<u16>(STATE + <usize>at + 2);
}

function nextOf(at: i32): i32 {
  return at + ENTRY + lengthOf(at);
}

/** Where the carry of this kind and choice lies; -1: there is none. */
export function carryOf(kind: EventKind, choice: i32): i32 {
  for (let at = HEADER; at < length; at = nextOf(at)) {
    if (kindOf(at) == kind && choiceOf(at) == choice) return at;
  }
  return -1;
}

export function firstCarry(): i32 {
  return length > HEADER ? HEADER : -1;
}
export function kindOf(at: i32): EventKind {
  return <EventKind>load<u8>(STATE + <usize>at);
}
export function byteBefore(at: i32): i32 {
  return <i32>load<u8>(STATE + <usize>at + 1);
}
export function choiceOf(at: i32): i32 {
  return load<i32>(STATE + <usize>at + 4);
}
/** Valid until carries are changed. */
export function bytesOf(at: i32): ByteView {
  return new ByteView(STATE + <usize>(at + ENTRY), lengthOf(at));
}

export function removeCarry(at: i32): void {
  const next = nextOf(at);
  if (lengthOf(at) > 0) places--;
  memory.copy(STATE + <usize>at, STATE + <usize>next, <usize>(length - next));
  length -= next - at;
  changed = true;
}

/** False where there is no room: 30 carries of 128 bytes fit, and no answer has so many texts open at once. */
export function addCarry(kind: EventKind, choice: i32, before: i32, bytes: ByteView): bool {
  if (length + ENTRY + bytes.length > STATE_BYTES_MAX) return false;
  const at = STATE + <usize>length;
  store<u8>(at, <u8>kind);
  store<u8>(at + 1, <u8>before);
  store<u16>(at + 2, <u16>bytes.length);
  store<i32>(at + 4, choice);
  memory.copy(at + <usize>ENTRY, bytes.ptr, <usize>bytes.length);
  length += ENTRY + bytes.length;
  if (bytes.length > 0) places++;
  changed = true;
  return true;
}
