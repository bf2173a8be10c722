// Kernel classify: reads from a request body what decides about it, without building it. Integers in and out;
// the host writes a piece of the body into the input window and names the slot that holds that body's scan.

import { summarise } from './facts';
import { scanObject } from './json';
import * as at from './layout';
import { M_DONE, M_INVALID } from './modes';
import { beginForm, FORM_DONE, FORM_INVALID, scanForm } from './multipart';
import { plainEnd, plainEndScalar } from './text';

export function inputAt(): usize {
  return at.INPUT;
}

export function windowBytes(): usize {
  return at.WINDOW;
}

/** Where slot `index` lies; the host grows the memory to its end before it uses it. */
export function slotAt(index: i32): usize {
  return at.SLOTS + <usize>index * at.SLOT_BYTES;
}

export function slotBytes(): usize {
  return at.SLOT_BYTES;
}

/** Makes a slot ready for a new body. */
export function begin(slot: usize): void {
  check(slot);
  memory.fill(slot, 0, at.MODEL_BYTES);
  store<i32>(slot + at.STREAM, -1);
  store<f64>(slot + at.OPTIONS_AT, -1);
  store<f64>(slot + at.CLOSE_AT, -1);
  for (let i = 0; i < at.COUNTS_MAX; i++) store<i32>(slot + at.COUNTS + ((<usize>i) << 2), -1);
  for (let i = 0; i < at.BOUNDS_MAX; i++) store<f64>(slot + at.BOUNDS + ((<usize>i) << 3), -1);
  store<f64>(slot + at.MODEL_AT, -1);
  store<f64>(slot + at.MODEL_END, -1);
  store<f64>(slot + at.MODEL_ALT_AT, -1);
  store<f64>(slot + at.MODEL_ALT_END, -1);
  store<i32>(slot + at.MODEL_BYTES, -1);
  store<i32>(slot + at.MODEL_ALT_BYTES, -1);
  store<i32>(slot + at.USER_BYTES, -1);
  store<i32>(slot + at.USER_ALT_BYTES, -1);
}

/** `length` bytes of JSON lie in the window. 0: more is wanted, 1: whole so far, 2: invalid for good. */
export function scan(slot: usize, length: usize): i32 {
  check(slot);
  assert(length <= at.WINDOW);
  const mode = scanObject(slot, at.INPUT, length);
  if (mode != M_DONE) return mode == M_INVALID ? 2 : 0;
  summarise(slot);
  return 1;
}

/** The multipart boundary of `length` bytes lies in the window. False where it is longer than a slot keeps. */
export function beginMultipart(slot: usize, length: i32): bool {
  check(slot);
  return beginForm(slot, at.INPUT, length);
}

/** As `scan`, for a multipart form. */
export function scanMultipart(slot: usize, length: usize): i32 {
  check(slot);
  assert(length <= at.WINDOW);
  const mode = scanForm(slot, at.INPUT, length);
  if (mode != FORM_DONE) return mode == FORM_INVALID ? 2 : 0;
  summarise(slot);
  return 1;
}

/** The two ways to find a string's plain end, side by side for their equality test: offsets into the window. */
export function plainEndIn(offset: usize, length: usize, scalar: bool): usize {
  const from = at.INPUT + offset;
  return (scalar ? plainEndScalar(from, at.INPUT + length) : plainEnd(from, at.INPUT + length)) - at.INPUT;
}

function check(slot: usize): void {
  assert(slot >= at.SLOTS && (slot - at.SLOTS) % at.SLOT_BYTES == 0);
  assert(slot + at.SLOT_BYTES <= (<usize>memory.size()) << 16);
}
