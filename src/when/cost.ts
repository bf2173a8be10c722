// The most steps one evaluation can take, known at load: expressions have no loops but those over lists, whose lengths
// are bounded. `["a", …].all(x, ["a", …].all(y, …))` multiplies; this is what stops it.
import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf } from './tree.js';
import { MACROS, MODALITIES_MAX } from './vocabulary.js';

/** 10 µs at 10 ns a step, or 1 ms where each one fails. A comprehension over the modalities with three conditions has 60. */
export const STEPS_MAX = 1000;
/** 0.3 µs on an ordinary text, 10 ms on the worst (patterns.ts): so there are at most 19 in an evaluation. */
const PATTERN_STEPS = 50;
/** 0.2 ms for the worst needle in a header of 32 KiB. */
const SEARCH_STEPS = 5;

/** Steps of the worst case: every branch taken, every list as long as it can be. */
export function stepsOf(root: ASTNode): number {
  const longest = longestList(root);
  return steps(root, longest);
}

function steps(node: ASTNode, longest: number): number {
  if (node.op === 'rcall' && MACROS.has(node.args[0])) {
    const [, range, parts] = node.args;
    const each = parts.reduce((sum, part) => sum + steps(part, longest), 1);
    return steps(range, longest) + lengthOf(range, longest) * each;
  }
  const own = node.op === 'in' ? 1 + lengthOf(node.args[1], longest) : callSteps(node);
  return childrenOf(node).reduce((sum, child) => sum + steps(child, longest), own);
}

/** Elements at most. What is no list has none that matter. */
function lengthOf(node: ASTNode, longest: number): number {
  switch (node.op) {
    case 'list':
      return node.args.length;
    case '.':
      return MODALITIES_MAX;
    case '?:':
      return Math.max(lengthOf(node.args[1], longest), lengthOf(node.args[2], longest));
    case 'rcall':
      return lengthOf(node.args[1], longest);
    default:
      return longest;
  }
}

/** For an element of a list of lists: no list is longer than all that are written or named, put together. */
function longestList(node: ASTNode): number {
  const own = node.op === 'list' ? node.args.length : node.op === '.' ? MODALITIES_MAX : 0;
  return childrenOf(node).reduce((sum, child) => sum + longestList(child), own);
}

function callSteps(node: ASTNode): number {
  if (node.op !== 'rcall' && node.op !== 'call') return 1;
  if (node.args[0] === 'matches') return PATTERN_STEPS;
  return node.args[0] === 'contains' ? SEARCH_STEPS : 1;
}
