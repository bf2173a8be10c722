// Strings whose text is wanted, begun in one window and perhaps ended in another.
import { CUT, endPair, GATHERED, gather, IS_KEY } from './capture';
import * as at from './layout';
import { onKey, onString } from './meaning';
import { K_MODEL, K_MODEL_ALT, keyOf } from './names';

export function beginString(slot: usize, flags: i32): void {
  store<i32>(slot + at.FLAGS, flags);
  store<i32>(slot + at.CAPTURED, 0);
  store<i32>(slot + at.HIGH_SURROGATE, 0);
}

/** A wanted key or value ends at `stop`, its quote's place + 1 being `endAt` in the body. Returns the key that holds from here on. */
export function finishText(slot: usize, context: i32, key: i32, p: usize, stop: usize, endAt: f64): i32 {
  let text = p;
  let length = stop - p;
  endPair(slot);
  if ((load<i32>(slot + at.FLAGS) & GATHERED) != 0 || length > <usize>at.STRING_BYTES_MAX) {
    gather(slot, p, stop);
    text = slot + at.CAPTURE;
    length = <usize>load<i32>(slot + at.CAPTURED);
  }
  const flags = load<i32>(slot + at.FLAGS);
  if ((flags & IS_KEY) != 0) {
    const found = keyOf(context, text, <i32>length);
    if (found != 0) onKey(slot, found);
    return found;
  }
  finishValue(slot, key, text, <i32>length, (flags & CUT) != 0, endAt);
  return 0;
}

export function finishValue(slot: usize, key: i32, text: usize, length: i32, cut: bool, endAt: f64): void {
  if (key == K_MODEL || key == K_MODEL_ALT) {
    const range = slot + (key == K_MODEL ? at.MODEL_AT : at.MODEL_ALT_AT);
    store<f64>(range, load<f64>(slot + at.STRING_AT));
    store<f64>(range, endAt, 8);
  }
  onString(slot, key, text, length, cut);
}
