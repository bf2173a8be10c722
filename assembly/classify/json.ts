// The JSON grammar (RFC 8259) over bytes, resumable at every byte: all state between two windows is in the slot.
// It accepts exactly what JSON.parse accepts of the lossily decoded text, if that is an object, except that nesting
// deeper than DEPTH_MAX is invalid and a byte-order mark is skipped. Bytes above 0x7f are taken in strings as they
// stand: a decoder that replaces bad UTF-8 finds the same strings, and no byte of a longer sequence can end one.
import { endPair, gather, gatherCodePoint, IS_KEY, simpleEscape, WANTED } from './capture';
import { lane } from './lane';
import * as at from './layout';
import { hex, literal } from './lexeme';
import { onNumber } from './meaning';
import {
  M_AFTER,
  M_COLON,
  M_DONE,
  M_ESCAPE,
  M_HEX,
  M_INVALID,
  M_LITERAL,
  M_MARK,
  M_NUMBER,
  M_START,
  M_STRING,
  M_VALUE,
} from './modes';
import { ROOT } from './names';
import { numberEnd, numberValue } from './number';
import { open } from './stack';
import { plainEnd, spaceEnd } from './text';
import { finishText } from './wanted';

/**
 * Takes `length` bytes at `from`; returns the mode: M_DONE once the object is whole, M_INVALID for good once it cannot
 * be. The byte after them is overwritten. Whole tokens go down the lane; what it leaves is taken a step at a time.
 */
export function scanObject(slot: usize, from: usize, length: usize): i32 {
  const end = from + length;
  store<u8>(end, 0);
  let p = from;
  while (p < end && load<i32>(slot + at.MODE) != M_INVALID) {
    if (isBetweenTokens(load<i32>(slot + at.MODE))) {
      p = lane(slot, p, from, end);
      if (p == end) break;
      // It stopped between tokens, before the end: what stands there is no token.
      if (isBetweenTokens(load<i32>(slot + at.MODE))) store<i32>(slot + at.MODE, M_INVALID);
    }
    p = step(slot, p, from, end);
  }
  store<f64>(slot + at.CONSUMED, load<f64>(slot + at.CONSUMED) + <f64>length);
  return load<i32>(slot + at.MODE);
}

function isBetweenTokens(mode: i32): bool {
  return mode >= M_VALUE && mode <= M_AFTER && mode != M_COLON;
}

/** One byte or run of the token that is begun. A state machine's switch, longer than other functions may be. */
function step(slot: usize, p: usize, from: usize, end: usize): usize {
  let mode = load<i32>(slot + at.MODE);
  if (mode == M_START || mode == M_COLON || mode == M_DONE) {
    p = spaceEnd(p, end);
    if (p == end) return p;
  }
  const c = <i32>load<u8>(p);
  switch (mode) {
    case M_COLON:
      p++;
      mode = c == 0x3a ? M_VALUE : M_INVALID;
      break;
    case M_STRING: {
      const stop = plainEnd(p, end);
      const flags = load<i32>(slot + at.FLAGS);
      const stopped = stop < end ? <i32>load<u8>(stop) : 0;
      if (stopped == 0x22) {
        let key = 0;
        if ((flags & WANTED) != 0) {
          const endAt = load<f64>(slot + at.CONSUMED) + <f64>(stop + 1 - from);
          key = finishText(slot, load<i32>(slot + at.CONTEXT), load<i32>(slot + at.KEY), p, stop, endAt);
        }
        store<i32>(slot + at.KEY, key);
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
      mode = stopped == 0x5c ? M_ESCAPE : M_INVALID; // a bare control character
      p++;
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
      if (mode == M_AFTER) store<i32>(slot + at.KEY, 0);
      break;
    case M_NUMBER: {
      const stop = numberEnd(slot, p, end);
      if (stop == 0) mode = M_INVALID;
      else if (stop < end) {
        if ((load<i32>(slot + at.FLAGS) & WANTED) != 0) {
          onNumber(slot, load<i32>(slot + at.KEY), numberValue(slot));
        }
        store<i32>(slot + at.KEY, 0);
        mode = M_AFTER;
      }
      p = stop;
      break;
    }
    case M_START:
      p++;
      if (c == 0x7b) mode = open(slot, c, ROOT);
      else if (c == 0xef && p - from == 1 && load<f64>(slot + at.CONSUMED) == 0) {
        store<i32>(slot + at.STEP, 1);
        mode = M_MARK;
      } else mode = M_INVALID;
      break;
    case M_MARK: {
      p++;
      const come = load<i32>(slot + at.STEP);
      store<i32>(slot + at.STEP, 2);
      mode = come == 1 && c == 0xbb ? M_MARK : come == 2 && c == 0xbf ? M_START : M_INVALID;
      break;
    }
    default: // M_DONE with more than white space after it, M_INVALID
      mode = M_INVALID;
  }
  store<i32>(slot + at.MODE, mode);
  return p;
}
