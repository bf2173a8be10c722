// Which text a span belongs to. A text has a kind and an index: the choice, block or output item in the low half, the part or call
// inside it in the high half. Where its position tells, that is the index until an `index` says another. Keys come in any order: what a
// late key says is put right in the spans of this push; what an earlier push has handed out stays as it was.
import { cutHoles, holeCount } from './holes';
import * as L from './layout';
import { GEMINIS, INNER_CALL, INNER_PART, OUTER } from './places';
import { current } from './slot';
import { addSpanOf, dropSpans, spans } from './spans';

/** The spans and holes that were there when the document, its choice, its part began; 0 = it began in an earlier push. */
let documentSpans: i32 = 0;
let documentHoles: i32 = 0;
let outerSpans: i32 = 0;
let outerHoles: i32 = 0;
let innerSpans: i32 = 0;
let innerHoles: i32 = 0;

/** A push begins: the marks are of spans that are gone. */
export function beginMarks(): void {
  documentSpans = documentHoles = outerSpans = outerHoles = innerSpans = innerHoles = 0;
}

/** A document begins. Where its index may come late, that of the last document is the best guess. */
export function beginTexts(slot: usize): void {
  v128.store(slot, i64x2.splat(0), L.S_POSITION);
  if (load<i32>(slot, L.S_LATE_INDEX) == 0) store<i32>(slot, 0, L.S_INDEX);
  documentSpans = outerSpans = innerSpans = spans();
  documentHoles = outerHoles = innerHoles = 0;
}

/** An output item is over. */
export function endTexts(slot: usize): void {
  store<i32>(slot, 0, L.S_GIVEN);
}

/** A choice, a part, a call begins. */
export function enterText(slot: usize, what: i32): void {
  innerSpans = spans();
  innerHoles = holeCount();
  store<i32>(slot, load<i32>(slot, L.S_DOUBTS) & ~L.DOUBT_THOUGHT, L.S_DOUBTS);
  if (what == OUTER) {
    outerSpans = innerSpans;
    outerHoles = innerHoles;
    store<i32>(slot, next(slot, L.S_POSITION), L.S_INDEX);
    store<i64>(slot, 0, L.S_PART_POSITION);
    store<i32>(slot, 0, L.S_DOUBTS);
  } else if (what != GEMINIS) {
    const position = next(slot, what == INNER_PART ? L.S_PART_POSITION : L.S_CALL_POSITION);
    store<u32>(slot, (load<u32>(slot, L.S_INDEX) & 0xffff) | (position << 16), L.S_INDEX);
  }
}

export function leaveText(slot: usize, what: i32): void {
  if (what == INNER_PART || what == INNER_CALL)
    store<u32>(slot, load<u32>(slot, L.S_INDEX) & 0xffff, L.S_INDEX);
}

function next(slot: usize, counter: usize): u32 {
  const position = load<u32>(slot + counter);
  store<u32>(slot + counter, position + 1);
  return position & 0xffff;
}

export function setOuter(slot: usize, to: u32): void {
  const index = load<u32>(slot, L.S_INDEX);
  if ((index & 0xffff) == to) return;
  store<u32>(slot, (index & 0xffff0000) | to, L.S_INDEX);
  for (let i = outerSpans; i < spans(); i++) {
    const at = L.SPANS + <usize>(i * L.SPAN_BYTES);
    if ((load<u32>(at, 8) & 255) != L.KIND_NAME) setHalf(at, 0xffff0000, to);
  }
  for (let i = outerHoles; i < holeCount(); i++) setHalf(L.HOLES + ((<usize>i) << 4), 0xffff0000, to);
}

export function setInner(slot: usize, to: u32): void {
  const index = load<u32>(slot, L.S_INDEX);
  if (index >>> 16 == to) return;
  store<u32>(slot, (index & 0xffff) | (to << 16), L.S_INDEX);
  for (let i = innerSpans; i < spans(); i++) {
    const at = L.SPANS + <usize>(i * L.SPAN_BYTES);
    const kind = load<u32>(at, 8);
    if ((kind & 255) != L.KIND_NAME && (kind & L.SPAN_RAW) == 0) setHalf(at, 0xffff, to << 16);
  }
  for (let i = innerHoles; i < holeCount(); i++) setHalf(L.HOLES + ((<usize>i) << 4), 0xffff, to << 16);
}

function setHalf(entry: usize, keep: u32, bits: u32): void {
  store<u32>(entry, (load<u32>(entry, 12) & keep) | bits, 12);
}

/** The part in progress is a thought: its text is reasoning, what came of it and what comes. */
export function setThought(slot: usize): void {
  store<i32>(slot, load<i32>(slot, L.S_DOUBTS) | L.DOUBT_THOUGHT, L.S_DOUBTS);
  setKind(innerSpans, innerHoles, L.KIND_REASONING);
}

/** Text becomes of another kind. */
function setKind(fromSpan: i32, fromHole: i32, to: i32): void {
  for (let i = fromSpan; i < spans(); i++) {
    const at = L.SPANS + <usize>(i * L.SPAN_BYTES);
    const kind = load<i32>(at, 8);
    if ((kind & 255) == L.KIND_TEXT) store<i32>(at, (kind & ~255) | to, 8);
  }
  for (let i = fromHole; i < holeCount(); i++) {
    const hole = L.HOLES + ((<usize>i) << 4);
    if (load<i32>(hole, 8) == L.KIND_TEXT) store<i32>(hole, to, 8);
  }
}

/** The kind of a root `delta` that begins now, 0 = no text. */
export function kindOfDelta(slot: usize): i32 {
  let kind = load<i32>(slot, L.S_KIND);
  if (kind == L.KIND_UNKNOWN) {
    store<i32>(slot, load<i32>(slot, L.S_DOUBTS) | L.DOUBT_KIND, L.S_DOUBTS);
    kind = max(load<i32>(slot, L.S_LATE_KIND), L.KIND_TEXT);
  }
  if (kind == L.KIND_TOOL) give(slot, L.GIVEN_ARGUMENTS);
  return kind >= L.KIND_NONE ? 0 : kind;
}

/** The document's type has come. */
export function setType(slot: usize, kind: i32): void {
  store<i32>(slot, kind, L.S_KIND);
  if ((load<i32>(slot, L.S_DOUBTS) & L.DOUBT_KIND) == 0) return;
  const guess = max(load<i32>(slot, L.S_LATE_KIND), L.KIND_TEXT);
  const found = max(kind, L.KIND_TEXT);
  if (found == guess) return;
  cutHoles();
  if (kind >= L.KIND_NONE) {
    dropSpans(documentSpans);
    return;
  }
  store<i32>(slot, found, L.S_LATE_KIND);
  if (kind == L.KIND_TOOL) give(slot, L.GIVEN_ARGUMENTS);
  for (let i = documentSpans; i < spans(); i++) {
    const at = L.SPANS + <usize>(i * L.SPAN_BYTES);
    const was = load<i32>(at, 8);
    if ((was & 255) == guess) store<i32>(at, (was & ~255) | found, 8);
  }
}

/** Whether this has not been given of the output item yet; from now on it has. */
export function give(slot: usize, what: i32): bool {
  const given = load<i32>(slot, L.S_GIVEN);
  store<i32>(slot, given | what, L.S_GIVEN);
  return (given & what) == 0;
}

/** A part of an object that is a tool's arguments, `last` = its last. Such a document can be no template. */
export function addArguments(from: usize, to: usize, last: bool): void {
  const slot = current();
  // From 32,768 on, apart from arguments that are strings.
  const n = 0x8000 | load<u32>(slot, L.S_OBJECTS);
  addSpanOf(L.KIND_TOOL | L.SPAN_RAW, from, to, (load<u32>(slot, L.S_INDEX) & 0xffff) | (n << 16));
  cutHoles();
  if (last) store<u32>(slot, (n + 1) & 0x7fff, L.S_OBJECTS);
}

/** A part of a tool's name: names are counted through the stream. */
export function addName(slot: usize, from: usize, to: usize): void {
  addSpanOf(L.KIND_NAME, from, to, load<u32>(slot, L.S_NAMES));
}

export function endName(slot: usize): void {
  store<i32>(slot, load<i32>(slot, L.S_NAMES) + 1, L.S_NAMES);
  cutHoles();
}
