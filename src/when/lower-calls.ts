// Functions, methods and comprehensions as closures. Hot path: per request and policy.
import type { ASTNode } from '@marcbachmann/cel-js';
import {
  type Cell,
  type Eval,
  failure,
  type Lowering,
  lowerBool,
  lowerList,
  lowerNumber,
  lowerText,
  type Value,
} from './lowering.js';
import { typeOf } from './tree.js';

/** What is searched for: V8's search can take text × needle steps for needles that repeat themselves. */
const NEEDLE_CHARS_MAX = 256;

/** `f(x, …)` or `x.f(…)`: the receiver is the first argument. */
export function lowerFunction(node: ASTNode & { op: 'call' | 'rcall' }, low: Lowering): Eval {
  const args = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]];
  const [first, second] = args;
  if (first === undefined) throw new Error(`${node.args[0]} has no argument`);
  switch (node.args[0]) {
    case 'size':
      return sizeOf(first, low);
    case 'int':
    case 'double':
      return numberFrom(node, first, low, node.args[0]);
    case 'string':
      return textFrom(first, low);
  }
  const text = lowerText(first, low);
  switch (node.args[0]) {
    case 'lowerAscii':
      return facts => text(facts).replace(/[A-Z]+/g, part => part.toLowerCase());
    case 'upperAscii':
      return facts => text(facts).replace(/[a-z]+/g, part => part.toUpperCase());
    case 'trim':
      return facts => text(facts).trim();
  }
  if (second === undefined) throw new Error(`${node.args[0]} has one argument`);
  if (node.args[0] === 'matches') return matching(node, text, second, low);
  const part = lowerText(second, low);
  switch (node.args[0]) {
    case 'startsWith':
      return facts => text(facts).startsWith(part(facts));
    case 'endsWith':
      return facts => text(facts).endsWith(part(facts));
    case 'contains':
      return containing(node, text, part);
  }
  throw new Error(`no meaning for ${node.args[0]}`);
}

function matching(node: ASTNode, text: Eval<string>, pattern: ASTNode, low: Lowering): Eval<boolean> {
  const compiled = low.patterns.get(pattern);
  if (compiled === undefined) throw new Error('a pattern was not compiled');
  const tooLong = failure(node, `looks at a text of more than ${compiled.textCharsMax} characters`);
  return facts => {
    const value = text(facts);
    if (value.length > compiled.textCharsMax) throw tooLong;
    return compiled.test(value);
  };
}

function containing(node: ASTNode, text: Eval<string>, part: Eval<string>): Eval<boolean> {
  const tooLong = failure(node, `searches for more than ${NEEDLE_CHARS_MAX} characters`);
  return facts => {
    const needle = part(facts);
    if (needle.length > NEEDLE_CHARS_MAX) throw tooLong;
    return text(facts).includes(needle);
  };
}

/** Elements of a list; code points of a text, as CEL counts. */
function sizeOf(node: ASTNode, low: Lowering): Eval<number> {
  if (typeOf(node) !== 'string') {
    const list = lowerList(node, low);
    return facts => list(facts).length;
  }
  const text = lowerText(node, low);
  return facts => {
    const value = text(facts);
    let points = value.length;
    for (let i = 0; i < value.length - 1; i++) {
      if ((value.charCodeAt(i) & 0xfc00) === 0xd800 && (value.charCodeAt(i + 1) & 0xfc00) === 0xdc00)
        points--;
    }
    return points;
  };
}

function numberFrom(node: ASTNode, from: ASTNode, low: Lowering, to: 'int' | 'double'): Eval<number> {
  const wrong = failure(node, 'has no value: that is no number, or too large');
  const accept = to === 'int' ? Number.isSafeInteger : Number.isFinite;
  if (typeOf(from) !== 'string') {
    const of = lowerNumber(from, low);
    return facts => {
      const value = to === 'int' ? Math.trunc(of(facts)) : of(facts);
      if (!accept(value)) throw wrong;
      return value;
    };
  }
  const text = lowerText(from, low);
  const shape = to === 'int' ? /^-?\d{1,16}$/ : /^-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/;
  return facts => {
    const written = text(facts);
    const value = shape.test(written) ? Number(written) : Number.NaN;
    if (!accept(value)) throw wrong;
    return value;
  };
}

function textFrom(node: ASTNode, low: Lowering): Eval<string> {
  const of = typeOf(node) === 'string' ? low.lower(node, low) : lowerNumber(node, low);
  return facts => String(of(facts));
}

/** all, exists, exists_one, filter, map; null for any other method. */
export function lowerMacro(node: ASTNode & { op: 'rcall' }, low: Lowering): Eval | null {
  const [name, receiver, [variable, first, second]] = node.args;
  if (variable?.op !== 'id' || first === undefined) return null;
  const cell: Cell = { value: null };
  const inner: Lowering = { ...low, cells: new Map([...low.cells, [variable.args, cell]]) };
  const list = lowerList(receiver, low);
  switch (name) {
    case 'all':
      return quantifier(list, lowerBool(first, inner), cell, false);
    case 'exists':
      return quantifier(list, lowerBool(first, inner), cell, true);
    case 'exists_one': {
      const chosen = selection(list, lowerBool(first, inner), cell, null);
      return facts => chosen(facts).length === 1;
    }
    case 'filter':
      return selection(list, lowerBool(first, inner), cell, null);
    case 'map':
      if (second === undefined) return selection(list, null, cell, inner.lower(first, inner));
      return selection(list, lowerBool(first, inner), cell, inner.lower(second, inner));
    default:
      return null;
  }
}

/** An element that decides does so also where others fail. */
function quantifier(
  list: Eval<readonly Value[]>,
  test: Eval<boolean>,
  cell: Cell,
  decisive: boolean,
): Eval<boolean> {
  return facts => {
    let failed: unknown = null;
    for (const value of list(facts)) {
      cell.value = value;
      try {
        if (test(facts) === decisive) return decisive;
      } catch (error) {
        failed ??= error;
      }
    }
    if (failed !== null) throw failed;
    return !decisive;
  };
}

function selection(
  list: Eval<readonly Value[]>,
  test: Eval<boolean> | null,
  cell: Cell,
  transform: Eval | null,
): Eval<readonly Value[]> {
  return facts => {
    const chosen: Value[] = [];
    for (const value of list(facts)) {
      cell.value = value;
      if (test !== null && !test(facts)) continue;
      chosen.push(transform === null ? value : transform(facts));
    }
    return chosen;
  };
}
