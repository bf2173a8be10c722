// A JSON document with the place of each of its values, so that single values can be rewritten and every other byte stays as it came.
// Nodes stand in wire order in one array that is used again for every document; a container's node is followed by those of its members:
//
//   kind | key << 8 | flags      start      end      after (the node behind this one's last member)      parent
//
// Hot path: per event.
import { keyAt } from './keys.js';

export const OBJECT = 1;
export const ARRAY = 2;
export const STRING = 3;
/** A number, true, false or null. */
export const SCALAR = 4;

const ESCAPED = 0x80;
const WORDS = 5;
/** No document of a model nests so deep. */
const DEPTH_MAX = 256;
/** Kept between documents; a bigger one's array is let go. */
const KEPT_WORDS = 1 << 18;

const QUOTE = 0x22;
const SLASH = 0x5c;
/** Strings up to here are looked at byte by byte; of longer ones the next quote and backslash are searched for. */
const SHORT_BYTES = 24;
const COMMA = 0x2c;
const COLON = 0x3a;

export class JsonTape {
  bytes: Buffer = Buffer.alloc(0);
  #words = new Int32Array(4096 * WORDS);
  #count = 0;
  #lastKey = 0;

  /** Reads the one document that [from, to) of `bytes` hold; false where they are not JSON. Its root is node 0, offsets are those of `bytes`. */
  read(bytes: Buffer, from = 0, to = bytes.length): boolean {
    if (this.#words.length > KEPT_WORDS) this.#words = new Int32Array(4096 * WORDS);
    this.bytes = bytes;
    this.#count = 0;
    return this.#document(bytes, from, to);
  }

  kind(node: number): number {
    return (this.#words[node * WORDS] ?? 0) & 7;
  }

  /** Number of the member's key, 0 for others and for elements of arrays. */
  key(node: number): number {
    return (this.#words[node * WORDS] ?? 0) >> 8;
  }

  /** A string with a backslash in it. */
  escaped(node: number): boolean {
    return ((this.#words[node * WORDS] ?? 0) & ESCAPED) !== 0;
  }

  /** Of a string: its inside, without the quotes. */
  start(node: number): number {
    return this.#words[node * WORDS + 1] ?? 0;
  }

  end(node: number): number {
    return this.#words[node * WORDS + 2] ?? 0;
  }

  /** The node behind this one and all that is in it: its next sibling, where that is below its parent's `after`. */
  after(node: number): number {
    return this.#words[node * WORDS + 3] ?? 0;
  }

  /** -1 of the root. */
  parent(node: number): number {
    return this.#words[node * WORDS + 4] ?? -1;
  }

  /** The value of the last member with this key, -1 where there is none. */
  member(node: number, key: number): number {
    if (node < 0 || this.kind(node) !== OBJECT) return -1;
    let found = -1;
    const stop = this.after(node);
    for (let child = node + 1; child < stop; child = this.after(child))
      if (this.key(child) === key) found = child;
    return found;
  }

  /** The value that starts there (a string: its inside), -1 where none does. */
  nodeAt(start: number): number {
    for (let node = 0; node < this.#count; node++) if (this.start(node) === start) return node;
    return -1;
  }

  text(node: number): string {
    return textOf(this.bytes, this.start(node), this.end(node), this.escaped(node));
  }

  /** A whole number that is not negative, else -1. */
  index(node: number): number {
    if (node < 0 || this.kind(node) !== SCALAR) return -1;
    let value = 0;
    for (let p = this.start(node); p < this.end(node); p++) {
      const digit = (this.bytes[p] ?? 0) - 0x30;
      if (digit < 0 || digit > 9 || value > 1e8) return -1;
      value = value * 10 + digit;
    }
    return value;
  }

  isTrue(node: number): boolean {
    return node >= 0 && this.kind(node) === SCALAR && this.bytes[this.start(node)] === 0x74;
  }

  /** Over 60 lines: it is the state machine. Lenient where a lenient reader could only see the same structure. */
  #document(bytes: Buffer, from: number, end: number): boolean {
    let p = from;
    let container = -1;
    let isObject = false;
    let depth = 0;
    let key = 0;
    let c = 0;
    /** The next backslash, where one was searched for; -1: there is none. */
    let slash = 0;
    for (;;) {
      // A value begins here.
      p = skipSpace(bytes, p, end);
      if (p >= end) return false;
      c = bytes[p] ?? 0;
      if (c === QUOTE) {
        const start = ++p;
        let flags = STRING | (key << 8);
        let searchAt = p + SHORT_BYTES;
        for (;;) {
          if (p >= end) return false;
          if (p >= searchAt) {
            searchAt = p + SHORT_BYTES;
            const quote = bytes.indexOf(QUOTE, p);
            if (quote < 0) return false;
            if (slash >= 0 && slash < p) slash = bytes.indexOf(SLASH, p);
            p = slash < 0 || slash > quote ? quote : slash;
            if (p >= end) return false;
          }
          c = bytes[p] ?? 0;
          if (c === QUOTE) break;
          if (c === SLASH) {
            flags |= ESCAPED;
            p++;
          }
          p++;
        }
        this.#push(flags, start, p++, container);
      } else if (c === 0x7b || c === 0x5b) {
        if (++depth > DEPTH_MAX) return false;
        isObject = c === 0x7b;
        container = this.#push((isObject ? OBJECT : ARRAY) | (key << 8), p++, 0, container);
        p = skipSpace(bytes, p, end);
        if (bytes[p] !== (isObject ? 0x7d : 0x5d)) {
          key = 0;
          if (!isObject) continue;
          p = this.#key(bytes, p, end);
          if (p < 0) return false;
          key = this.#lastKey;
          continue;
        }
      } else {
        const start = p;
        while (p < end && isWordPart(bytes[p] ?? 0)) p++;
        if (p === start) return false;
        this.#push(SCALAR | (key << 8), start, p, container);
      }
      // A value, or nothing in a container, has ended: so may those around it.
      for (;;) {
        p = skipSpace(bytes, p, end);
        if (container < 0) return p === end;
        if (p >= end) return false;
        c = bytes[p++] ?? 0;
        if (c === COMMA) {
          key = 0;
          if (!isObject) break;
          p = this.#key(bytes, skipSpace(bytes, p, end), end);
          if (p < 0) return false;
          key = this.#lastKey;
          break;
        }
        if (c !== (isObject ? 0x7d : 0x5d)) return false;
        container = this.#close(container, p);
        isObject = container >= 0 && this.kind(container) === OBJECT;
        depth--;
      }
    }
  }

  #push(kind: number, start: number, end: number, parent: number): number {
    const node = this.#count++;
    const at = node * WORDS;
    if (at + WORDS > this.#words.length) {
      const more = new Int32Array(this.#words.length * 2);
      more.set(this.#words);
      this.#words = more;
    }
    const words = this.#words;
    words[at] = kind;
    words[at + 1] = start;
    words[at + 2] = end;
    words[at + 3] = node + 1;
    words[at + 4] = parent;
    return node;
  }

  #close(container: number, end: number): number {
    this.#words[container * WORDS + 2] = end;
    this.#words[container * WORDS + 3] = this.#count;
    return this.parent(container);
  }

  /** Reads a member's key, which is `#lastKey` then; behind its colon, -1 where there is none. */
  #key(bytes: Buffer, at: number, end: number): number {
    if (bytes[at] !== QUOTE) return -1;
    const start = at + 1;
    let escaped = false;
    let p = start;
    for (;;) {
      if (p >= end) return -1;
      const c = bytes[p];
      if (c === QUOTE) break;
      if (c === SLASH) {
        escaped = true;
        p++;
      }
      p++;
    }
    if (escaped) {
      const plain = Buffer.from(textOf(bytes, start, p, true));
      this.#lastKey = keyAt(plain, 0, plain.length);
    } else this.#lastKey = keyAt(bytes, start, p);
    p = skipSpace(bytes, p + 1, end);
    return bytes[p] === COLON ? p + 1 : -1;
  }
}

function skipSpace(bytes: Buffer, from: number, end: number): number {
  let p = from;
  while (p < end) {
    const c = bytes[p];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
    p++;
  }
  return p;
}

/** Of a number, true, false, null. */
function isWordPart(c: number): boolean {
  return (
    (c >= 0x30 && c <= 0x39) ||
    ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) ||
    c === 0x2d ||
    c === 0x2b ||
    c === 0x2e
  );
}

/** The inside of a JSON string, its escapes undone. A string that no JSON parser takes stays as it is. */
export function textOf(bytes: Buffer, start: number, end: number, escaped: boolean): string {
  const text = bytes.toString('utf8', start, end);
  if (!escaped) return text;
  return parsed(text) ?? parsed(text.replace(/[\p{Cc}]/gu, controlEscape)) ?? text;
}

function parsed(inside: string): string | null {
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return null;
  }
}

/** Raw control characters are not JSON, but lenient readers take them. */
function controlEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
