// The JSON grammar (RFC 8259) over bytes, resumable at every byte: all state between two windows is in the slot.
// It accepts exactly what JSON.parse accepts of the lossily decoded text, if that is an object, except that nesting
// deeper than DEPTH_MAX is invalid and a byte-order mark is skipped. Bytes above 0x7f are taken in strings as they
// stand: a decoder that replaces bad UTF-8 finds the same strings, and no byte of a longer sequence can end one.
import { CUT, endPair, GATHERED, gather, gatherCodePoint, IS_KEY, simpleEscape, WANTED } from './capture';
import * as at from './layout';
import { hex, literal } from './lexeme';
import {
  ARRAY,
  FALSE,
  NULL,
  NUMBER,
  OBJECT,
  onKey,
  onNumber,
  onString,
  onValue,
  STRING,
  TRUE,
} from './meaning';
import {
  M_AFTER,
  M_COLON,
  M_DONE,
  M_ESCAPE,
  M_FIRST_ELEMENT,
  M_FIRST_KEY,
  M_HEX,
  M_INVALID,
  M_LITERAL,
  M_MARK,
  M_NEXT_KEY,
  M_NUMBER,
  M_START,
  M_STRING,
  M_VALUE,
} from './modes';
import { K_MODEL, K_MODEL_ALT, keyOf, ROOT, STREAM_OPTIONS } from './names';
import { numberBegins, numberEnd, numberValue } from './number';
import { close, IN_OBJECT, kindOfTop, open } from './stack';
import { plainEnd, spaceEnd } from './text';

/**
 * A state machine's switch, longer than other functions may be. Takes `length` bytes at `from`; returns the mode:
 * M_DONE once the object is whole, M_INVALID for good once it cannot be.
 */
export function scanObject(slot: usize, from: usize, length: usize): i32 {
  const end = from + length;
  let p = from;
  let mode = load<i32>(slot + at.MODE);
  let key = load<i32>(slot + at.KEY);
  let context = load<i32>(slot + at.CONTEXT);
  // A state machine's loop: each turn takes one token or what the window holds of it.
  while (p < end) {
    if (mode <= M_AFTER || mode == M_DONE) {
      p = spaceEnd(p, end);
      if (p == end) break;
    }
    const c = <i32>load<u8>(p);
    switch (mode) {
      case M_AFTER: {
        if (c == 0x2c) {
          p++;
          mode = kindOfTop(slot) == IN_OBJECT ? M_NEXT_KEY : M_VALUE;
        } else if (c == 0x7d || c == 0x5d) {
          mode = close(slot, c, from, p);
          context = load<i32>(slot + at.CONTEXT);
          p++;
        } else mode = M_INVALID;
        break;
      }
      case M_FIRST_KEY:
        if (c == 0x7d) {
          if (context == STREAM_OPTIONS) store<i32>(slot + at.OPTIONS_EMPTY, 1);
          mode = close(slot, c, from, p);
          context = load<i32>(slot + at.CONTEXT);
          p++;
          break;
        }
      // falls through
      case M_NEXT_KEY:
        if (c != 0x22) {
          mode = M_INVALID;
          break;
        }
        p++;
        beginString(slot, context != 0 ? IS_KEY | WANTED : IS_KEY);
        mode = M_STRING;
        break;
      case M_COLON:
        if (c != 0x3a) mode = M_INVALID;
        else {
          p++;
          mode = M_VALUE;
        }
        break;
      case M_FIRST_ELEMENT:
        if (c == 0x5d) {
          mode = close(slot, c, from, p);
          context = load<i32>(slot + at.CONTEXT);
          p++;
          break;
        }
      // falls through
      case M_VALUE:
        if (c == 0x22) {
          const wanted = context != 0 && onValue(slot, context, key, STRING) != 0;
          beginString(slot, wanted ? WANTED : 0);
          store<f64>(slot + at.STRING_AT, load<f64>(slot + at.CONSUMED) + <f64>(p - from));
          p++;
          mode = M_STRING;
        } else if (c == 0x7b || c == 0x5b) {
          const inner = context != 0 ? onValue(slot, context, key, c == 0x7b ? OBJECT : ARRAY) : 0;
          if (inner == STREAM_OPTIONS) {
            store<f64>(slot + at.OPTIONS_AT, load<f64>(slot + at.CONSUMED) + <f64>(p - from + 1));
          }
          mode = open(slot, c, inner);
          context = load<i32>(slot + at.CONTEXT);
          key = 0;
          p++;
        } else if (c == 0x74 || c == 0x66 || c == 0x6e) {
          if (context != 0) onValue(slot, context, key, c == 0x74 ? TRUE : c == 0x66 ? FALSE : NULL);
          store<i32>(slot + at.STEP, (c << 8) | 1);
          p++;
          mode = M_LITERAL;
        } else {
          const wanted = context != 0 && onValue(slot, context, key, NUMBER) != 0;
          store<i32>(slot + at.FLAGS, wanted ? WANTED : 0);
          mode = numberBegins(slot, c) ? M_NUMBER : M_INVALID;
          p++;
        }
        break;
      case M_STRING: {
        const stop = plainEnd(p, end);
        const flags = load<i32>(slot + at.FLAGS);
        const stopped = stop < end ? <i32>load<u8>(stop) : 0;
        if (stopped == 0x22) {
          if ((flags & WANTED) != 0) {
            const closeAt = load<f64>(slot + at.CONSUMED) + <f64>(stop + 1 - from);
            key = finishText(slot, context, key, flags, p, stop, closeAt);
          } else key = 0;
          mode = (flags & IS_KEY) != 0 ? M_COLON : M_AFTER;
          p = stop + 1;
          break;
        }
        if ((flags & WANTED) != 0 && stop > p) {
          endPair(slot);
          gather(slot, p, stop);
        }
        p = stop;
        if (stop == end) break;
        if (stopped == 0x5c) {
          p++;
          mode = M_ESCAPE;
        } else mode = M_INVALID; // a bare control character
        break;
      }
      case M_ESCAPE:
        p++;
        if (c == 0x75) {
          store<i32>(slot + at.STEP, 0);
          store<i32>(slot + at.HEX, 0);
          mode = M_HEX;
          break;
        }
        mode = simpleEscape(c) < 0 ? M_INVALID : M_STRING;
        if (mode == M_STRING && (load<i32>(slot + at.FLAGS) & WANTED) != 0) {
          endPair(slot);
          gatherCodePoint(slot, simpleEscape(c));
        }
        break;
      case M_HEX:
        p++;
        mode = hex(slot, c);
        break;
      case M_LITERAL:
        p++;
        mode = literal(slot, c);
        if (mode == M_AFTER) key = 0;
        break;
      case M_NUMBER: {
        const stop = numberEnd(slot, p, end);
        if (stop == 0) mode = M_INVALID;
        else if (stop < end) {
          if ((load<i32>(slot + at.FLAGS) & WANTED) != 0) onNumber(slot, key, numberValue(slot));
          key = 0;
          mode = M_AFTER;
        }
        p = stop;
        break;
      }
      case M_START:
        p++;
        if (c == 0x7b) {
          mode = open(slot, c, ROOT);
          context = ROOT;
        } else if (c == 0xef && p - from == 1 && load<f64>(slot + at.CONSUMED) == 0) {
          store<i32>(slot + at.STEP, 1);
          mode = M_MARK;
        } else mode = M_INVALID;
        break;
      case M_MARK: {
        p++;
        const step = load<i32>(slot + at.STEP);
        store<i32>(slot + at.STEP, 2);
        mode = step == 1 && c == 0xbb ? M_MARK : step == 2 && c == 0xbf ? M_START : M_INVALID;
        break;
      }
      default: // M_DONE with more than white space after it, M_INVALID
        mode = M_INVALID;
    }
    if (mode == M_INVALID) break;
  }
  store<i32>(slot + at.MODE, mode);
  store<i32>(slot + at.KEY, key);
  store<f64>(slot + at.CONSUMED, load<f64>(slot + at.CONSUMED) + <f64>length);
  return mode;
}

function beginString(slot: usize, flags: i32): void {
  store<i32>(slot + at.FLAGS, flags);
  store<i32>(slot + at.CAPTURED, 0);
  store<i32>(slot + at.HIGH_SURROGATE, 0);
}

/** A wanted key or value ends at `stop`. Returns the key that holds from here on. */
function finishText(slot: usize, context: i32, key: i32, flags: i32, p: usize, stop: usize, endAt: f64): i32 {
  let text = p;
  let length = stop - p;
  endPair(slot);
  if ((load<i32>(slot + at.FLAGS) & GATHERED) != 0 || length > <usize>at.STRING_BYTES_MAX) {
    gather(slot, p, stop);
    text = slot + at.CAPTURE;
    length = <usize>load<i32>(slot + at.CAPTURED);
  }
  if ((flags & IS_KEY) != 0) {
    const found = keyOf(context, text, <i32>length);
    if (found != 0) onKey(slot, found);
    return found;
  }
  if (key == K_MODEL || key == K_MODEL_ALT) {
    const range = slot + (key == K_MODEL ? at.MODEL_AT : at.MODEL_ALT_AT);
    store<f64>(range, load<f64>(slot + at.STRING_AT));
    store<f64>(range, endAt, 8);
  }
  onString(slot, key, text, <i32>length, (load<i32>(slot + at.FLAGS) & CUT) != 0);
  return 0;
}
