// Generated text that a push contained, as spans of its bytes: for whoever counts tokens. Nothing of a text is kept here.
import { S_INDEX, SPAN_BYTES, SPANS, SPANS_MAX } from './layout';
import { current } from './slot';

let count: i32 = 0;
/** SPAN_DECODED while bytes from DECODED are scanned, else 0. */
let flag: i32 = 0;

export function beginSpans(): void {
  count = 0;
}

export function spans(): i32 {
  return count;
}

export function setSpanFlag(to: i32): void {
  flag = to;
}

export function addSpan(kind: i32, from: usize, to: usize): void {
  addSpanOf(kind, from, to, load<u32>(current(), S_INDEX));
}

/** The same for a text whose index is not the document's. */
export function addSpanOf(kind: i32, from: usize, to: usize, index: u32): void {
  if (to <= from || count == SPANS_MAX) return;
  const at = SPANS + <usize>(count++ * SPAN_BYTES);
  store<u32>(at, <u32>from);
  store<u32>(at, <u32>(to - from), 4);
  store<u32>(at, kind | flag, 8);
  store<u32>(at, index, 12);
}

/** Takes back all spans from the `first` on. */
export function dropSpans(first: i32): void {
  count = min(count, first);
}
