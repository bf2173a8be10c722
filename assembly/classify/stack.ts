// The open containers of a JSON scan: one bit each (object or array), and a context for the outermost ones.
import * as at from './layout';
import { M_AFTER, M_DONE, M_FIRST_ELEMENT, M_FIRST_KEY, M_INVALID } from './modes';

/** What `kindOfTop` says of an object; an array is 0. */
export const IN_OBJECT: i32 = 1;

export function kindOfTop(slot: usize): i32 {
  const depth = load<i32>(slot + at.DEPTH) - 1;
  return (<i32>load<u8>(slot + at.DEPTH_BITS + <usize>(depth >> 3)) >> (depth & 7)) & 1;
}

export function open(slot: usize, c: i32, context: i32): i32 {
  const depth = load<i32>(slot + at.DEPTH);
  if (depth >= at.DEPTH_MAX) return M_INVALID;
  const cell = slot + at.DEPTH_BITS + <usize>(depth >> 3);
  const bit = 1 << (depth & 7);
  const bits = <i32>load<u8>(cell);
  store<u8>(cell, <u8>(c == 0x7b ? bits | bit : bits & ~bit));
  const inner = depth < at.CONTEXT_DEPTH_MAX ? context : 0;
  if (depth < at.CONTEXT_DEPTH_MAX) store<u8>(slot + at.CONTEXT_STACK + <usize>depth, <u8>inner);
  store<i32>(slot + at.DEPTH, depth + 1);
  store<i32>(slot + at.CONTEXT, inner);
  return c == 0x7b ? M_FIRST_KEY : M_FIRST_ELEMENT;
}

export function close(slot: usize, c: i32, from: usize, p: usize): i32 {
  if (kindOfTop(slot) != (c == 0x7d ? IN_OBJECT : 0)) return M_INVALID;
  const depth = load<i32>(slot + at.DEPTH) - 1;
  store<i32>(slot + at.DEPTH, depth);
  if (depth == 0) {
    store<i32>(slot + at.CONTEXT, 0);
    store<f64>(slot + at.CLOSE_AT, load<f64>(slot + at.CONSUMED) + <f64>(p - from));
    return M_DONE;
  }
  const inner =
    depth <= at.CONTEXT_DEPTH_MAX ? <i32>load<u8>(slot + at.CONTEXT_STACK + <usize>(depth - 1)) : 0;
  store<i32>(slot + at.CONTEXT, inner);
  return M_AFTER;
}
