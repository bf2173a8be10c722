// The tree that the tidy rules judge: every text file that git knows or would take, by its path from the root.
// A rule sees only this map, so its tests hand it a small made-up one.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Path from the root, with `/`, to the file's text. */
export type Tree = ReadonlyMap<string, string>;

export interface Rule {
  /** Present tense, as a test's name. */
  readonly name: string;
  /** One sentence a finding, `path:line: what is wrong`; empty when the tree is tidy. */
  readonly check: (tree: Tree) => string[];
}

/** Reads the tree below `root`. Files that hold a NUL byte are binary and left out. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  for (const path of listFiles(root)) {
    const full = join(root, path);
    if (!statSync(full, { throwIfNoEntry: false })?.isFile()) continue;
    const text = readFileSync(full, 'utf8');
    if (!text.includes('\0')) tree.set(path, text);
  }
  return tree;
}

/** A made-up tree for a rule's own tests. */
export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

export function isCode(path: string): boolean {
  return /\.(?:ts|js|mjs)$/.test(path) && !path.endsWith('.d.ts');
}

/** Files below one of `folders`, with their text. */
export function below(tree: Tree, ...folders: string[]): [path: string, text: string][] {
  return [...tree].filter(([path]) => folders.some(folder => path.startsWith(`${folder}/`)));
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}

function listFiles(root: string): string[] {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const out = execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return out.split('\0').filter(path => path !== '');
  } catch {
    return walk(root, ''); // an unpacked archive has no git
  }
}

const NOT_SOURCE = new Set(['.git', 'node_modules', 'dist', 'build', 'weir-data']);

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_SOURCE.has(entry.name)) return [];
    return entry.isDirectory() ? walk(root, path) : [path];
  });
}
