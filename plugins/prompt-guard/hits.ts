// Which patterns were found: how often in all, and for each the first place.
import { endedIn } from './automaton';
import { lastBitOf, patternCount, PATTERNS_MAX } from './patterns';

/** By pattern: the text's number plus 1, and the byte behind the match. */
const PLACES: usize = memory.data(1024);

export let hits: i32 = 0;

export function noteHits(text: i32, at: i32): void {
  const count = min(patternCount(), PATTERNS_MAX);
  for (let i = 0; i < count; i++) {
    if (!endedIn(lastBitOf(i))) continue;
    hits++;
    const place = PLACES + ((<usize>i) << 3);
    if (load<i32>(place) != 0) continue;
    store<i32>(place, text + 1);
    store<i32>(place + 4, at);
  }
}

/** Number of the text where pattern `i` was found first; -1: nowhere. */
export function textOf(i: i32): i32 {
  return load<i32>(PLACES + ((<usize>i) << 3)) - 1;
}

export function endOf(i: i32): i32 {
  return load<i32>(PLACES + ((<usize>i) << 3) + 4);
}
