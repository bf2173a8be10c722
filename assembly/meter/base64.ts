// Bedrock's invoke streams wrap each event: {"bytes":"<base64 of the model's own JSON>","p":"padding"}. The base64 is decoded as it
// comes, at any cut, into DECODED, and scanned there.
import { feed } from './json';
import {
  BASE64,
  DECODED,
  S_B64_BITS,
  S_B64_COUNT,
  S_B64_STATE,
  S_DECODED_WINDOW,
  SPAN_DECODED,
  WINDOW,
} from './layout';
import { current } from './slot';
import { setSpanFlag } from './spans';

// S_B64_STATE: 0..6 bytes of `"bytes"` matched, then these.
const COLON: i32 = 7;
const QUOTE: i32 = 8;
const DECODING: i32 = 9;
const DONE: i32 = 10;
const KEY: u64 = 0x22736574796222; // "bytes" with its quotes, low byte first

let decodedEnd: usize = DECODED;

export function setBase64Table(): void {
  memory.fill(BASE64, 255, 256);
  for (let i = 0; i < 26; i++) {
    store<u8>(BASE64 + 0x41 + i, <u8>i);
    store<u8>(BASE64 + 0x61 + i, <u8>(26 + i));
  }
  for (let i = 0; i < 10; i++) store<u8>(BASE64 + 0x30 + i, <u8>(52 + i));
  store<u8>(BASE64 + 0x2b, 62);
  store<u8>(BASE64 + 0x2f, 63);
}

/** Before a push's bytes: what the last push decoded stands before DECODED again. */
export function beginDecoded(): void {
  memory.copy(DECODED - WINDOW, current() + S_DECODED_WINDOW, WINDOW);
  decodedEnd = DECODED;
}

export function endDecoded(): void {
  memory.copy(current() + S_DECODED_WINDOW, decodedEnd - WINDOW, WINDOW);
}

export function beginWrapped(): void {
  const slot = current();
  store<i32>(slot, 0, S_B64_STATE);
  store<i32>(slot, 0, S_B64_COUNT);
  store<u32>(slot, 0, S_B64_BITS);
}

/** Reads a part of the wrapping object. */
export function feedWrapped(start: usize, end: usize): void {
  const slot = current();
  let state = load<i32>(slot, S_B64_STATE);
  let p = start;
  while (p < end && state != DONE) {
    if (state == DECODING) {
      p = decode(slot, p, end);
      if (p < end) state = DONE; // a quote, padding, or a byte that does not belong
      continue;
    }
    const c = load<u8>(p++);
    if (state < COLON) {
      if (c == <u8>(KEY >> ((<u64>state) << 3))) state++;
      else state = c == 0x22 ? 1 : 0;
    } else if (c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09) continue;
    else if (state == COLON) state = c == 0x3a ? QUOTE : c == 0x22 ? 1 : 0;
    else state = c == 0x22 ? DECODING : 0;
  }
  store<i32>(slot, state, S_B64_STATE);
}

/** Decodes up to `end` or to the first byte that is not base64, and scans the result; returns where it stopped. */
function decode(slot: usize, start: usize, end: usize): usize {
  let p = start;
  let out = decodedEnd;
  let bits = load<u32>(slot, S_B64_BITS);
  let count = load<i32>(slot, S_B64_COUNT);
  while (p < end) {
    if (count == 0) {
      while (p + 4 <= end) {
        const a = <u32>load<u8>(BASE64 + <usize>load<u8>(p));
        const b = <u32>load<u8>(BASE64 + <usize>load<u8>(p, 1));
        const c = <u32>load<u8>(BASE64 + <usize>load<u8>(p, 2));
        const d = <u32>load<u8>(BASE64 + <usize>load<u8>(p, 3));
        if ((a | b | c | d) > 63) break;
        store<u32>(out, bswap<u32>((a << 26) | (b << 20) | (c << 14) | (d << 8)));
        out += 3;
        p += 4;
      }
      if (p == end) break;
    }
    const v = <u32>load<u8>(BASE64 + <usize>load<u8>(p));
    if (v > 63) break;
    bits = (bits << 6) | v;
    // Of four characters the second, third and fourth complete a byte.
    if (count > 0) store<u8>(out++, <u8>(bits >>> ((3 - count) << 1)));
    count = (count + 1) & 3;
    p++;
  }
  store<u32>(slot, bits, S_B64_BITS);
  store<i32>(slot, count, S_B64_COUNT);
  const from = decodedEnd;
  decodedEnd = out;
  setSpanFlag(SPAN_DECODED);
  feed(from, out);
  setSpanFlag(0);
  return p;
}
