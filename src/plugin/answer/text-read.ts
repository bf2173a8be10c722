// Finds the texts of one document. The tables of text-rules.ts are made of the readers here: each is given a value and says what of it is text.
// Hot path: per event.

import { isHole } from './event-template.js';
import { type EventType, eventType, PLAIN_EVENT } from './event-types.js';
import { ARRAY, type JsonTape, OBJECT, STRING } from './json-tape.js';
import { KEY_COUNT, type KeyName, keyNumber } from './keys.js';
import { ARGUMENTS, type FoundText, REASONING, SUMMARY, TEXT } from './text-kinds.js';

const TYPE = keyNumber('type');
const EVENT_TYPE = keyNumber('event_type');
const ID = keyNumber('id');
const INDEX = keyNumber('index');
const OUTPUT_INDEX = keyNumber('output_index');
const CONTENT_BLOCK_INDEX = keyNumber('contentBlockIndex');
const CONTENT_INDEX = keyNumber('content_index');
const SUMMARY_INDEX = keyNumber('summary_index');
const COMMAND_INDEX = keyNumber('command_index');
/** They differ from event to event and say nothing. */
const VOLATILE = new Set(
  (['created', 'created_at', 'obfuscation', 'p', 'sequence_number'] as const).map(keyNumber),
);
const IDS_MAX = 4096;

/** Reads a value: what of it is text goes to `r.found`. */
export type Read = (r: TextReader, node: number) => void;

/** The state of reading one document. */
export class TextReader {
  readonly tape: JsonTape;
  type: EventType = PLAIN_EVENT;
  /** Of texts that say no other. */
  role = 0;
  outer = 0;
  inner = 0;
  /** What the text of a part is. */
  partFlavour = TEXT;
  /** The document is the dialect's last. */
  final = false;
  found: FoundText[] = [];
  /** Members of the document that differ from event to event and say nothing. */
  volatile: number[] = [];

  readonly #ids = new Map<string, number>();

  constructor(tape: JsonTape) {
    this.tape = tape;
  }

  /** Reads `node`, a document's object, by `read`; `name` is the event's, where its framing has names. Its texts are in `found`. */
  document(node: number, name: string, read: Read): void {
    const { tape } = this;
    let typeAt = -1;
    let id = -1;
    this.outer = this.inner = 0;
    const stop = tape.after(node);
    for (let child = node + 1; child < stop; child = tape.after(child)) {
      const key = tape.key(child);
      if (key === 0) continue;
      if (key === TYPE || key === EVENT_TYPE) typeAt = child;
      else if (key === ID) id = child;
      else if (key === INDEX || key === OUTPUT_INDEX || key === CONTENT_BLOCK_INDEX)
        this.outer = Math.max(tape.index(child), 0);
      else if (key === CONTENT_INDEX || key === SUMMARY_INDEX || key === COMMAND_INDEX)
        this.inner = Math.max(tape.index(child), 0);
      else if (VOLATILE.has(key) && isHole(tape, child)) this.volatile.push(child);
    }
    const said = typeAt >= 0 && tape.kind(typeAt) === STRING ? tape.text(typeAt) : '';
    // A run's step has a type of its own.
    const type = name.startsWith('thread.') || said === '' ? name : said;
    this.#begin(type === '' ? PLAIN_EVENT : eventType(type));
    if (this.type.thread && id >= 0) this.outer = this.#numberOf(tape.text(id));
    read(this, node);
  }

  #begin(type: EventType): void {
    this.type = type;
    this.role = type.role;
    this.partFlavour = type.flavour === SUMMARY || type.flavour === REASONING ? type.flavour : TEXT;
    if (type.final) this.final = true;
  }

  /** Messages and steps of a run, as they come. */
  #numberOf(id: string): number {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const number = this.#ids.size;
    if (number < IDS_MAX) this.#ids.set(id, number);
    return number;
  }

  stringMember(node: number, key: number): string {
    const value = this.tape.member(node, key);
    return value >= 0 && this.tape.kind(value) === STRING ? this.tape.text(value) : '';
  }
}

/** A string is text. An empty one is nothing: there is nobody to ask about it. */
export function text(flavour: number, role: number | null = null): Read {
  return (r, node) => put(r, node, flavour, role ?? r.role);
}

export function put(r: TextReader, node: number, flavour: number, role: number): void {
  const { tape } = r;
  if (flavour < 0 || tape.kind(node) !== STRING || tape.end(node) === tape.start(node)) return;
  r.found.push({
    flavour,
    role,
    outer: r.outer,
    inner: r.inner,
    start: tape.start(node),
    end: tape.end(node),
    raw: false,
    escaped: tape.escaped(node),
  });
}

/** An object is a tool's arguments, as it stands; with `filled` only if it has members. */
export function raw(filled = false): Read {
  return (r, node) => {
    const { tape } = r;
    if (tape.kind(node) !== OBJECT || (filled && tape.after(node) === node + 1)) return;
    r.found.push({
      flavour: ARGUMENTS,
      role: r.role,
      outer: r.outer,
      inner: r.inner,
      start: tape.start(node),
      end: tape.end(node),
      raw: true,
      escaped: false,
    });
  };
}

/** The members of an object by key. */
export function members(table: Partial<Record<KeyName, Read>>): Read {
  const reads: (Read | undefined)[] = new Array<Read | undefined>(KEY_COUNT).fill(undefined);
  for (const [name, read] of Object.entries(table)) reads[keyNumber(name as KeyName)] = read;
  return (r, node) => {
    const { tape } = r;
    const stop = tape.after(node);
    for (let child = node + 1; child < stop; child = tape.after(child)) reads[tape.key(child)]?.(r, child);
  };
}

/** Only of an object. What it says of indices ends with it. */
export function object(read: Read): Read {
  return (r, node) => {
    if (r.tape.kind(node) !== OBJECT) return;
    const { outer, inner } = r;
    read(r, node);
    r.outer = outer;
    r.inner = inner;
  };
}

/** The elements of an array, which number what they hold by their place: as choice or block, or as part or call, or not at all. */
export function each(numbers: 'outer' | 'inner' | null, read: Read): Read {
  return (r, node) => {
    const { tape } = r;
    if (tape.kind(node) !== ARRAY) return;
    const { outer, inner } = r;
    const stop = tape.after(node);
    let place = 0;
    for (let child = node + 1; child < stop; child = tape.after(child)) {
      r.outer = numbers === 'outer' ? place : outer;
      r.inner = numbers === 'inner' ? place : numbers === 'outer' ? 0 : inner;
      read(r, child);
      place++;
    }
    r.outer = outer;
    r.inner = inner;
  };
}

/** All of them; each takes the kinds of value that are its own. */
export function many(...reads: readonly Read[]): Read {
  return (r, node) => {
    for (const read of reads) read(r, node);
  };
}

/** Under another role. */
export function when(role: number, read: Read): Read {
  return (r, node) => {
    const before = r.role;
    r.role = role;
    read(r, node);
    r.role = before;
  };
}
