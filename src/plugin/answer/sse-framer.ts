// Cuts server-sent events: lines end in LF, CRLF or CR, an empty line ends the event, the last may lack it. Hot path: per event.
import { type Edit, edited, type Framer, Gathered, NOTHING, Unit, type UnitSink } from './unit.js';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;

export class SseFramer implements Framer {
  readonly #sink: UnitSink;
  readonly #bytesMax: number;
  readonly #gathered = new Gathered();
  /** The line in progress has no byte yet. */
  #atLineStart = true;
  /** A CR ended the last line: an LF that follows belongs to it. */
  #afterCr = false;
  /** The event in progress has lines. */
  #begun = false;
  #broken = false;

  constructor(sink: UnitSink, bytesMax: number) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): void {
    if (this.#broken) {
      this.#gathered.add(chunk);
      return;
    }
    const { length } = chunk;
    let from = 0;
    let at = 0;
    let lf = chunk.indexOf(LF);
    let cr = chunk.indexOf(CR);
    while (at < length) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (chunk[at] === LF) {
          at++;
          continue;
        }
      }
      if (lf >= 0 && lf < at) lf = chunk.indexOf(LF, at);
      if (cr >= 0 && cr < at) cr = chunk.indexOf(CR, at);
      const end = lf < 0 ? cr : cr < 0 ? lf : Math.min(lf, cr);
      if (end < 0) {
        this.#atLineStart = false;
        this.#begun = true;
        break;
      }
      const empty = this.#atLineStart && end === at;
      this.#atLineStart = true;
      at = end + 1;
      if (end === cr) {
        if (at === length) this.#afterCr = true;
        else if (chunk[at] === LF) at++;
      }
      if (!empty) this.#begun = true;
      else if (this.#begun) {
        this.#begun = false;
        this.#sink(eventUnit(this.#gathered.take(chunk.subarray(from, at))));
        from = at;
      }
    }
    this.#gathered.add(chunk.subarray(from));
    if (this.#gathered.size > this.#bytesMax) {
      this.#broken = true;
      this.#sink(
        new Unit({ bytes: NOTHING, fault: `an event of the answer is over ${this.#bytesMax} bytes` }),
      );
    }
  }

  end(): void {
    if (!this.#broken && this.#gathered.size > 0) this.#sink(eventUnit(this.take()));
  }

  take(): Buffer {
    return this.#gathered.take(NOTHING);
  }
}

/** `data:` lines of an event, its name, what they hold. */
function eventUnit(bytes: Buffer): Unit {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let name = '';
  let start = -1;
  let end = -1;
  let more: number[] | null = null;
  while (at < bytes.length) {
    const stop = lineEnd(bytes, at);
    if (isField(bytes, at, stop, DATA)) {
      const value = valueStart(bytes, at + 4, stop);
      if (start < 0) {
        start = value;
        end = stop;
      } else {
        more ??= [start, end];
        more.push(value, stop);
      }
    } else if (isField(bytes, at, stop, EVENT))
      name = bytes.toString('latin1', valueStart(bytes, at + 5, stop), stop);
    at = stop + 1;
  }
  if (more !== null) return manyLines(bytes, name, more);
  if (start < 0) return new Unit({ bytes });
  while (bytes[start] === SPACE) start++;
  if (start >= end) return new Unit({ bytes, name });
  if (bytes[start] === 0x5b && bytes.toString('latin1', start, end).trim() === '[DONE]')
    return new Unit({ bytes, name, closes: true });
  return new Unit({ bytes, doc: bytes, from: start, to: end, name });
}

/** Data in several lines is joined by LF (HTML, server-sent events). */
function manyLines(bytes: Buffer, name: string, lines: readonly number[]): Unit {
  const parts: Buffer[] = [];
  const places: number[] = [];
  let length = 0;
  for (let i = 0; i < lines.length; i += 2) {
    if (i > 0) parts.push(NEW_LINE);
    length += i > 0 ? 1 : 0;
    const line = bytes.subarray(lines[i], lines[i + 1]);
    places.push(length, lines[i] ?? 0);
    parts.push(line);
    length += line.length;
  }
  const doc = Buffer.concat(parts);
  const text = doc.toString('latin1').trim();
  if (text === '' || text === '[DONE]') return new Unit({ bytes, name, closes: text !== '' });
  return new Unit({ bytes, doc, name, places, rebuild: inLines });
}

/** `places`: of each line, its offset in the document and in the bytes. */
function inLines(unit: Unit, edits: readonly Edit[]): Buffer {
  const at = (offset: number): number => {
    const { places } = unit;
    let shift = 0;
    for (let i = 0; i < places.length && (places[i] ?? 0) <= offset; i += 2)
      shift = (places[i + 1] ?? 0) - (places[i] ?? 0);
    return offset + shift;
  };
  const moved = edits.map(edit => ({ start: at(edit.start), end: at(edit.end), bytes: edit.bytes }));
  return edited(unit.bytes, moved);
}

const NEW_LINE = Buffer.from('\n');
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  const end = lf < 0 ? bytes.length : lf;
  const cr = bytes.indexOf(CR, from);
  return cr < 0 || cr > end ? end : cr;
}

function isField(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  const behind = from + name.length;
  if (behind > to || (behind < to && bytes[behind] !== COLON)) return false;
  for (let i = 0; i < name.length; i++) if (bytes[from + i] !== name[i]) return false;
  return true;
}

/** Behind the colon at `colon` and the one space that may follow it. */
function valueStart(bytes: Buffer, colon: number, to: number): number {
  const at = colon + 1;
  return at < to && bytes[at] === SPACE ? at + 1 : Math.min(at, to);
}
