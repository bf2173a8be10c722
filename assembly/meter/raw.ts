// Raw usage objects, copied as they stand: the record shows them beside the normalised numbers.
import * as L from './layout';

/** Where the object in progress goes on in this walk; before `start` = at its start. */
let rawFrom: usize = 0;
/** Its depth, 0 = none is in progress. S_RAW_DEPTH of the stream that is walked. */
let rawDepth: i32 = 0;

export function resumeRaw(slot: usize): void {
  rawDepth = load<i32>(slot, L.S_RAW_DEPTH);
}

export function depthOfRaw(): i32 {
  return rawDepth;
}

export function beginRaw(slot: usize, place: i32, depth: i32, at: usize): void {
  rawDepth = depth;
  rawFrom = at;
  store<i32>(slot, place, L.S_RAW_PLACE);
  store<i32>(slot, depth, L.S_RAW_DEPTH);
  store<i32>(slot, 0, L.S_RAW_PARTIAL);
  store<i32>(slot + ((place - 1) << 2), 0, L.S_RAW_LENGTHS);
}

export function copyRaw(slot: usize, start: usize, to: usize): void {
  const have = load<i32>(slot, L.S_RAW_PARTIAL);
  const from = rawFrom >= start && rawFrom < to ? rawFrom : start;
  rawFrom = 0;
  const more = <i32>(to - from);
  if (have < 0 || have + more > L.RAW_MAX) {
    store<i32>(slot, -1, L.S_RAW_PARTIAL);
    return;
  }
  const place = load<i32>(slot, L.S_RAW_PLACE);
  memory.copy(slot + L.S_RAW + <usize>((place - 1) * L.RAW_MAX + have), from, more);
  store<i32>(slot, have + more, L.S_RAW_PARTIAL);
}

export function endRaw(slot: usize, start: usize, to: usize): void {
  copyRaw(slot, start, to);
  const place = load<i32>(slot, L.S_RAW_PLACE);
  store<i32>(slot + ((place - 1) << 2), max(load<i32>(slot, L.S_RAW_PARTIAL), 0), L.S_RAW_LENGTHS);
  store<i32>(slot, 0, L.S_RAW_DEPTH);
  rawDepth = 0;
}
