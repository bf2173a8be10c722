// Which part of the request a node of the tree names: `ai.model`, `request.headers["x-team"]`.
import type { ASTNode } from '@marcbachmann/cel-js';
import { FIELDS } from './vocabulary.js';

export interface FieldName {
  readonly root: string;
  readonly field: string;
}

/** One key of `request.headers` or `consumer.tags`: constant text, or a node that gives it. */
export interface KeyName {
  readonly map: 'headers' | 'tags';
  readonly key: string | ASTNode;
}

/** `root.field` or `root["field"]`, whether or not such a field exists; null for anything else. */
export function fieldNamed(node: ASTNode, scope: ReadonlySet<string>): FieldName | null {
  if (node.op !== '.' && node.op !== '[]') return null;
  const [base] = node.args;
  if (base.op !== 'id' || scope.has(base.args) || !Object.hasOwn(FIELDS, base.args)) return null;
  const field = constantKey(node);
  return field === null ? null : { root: base.args, field };
}

/** `request.headers` or `consumer.tags` as a whole. */
export function mapNamed(node: ASTNode, scope: ReadonlySet<string>): KeyName['map'] | null {
  const name = fieldNamed(node, scope);
  if (name?.root === 'request' && name.field === 'headers') return 'headers';
  return name?.root === 'consumer' && name.field === 'tags' ? 'tags' : null;
}

/** One key of one of them. */
export function keyNamed(node: ASTNode, scope: ReadonlySet<string>): KeyName | null {
  if (node.op !== '.' && node.op !== '[]') return null;
  const map = mapNamed(node.args[0], scope);
  if (map === null) return null;
  if (node.op === '.') return { map, key: node.args[1] };
  return { map, key: constantKey(node) ?? node.args[1] };
}

function constantKey(node: ASTNode): string | null {
  if (node.op === '.') return node.args[1];
  if (node.op !== '[]') return null;
  const [, key] = node.args;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : null;
}
