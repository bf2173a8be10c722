// YAML text → plain values, each with its place in the text. Refuses what has no single meaning in a
// configuration: duplicate keys, custom tags, several documents; bounds size, depth and the growth of aliases.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Environment, interpolate } from './interpolate.js';
import { type Path, type Problem, pathText, valueAt } from './problem.js';
import { offsetInScalar } from './scalar-offset.js';

/** A configuration of 10,000 consumers has about 2 MiB. */
const TEXT_CHARS_MAX = 16 * 1024 * 1024;
/** The schema is 6 levels deep; more is a mistake, and walking stays far from the stack's end. */
const DEPTH_MAX = 32;
/** 10,000 consumers with three keys each have 300,000 values. */
const NODES_MAX = 1_000_000;
/** Aliases can double a document per line ("billion laughs"), and each costs a walk through the document. */
const ALIASES_MAX = 1000;

export interface ReadYaml {
  /** Maps have no prototype; a key without a value is undefined. Undefined for an empty text. */
  readonly value: unknown;
  /** False where the text has no shape to go on checking. */
  readonly usable: boolean;
  readonly problems: readonly Problem[];
  /** Line and column of a path's value (or of its key), or of the nearest parent that exists. */
  place(path: Path, at: 'key' | 'value'): { line: number; column: number };
  /** Line and column of the character `offset` of a string; of its beginning, where environment variables were put in. */
  placeIn(path: Path, offset: number): { line: number; column: number };
  /** The string as it stands in the text, where environment variables were put in. */
  source(path: Path): string | undefined;
}

export function readYaml(text: string, file: string, env: Environment): ReadYaml {
  const reader = new Reader(text, file, env);
  if (text.length > TEXT_CHARS_MAX) {
    reader.problem(0, [], `the file has ${text.length} characters; allowed: up to ${TEXT_CHARS_MAX}`);
    return reader.result(undefined, false);
  }
  let document: Document;
  try {
    document = parseDocument(text, {
      lineCounter: reader.lines,
      prettyErrors: false,
      resolveKnownTags: false,
      // At `silent` the parser would keep a second document to itself.
      logLevel: 'error',
      version: '1.2',
      schema: 'core',
    });
  } catch (error) {
    // The parser recurses: a text of brackets alone ends its stack.
    if (!(error instanceof RangeError)) throw error;
    reader.problem(0, [], 'the file is nested too deeply to be read');
    return reader.result(undefined, false);
  }
  let usable = true;
  const places = new Set<number>();
  for (const mistake of [...document.errors, ...document.warnings]) {
    // One open bracket makes the parser complain once per bracket around it, at the same place.
    if (places.has(mistake.pos[0])) continue;
    places.add(mistake.pos[0]);
    if (mistake.code !== 'DUPLICATE_KEY') usable = false;
    reader.problem(mistake.pos[0], [], syntaxMessage(mistake.code, mistake.message, text, mistake.pos[0]));
  }
  if (!usable) return reader.result(undefined, false);
  const value = document.contents === null ? undefined : reader.walk(document.contents, [], document, 0);
  return reader.result(value, !reader.stopped);
}

/** The parser's own words, except where they are too short or could repeat a value from the file. */
function syntaxMessage(code: string, message: string, text: string, offset: number): string {
  if (code === 'DUPLICATE_KEY') {
    const key = /^[^\s:,{}[\]]{1,64}/.exec(text.slice(offset, offset + 64))?.[0] ?? '';
    return `the key ${key} stands here a second time; allowed: once`;
  }
  if (code === 'MULTIPLE_DOCS') return 'a second YAML document begins here; allowed: one';
  if (code === 'TAG_RESOLVE_FAILED') return 'a YAML tag stands here; allowed: plain values only';
  if (code === 'RESOURCE_EXHAUSTION') return 'the file is nested too deeply to be read';
  if (code === 'TAB_AS_INDENT') return 'a tab is used to indent; allowed: spaces';
  const words = message.replaceAll(/["'`:].*$/gs, '').slice(0, 120);
  return `the YAML is broken here: ${words}`;
}

class Reader {
  readonly lines = new LineCounter();
  readonly #text: string;
  readonly #file: string;
  readonly #env: Environment;
  readonly #problems: Problem[] = [];
  readonly #places = new Map<string, { key: number; value: number }>();
  readonly #sources = new Map<string, string>();
  #nodes = 0;
  #aliases = 0;
  stopped = false;

  constructor(text: string, file: string, env: Environment) {
    this.#text = text;
    this.#file = file;
    this.#env = env;
  }

  problem(offset: number, path: Path, message: string): void {
    const { line, col } = this.lines.linePos(offset);
    this.#problems.push({
      file: this.#file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      path: pathText(path),
      message,
      severity: 'error',
    });
  }

  walk(node: Node, path: Path, document: Document, depth: number, keyOffset = -1): unknown {
    const offset = node.range?.[0] ?? 0;
    this.#places.set(pathId(path), { key: keyOffset < 0 ? offset : keyOffset, value: offset });
    this.#nodes++;
    if (this.stopped) return undefined;
    if (depth > DEPTH_MAX || this.#nodes > NODES_MAX || this.#aliases > ALIASES_MAX) {
      this.stopped = true;
      this.problem(
        offset,
        path,
        'the file is nested too deeply, has too many values, or more than 1,000 aliases',
      );
      return undefined;
    }
    if (isAlias(node)) {
      this.#aliases++;
      const target = node.resolve(document);
      if (target !== undefined) return this.walk(target, path, document, depth + 1, keyOffset);
      this.problem(offset, path, 'an alias stands here whose anchor is not set before');
      return undefined;
    }
    if (isScalar(node)) return this.#scalar(node.value, offset, path);
    if (isSeq(node)) {
      return node.items.map((item, i) => {
        const place = [...path, i];
        return isNode(item) ? this.walk(item, place, document, depth + 1) : undefined;
      });
    }
    return isMap(node) ? this.#map(node.items, path, document, depth) : undefined;
  }

  #map(
    pairs: readonly { key: unknown; value: unknown }[],
    path: Path,
    document: Document,
    depth: number,
  ): object {
    const map: Record<string, unknown> = Object.create(null);
    for (const pair of pairs) {
      const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      const key = isScalar(pair.key) ? pair.key.value : null;
      if ((typeof key !== 'string' && typeof key !== 'number') || key === '__proto__') {
        this.problem(offset, path, 'this key is not a name; allowed: plain text');
        continue;
      }
      const place = [...path, String(key)];
      this.#places.set(pathId(place), { key: offset, value: offset });
      const empty = !isNode(pair.value) || (isScalar(pair.value) && pair.value.value === null);
      map[String(key)] = empty
        ? undefined
        : this.walk(pair.value as Node, place, document, depth + 1, offset);
    }
    return map;
  }

  #scalar(value: unknown, offset: number, path: Path): unknown {
    if (typeof value !== 'string' || !value.includes('${')) return value;
    const { text, mistakes } = interpolate(value, this.#env);
    for (const mistake of mistakes) this.problem(offset, path, `${pathText(path)} ${mistake}`);
    this.#sources.set(pathId(path), value);
    return text;
  }

  /** Of a scalar; 0 for the whole of what is no scalar, or has another text than the one that stands there. */
  #offsetIn(path: Path, offset: number, value: unknown): number {
    const id = pathId(path);
    const start = this.#places.get(id)?.value;
    const text = valueAt(value, path);
    if (start === undefined || typeof text !== 'string' || this.#sources.has(id)) return start ?? 0;
    return offsetInScalar(this.#text, start, text, offset);
  }

  result(value: unknown, usable: boolean): ReadYaml {
    return {
      value,
      usable,
      problems: this.#problems,
      place: (path, at) => {
        for (let length = path.length; ; length--) {
          const found = this.#places.get(pathId(path.slice(0, length)));
          if (found === undefined && length > 0) continue;
          const { line, col } = this.lines.linePos(found?.[at] ?? 0);
          return { line: Math.max(line, 1), column: Math.max(col, 1) };
        }
      },
      placeIn: (path, offset) => {
        const { line, col } = this.lines.linePos(this.#offsetIn(path, offset, value));
        return { line: Math.max(line, 1), column: Math.max(col, 1) };
      },
      source: path => this.#sources.get(pathId(path)),
    };
  }
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function pathId(path: Path): string {
  return path.join('\u0000');
}
