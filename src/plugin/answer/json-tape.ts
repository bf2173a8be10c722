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
const COMMA = 0x2c;

export class JsonTape {
  bytes: Uint8Array = new Uint8Array(0);
  #words = new Int32Array(4096 * WORDS);
  #count = 0;
  #at = 0;
  #end = 0;

  /** Reads the one document that `bytes` hold; false where they are not JSON. Its root is node 0. */
  read(bytes: Uint8Array): boolean {
    if (this.#words.length > KEPT_WORDS) this.#words = new Int32Array(4096 * WORDS);
    this.bytes = bytes;
    this.#count = 0;
    this.#at = 0;
    this.#end = bytes.length;
    return this.#document();
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

  // Over 60 lines with its helpers it would be a grammar; it is lenient where a lenient reader could only see the same structure.
  #document(): boolean {
    let container = -1;
    let depth = 0;
    let key = 0;
    for (;;) {
      // A value begins here.
      const c = this.#next();
      if (c === 0x7b || c === 0x5b) {
        if (++depth > DEPTH_MAX) return false;
        container = this.#push(c === 0x7b ? OBJECT : ARRAY, key, this.#at, container);
        this.#at++;
        const first = this.#next();
        if (first !== (c === 0x7b ? 0x7d : 0x5d)) {
          key = c === 0x7b ? this.#key() : 0;
          if (key < 0) return false;
          continue;
        }
      } else if (c === QUOTE) {
        if (!this.#string(key, container)) return false;
      } else if (!this.#scalar(key, container)) return false;
      // A value, or nothing in a container, has ended: so may those around it.
      for (;;) {
        const next = this.#next();
        if (container < 0) return this.#at === this.#end;
        const isObject = this.kind(container) === OBJECT;
        if (next === COMMA) {
          this.#at++;
          if (isObject) this.#next();
          key = isObject ? this.#key() : 0;
          if (key < 0) return false;
          break;
        }
        if (next !== (isObject ? 0x7d : 0x5d)) return false;
        container = this.#close(container);
        depth--;
      }
    }
  }

  /** Skips white space; the byte that follows, -1 at the end. */
  #next(): number {
    while (this.#at < this.#end) {
      const c = this.bytes[this.#at] ?? 0;
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return c;
      this.#at++;
    }
    return -1;
  }

  #push(kind: number, key: number, start: number, parent: number): number {
    const node = this.#count++;
    const at = node * WORDS;
    if (at + WORDS > this.#words.length) {
      const more = new Int32Array(this.#words.length * 2);
      more.set(this.#words);
      this.#words = more;
    }
    this.#words[at] = kind | (key << 8);
    this.#words[at + 1] = start;
    this.#words[at + 3] = node + 1;
    this.#words[at + 4] = parent;
    return node;
  }

  #close(container: number): number {
    this.#at++;
    this.#words[container * WORDS + 2] = this.#at;
    this.#words[container * WORDS + 3] = this.#count;
    return this.parent(container);
  }

  /** Reads a member's key and its colon; -1 where there is none. */
  #key(): number {
    if (this.bytes[this.#at] !== QUOTE) return -1;
    const start = ++this.#at;
    const escaped = this.#skipString();
    if (escaped < 0) return -1;
    const end = this.#at++;
    if (this.#next() !== 0x3a) return -1;
    this.#at++;
    if (escaped === 0) return keyAt(this.bytes, start, end);
    const plain = Buffer.from(textOf(this.bytes, start, end, true));
    return keyAt(plain, 0, plain.length);
  }

  #string(key: number, container: number): boolean {
    const node = this.#push(STRING, key, ++this.#at, container);
    const escaped = this.#skipString();
    if (escaped < 0) return false;
    this.#words[node * WORDS] = STRING | (key << 8) | escaped;
    this.#words[node * WORDS + 2] = this.#at++;
    return true;
  }

  /** To the closing quote; ESCAPED where a backslash was passed, -1 where there is no quote. */
  #skipString(): number {
    const { bytes } = this;
    const end = this.#end;
    let escaped = 0;
    let p = this.#at;
    while (p < end) {
      const c = bytes[p];
      if (c === QUOTE) {
        this.#at = p;
        return escaped;
      }
      if (c === SLASH) {
        escaped = ESCAPED;
        p++;
      }
      p++;
    }
    return -1;
  }

  #scalar(key: number, container: number): boolean {
    const start = this.#at;
    const { bytes } = this;
    let p = start;
    while (p < this.#end) {
      const c = bytes[p] ?? 0;
      const isPart =
        (c >= 0x30 && c <= 0x39) ||
        ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) ||
        c === 0x2d ||
        c === 0x2b ||
        c === 0x2e;
      if (!isPart) break;
      p++;
    }
    if (p === start) return false;
    this.#words[this.#push(SCALAR, key, start, container) * WORDS + 2] = p;
    this.#at = p;
    return true;
  }
}

/** The inside of a JSON string, its escapes undone. A string that no JSON parser takes stays as it is. */
export function textOf(bytes: Uint8Array, start: number, end: number, escaped: boolean): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
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
