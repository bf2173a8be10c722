// Consecutive events of a stream mostly differ in a few values alone: the text, a running number, filler, a time. The last event with one
// text is kept as literals and holes; an event of the same literals says the same but for what is in the holes, and need not be parsed:
//
//   literal | hole | literal | hole | … | literal        hole: the inside of a string, or digits
//
// Hot path: per event; bench/plugin/answer.js pays for this.
import { type JsonTape, SCALAR, STRING } from './json-tape.js';
import { DELTA, type FoundText } from './text-kinds.js';

const HOLES_MAX = 4;
const BYTES_MAX = 4096;
/** After so many misses in a row only every 16th event is kept: it does not pay for this stream. */
const MISSES_MAX = 8;

export class EventTemplate {
  #literals: Buffer[] = [];
  /** Whether each hole holds digits. */
  #digits: boolean[] = [];
  #found: FoundText | null = null;
  /** Which hole is the text. */
  #text = 0;
  #name = '';
  #misses = 0;

  /** The text of the event at [from, to) if it is the template with other holes; null: it has to be read. */
  match(doc: Buffer, from: number, to: number, name: string): FoundText | null {
    const found = this.#found;
    if (found === null || name !== this.#name) return null;
    let at = from;
    let start = 0;
    let end = 0;
    const last = this.#literals.length - 1;
    for (let i = 0; i <= last; i++) {
      const literal = this.#literals[i];
      const next = at + (literal?.length ?? 0);
      if (literal === undefined || next > to || (i === last && next !== to)) return null;
      if (doc.compare(literal, 0, literal.length, at, next) !== 0) return null;
      if (i === last) break;
      at = this.#digits[i] === true ? digitsEnd(doc, next, to) : stringEnd(doc, next, to);
      if (at < 0) return null;
      if (i !== this.#text) continue;
      start = next;
      end = at;
    }
    // An empty text is none.
    if (end === start) return null;
    this.#misses = 0;
    const { flavour, role, outer, inner } = found;
    return { flavour, role, outer, inner, start, end, raw: false, escaped: hasBackslash(doc, start, end) };
  }

  /** An event was read: it is the template now, if it has one text and `volatile` values, which stand in the order of the wire. */
  learn(
    tape: JsonTape,
    from: number,
    to: number,
    name: string,
    found: FoundText,
    volatile: readonly number[],
  ): void {
    this.#misses++;
    if (this.#misses > MISSES_MAX && (this.#misses & 15) !== 0) return;
    if (found.role !== DELTA || found.raw || volatile.length >= HOLES_MAX || to - from > BYTES_MAX) return;
    this.#found = null;
    const nodes = [tape.nodeAt(found.start), ...volatile].sort((a, b) => a - b);
    const bytes = Buffer.from(tape.bytes.subarray(from, to)); // the event's own belong to its chunk
    const literals: Buffer[] = [];
    let at = 0;
    for (const node of nodes) {
      literals.push(bytes.subarray(at, tape.start(node) - from));
      at = tape.end(node) - from;
    }
    literals.push(bytes.subarray(at));
    this.#literals = literals;
    this.#digits = nodes.map(node => tape.kind(node) === SCALAR);
    this.#text = nodes.findIndex(node => tape.start(node) === found.start);
    this.#name = name;
    this.#found = found;
  }
}

/** Whether a value may be a hole: a string, or a whole number. */
export function isHole(tape: JsonTape, node: number): boolean {
  return tape.kind(node) === STRING || tape.index(node) >= 0;
}

/** First quote at or after `from` that no backslash escapes; -1 where there is none. */
function stringEnd(doc: Buffer, from: number, to: number): number {
  for (let p = from; p < to; p++) {
    const c = doc[p];
    if (c === 0x22) return p;
    if (c === 0x5c) p++;
  }
  return -1;
}

function hasBackslash(doc: Buffer, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if (doc[p] === 0x5c) return true;
  return false;
}

function digitsEnd(doc: Buffer, from: number, to: number): number {
  let p = from;
  while (p < to && (doc[p] ?? 0) >= 0x30 && (doc[p] ?? 0) <= 0x39) p++;
  return p === from ? -1 : p;
}
