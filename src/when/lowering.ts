// What the files that turn a tree into closures share: the closures' type, their surroundings, and how one fails.
import type { ASTNode } from '@marcbachmann/cel-js';
import type { WhenFacts } from './facts.js';
import type { Pattern } from './patterns.js';
import { typeOf } from './tree.js';
import { COUNT } from './vocabulary.js';

export type Value = string | number | boolean | null | readonly Value[];
export type Eval<T extends Value = Value> = (facts: WhenFacts) => T;

/** An error of the expression on a request, as `when_error` reports it. */
export class WhenFailure extends Error {}

/** Where a comprehension keeps its element. One per `When`: evaluations never overlap. */
export interface Cell {
  value: Value;
}

export interface Lowering {
  readonly patterns: ReadonlyMap<ASTNode, Pattern>;
  readonly cells: ReadonlyMap<string, Cell>;
  /** The walk itself (lower.ts), handed down so that no file imports its importer. */
  readonly lower: (node: ASTNode, low: Lowering) => Eval;
}

export const lowerBool = (node: ASTNode, low: Lowering): Eval<boolean> =>
  low.lower(node, low) as Eval<boolean>;
export const lowerText = (node: ASTNode, low: Lowering): Eval<string> => low.lower(node, low) as Eval<string>;
export const lowerList = (node: ASTNode, low: Lowering): Eval<readonly Value[]> =>
  low.lower(node, low) as Eval<readonly Value[]>;

/** A count that is unknown fails. */
export function lowerNumber(node: ASTNode, low: Lowering): Eval<number> {
  const of = low.lower(node, low) as Eval<number | null>;
  if (typeOf(node) !== COUNT) return of as Eval<number>;
  const unknown = failure(node, 'is not known for this request');
  return facts => {
    const value = of(facts);
    if (value === null) throw unknown;
    return value;
  };
}

export function failure(node: ASTNode, what: string): WhenFailure {
  const text = node.input.slice(node.start, node.end);
  return new WhenFailure(`${text.length > 80 ? `${text.slice(0, 80)}…` : text} ${what}`);
}
