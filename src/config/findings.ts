// Collects every problem of one configuration, puts each at its place, and says what was found there without
// ever showing a secret.
import type { z } from 'zod';
import { nearest } from '../core/nearest.js';
import { type Path, type Problem, pathText, valueAt } from './problem.js';
import type { ReadYaml } from './read-yaml.js';

const SHOWN_CHARS_MAX = 60;
/** Beginnings of keys people paste into the wrong place. */
const KEY_LIKE = /^(?:weir_|sk-|sk_|gsk_|xai-|AKIA|ASIA|AIza|ya29\.|eyJ|Bearer )/;

export class Findings {
  readonly problems: Problem[];
  readonly #file: string;
  readonly #read: ReadYaml;
  /** Values that could not even be read (an unset variable): no second complaint about these. */
  readonly #unread: ReadonlySet<string>;

  constructor(file: string, read: ReadYaml) {
    this.#file = file;
    this.#read = read;
    this.problems = [...read.problems];
    this.#unread = new Set(read.problems.map(problem => problem.path).filter(path => path !== ''));
  }

  /** In the order of the text. */
  get sorted(): readonly Problem[] {
    return this.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  get failed(): boolean {
    return this.problems.some(problem => problem.severity === 'error');
  }

  /** `<path> <message>` at the value's place, or at its key's. */
  error(path: Path, message: string, at: 'key' | 'value' = 'value'): void {
    this.#add('error', path, message, at);
  }

  warning(path: Path, message: string, at: 'key' | 'value' = 'value'): void {
    this.#add('warning', path, message, at);
  }

  /** `<path> at character <n>: <message>`, placed within the text that stands there. */
  inText(severity: Problem['severity'], path: Path, offset: number, message: string): void {
    const words = `at character ${offset + 1}: ${message}`;
    this.#add(severity, path, words, 'value', this.#read.placeIn(path, offset));
  }

  /** `<path> is <found>; <mend> allowed: <allowed>`: for values whose text may not be shown as it is. */
  refuse(path: Path, value: string, allowed: string, mend = ''): void {
    this.error(path, `is ${this.quote(path, value)};${mend === '' ? '' : ` ${mend}`} allowed: ${allowed}`);
  }

  /** The checked value, or undefined after reporting all that is wrong with it. */
  parse<S extends z.ZodType>(schema: S, value: unknown, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.#issue(issue, value, path);
    return undefined;
  }

  /** One error for each key of `found` that `known` lacks, with the nearest known name. */
  unknownKeys(found: Iterable<string>, known: readonly string[], path: Path): void {
    for (const key of found) {
      const near = nearest(key, known);
      const mend = near === null ? '' : ` did you mean ${near}?`;
      this.error([...path, key], `is not a known key;${mend} allowed: ${known.join(', ')}`, 'key');
    }
  }

  #issue(issue: z.core.$ZodIssue, root: unknown, prefix: Path): void {
    const inner = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part));
    const path = [...prefix, ...inner];
    if (issue.code === 'unrecognized_keys') {
      // Schema messages of this code are the list of known keys (schema.ts).
      this.unknownKeys(issue.keys, issue.message.split(', '), path);
      return;
    }
    const value = valueAt(root, inner);
    const bare = issue.code === 'invalid_type' && typeof value !== 'object' && isContainer(issue.expected);
    const found = bare ? typeWords(value) : this.#shown(value, path, issue);
    this.error(path, `is ${found}; allowed: ${issue.message}`);
  }

  /** What stands at the path, fit to be printed. */
  #shown(value: unknown, path: Path, issue: z.core.$ZodIssue): string {
    if (typeof value === 'number') {
      const quote = issue.message.startsWith('text') ? ' (in quotes it is text)' : '';
      return isSecret(path) ? `a number${quote}` : `the number ${value}${quote}`;
    }
    if (typeof value !== 'string') return typeWords(value);
    return this.quote(path, value);
  }

  /** What an environment variable put in may be secret wherever it stands: the text as written is shown. */
  quote(path: Path, value: string): string {
    if (isSecret(path) || KEY_LIKE.test(value)) return `*** (${value.length} characters)`;
    const written = this.#read.source(path) ?? value;
    return JSON.stringify(shorten(written.replace(/\/\/[^@/]*@/, '//***@')));
  }

  /** An environment variable was put into the text that stands there. */
  isInterpolated(path: Path): boolean {
    return this.#read.source(path) !== undefined;
  }

  #add(
    severity: Problem['severity'],
    path: Path,
    message: string,
    at: 'key' | 'value',
    place = this.#read.place(path, at),
  ): void {
    const text = pathText(path);
    if (this.#unread.has(text)) return;
    this.problems.push({
      file: this.#file,
      ...place,
      path: text,
      message: text === '' ? message : `${text} ${message}`,
      severity,
    });
  }
}

/** Everything under a provider's keys and headers, and the admin token: shown to nobody. */
function isSecret(path: Path): boolean {
  if (path[0] === 'admin') return path[1] === 'token';
  if (path[0] === 'providers') return (path[2] === 'keys' && path[4] !== 'name') || path[2] === 'headers';
  return path[0] === 'consumers' && path[4] === 'sha256';
}

function isContainer(expected: string): boolean {
  return expected === 'object' || expected === 'array' || expected === 'record';
}

function typeWords(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
