// Cuts AWS event streams (application/vnd.amazon.eventstream) and makes frames whose payload was changed anew, both checksums right.
//
//   total u32 | headers u32 | CRC of these 8 | headers | payload | CRC of all before       (big-endian)
//   header: name length u8 | name | type u8 (7 = string) | value length u16 | value
//
// Bedrock's invoke wraps each event of the model: {"bytes":"<base64 of the model's JSON>","p":"padding"}. Hot path: per frame.
import zlib from 'node:zlib';
import { JsonTape, STRING } from './json-tape.js';
import { keyNumber } from './keys.js';
import { type Edit, edited, type Framer, Gathered, NOTHING, Unit, type UnitSink } from './unit.js';

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const BYTES_KEY = keyNumber('bytes');
const wrapping = new JsonTape();

export class AwsFramer implements Framer {
  readonly #sink: UnitSink;
  readonly #bytesMax: number;
  readonly #wrapped: boolean;
  readonly #gathered = new Gathered();
  /** Of the frame in progress; 0 until its prelude is there. */
  #total = 0;
  #broken = false;

  /** `wrapped`: chunks hold the model's JSON as base64. */
  constructor(sink: UnitSink, bytesMax: number, wrapped: boolean) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
    this.#wrapped = wrapped;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#broken) {
      const need = (this.#total === 0 ? PRELUDE_BYTES : this.#total) - this.#gathered.size;
      if (rest.length < need) break;
      if (this.#total === 0) {
        // The prelude is looked at, and stays part of the frame.
        const prelude = this.#gathered.take(rest.subarray(0, need));
        rest = rest.subarray(need);
        this.#prelude(prelude);
        this.#gathered.add(prelude);
        continue;
      }
      const frame = this.#gathered.take(rest.subarray(0, need));
      rest = rest.subarray(need);
      this.#total = 0;
      this.#frame(frame);
    }
    this.#gathered.add(rest);
  }

  end(): void {
    if (!this.#broken && this.#gathered.size > 0) this.#fault('the event stream ends within a frame');
  }

  take(): Buffer {
    return this.#gathered.take(NOTHING);
  }

  #prelude(prelude: Buffer): void {
    const total = prelude.readUInt32BE(0);
    const headers = prelude.readUInt32BE(4);
    if (zlib.crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8) || total < headers + 16)
      this.#fault('a frame of the event stream has a wrong checksum');
    else if (total > this.#bytesMax) this.#fault(`a frame of the answer is over ${this.#bytesMax} bytes`);
    else this.#total = total;
  }

  #frame(bytes: Buffer): void {
    const end = bytes.length - CHECKSUM_BYTES;
    if (zlib.crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) {
      this.#fault('a frame of the event stream has a wrong checksum');
      this.#gathered.add(bytes);
      return;
    }
    this.#sink(this.#unit(bytes, end));
  }

  #unit(bytes: Buffer, end: number): Unit {
    const start = PRELUDE_BYTES + bytes.readUInt32BE(4);
    const payload = bytes.subarray(start, end);
    if (payload.length === 0) return new Unit({ bytes });
    const inner = this.#wrapped && wrapping.read(payload) ? wrapping.member(0, BYTES_KEY) : -1;
    if (inner < 0 || wrapping.kind(inner) !== STRING)
      return new Unit({ bytes, doc: bytes, from: start, to: end, rebuild: rebuilt });
    const [from, to] = [wrapping.start(inner), wrapping.end(inner)];
    const doc = Buffer.from(payload.toString('latin1', from, to), 'base64');
    return new Unit({ bytes, doc, places: [start + from, start + to], rebuild: rebuiltWrapped });
  }

  #fault(detail: string): void {
    this.#broken = true;
    this.#sink(new Unit({ bytes: NOTHING, fault: detail }));
  }
}

function rebuilt(unit: Unit, edits: readonly Edit[]): Buffer {
  const { bytes, from } = unit;
  return frameWith(bytes, edited(bytes.subarray(0, -CHECKSUM_BYTES), edits).subarray(from));
}

/** `places` are those of the base64 in the frame. */
function rebuiltWrapped(unit: Unit, edits: readonly Edit[]): Buffer {
  const { bytes } = unit;
  const [from = 0, to = 0] = unit.places;
  const start = PRELUDE_BYTES + bytes.readUInt32BE(4);
  const base64 = Buffer.from(edited(unit.doc ?? NOTHING, edits).toString('base64'), 'latin1');
  const payload = edited(bytes.subarray(start, -CHECKSUM_BYTES), [
    { start: from - start, end: to - start, bytes: base64 },
  ]);
  return frameWith(bytes, payload);
}

/** The frame with another payload. */
function frameWith(frame: Buffer, payload: Buffer): Buffer {
  const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4);
  const made = Buffer.alloc(headersEnd + payload.length + CHECKSUM_BYTES);
  frame.copy(made, 0, 0, headersEnd);
  payload.copy(made, headersEnd);
  made.writeUInt32BE(made.length, 0);
  made.writeUInt32BE(zlib.crc32(made.subarray(0, 8)), 8);
  made.writeUInt32BE(zlib.crc32(made.subarray(0, -CHECKSUM_BYTES)), made.length - CHECKSUM_BYTES);
  return made;
}
