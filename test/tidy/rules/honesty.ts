// Nothing is silenced, skipped without a reason or left for later.
import { views } from '../scan.js';
import { below, isCode, lineAt, type Rule, type Tree } from '../tree.js';

const codeFiles = (tree: Tree): [string, string][] =>
  below(tree, 'src', 'page', 'assembly', 'plugins', 'test', 'bench', 'scripts').filter(([path]) =>
    isCode(path),
  );

type View = 'code' | 'comments';

function find(tree: Tree, view: View, pattern: RegExp, what: (found: string) => string): string[] {
  return codeFiles(tree).flatMap(([path, text]) =>
    [...views(text)[view].matchAll(pattern)].map(
      match => `${path}:${lineAt(text, match.index)}: ${what(match[0])}`,
    ),
  );
}

export const noAny: Rule = {
  name: 'nothing is typed any',
  check: tree =>
    find(tree, 'code', /(?:[:|&<]\s*|\bas\s+|,\s*(?=any\s*>))any\b(?!\s*[:(?.])/g, () => 'typed any'),
};

export const noIgnores: Rule = {
  name: 'neither the type checker nor the linter is told to look away',
  check: tree =>
    find(tree, 'comments', /@ts-(?:ignore|expect-error|nocheck)|biome-ignore\S*/g, found => found),
};

export const nothingLeftForLater: Rule = {
  name: 'no comment puts work off',
  check: tree => find(tree, 'comments', /\b(?:TODO|FIXME|XXX|HACK)\b/g, found => found),
};

/** An empty block is allowed to say, in words, why there is nothing to do. */
export const noEmptyCatch: Rule = {
  name: 'no catch is empty',
  check: tree =>
    codeFiles(tree).flatMap(([path, text]) => {
      const { code, comments } = views(text);
      const blocks = /\bcatch\s*(?:\([^)]*\)\s*)?\{(\s*)\}|\.catch\(\s*(?:\([^)]*\)|\w+)\s*=>\s*\{(\s*)\}/g;
      return [...code.matchAll(blocks)]
        .filter(
          match =>
            comments
              .slice(match.index, match.index + match[0].length)
              .trim()
              .split(/\s+/).length < 4,
        )
        .map(match => `${path}:${lineAt(text, match.index)}: empty catch without a reason`);
    }),
};

const testFiles = (tree: Tree): [string, string][] =>
  below(tree, 'test').filter(([path]) => path.endsWith('.test.ts'));

export const everyTestRuns: Rule = {
  name: 'no test is marked only, todo or failing',
  check: tree =>
    testFiles(tree).flatMap(([path, text]) =>
      [...views(text).code.matchAll(/\b(?:it|test|describe)(?:\.\w+)*\.(?:only|todo|fails)\b/g)].map(
        match => `${path}:${lineAt(text, match.index)}: ${match[0]}`,
      ),
    ),
};

/** `describe.skipIf(…)('… (needs …)')`: the title says what is missing. A bare `.skip` never runs, so it is not a test. */
export const skipsSayWhy: Rule = {
  name: 'every skipped test says in its title what it needs',
  check: tree =>
    testFiles(tree).flatMap(([path, text]) =>
      [...views(text).code.matchAll(/\b(?:it|test|describe)(?:\.\w+)*\.(skip|skipIf|runIf)\b/g)]
        .filter(
          match => match[1] === 'skip' || !/\((?:needs|only) [^)]+\)/.test(statementAt(text, match.index)),
        )
        .map(match => `${path}:${lineAt(text, match.index)}: ${match[0]} without "(needs …)" in its title`),
    ),
};

/** From an offset to the arrow of the test's function, where its title has been passed. */
function statementAt(text: string, offset: number): string {
  const end = text.indexOf('=>', offset);
  return text.slice(offset, end < 0 ? text.length : end);
}

export const testsAssert: Rule = {
  name: 'every test file asserts something',
  check: tree =>
    testFiles(tree)
      .filter(([, text]) => !/\b(?:expect|assert)\w*\b/.test(views(text).code))
      .map(([path]) => `${path}:1: no assertion`),
};
