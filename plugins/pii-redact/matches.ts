// What was found: counted by kind, and, where that is wanted, written over: the text goes into a second buffer, piece by piece, as the scan moves.

export const enum Kind {
  EMAIL = 0,
  PHONE = 1,
  CARD = 2,
  IBAN = 3,
  KEY = 4,
}
export const KINDS: i32 = 5;

export const enum Action {
  OFF = 0,
  COUNT = 1,
  REDACT = 2,
  REFUSE = 3,
}

const COUNTS: usize = memory.data(20);
const ACTIONS: usize = memory.data(20);
/** Pointer and length of each kind's placeholder. */
const PLACEHOLDERS: usize = memory.data(40);

let out: usize = 0;
let outBytes: usize = 0;
let outRoom: usize = 0;
/** How far the text has been copied. */
let copied: usize = 0;
let changes: i32 = 0;

export function setAction(kind: i32, action: i32): void {
  store<i32>(ACTIONS + ((<usize>kind) << 2), action);
}
export function actionOf(kind: i32): i32 {
  return load<i32>(ACTIONS + ((<usize>kind) << 2));
}
export function setPlaceholder(kind: i32, ptr: usize, length: i32): void {
  const place = PLACEHOLDERS + ((<usize>kind) << 3);
  store<u32>(place, <u32>ptr);
  store<i32>(place + 4, length);
}
export function countOf(kind: i32): i32 {
  return load<i32>(COUNTS + ((<usize>kind) << 2));
}

/** In configure(): where changed texts are written, so that the buffer is part of what every hook begins with. */
export function setOutput(ptr: usize, bytes: usize): void {
  out = ptr;
  outRoom = bytes;
}

export function beginText(start: usize): void {
  copied = start;
  outBytes = 0;
  changes = 0;
}

/** `quoted`: the match is a number of JSON, so the placeholder has to be a string. */
export function found(kind: i32, start: usize, end: usize, quoted: bool): void {
  const count = COUNTS + ((<usize>kind) << 2);
  store<i32>(count, load<i32>(count) + 1);
  if (actionOf(kind) != Action.REDACT) return;
  const place = PLACEHOLDERS + ((<usize>kind) << 3);
  append(copied, start - copied);
  if (quoted) appendQuote();
  append(<usize>load<u32>(place), <usize>load<u32>(place + 4));
  if (quoted) appendQuote();
  copied = end;
  changes++;
}

/** Matches that were written over in this text; its new form is at `outputStart`. */
export function endText(end: usize): i32 {
  if (changes > 0) append(copied, end - copied);
  return changes;
}

export function outputStart(): usize {
  return out;
}
export function outputBytes(): i32 {
  return <i32>outBytes;
}

/** Puts quotes around the whole output: a raw JSON value that was one number. */
export function quoteOutput(): void {
  appendQuote();
  memory.copy(out + 1, out, outBytes - 1);
  store<u8>(out, 0x22);
  appendQuote();
}

function appendQuote(): void {
  room(1);
  store<u8>(out + outBytes, 0x22);
  outBytes++;
}

function append(from: usize, bytes: usize): void {
  room(bytes);
  memory.copy(out + outBytes, from, bytes);
  outBytes += bytes;
}

function room(bytes: usize): void {
  const wanted = outBytes + bytes;
  if (wanted <= outRoom) return;
  const doubled = max(wanted, outRoom << 1);
  const bigger = heap.alloc(doubled);
  memory.copy(bigger, out, outBytes);
  out = bigger;
  outRoom = doubled;
}
