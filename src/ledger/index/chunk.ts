// Chunks of settled entries, in the order in which they settled. Hot path: `add`, per record.
//
//   0  length u32 of the body; its top bit: not counted, this request was there before      4  body      4 + length  the next
import { ID_AT } from '../journal/body-encoder.js';
import { ID_BYTES } from '../journal/entry-id.js';

/** Some 70 records: what reading one of them costs, and small enough to be made again for every page of a list. */
export const CHUNK_BYTES = 32 * 1024;
/** A place is chunk × this + offset: no entry begins behind it. */
const PLACES = 65_536;
const DEAD = 0x8000_0000;
const HEAD_BYTES = 4;

export function chunkOf(place: number): number {
  return Math.floor(place / PLACES);
}

export function offsetOf(place: number): number {
  return place % PLACES;
}

export function placeOf(chunk: number, offset: number): number {
  return chunk * PLACES + offset;
}

/** One that is being filled, for one segment's entries. */
export class Chunk {
  readonly number: number;
  readonly segment: number;
  oldestMs = Number.MAX_SAFE_INTEGER;
  newestMs = 0;
  #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #length = 0;

  constructor(number: number, segment: number) {
    this.number = number;
    this.segment = segment;
  }

  /** What was written so far. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  hasRoomFor(body: Buffer): boolean {
    return this.#length === 0 || this.#length + HEAD_BYTES + body.length <= CHUNK_BYTES;
  }

  /** The offset at which it begins. */
  add(body: Buffer): number {
    const at = this.#length;
    const end = at + HEAD_BYTES + body.length;
    // One that is longer than a chunk is one by itself.
    if (end > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(end);
    this.#bytes.writeUInt32LE(body.length, at);
    body.copy(this.#bytes, at + HEAD_BYTES);
    this.#length = end;
    return at;
  }

  /** The entry there is of a request that has a record already. */
  strikeOut(offset: number): void {
    this.#bytes.writeUInt32LE((this.#bytes.readUInt32LE(offset) | DEAD) >>> 0, offset);
  }
}

/** The body of the entry at `offset`. */
export function bodyAt(chunk: Buffer, offset: number): Buffer {
  const length = chunk.readUInt32LE(offset) & ~DEAD;
  return chunk.subarray(offset + HEAD_BYTES, offset + HEAD_BYTES + length);
}

/** The entries from `offset` on that count. */
export function* bodiesOf(chunk: Buffer, offset: number): Generator<{ offset: number; body: Buffer }> {
  for (let at = offset; at + HEAD_BYTES <= chunk.length; ) {
    const head = chunk.readUInt32LE(at);
    const body = bodyAt(chunk, at);
    if (head < DEAD) yield { offset: at, body };
    at += HEAD_BYTES + body.length;
  }
}

/** Where the entry after that one begins; the chunk's length after the last. */
export function offsetAfter(chunk: Buffer, offset: number): number {
  return offset + HEAD_BYTES + (chunk.readUInt32LE(offset) & ~DEAD);
}

/** Two entries are of one request. */
export function isSameRequest(a: Buffer, b: Buffer): boolean {
  return a.compare(b, ID_AT, ID_AT + ID_BYTES, ID_AT, ID_AT + ID_BYTES) === 0;
}
