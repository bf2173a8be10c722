// multipart/form-data (RFC 7578) over bytes, resumable at every byte: the fields `model`, `stream` and `user`, and what
// kinds of files come along. The delimiter begins with the only CR it holds, so a failed match can only start
// again at the byte that failed it, and no table of prefixes is needed.

import { CUT, gather } from './capture';
import { addModality, modalityOfMime } from './facts';
import * as at from './layout';
import { onString } from './meaning';
import { is, K_MODEL, K_STREAM, K_USER } from './names';
import { returnEnd } from './text';

const F_CONTENT: i32 = 0; // also what precedes the first delimiter
const F_PADDING: i32 = 1; // after a delimiter, to the end of its line
const F_DASH: i32 = 2; // after a delimiter and one `-`
const F_HEADER: i32 = 3;
export const FORM_DONE: i32 = 4; // the closing delimiter came; an epilogue may follow
export const FORM_INVALID: i32 = 5;

const DELIMITER: usize = at.DEPTH_BITS; // JSON's alone: a slot scans one or the other
const BOUNDARY_BYTES_MAX: i32 = 200; // RFC 2046 allows 70
const CR: i32 = 0x0d;
const LF: i32 = 0x0a;

const FIELD_NONE: i32 = 0;
const FIELD_PROMPT: i32 = -1;
const MODALITY_TEXT: i32 = 1;
const MODALITY_FILE: i32 = 8;
/** A part's own flags, in CONTEXT: it names a file; the bits of its MIME type's modality above. */
const HAS_FILE_NAME: i32 = 256;

export function beginForm(slot: usize, boundary: usize, length: i32): bool {
  if (length < 1 || length > BOUNDARY_BYTES_MAX) return false;
  store<u32>(slot + DELIMITER, 0x2d2d0a0d); // CR LF - -
  memory.copy(slot + DELIMITER + 4, boundary, <usize>length);
  store<i32>(slot + at.BOUNDARY_BYTES, length + 4);
  store<i32>(slot + at.MODE, F_CONTENT);
  store<i32>(slot + at.STEP, 2); // the first delimiter needs no line end before it
  return true;
}

export function scanForm(slot: usize, from: usize, length: usize): i32 {
  const end = from + length;
  let p = from;
  let mode = load<i32>(slot + at.MODE);
  while (p < end && mode < FORM_DONE) {
    if (mode == F_CONTENT) {
      store<i32>(slot + at.MODE, F_CONTENT);
      p = content(slot, p, end);
      mode = load<i32>(slot + at.MODE);
      continue;
    }
    const c = <i32>load<u8>(p++);
    if (mode == F_HEADER) {
      if (c != LF) gather(slot, p - 1, p);
      else mode = headerLine(slot);
    } else if (mode == F_DASH) {
      mode = c == 0x2d ? FORM_DONE : FORM_INVALID;
    } else if (c == 0x2d) mode = F_DASH;
    else if (c == LF) {
      beginPart(slot);
      mode = F_HEADER;
    }
  }
  store<i32>(slot + at.MODE, mode);
  store<f64>(slot + at.CONSUMED, load<f64>(slot + at.CONSUMED) + <f64>length);
  return mode;
}

/** A part's bytes up to the delimiter that ends it. STEP counts the delimiter's bytes that have matched. */
function content(slot: usize, p: usize, end: usize): usize {
  const wanted = load<i32>(slot + at.KEY) > FIELD_NONE;
  const delimiterBytes = load<i32>(slot + at.BOUNDARY_BYTES);
  let matched = load<i32>(slot + at.STEP);
  while (p < end) {
    if (matched == 0) {
      const stop = returnEnd(p, end);
      if (wanted && stop > p) gather(slot, p, stop);
      p = stop;
      if (p == end) break;
    }
    if (load<u8>(p) == load<u8>(slot + DELIMITER + <usize>matched)) {
      p++;
      if (++matched == delimiterBytes) {
        endPart(slot);
        store<i32>(slot + at.STEP, 0);
        store<i32>(slot + at.MODE, F_PADDING);
        return p;
      }
    } else {
      if (wanted) gather(slot, slot + DELIMITER, slot + DELIMITER + <usize>matched);
      matched = 0;
    }
  }
  store<i32>(slot + at.STEP, matched);
  return p;
}

function beginPart(slot: usize): void {
  store<i32>(slot + at.KEY, FIELD_NONE);
  store<i32>(slot + at.CONTEXT, 0);
  beginText(slot);
}

function beginText(slot: usize): void {
  store<i32>(slot + at.FLAGS, 0);
  store<i32>(slot + at.CAPTURED, 0);
}

function headerLine(slot: usize): i32 {
  const line = slot + at.CAPTURE;
  let length = load<i32>(slot + at.CAPTURED);
  if (length > 0 && load<u8>(line + <usize>(length - 1)) == CR) length--;
  beginText(slot);
  if (length > 0) {
    readHeader(slot, line, length);
    return F_HEADER;
  }
  const part = load<i32>(slot + at.CONTEXT);
  if ((part & HAS_FILE_NAME) != 0) {
    store<i32>(slot + at.KEY, FIELD_NONE);
    addModality(slot, (part & 255) != 0 ? part & 255 : MODALITY_FILE);
  } else if (load<i32>(slot + at.KEY) == FIELD_PROMPT) addModality(slot, MODALITY_TEXT);
  return F_CONTENT;
}

function readHeader(slot: usize, line: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    if (load<u8>(line + <usize>i) != 0x3a) continue;
    let from = i + 1;
    while (from < length && load<u8>(line + <usize>from) == 0x20) from++;
    const value = line + <usize>from;
    if (isName(line, i, 'content-disposition')) readDisposition(slot, value, length - from);
    else if (isName(line, i, 'content-type')) {
      const bits = modalityOfMime(value, length - from);
      store<i32>(slot + at.CONTEXT, load<i32>(slot + at.CONTEXT) | bits);
    }
    return;
  }
}

/** `form-data; name="model"; filename="a.wav"`: parameters are split at `;`, and a quoted one may hold `;`. */
function readDisposition(slot: usize, text: usize, length: i32): void {
  let from = 0;
  let quoted = false;
  for (let i = 0; i <= length; i++) {
    const c = i < length ? <i32>load<u8>(text + <usize>i) : 0x3b;
    if (c == 0x22) quoted = !quoted;
    if ((c != 0x3b || quoted) && i < length) continue;
    readParameter(slot, text + <usize>from, i - from);
    from = i + 1;
  }
}

function readParameter(slot: usize, text: usize, length: i32): void {
  while (length > 0 && load<u8>(text) == 0x20) {
    text++;
    length--;
  }
  let equals = 0;
  while (equals < length && load<u8>(text + <usize>equals) != 0x3d) equals++;
  if (equals == length) return;
  if (isName(text, equals, 'filename') || isName(text, equals, 'filename*')) {
    store<i32>(slot + at.CONTEXT, load<i32>(slot + at.CONTEXT) | HAS_FILE_NAME);
    return;
  }
  if (!isName(text, equals, 'name')) return;
  let value = text + <usize>(equals + 1);
  let size = length - equals - 1;
  if (size >= 2 && load<u8>(value) == 0x22 && load<u8>(value + <usize>(size - 1)) == 0x22) {
    value++;
    size -= 2;
  }
  if (is(value, size, 'model')) store<i32>(slot + at.KEY, K_MODEL);
  else if (is(value, size, 'stream')) store<i32>(slot + at.KEY, K_STREAM);
  else if (is(value, size, 'user')) store<i32>(slot + at.KEY, K_USER);
  else if (is(value, size, 'prompt')) store<i32>(slot + at.KEY, FIELD_PROMPT);
}

/** As `is`, whatever the case of the bytes; `word` is in lower case. */
function isName(at: usize, length: i32, word: string): bool {
  if (length != word.length) return false;
  for (let i = 0; i < length; i++) {
    let c = <i32>load<u8>(at + <usize>i);
    if (c >= 0x41 && c <= 0x5a) c |= 0x20;
    if (c != <i32>load<u16>(changetype<usize>(word) + ((<usize>i) << 1))) return false;
  }
  return true;
}

function endPart(slot: usize): void {
  const field = load<i32>(slot + at.KEY);
  const text = slot + at.CAPTURE;
  const length = load<i32>(slot + at.CAPTURED);
  if (field == K_STREAM) {
    const yes = isName(text, length, 'true') || is(text, length, '1');
    const no = isName(text, length, 'false') || is(text, length, '0');
    store<i32>(slot + at.STREAM, yes ? 1 : no ? 0 : -1);
  } else if (field > FIELD_NONE) {
    onString(slot, field, text, length, (load<i32>(slot + at.FLAGS) & CUT) != 0);
  }
  store<i32>(slot + at.KEY, FIELD_NONE);
}
