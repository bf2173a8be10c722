// The facts of a scan in its slot, and the bits that stand for kinds of content.
import * as at from './layout';
import {
  begins,
  COUNT_CONFIG_TOOLS,
  COUNT_HISTORY,
  COUNT_MESSAGE,
  COUNT_MESSAGES,
  COUNT_REQUESTS,
  COUNT_TOOLS,
  is,
} from './names';

// Bits as in src/core/body-facts.ts.
export const TEXT: i32 = 1;
export const IMAGE: i32 = 2;
export const AUDIO: i32 = 4;
export const FILE: i32 = 8;
export const VIDEO: i32 = 16;
export const SHAPE_MESSAGES: i32 = 1;
export const SHAPE_CONTENTS: i32 = 2;
export const SHAPE_INPUT: i32 = 4;
export const SHAPE_PROMPT: i32 = 8;
export const SHAPE_INFERENCE: i32 = 16;
export const SHAPE_ANTHROPIC: i32 = 32;
export const SHAPE_INSTANCES: i32 = 64;
export const SHAPE_MESSAGE: i32 = 128;
export const SHAPE_TEXTS: i32 = 256;
export const SHAPE_SYSTEM: i32 = 512;

export function modalityOfType(text: usize, length: i32): i32 {
  if (begins(text, length, 'input_')) {
    text += 6;
    length -= 6;
  }
  if (is(text, length, 'text') || is(text, length, 'output_text')) return TEXT;
  if (is(text, length, 'image') || is(text, length, 'image_url')) return IMAGE;
  if (is(text, length, 'computer_screenshot')) return IMAGE;
  if (is(text, length, 'audio') || is(text, length, 'audio_url')) return AUDIO;
  if (is(text, length, 'video') || is(text, length, 'video_url')) return VIDEO;
  if (is(text, length, 'file') || is(text, length, 'document')) return FILE;
  return is(text, length, 'container_upload') || is(text, length, 'document_url') ? FILE : 0;
}

export function modalityOfMime(text: usize, length: i32): i32 {
  if (begins(text, length, 'image/')) return IMAGE;
  if (begins(text, length, 'audio/')) return AUDIO;
  if (begins(text, length, 'video/')) return VIDEO;
  return length > 0 ? FILE : 0;
}

export function setBound(slot: usize, index: i32, value: f64): void {
  assert(index >= 0 && index < at.BOUNDS_MAX);
  store<f64>(slot + at.BOUNDS + ((<usize>index) << 3), value);
}

export function setCount(slot: usize, index: i32, value: i32): void {
  assert(index >= 0 && index < at.COUNTS_MAX);
  store<i32>(slot + at.COUNTS + ((<usize>index) << 2), value);
}

export function count(slot: usize, index: i32): i32 {
  return load<i32>(slot + at.COUNTS + ((<usize>index) << 2));
}

export function addCount(slot: usize, index: i32, by: i32): void {
  const counter = slot + at.COUNTS + ((<usize>index) << 2);
  store<i32>(counter, load<i32>(counter) + by);
}

export function addModality(slot: usize, bits: i32): void {
  store<i32>(slot + at.MODALITIES, load<i32>(slot + at.MODALITIES) | bits);
}

export function addShape(slot: usize, bits: i32): void {
  store<i32>(slot + at.SHAPE, load<i32>(slot + at.SHAPE) | bits);
}

/** Once the body is whole: one number for each of the things that dialects name in several ways. */
export function summarise(slot: usize): void {
  // The largest of the synonyms: a name that the provider ignores cannot make a request look smaller than it is.
  let bound: f64 = -1;
  for (let i = 0; i < at.BOUNDS_MAX; i++) {
    bound = Math.max(bound, load<f64>(slot + at.BOUNDS + ((<usize>i) << 3)));
  }
  store<f64>(slot + at.BOUND, bound);
  let tools = -1;
  for (let i = COUNT_TOOLS; i <= COUNT_CONFIG_TOOLS; i++) {
    if (count(slot, i) >= 0) tools = max(tools, 0) + count(slot, i);
  }
  store<i32>(slot + at.ALL_TOOLS, tools);
  store<i32>(slot + at.ALL_MESSAGES, messages(slot));
}

function messages(slot: usize): i32 {
  for (let i = COUNT_MESSAGES; i <= COUNT_REQUESTS; i++) if (count(slot, i) >= 0) return count(slot, i);
  const history = count(slot, COUNT_HISTORY);
  const message = count(slot, COUNT_MESSAGE);
  return history < 0 && message < 0 ? -1 : max(0, history) + max(0, message);
}
