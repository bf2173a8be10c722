// What a file imports: static, dynamic and re-exporting imports, and modules named by `new URL(…, import.meta.url)`.
import { posix } from 'node:path';
import { views } from './scan.js';
import { lineAt, type Tree } from './tree.js';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path in the tree for a relative import (`.js` becomes the `.ts` it was written as); null for a package. */
  readonly path: string | null;
  readonly line: number;
}

// On the code view a string is two quotes with blanks between; the name is read from the text at the same offsets.
const FORMS = [
  /\b(?:from|import)\s*\(?\s*(['"])( *)\1/g,
  /\bnew\s+URL\(\s*(['"])( *)\1\s*,\s*import\.meta\.url/g,
];

export function importsOf(tree: Tree, file: string): Import[] {
  const { code, text } = views(tree.get(file) ?? '');
  const found: Import[] = [];
  for (const form of FORMS) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].indexOf(match[1] ?? "'") + 1;
      const specifier = text.slice(start, start + (match[2]?.length ?? 0));
      const isModule = form === FORMS[0] || /\.[jt]s$/.test(specifier);
      if (isModule)
        found.push({ specifier, path: resolve(tree, file, specifier), line: lineAt(text, start) });
    }
  }
  return found;
}

function resolve(tree: Tree, from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const path = posix.normalize(posix.join(posix.dirname(from), specifier));
  const written = path.replace(/\.js$/, '.ts');
  const candidates = [written, path, `${path}.ts`, `${path}/index.ts`]; // AssemblyScript imports without an ending
  return candidates.find(candidate => tree.has(candidate)) ?? written;
}
