// AWS event streams (application/vnd.amazon.eventstream): prelude, headers, payload, checksums.
//
//   total u32 | headers u32 | CRC of these 8 | headers | payload | CRC of all before       (big-endian)
//   header: name length u8 | name | type u8 (7 = string) | value length u16 | value
import { beginWrapped, feedWrapped } from './base64';
import { equals } from './bytes';
import { crc32 } from './crc';
import { dropDocument, feed } from './json';
import * as L from './layout';
import { endNumber } from './numbers';
import { current } from './slot';

const PRELUDE: i32 = 0;
const HEADERS: i32 = 1;
const PAYLOAD: i32 = 2;
const CHECKSUM: i32 = 3;
/** AWS sends at most 16 MiB a message. */
const MESSAGE_BYTES_MAX: u32 = 24 << 20;
const HEADERS_BYTES_MAX: u32 = 128 << 10;

/** Reads [start, end). After a checksum that does not hold nothing more can be believed: the stream becomes opaque. */
export function eventStream(start: usize, end: usize): void {
  const slot = current();
  let p = start;
  while (p < end && load<i32>(slot, L.S_FRAMING) == L.FRAMING_EVENTSTREAM) {
    store<i32>(slot, 0, L.S_BOUNDARY);
    switch (load<i32>(slot, L.S_EV_STATE)) {
      case PRELUDE:
        p = collect(slot, p, end, 12);
        if (load<i32>(slot, L.S_EV_COUNT) == 12) prelude(slot);
        break;
      case HEADERS: {
        const length = load<i32>(slot, L.S_EV_HEADERS);
        const next = collect(slot, p, end, length);
        checksum(slot, p, next);
        p = next;
        if (load<i32>(slot, L.S_EV_COUNT) == length) headers(slot);
        break;
      }
      case PAYLOAD: {
        const left = <usize>(load<i32>(slot, L.S_EV_PAYLOAD) - load<i32>(slot, L.S_EV_COUNT));
        const next = min(end, p + left);
        checksum(slot, p, next);
        if (load<i32>(slot, L.S_EV_CHUNK) != 0) feedWrapped(p, next);
        else feed(p, next);
        store<i32>(slot, load<i32>(slot, L.S_EV_COUNT) + <i32>(next - p), L.S_EV_COUNT);
        p = next;
        if (left == <usize>0 || load<i32>(slot, L.S_EV_COUNT) == load<i32>(slot, L.S_EV_PAYLOAD))
          enter(slot, CHECKSUM);
        break;
      }
      default:
        p = collect(slot, p, end, 4);
        if (load<i32>(slot, L.S_EV_COUNT) == 4) endMessage(slot);
    }
  }
}

function enter(slot: usize, state: i32): void {
  store<i32>(slot, state, L.S_EV_STATE);
  store<i32>(slot, 0, L.S_EV_COUNT);
}

function checksum(slot: usize, from: usize, to: usize): void {
  store<u32>(slot, crc32(load<u32>(slot, L.S_EV_CRC), from, to), L.S_EV_CRC);
}

function broken(slot: usize): void {
  store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_BROKEN, L.S_FLAGS);
  store<i32>(slot, L.FRAMING_OPAQUE, L.S_FRAMING);
}

/** Copies up to `length` bytes of the present part into the slot (what is beyond EV_MAX is only counted). */
function collect(slot: usize, p: usize, end: usize, length: i32): usize {
  const have = load<i32>(slot, L.S_EV_COUNT);
  const n = min<i32>(<i32>(end - p), length - have);
  if (have < L.EV_MAX) memory.copy(slot + L.S_EV + have, p, min<i32>(n, L.EV_MAX - have));
  store<i32>(slot, have + n, L.S_EV_COUNT);
  return p + n;
}

function prelude(slot: usize): void {
  const at = slot + L.S_EV;
  const total = bswap<u32>(load<u32>(at));
  const length = bswap<u32>(load<u32>(at, 4));
  const sound = ~crc32(-1, at, at + 8) == bswap<u32>(load<u32>(at, 8));
  if (!sound || length > HEADERS_BYTES_MAX || total < length + 16 || total > MESSAGE_BYTES_MAX) {
    broken(slot);
    return;
  }
  store<u32>(slot, crc32(-1, at, at + 12), L.S_EV_CRC);
  store<i32>(slot, <i32>length, L.S_EV_HEADERS);
  store<i32>(slot, <i32>(total - length - 16), L.S_EV_PAYLOAD);
  enter(slot, HEADERS);
  if (length == 0) headers(slot);
}

/** Headers are whole: is it a wrapped chunk, is it an exception? */
function headers(slot: usize): void {
  let p = slot + L.S_EV;
  const end = p + min<i32>(load<i32>(slot, L.S_EV_HEADERS), L.EV_MAX);
  store<i32>(slot, 0, L.S_EV_CHUNK);
  while (p + 4 < end) {
    const name = p + 1;
    const nameLength = <usize>load<u8>(p);
    p = name + nameLength;
    if (p + 3 > end || load<u8>(p) != 7) break; // AWS sends strings only
    const length = <usize>bswap<u16>(load<u16>(p, 1));
    p += 3;
    if (p + length > end) break;
    if (equals(name, <i32>nameLength, ':event-type') && equals(p, <i32>length, 'chunk')) {
      store<i32>(slot, load<i32>(slot, L.S_WRAPPED), L.S_EV_CHUNK);
      beginWrapped();
    } else if (
      equals(name, <i32>nameLength, ':message-type') &&
      (equals(p, <i32>length, 'exception') || equals(p, <i32>length, 'error'))
    )
      store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_ERROR | L.FLAG_EXCEPTION, L.S_FLAGS);
    p += length;
  }
  enter(slot, load<i32>(slot, L.S_EV_PAYLOAD) == 0 ? CHECKSUM : PAYLOAD);
}

function endMessage(slot: usize): void {
  const sound = ~load<u32>(slot, L.S_EV_CRC) == bswap<u32>(load<u32>(slot, L.S_EV));
  if (!sound) {
    broken(slot);
    return;
  }
  if (load<i32>(slot, L.S_NUMBER) != 0) endNumber();
  dropDocument();
  enter(slot, PRELUDE);
  store<i32>(slot, 1, L.S_BOUNDARY);
}
