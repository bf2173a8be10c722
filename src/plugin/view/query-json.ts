// `body_query`: the value at a JSON Pointer (RFC 6901) in a body's raw bytes, found in one pass that makes no values.
// Hot path: per query of a plugin.
import {
  isArrayEnd,
  isArrayStart,
  isComma,
  isObjectEnd,
  isObjectStart,
  isStringStart,
  spaceEnd,
  stringEnd,
  valueEnd,
  valueStart,
} from './json-scan.js';
import { stringText } from './unescape.js';

/** A pointer of more steps finds nothing: the search goes as deep as the pointer has steps. */
export const POINTER_STEPS_MAX = 256;

/**
 * The value's JSON text as it stands in the body, or of a string its text as UTF-8. Of a key that stands more than once the last value
 * counts, as JSON parsers have it. Null: there is none, the pointer is not one, or the body is not JSON (or nests deeper than 65,536).
 */
export function queryJson(body: Uint8Array, pointer: string): Uint8Array | null {
  const steps = stepsOf(pointer);
  return steps === null ? null : new Query(body, steps).run();
}

/** Null where it is not a pointer. */
function stepsOf(pointer: string): Step[] | null {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return null;
  const steps = pointer.slice(1).split('/');
  return steps.length > POINTER_STEPS_MAX ? null : steps.map(stepOf);
}

interface Step {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** As an index of a list; -1 where it cannot be one. */
  readonly index: number;
}

function stepOf(written: string): Step {
  const key = written.replaceAll('~1', '/').replaceAll('~0', '~');
  const index = /^(?:0|[1-9]\d{0,9})$/.test(key) ? Number(key) : -1;
  return { key, bytes: Buffer.from(key, 'utf8'), index };
}

class Query {
  readonly #body: Uint8Array;
  readonly #steps: readonly Step[];
  #from = -1;
  #to = -1;

  constructor(body: Uint8Array, steps: readonly Step[]) {
    this.#body = body;
    this.#steps = steps;
  }

  run(): Uint8Array | null {
    const body = this.#body;
    const bom = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
    const end = this.#value(spaceEnd(body, bom ? 3 : 0), 0);
    if (end < 0 || spaceEnd(body, end) !== body.length || this.#from < 0) return null;
    return isStringStart(body[this.#from])
      ? stringText(body, this.#from + 1, this.#to - 1)
      : body.subarray(this.#from, this.#to);
  }

  /** The value at `p`, which `depth` steps have led to. Returns its end. */
  #value(p: number, depth: number): number {
    const step = this.#steps[depth];
    if (step === undefined) {
      this.#from = p;
      this.#to = valueEnd(this.#body, p);
      return this.#to;
    }
    // What an earlier key of the same name led to does not count any more.
    this.#from = -1;
    if (isObjectStart(this.#body[p])) return this.#object(p, step, depth);
    if (isArrayStart(this.#body[p]) && step.index >= 0) return this.#array(p, step.index, depth);
    return valueEnd(this.#body, p);
  }

  #object(open: number, step: Step, depth: number): number {
    const body = this.#body;
    let p = spaceEnd(body, open + 1);
    if (isObjectEnd(body[p])) return p + 1;
    while (true) {
      const keyEnd = stringEnd(body, p);
      if (keyEnd < 0) return -1;
      const value = valueStart(body, keyEnd);
      if (value < 0) return -1;
      p = this.#isKey(p, keyEnd, step) ? this.#value(value, depth + 1) : valueEnd(body, value);
      if (p < 0) return -1;
      p = spaceEnd(body, p);
      if (isObjectEnd(body[p])) return p + 1;
      if (!isComma(body[p])) return -1;
      p = spaceEnd(body, p + 1);
    }
  }

  #array(open: number, index: number, depth: number): number {
    const body = this.#body;
    let p = spaceEnd(body, open + 1);
    if (isArrayEnd(body[p])) return p + 1;
    for (let i = 0; ; i++) {
      p = i === index ? this.#value(p, depth + 1) : valueEnd(body, p);
      if (p < 0) return -1;
      p = spaceEnd(body, p);
      if (isArrayEnd(body[p])) return p + 1;
      if (!isComma(body[p])) return -1;
      p = spaceEnd(body, p + 1);
    }
  }

  /** Whether the quoted key at [from, to) is the step's; rare ones with an escape are read as parsers read them. */
  #isKey(from: number, to: number, step: Step): boolean {
    const body = this.#body;
    const { bytes } = step;
    for (let p = from + 1; p < to - 1; p++)
      if (body[p] === 0x5c) return escapedKey(body, from, to) === step.key;
    if (to - from - 2 !== bytes.length) return false;
    for (let i = 0; i < bytes.length; i++) if (body[from + 1 + i] !== bytes[i]) return false;
    return true;
  }
}

function escapedKey(body: Uint8Array, from: number, to: number): string {
  const quoted = Buffer.from(body.buffer, body.byteOffset + from, to - from).toString('utf8');
  return JSON.parse(quoted) as string;
}
