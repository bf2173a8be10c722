// Kernel `meter`: reads provider responses as they pass, whatever their framing and however they are cut, and keeps per stream
// what they say of usage. Thousands of streams interleave; each has one slot of fixed size (layout.ts). No allocation after init().
import { beginDecoded, endDecoded, setBase64Table } from './base64';
import { setCrcTables } from './crc';
import { eventStream } from './eventstream';
import { feed } from './json';
import * as L from './layout';
import { maskAt, maskScalarAt, setSplats } from './masks';
import { setPlaces } from './places';
import { setRules } from './rules';
import { select } from './slot';
import { beginSpans, spans } from './spans';
import { sse } from './sse';
import { setTextRules } from './text-rules';
import { beginMarks } from './texts';

export { FIELDS } from './fields';
export {
  BASE64,
  DECODED,
  INPUT,
  INPUT_MAX,
  RAW_MAX,
  S_ERROR,
  S_ERROR_LENGTH,
  S_EVENTS,
  S_FIELDS,
  S_FINISH,
  S_FINISH_LENGTH,
  S_FRAMING,
  S_LAST,
  S_MESSAGE,
  S_MESSAGE_LENGTH,
  S_MODEL,
  S_MODEL_LENGTH,
  S_RAW,
  S_RAW_LENGTHS,
  S_TIER,
  S_TIER_LENGTH,
  SLOT_BYTES,
  SLOTS,
  SPAN_BYTES,
  SPAN_DECODED,
  SPAN_RAW,
  SPANS,
  SPANS_MAX,
} from './layout';

/** Once per instance. Grows the memory up to the first slot; the host grows it for the slots. */
export function init(): void {
  assert(__heap_base <= L.KEYS);
  const pages = <i32>((L.SLOTS + 0xffff) >> 16);
  if (memory.size() < pages) memory.grow(pages - memory.size());
  setPlaces();
  setRules();
  setTextRules();
  setSplats();
  setCrcTables();
  setBase64Table();
}

/** A new stream in slot `index`. `content` is CONTENT_* by the response's content type; `wrapped` = 1 where event-stream chunks hold base64 JSON. */
export function open(index: i32, content: i32, wrapped: i32): void {
  const slot = select(index);
  memory.fill(slot, 0, L.Z_END);
  memory.fill(slot + L.S_TEXTS, 0, 64);
  store<i32>(slot, content, L.S_CONTENT);
  store<i32>(slot, wrapped, L.S_WRAPPED);
  const unknown = f64x2.splat(-1);
  for (let i = 0; i < 512; i += 16) {
    v128.store(slot + i, unknown, L.S_FIELDS);
    v128.store(slot + i, unknown, L.S_LAST);
  }
}

/** Reads the `length` bytes that the host put at INPUT; returns METER_* bits. Spans of text are at SPANS until the next push. */
export function push(index: i32, length: i32): i32 {
  assert(length >= 0 && length <= L.INPUT_MAX);
  const slot = select(index);
  const end = L.INPUT + length;
  copyWindow(L.INPUT - L.WINDOW, slot + L.S_WINDOW);
  beginSpans();
  beginMarks();
  let p = L.INPUT - load<i32>(slot, L.S_PENDING);
  if (load<i32>(slot, L.S_FRAMING) == L.FRAMING_UNKNOWN) p = detect(slot, p, end);
  const framing = load<i32>(slot, L.S_FRAMING);
  if (framing == L.FRAMING_SSE) p = sse(p, end);
  else if (framing == L.FRAMING_JSON) {
    feed(p, end);
    p = end;
  } else if (framing == L.FRAMING_EVENTSTREAM) {
    beginDecoded();
    eventStream(p, end);
    endDecoded();
    p = end;
  } else if (framing == L.FRAMING_OPAQUE) p = end;
  store<i32>(slot, <i32>(end - p), L.S_PENDING);
  copyWindow(slot + L.S_WINDOW, end - L.WINDOW);
  return status(slot);
}

// memory.copy is a call out of the module: dear for 64 bytes.
function copyWindow(to: usize, from: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 16);
  const c = v128.load(from, 32);
  const d = v128.load(from, 48);
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** Spans that the last push left at SPANS. */
export function spanCount(): i32 {
  return spans();
}

/**
 * The stream is over. Returns 1 where its bytes were whole: documents closed, messages complete, checksums right.
 * An opaque body is whole unless it claimed to be something that can be read.
 */
export function close(index: i32): i32 {
  const slot = select(index);
  const framing = load<i32>(slot, L.S_FRAMING);
  const content = load<i32>(slot, L.S_CONTENT);
  if (load<i32>(slot, L.S_FLAGS) & L.FLAG_BROKEN) return 0;
  if (framing == L.FRAMING_UNKNOWN || framing == L.FRAMING_OPAQUE)
    return content == L.CONTENT_OTHER || (content == L.CONTENT_SSE && framing == L.FRAMING_UNKNOWN) ? 1 : 0;
  if (framing == L.FRAMING_EVENTSTREAM)
    return load<i32>(slot, L.S_EV_STATE) == 0 && load<i32>(slot, L.S_EV_COUNT) == 0 ? 1 : 0;
  return load<i32>(slot, L.S_DEPTH) == 0 ? 1 : 0;
}

/** METER_* bits of the stream so far, and bit 3 = broken, bit 4 = an event stream's exception. */
export function flags(index: i32): i32 {
  return status(select(index));
}

function status(slot: usize): i32 {
  const framing = load<i32>(slot, L.S_FRAMING);
  let boundary: bool;
  if (framing == L.FRAMING_JSON) {
    const depth = load<i32>(slot, L.S_DEPTH);
    boundary =
      depth == 0 ||
      (depth == 1 &&
        load<i32>(slot, L.S_DEAD) == 0 &&
        load<u8>(slot + 1, L.S_STACK) == 2 &&
        load<i64>(slot, L.S_STRING) == 0);
  } else
    boundary =
      framing == L.FRAMING_OPAQUE ||
      (load<i32>(slot, L.S_BOUNDARY) != 0 && load<i32>(slot, L.S_PENDING) == 0);
  return load<i32>(slot, L.S_FLAGS) | (boundary ? L.FLAG_BOUNDARY : 0);
}

/** Finds the framing by the first bytes, whatever the label says; returns where reading begins. */
function detect(slot: usize, start: usize, end: usize): usize {
  let p = start;
  while (p < end) {
    const c = load<u8>(p);
    if (c == 0xef) {
      if (end - p < 3) return p;
      if (load<u16>(p, 1) != 0xbfbb) break;
      p += 3;
    } else if (c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09) p++;
    else break;
  }
  if (p == end) return p;
  const c = load<u8>(p);
  const content = load<i32>(slot, L.S_CONTENT);
  let framing = L.FRAMING_OPAQUE;
  if (c == 0x7b || c == 0x5b) framing = L.FRAMING_JSON;
  else if (c == 0 && content != L.CONTENT_SSE)
    framing = L.FRAMING_EVENTSTREAM; // the prelude's checksum decides
  else if (content == L.CONTENT_SSE) framing = L.FRAMING_SSE;
  else {
    const n = looksLikeSse(p, end);
    if (n < 0) return p; // more bytes
    if (n > 0) framing = L.FRAMING_SSE;
  }
  store<i32>(slot, framing, L.S_FRAMING);
  return p;
}

/** 1: the first line is a field or comment of server-sent events; 0: it is not; -1: too short to tell. */
function looksLikeSse(p: usize, end: usize): i32 {
  const c = load<u8>(p);
  if (c == 0x3a) return 1;
  const name = c == 0x64 ? 'data:' : c == 0x65 ? 'event:' : c == 0x69 ? 'id:' : c == 0x72 ? 'retry:' : '';
  if (name.length == 0) return 0;
  for (let i = 0; i < name.length; i++) {
    if (p + i >= end) return -1;
    if (<i32>load<u8>(p + i) != name.charCodeAt(i)) return 0;
  }
  return 1;
}

// ---- for tests of the masks

/** A mask of the 64 bytes at INPUT, by SIMD or by the scalar twin; `which` 0..3: quotes, backslashes, braces, colons. */
export function maskOf(simd: i32, which: i32): i64 {
  return simd ? maskAt(L.INPUT, which) : maskScalarAt(L.INPUT, which);
}
