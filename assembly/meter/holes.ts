// Where the document that is scanned has values that may differ without a change of meaning: the holes of the next template.
import { META_VOLATILE } from './fields';
import * as L from './layout';
import { current } from './slot';

/** Kind of a hole that holds digits; others are the string's action. */
export const NUMBER: i32 = 15;

/** Start of the document that is scanned, 0 where it began in an earlier push or line. */
let from: usize = 0;
let holes: i32 = 0;

export function beginHoles(at: usize): void {
  from = at;
  holes = 0;
}

/** A cut document can be no template. */
export function cutHoles(): void {
  from = 0;
}

/** The scanned document has a hole at [start, end). Holes come in order. */
export function addHole(kind: i32, start: usize, end: usize): void {
  if (from == 0) return;
  if (holes == L.HOLES_MAX) {
    from = 0;
    return;
  }
  const at = L.HOLES + ((<usize>holes) << 4);
  holes++;
  store<u32>(at, <u32>start);
  store<u32>(at, <u32>end, 4);
  store<u32>(at, kind, 8);
  store<u32>(at, load<i32>(current(), L.S_INDEX), 12);
}

export function addNumberHole(field: i32, start: usize, end: usize): void {
  if (field == META_VOLATILE) addHole(NUMBER, start, end);
}

/** Start of the document, 0 where it can be no template. */
export function documentStart(): usize {
  return from;
}

export function holeCount(): i32 {
  return holes;
}
