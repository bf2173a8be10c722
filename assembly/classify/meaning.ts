// What a key and a value mean: the facts that a scan gathers. The grammar (json.ts) calls here at each key
// and at each value in a context that matters; what comes back is the context of a container, or whether
// a string's or number's text is wanted.
import * as fact from './facts';
import * as at from './layout';
import * as name from './names';

export const OBJECT: i32 = 0;
export const ARRAY: i32 = 1;
export const STRING: i32 = 2;
export const NUMBER: i32 = 3;
export const TRUE: i32 = 4;
export const FALSE: i32 = 5;
export const NULL: i32 = 6;

/** A key was read: what an earlier one of the same name said is void, the last of duplicates wins. */
export function onKey(slot: usize, key: i32): void {
  if (key >= name.K_BOUND) return fact.setBound(slot, key - name.K_BOUND, -1);
  if (key >= name.K_COUNT) return resetCount(slot, key - name.K_COUNT);
  switch (key) {
    case name.K_MODEL:
      return store<i32>(slot + at.MODEL_BYTES, -1);
    case name.K_MODEL_ALT:
      return store<i32>(slot + at.MODEL_ALT_BYTES, -1);
    case name.K_USER:
      return store<i32>(slot + at.USER_BYTES, -1);
    case name.K_METADATA:
    case name.K_USER_ALT:
      return store<i32>(slot + at.USER_ALT_BYTES, -1);
    case name.K_STREAM:
      return store<i32>(slot + at.STREAM, -1);
    case name.K_INCLUDE_USAGE:
      return store<i32>(slot + at.INCLUDE_USAGE, 0);
    case name.K_STREAM_OPTIONS:
      store<f64>(slot + at.OPTIONS_AT, -1);
      store<i32>(slot + at.OPTIONS_EMPTY, 0);
      return store<i32>(slot + at.INCLUDE_USAGE, 0);
    case name.K_GENERATION:
      fact.setBound(slot, name.BOUND_GENERATION, -1);
      return fact.setBound(slot, name.BOUND_GENERATION + 1, -1);
    case name.K_INFERENCE:
      fact.addShape(slot, fact.SHAPE_INFERENCE);
      fact.setBound(slot, name.BOUND_INFERENCE, -1);
      return fact.setBound(slot, name.BOUND_INFERENCE + 1, -1);
    case name.K_OPTIONS:
      return fact.setBound(slot, name.BOUND_OPTIONS, -1);
    case name.K_TEXT_GENERATION:
      return fact.setBound(slot, name.BOUND_TEXT_GENERATION, -1);
    case name.K_PARAMETERS:
      fact.setBound(slot, name.BOUND_PARAMETERS, -1);
      fact.setBound(slot, name.BOUND_PARAMETERS + 1, -1);
      return fact.setBound(slot, name.BOUND_PARAMETERS + 2, -1);
    case name.K_TOOL_CONFIG:
      return store<i32>(slot + at.COUNTS + ((<usize>name.COUNT_CONFIG_TOOLS) << 2), -1);
    case name.K_PROMPT:
      return fact.addShape(slot, fact.SHAPE_PROMPT);
    case name.K_SYSTEM:
      return fact.addShape(slot, fact.SHAPE_SYSTEM);
    case name.K_TEXTS:
      return fact.addShape(slot, fact.SHAPE_TEXTS);
    case name.K_INSTANCES:
      return fact.addShape(slot, fact.SHAPE_INSTANCES);
    case name.K_ANTHROPIC_VERSION:
      return fact.addShape(slot, fact.SHAPE_ANTHROPIC);
  }
}

function resetCount(slot: usize, index: i32): void {
  store<i32>(slot + at.COUNTS + ((<usize>index) << 2), -1);
  if (index == name.COUNT_MESSAGES) fact.addShape(slot, fact.SHAPE_MESSAGES);
  else if (index == name.COUNT_CONTENTS) fact.addShape(slot, fact.SHAPE_CONTENTS);
  else if (index == name.COUNT_INPUT) fact.addShape(slot, fact.SHAPE_INPUT);
  else if (index == name.COUNT_MESSAGE) fact.addShape(slot, fact.SHAPE_MESSAGE);
}

/** A value begins (a literal: is whole). Returns a container's context; for a string or number, whether its text is wanted. */
export function onValue(slot: usize, context: i32, key: i32, kind: i32): i32 {
  if (key == 0) return onElement(slot, context, kind);
  if (key >= name.K_BOUND) return i32(kind == NUMBER);
  if (key >= name.K_COUNT) return onCounted(slot, key - name.K_COUNT, kind);
  switch (key) {
    case name.K_MODEL:
    case name.K_MODEL_ALT:
    case name.K_USER:
    case name.K_USER_ALT:
    case name.K_TYPE:
    case name.K_MIME:
      return i32(kind == STRING);
    case name.K_STREAM:
      if (kind == TRUE || kind == FALSE) store<i32>(slot + at.STREAM, i32(kind == TRUE));
      return 0;
    case name.K_INCLUDE_USAGE:
      store<i32>(slot + at.INCLUDE_USAGE, i32(kind == TRUE || kind == FALSE));
      return 0;
    case name.K_DECLARATIONS:
      if (kind != ARRAY) return 0;
      fact.addCount(slot, name.COUNT_TOOLS, -1); // the tool counts as its functions
      return name.DECLARATIONS;
    case name.K_CACHE_POINT:
      if (kind == OBJECT) fact.addCount(slot, name.COUNT_CONFIG_TOOLS, -1); // a mark, not a tool
      return 0;
    case name.K_TEXT:
    case name.K_TEXTS:
    case name.K_PROMPT:
    case name.K_SYSTEM:
    case name.K_CONTENT:
    case name.K_NESTED:
      return onText(slot, key, kind);
    case name.K_IMAGE:
      return onMedia(slot, kind, fact.IMAGE);
    case name.K_AUDIO:
      return onMedia(slot, kind, fact.AUDIO);
    case name.K_VIDEO:
      return onMedia(slot, kind, fact.VIDEO);
    case name.K_FILE:
      return onMedia(slot, kind, fact.FILE);
    case name.K_IMAGES:
      return kind == ARRAY ? name.IMAGES : 0;
    default:
      return kind == OBJECT ? objectOf(key) : 0;
  }
}

function objectOf(key: i32): i32 {
  switch (key) {
    case name.K_STREAM_OPTIONS:
      return name.STREAM_OPTIONS;
    case name.K_METADATA:
      return name.METADATA;
    case name.K_TOOL_CONFIG:
      return name.TOOL_CONFIG;
    case name.K_GENERATION:
      return name.GENERATION;
    case name.K_INFERENCE:
      return name.INFERENCE;
    case name.K_OPTIONS:
      return name.OPTIONS;
    case name.K_TEXT_GENERATION:
      return name.TEXT_GENERATION;
    case name.K_PARAMETERS:
      return name.PARAMETERS;
    case name.K_REQUEST:
      return name.REQUEST;
    case name.K_BLOB:
      return name.BLOB;
    default:
      return 0;
  }
}

function onCounted(slot: usize, index: i32, kind: i32): i32 {
  if (kind == ARRAY && index != name.COUNT_MESSAGE) {
    fact.setCount(slot, index, 0);
    return name.COUNTED + index;
  }
  if (index == name.COUNT_INPUT || index == name.COUNT_MESSAGE || index == name.COUNT_CONTENTS) {
    if (kind == STRING) fact.addModality(slot, fact.TEXT);
    if (kind == STRING || (kind == OBJECT && index == name.COUNT_CONTENTS)) fact.setCount(slot, index, 1);
    if (kind == OBJECT) return index == name.COUNT_INPUT ? name.INPUT_OBJECT : name.PART;
  }
  if (index == name.COUNT_TOOLS && kind == OBJECT) {
    fact.setCount(slot, index, 1); // Gemini takes one tool without its array
    return name.TOOL;
  }
  return 0;
}

function onElement(slot: usize, context: i32, kind: i32): i32 {
  if (context >= name.COUNTED) {
    const index = context - name.COUNTED;
    if (index >= name.COUNT_TOOLS) {
      fact.addCount(slot, index, 1);
      if (kind != OBJECT) return 0;
      return index == name.COUNT_TOOLS ? name.TOOL : index == name.COUNT_CONFIG_TOOLS ? name.CONFIG_TOOL : 0;
    }
    // Numbers are the tokens of one input.
    if (kind != NUMBER || fact.count(slot, index) == 0) fact.addCount(slot, index, 1);
    if (kind == STRING) fact.addModality(slot, fact.TEXT);
    return kind == OBJECT ? name.PART : 0;
  }
  switch (context) {
    case name.PARTS:
      if (kind == STRING) fact.addModality(slot, fact.TEXT);
      return kind == OBJECT ? name.PART : 0;
    case name.TEXTS:
      if (kind == STRING) fact.addModality(slot, fact.TEXT);
      return 0;
    case name.IMAGES:
      if (kind != NULL) fact.addModality(slot, fact.IMAGE);
      return 0;
    case name.DECLARATIONS:
      fact.addCount(slot, name.COUNT_TOOLS, 1);
      return 0;
    default:
      return 0;
  }
}

/** Text, or a container of parts with text. Only messages and parts nest; a prompt's or text's array holds strings. */
function onText(slot: usize, key: i32, kind: i32): i32 {
  if (kind == STRING) fact.addModality(slot, fact.TEXT);
  const nests = key == name.K_NESTED || key == name.K_CONTENT || key == name.K_SYSTEM;
  if (kind == ARRAY) return nests ? name.PARTS : name.TEXTS;
  return kind == OBJECT && nests ? name.PART : 0;
}

function onMedia(slot: usize, kind: i32, modality: i32): i32 {
  if (kind == STRING || kind == OBJECT || kind == ARRAY) fact.addModality(slot, modality);
  return 0;
}

/** A wanted string is whole: unescaped UTF-8 of at most STRING_BYTES_MAX bytes, `cut` where it was longer. */
export function onString(slot: usize, key: i32, text: usize, length: i32, cut: bool): void {
  switch (key) {
    case name.K_MODEL:
      return keep(slot, at.MODEL, at.MODEL_BYTES, text, length, cut);
    case name.K_MODEL_ALT:
      return keep(slot, at.MODEL_ALT, at.MODEL_ALT_BYTES, text, length, cut);
    case name.K_USER:
      return keep(slot, at.USER, at.USER_BYTES, text, length, cut);
    case name.K_USER_ALT:
      return keep(slot, at.USER_ALT, at.USER_ALT_BYTES, text, length, cut);
    case name.K_TYPE:
      return fact.addModality(slot, fact.modalityOfType(text, length));
    case name.K_MIME:
      return fact.addModality(slot, fact.modalityOfMime(text, length));
  }
}

function keep(slot: usize, region: usize, lengthAt: usize, text: usize, length: i32, cut: bool): void {
  memory.copy(slot + region, text, <usize>length);
  store<i32>(slot + lengthAt, cut ? ~length - 1 : length);
}

/** A wanted number is whole. Below zero means "no bound" wherever it is allowed (Ollama: -1, -2). */
export function onNumber(slot: usize, key: i32, value: f64): void {
  if (value >= 0 && value <= 9007199254740991) fact.setBound(slot, key - name.K_BOUND, Math.floor(value));
}
