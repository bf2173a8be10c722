// Hot path: per record. Request ids as 16 bytes: 26 characters of 5 bits whose first is at most 7, so 128 bits (core/request-id.ts).
import { createHash } from 'node:crypto';

const PREFIX = 'req_';
const ID_CHARS = 30;
export const ID_BYTES = 16;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const VALUES = new Uint8Array(128).fill(255);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** True: the 16 bytes say the id. False: they are the start of its SHA-256, and the id has to be kept beside them. */
export function putId(id: string, bytes: Uint8Array, at: number): boolean {
  if (id.length !== ID_CHARS || !id.startsWith(PREFIX)) return putHash(id, bytes, at);
  // The first two characters are 8 bits of which the top two are nothing: 3 + 5.
  const first = valueAt(id, 4);
  let bad = first > 7 ? 255 : 0;
  let bits = first;
  let held = 3;
  let to = at;
  for (let i = 5; i < ID_CHARS; i++) {
    const value = valueAt(id, i);
    bad |= value;
    bits = (bits << 5) | value;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes[to++] = bits >>> held;
      bits &= (1 << held) - 1;
    }
  }
  return bad < 32 || putHash(id, bytes, at);
}

function valueAt(id: string, i: number): number {
  return VALUES[id.charCodeAt(i)] ?? 255;
}

function putHash(id: string, bytes: Uint8Array, at: number): false {
  bytes.set(createHash('sha256').update(id).digest().subarray(0, ID_BYTES), at);
  return false;
}

/** The id that 16 bytes say. */
export function readId(bytes: Uint8Array, at: number): string {
  let id = PREFIX;
  let bits = 0;
  let held = 2;
  for (let i = at; i < at + ID_BYTES; i++) {
    bits = (bits << 8) | (bytes[i] ?? 0);
    held += 8;
    while (held >= 5) {
      held -= 5;
      id += ALPHABET[(bits >>> held) & 31] ?? '';
    }
    bits &= (1 << held) - 1;
  }
  return id;
}
