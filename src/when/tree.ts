// Walking the library's syntax tree.
import type { ASTNode } from '@marcbachmann/cel-js';

export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** The type that the check found: `int`, `string`, `list<string>`, …. The library keeps it on the node and does not declare it. */
export function typeOf(node: ASTNode): string {
  const { checkedType } = node as { checkedType?: { readonly name: string } };
  if (checkedType === undefined) throw new Error(`the node ${node.op} was not checked`);
  return checkedType.name;
}
