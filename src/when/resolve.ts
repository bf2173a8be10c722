// Judges the names of an expression before its types: every unknown variable, field and function with the nearest known
// one, every bad pattern, all at once; and notes what it reads of a request.
import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest } from '../core/nearest.js';
import type { WhenProblem } from './facts.js';
import { fieldNamed, type KeyName, keyNamed, mapNamed } from './names.js';
import { compilePattern, type Pattern } from './patterns.js';
import { childrenOf } from './tree.js';
import { FIELDS, FUNCTIONS, MACROS, METHODS } from './vocabulary.js';

/** Never shown to expressions: a condition on one could be used to guess it. */
export const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-weir-key',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-amz-security-token',
  'cookie',
]);

type Place = Omit<WhenProblem, 'message'>;
type Scope = ReadonlySet<string>;
const NO_SCOPE: Scope = new Set();

export class Names {
  readonly problems: WhenProblem[] = [];
  readonly warnings: WhenProblem[] = [];
  /** `ai.model`, `request.headers`, … as far as the expression mentions them. */
  readonly used = new Set<string>();
  /** Of the nodes that give a pattern to `matches`. */
  readonly patterns = new Map<ASTNode, Pattern>();

  constructor(root: ASTNode) {
    this.#walk(root, NO_SCOPE);
  }

  #walk(node: ASTNode, scope: Scope): void {
    switch (node.op) {
      case 'value':
        this.#literal(node);
        break;
      case 'id':
        this.#variable(node, scope);
        break;
      case '.':
      case '[]':
        this.#access(node, scope);
        break;
      case 'call':
        this.#call(node, scope);
        break;
      case 'rcall':
        this.#method(node, scope);
        break;
      case 'map':
        this.#problem(node, 'a map stands here; allowed: a list, or conditions joined by ||');
        break;
      case 'in':
        this.#walk(node.args[0], scope);
        if (!this.#noteMap(node.args[1], scope)) this.#walk(node.args[1], scope);
        break;
      default:
        for (const child of childrenOf(node)) this.#walk(child, scope);
    }
  }

  #literal(node: ASTNode & { op: 'value' }): void {
    const { args } = node;
    if (typeof args === 'bigint' && !Number.isSafeInteger(Number(args)))
      this.#problem(node, 'this number is too large; allowed: up to 9007199254740991');
    else if (typeof args === 'object' && args !== null)
      this.#problem(
        node,
        'bytes or an unsigned number stand here; allowed: text, numbers, true, false, null',
      );
  }

  #variable(node: ASTNode & { op: 'id' }, scope: Scope): void {
    if (scope.has(node.args)) return;
    const fields = FIELDS[node.args];
    if (fields !== undefined && Object.hasOwn(FIELDS, node.args)) {
      const names = Object.keys(fields).map(field => `${node.args}.${field}`);
      this.#problem(node, `${node.args} is no value by itself; allowed: ${names.join(', ')}`);
    } else this.#unknown(node, node.args, [...Object.keys(FIELDS), ...scope]);
  }

  #access(node: ASTNode & { op: '.' | '[]' }, scope: Scope): void {
    if (this.#noteKey(node, scope) || this.#noteField(node, scope)) return;
    const before = this.problems.length;
    this.#walk(node.args[0], scope);
    if (node.op === '[]') this.#walk(node.args[1], scope);
    // Of an unknown name, the fields are unknown too.
    else if (this.problems.length === before) this.#problem(node, `there is no field ${node.args[1]} here`);
  }

  /** One of the fields, or a problem that lists them. */
  #noteField(node: ASTNode, scope: Scope): boolean {
    const name = fieldNamed(node, scope);
    if (name === null) return false;
    const known = Object.keys(FIELDS[name.root] ?? {});
    const map = mapNamed(node, scope);
    if (!known.includes(name.field)) this.#unknown(node, name.field, known, `${name.root}.`);
    else if (map !== null) {
      const example = map === 'headers' ? 'request.headers["x-name"]' : 'consumer.tags["name"]';
      this.#problem(node, `${name.root}.${name.field} is no value by itself; allowed: ${example}`);
    } else this.used.add(`${name.root}.${name.field}`);
    return true;
  }

  #noteMap(node: ASTNode, scope: Scope): boolean {
    const map = mapNamed(node, scope);
    if (map !== null) this.used.add(map === 'headers' ? 'request.headers' : 'consumer.tags');
    return map !== null;
  }

  #noteKey(node: ASTNode & { op: '.' | '[]' }, scope: Scope): boolean {
    const name = keyNamed(node, scope);
    if (name === null || !this.#noteMap(node.args[0], scope)) return false;
    if (typeof name.key === 'string') this.#judgeKey(node, name.map, name.key);
    else this.#walk(name.key, scope);
    return true;
  }

  #judgeKey(node: ASTNode, map: KeyName['map'], key: string): void {
    if (map !== 'headers') return;
    if (key !== key.toLowerCase())
      this.#warn(
        node,
        `the header ${JSON.stringify(key)} is always absent: names are in lower case here; write ${JSON.stringify(key.toLowerCase())}`,
      );
    else if (CREDENTIAL_HEADERS.has(key))
      this.#warn(node, `the header ${JSON.stringify(key)} carries a credential and is always absent here`);
  }

  #call(node: ASTNode & { op: 'call' }, scope: Scope): void {
    const [name, args] = node.args;
    if (!FUNCTIONS.includes(name)) this.#unknown(node, name, FUNCTIONS, '', '()');
    else if (name === 'has') this.#has(node, args[0], scope);
    else if (name === 'matches') this.#matches(node, args[0], args[1], scope);
    else for (const arg of args) this.#walk(arg, scope);
  }

  #has(node: ASTNode, field: ASTNode | undefined, scope: Scope): void {
    const noted = field?.op === '.' && (this.#noteKey(field, scope) || this.#noteField(field, scope));
    if (!noted) this.#problem(node, 'has() takes a field, such as has(consumer.tags.tier)');
  }

  #method(node: ASTNode & { op: 'rcall' }, scope: Scope): void {
    const [name, receiver, args] = node.args;
    if (!METHODS.includes(name)) {
      const offset = node.input.indexOf(name, receiver.end);
      this.#unknown({ offset, length: name.length }, name, METHODS, '.', '()');
    } else if (name === 'matches') this.#matches(node, receiver, args[0], scope);
    else {
      this.#walk(receiver, scope);
      this.#arguments(name, args, scope);
    }
  }

  #arguments(name: string, args: readonly ASTNode[], scope: Scope): void {
    const [variable, ...parts] = args;
    if (!MACROS.has(name) || variable?.op !== 'id') {
      for (const arg of args) this.#walk(arg, scope);
      return;
    }
    if (Object.hasOwn(FIELDS, variable.args))
      this.#problem(variable, `the name ${variable.args} is taken; allowed: another one`);
    const inner = new Set([...scope, variable.args]);
    for (const part of parts) this.#walk(part, inner);
  }

  #matches(node: ASTNode, text: ASTNode | undefined, pattern: ASTNode | undefined, scope: Scope): void {
    if (text !== undefined) this.#walk(text, scope);
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
      this.#problem(
        pattern ?? node,
        'the pattern of matches must be text in quotes, so that it is known at load',
      );
      return;
    }
    const compiled = compilePattern(pattern.args);
    if ('problem' in compiled) this.#problem(pattern, `the pattern ${compiled.problem}`);
    else this.patterns.set(pattern, compiled);
  }

  #unknown(place: ASTNode | Place, name: string, known: readonly string[], before = '', after = ''): void {
    const near = nearest(name, known);
    const mend = near === null ? '' : ` did you mean ${before}${near}${after}?`;
    this.#problem(place, `${before}${name}${after} is not known here;${mend} allowed: ${known.join(', ')}`);
  }

  #problem(place: ASTNode | Place, message: string): void {
    const offset = 'op' in place ? place.pos : place.offset;
    const length = 'op' in place ? place.end - place.pos : place.length;
    this.problems.push({ message, offset, length: Math.max(1, length) });
  }

  #warn(node: ASTNode, message: string): void {
    this.warnings.push({ message, offset: node.start, length: node.end - node.start });
  }
}
