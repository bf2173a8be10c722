// The checked tree → closures over WhenFacts. Hot path: per request and policy: no object is built for an evaluation but
// by filter and map; what can fail throws an error that was made at load, so that no stack is walked.
import type { ASTNode } from '@marcbachmann/cel-js';
import type { WhenFacts } from './facts.js';
import { lowerFunction, lowerMacro } from './lower-calls.js';
import { lowerField, lowerKey, lowerPresence } from './lower-names.js';
import {
  type Eval,
  failure,
  type Lowering,
  lowerBool,
  lowerList,
  lowerNumber,
  lowerText,
  type Value,
} from './lowering.js';
import { fieldNamed, keyNamed, mapNamed } from './names.js';
import type { Pattern } from './patterns.js';
import { typeOf } from './tree.js';

/** The condition that a checked tree of type bool stands for. */
export function lowerCondition(root: ASTNode, patterns: ReadonlyMap<ASTNode, Pattern>): Eval<boolean> {
  return lowerBool(root, { patterns, cells: new Map(), lower });
}

/** `+` may double a text at each turn of a comprehension. */
const TEXT_CHARS_MAX = 65_536;

function lower(node: ASTNode, low: Lowering): Eval {
  switch (node.op) {
    case 'value':
      return literal(node);
    case 'id':
      return local(node.args, low);
    case '.':
    case '[]':
      return access(node, low);
    case 'list': {
      const items = node.args.map(item => lower(item, low));
      return facts => items.map(item => item(facts));
    }
    case '!_': {
      const of = lowerBool(node.args, low);
      return facts => !of(facts);
    }
    case '-_': {
      const of = lowerNumber(node.args, low);
      return facts => -of(facts);
    }
    case '&&':
      return joined(node.args, low, false);
    case '||':
      return joined(node.args, low, true);
    case '?:': {
      const condition = lowerBool(node.args[0], low);
      const yes = lower(node.args[1], low);
      const no = lower(node.args[2], low);
      return facts => (condition(facts) ? yes(facts) : no(facts));
    }
    case 'call':
    case 'rcall':
      return lowerCall(node, low);
    case '==':
      return equality(node.args, low, true);
    case '!=':
      return equality(node.args, low, false);
    case 'in':
      return membership(node.args, low);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node, low);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(node, low);
    default:
      throw new Error(`no meaning for ${node.op}`);
  }
}

function literal(node: ASTNode & { op: 'value' }): Eval {
  const value = typeof node.args === 'bigint' ? Number(node.args) : (node.args as Value);
  return () => value;
}

function local(name: string, low: Lowering): Eval {
  const cell = low.cells.get(name);
  if (cell === undefined) throw new Error(`no variable ${name}`);
  return () => cell.value;
}

function access(node: ASTNode & { op: '.' | '[]' }, low: Lowering): Eval {
  const scope = new Set(low.cells.keys());
  const key = keyNamed(node, scope);
  if (key !== null) return lowerKey(key.map, typeof key.key === 'string' ? key.key : lowerText(key.key, low));
  const field = fieldNamed(node, scope);
  if (field !== null) return lowerField(field);
  if (node.op !== '[]') throw new Error(`no field ${node.args[1]}`);
  const list = lowerList(node.args[0], low);
  const index = lowerNumber(node.args[1], low);
  const outside = failure(node, 'has no such element');
  return facts => {
    const value = list(facts)[index(facts)];
    if (value === undefined) throw outside;
    return value;
  };
}

function lowerCall(node: ASTNode & { op: 'call' | 'rcall' }, low: Lowering): Eval {
  if (node.op === 'rcall') return lowerMacro(node, low) ?? lowerFunction(node, low);
  const [field] = node.args[1];
  if (node.args[0] === 'has' && field !== undefined) return lowerPresence(field);
  return lowerFunction(node, low);
}

/** `&&` and `||` of CEL: one decisive side decides, also where the other one fails. */
function joined(sides: readonly [ASTNode, ASTNode], low: Lowering, decisive: boolean): Eval<boolean> {
  const left = lowerBool(sides[0], low);
  const right = lowerBool(sides[1], low);
  return facts => {
    let first: boolean;
    try {
      first = left(facts);
    } catch (failed) {
      if (right(facts) === decisive) return decisive;
      throw failed;
    }
    return first === decisive ? decisive : right(facts);
  };
}

function equality(sides: readonly [ASTNode, ASTNode], low: Lowering, want: boolean): Eval<boolean> {
  const left = lower(sides[0], low);
  const right = lower(sides[1], low);
  if (sides[1].op !== 'value') return facts => equal(left(facts), right(facts)) === want;
  const value = literal(sides[1])({} as WhenFacts);
  return want ? facts => left(facts) === value : facts => left(facts) !== value;
}

function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, i) => equal(item, b[i]));
}

function membership(sides: readonly [ASTNode, ASTNode], low: Lowering): Eval<boolean> {
  const map = mapNamed(sides[1], new Set(low.cells.keys()));
  if (map !== null) {
    const value = lowerKey(map, lowerText(sides[0], low));
    return facts => value(facts) !== '';
  }
  const item = lower(sides[0], low);
  if (sides[1].op === 'list' && sides[1].args.every(node => node.op === 'value')) {
    const values = new Set(sides[1].args.map(node => lower(node, low)({} as WhenFacts)));
    return facts => values.has(item(facts));
  }
  const list = lowerList(sides[1], low);
  return facts => {
    const wanted = item(facts);
    for (const value of list(facts)) if (equal(wanted, value)) return true;
    return false;
  };
}

type Comparison = ASTNode & { op: '<' | '<=' | '>' | '>=' };

/** Texts compare by UTF-16 units, numbers by value; false sorts before true. */
function comparison(node: Comparison, low: Lowering): Eval<boolean> {
  const left = lowerNumber(node.args[0], low);
  const right = lowerNumber(node.args[1], low);
  switch (node.op) {
    case '<':
      return facts => left(facts) < right(facts);
    case '<=':
      return facts => left(facts) <= right(facts);
    case '>':
      return facts => left(facts) > right(facts);
    case '>=':
      return facts => left(facts) >= right(facts);
  }
}

type Arithmetic = ASTNode & { op: '+' | '-' | '*' | '/' | '%' };

function arithmetic(node: Arithmetic, low: Lowering): Eval {
  const left = lowerNumber(node.args[0], low);
  const right = lowerNumber(node.args[1], low);
  const compute = OPERATIONS[node.op];
  const type = typeOf(node);
  if (type === 'double') return facts => compute(left(facts), right(facts));
  const wrong = failure(
    node,
    type === 'string' ? 'is too long' : 'has no result: too large, or divided by 0',
  );
  if (type === 'string') {
    return facts => {
      const text = ((left(facts) as unknown as string) + right(facts)) as string;
      if (text.length > TEXT_CHARS_MAX) throw wrong;
      return text;
    };
  }
  return facts => {
    const value = Math.trunc(compute(left(facts), right(facts)));
    if (!Number.isSafeInteger(value)) throw wrong;
    return value;
  };
}

const OPERATIONS: Readonly<Record<Arithmetic['op'], (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};
