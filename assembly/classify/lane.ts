// The fast lane of the JSON scan: tokens that lie whole in the window, one straight run from comma over key and colon to
// the value, with nothing written to memory on the way. What it cannot finish (an escape in a wanted string, the window's
// end, a broken token) it leaves to the step-by-step machine in json.ts, with the slot as if that had come so far itself.
// The byte at `end` is 0 (json.ts puts it there): it belongs to no token, so no load needs a bound of its own.
import { IS_KEY, WANTED } from './capture';
import * as at from './layout';
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, onKey, onValue, STRING, TRUE } from './meaning';
import {
  M_AFTER,
  M_COLON,
  M_FIRST_ELEMENT,
  M_FIRST_KEY,
  M_INVALID,
  M_LITERAL,
  M_NEXT_KEY,
  M_NUMBER,
  M_STRING,
  M_VALUE,
} from './modes';
import { keyOf, STREAM_OPTIONS } from './names';
import { numberBegins } from './number';
import { close, IN_OBJECT, kindOfTop, open } from './stack';
import { escapedEnd, numberSkip, plainEnd, spaceEnd } from './text';
import { beginString, finishValue } from './wanted';

/** Takes whole tokens from `p`, in one of the modes between tokens. A state machine, longer than other functions may be. */
export function lane(slot: usize, p: usize, from: usize, end: usize): usize {
  let mode = load<i32>(slot + at.MODE);
  let key = load<i32>(slot + at.KEY);
  let context = load<i32>(slot + at.CONTEXT);
  let inObject = kindOfTop(slot) == IN_OBJECT;
  while (true) {
    let c = <i32>load<u8>(p);
    if (c <= 0x20) {
      p = spaceEnd(p, end);
      c = <i32>load<u8>(p);
    }
    if (mode == M_AFTER && c == 0x2c) {
      mode = inObject ? M_NEXT_KEY : M_VALUE;
      c = <i32>load<u8>(++p);
      if (c <= 0x20) {
        p = spaceEnd(p, end);
        c = <i32>load<u8>(p);
      }
    } else if (c == 0x7d || c == 0x5d) {
      if (mode == M_VALUE || mode == M_NEXT_KEY) {
        mode = M_INVALID; // a comma before it, or no value
        break;
      }
      if (mode == M_FIRST_KEY && context == STREAM_OPTIONS) store<i32>(slot + at.OPTIONS_EMPTY, 1);
      mode = close(slot, c, from, p++);
      if (mode != M_AFTER) break;
      context = load<i32>(slot + at.CONTEXT);
      inObject = kindOfTop(slot) == IN_OBJECT;
      continue;
    } else if (mode == M_AFTER) break;

    if (mode == M_NEXT_KEY || mode == M_FIRST_KEY) {
      if (c != 0x22) break;
      const start = p + 1;
      let stop = plainEnd(start, end);
      if (context == 0 && load<u8>(stop) == 0x5c) stop = escapedEnd(stop, end);
      if (load<u8>(stop) != 0x22) {
        beginString(slot, context != 0 ? IS_KEY | WANTED : IS_KEY);
        p = context != 0 ? start : stop;
        mode = M_STRING;
        break;
      }
      key = context == 0 ? 0 : keyOf(context, start, <i32>(stop - start));
      if (key != 0) onKey(slot, key);
      p = stop + 1;
      c = <i32>load<u8>(p);
      if (c <= 0x20) {
        p = spaceEnd(p, end);
        c = <i32>load<u8>(p);
      }
      mode = M_COLON;
      if (c != 0x3a) break;
      mode = M_VALUE;
      c = <i32>load<u8>(++p);
      if (c <= 0x20) {
        p = spaceEnd(p, end);
        c = <i32>load<u8>(p);
      }
    }

    if (c == 0) break; // the window's end, most likely
    if (c == 0x22) {
      const wanted = context != 0 && onValue(slot, context, key, STRING) != 0;
      const start = p + 1;
      let stop = plainEnd(start, end);
      if (wanted) {
        const startAt = load<f64>(slot + at.CONSUMED) + <f64>(p - from);
        store<f64>(slot + at.STRING_AT, startAt);
        const length = stop - start;
        if (load<u8>(stop) != 0x22 || length > <usize>at.STRING_BYTES_MAX) {
          beginString(slot, WANTED);
          p = start;
          mode = M_STRING;
          break;
        }
        finishValue(slot, key, start, <i32>length, false, startAt + <f64>(length + 2));
      } else {
        if (load<u8>(stop) == 0x5c) stop = escapedEnd(stop, end);
        if (load<u8>(stop) != 0x22) {
          beginString(slot, 0);
          p = stop;
          mode = M_STRING;
          break;
        }
      }
      p = stop + 1;
      key = 0;
      mode = M_AFTER;
    } else if (c == 0x7b || c == 0x5b) {
      const inner = context != 0 ? onValue(slot, context, key, c == 0x7b ? OBJECT : ARRAY) : 0;
      if (inner == STREAM_OPTIONS) {
        store<f64>(slot + at.OPTIONS_AT, load<f64>(slot + at.CONSUMED) + <f64>(p - from + 1));
      }
      mode = open(slot, c, inner);
      if (mode == M_INVALID) break;
      context = load<i32>(slot + at.CONTEXT);
      inObject = c == 0x7b;
      key = 0;
      p++;
    } else if (c == 0x74 || c == 0x66 || c == 0x6e) {
      if (context != 0) onValue(slot, context, key, c == 0x74 ? TRUE : c == 0x66 ? FALSE : NULL);
      const word = load<u32>(p);
      const whole =
        word == 0x65757274 || word == 0x6c6c756e || (word == 0x736c6166 && load<u8>(p, 4) == 0x65);
      if (!whole) {
        store<i32>(slot + at.STEP, (c << 8) | 1);
        p++;
        mode = M_LITERAL;
        break;
      }
      p += c == 0x66 ? 5 : 4;
      key = 0;
      mode = M_AFTER;
    } else {
      const wanted = context != 0 && onValue(slot, context, key, NUMBER) != 0;
      const stop: usize = wanted ? 0 : numberSkip(p, end);
      if (stop == 0) {
        store<i32>(slot + at.FLAGS, wanted ? WANTED : 0);
        mode = numberBegins(slot, c) ? M_NUMBER : M_INVALID;
        p++;
        break;
      }
      p = stop;
      key = 0;
      mode = M_AFTER;
    }
  }
  store<i32>(slot + at.MODE, mode);
  store<i32>(slot + at.KEY, key);
  return p;
}
