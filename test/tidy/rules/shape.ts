// How a file is built: its size, its functions' size, its first line, its name, its exports.
import { type FunctionSpan, functions, views } from '../scan.js';
import { below, isCode, lineAt, type Rule, type Tree } from '../tree.js';

const FILE_LINES_MAX = 300; // twice what one screenful of thought holds; the aim is a median of 100
const FUNCTION_LINES_MAX = 60;
const HEADER_WORDS_MIN = 4;

const CODE_FOLDERS = ['src', 'page', 'assembly', 'plugins', 'test', 'bench', 'scripts'];
const codeFiles = (tree: Tree, ...folders: string[]): [string, string][] =>
  below(tree, ...(folders.length > 0 ? folders : CODE_FOLDERS)).filter(([path]) => isCode(path));

export const filesAreShort: Rule = {
  name: `no file of src, page, assembly or plugins is over ${FILE_LINES_MAX} lines`,
  check: tree =>
    codeFiles(tree, 'src', 'page', 'assembly', 'plugins')
      .map(([path, text]) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
      .map(({ path, lines }) => `${path}:${FILE_LINES_MAX}: ${lines} lines; at most ${FILE_LINES_MAX}`),
};

export const functionsAreShort: Rule = {
  name: `no function is over ${FUNCTION_LINES_MAX} lines, but a state machine that says so`,
  check: tree =>
    codeFiles(tree, 'src', 'page', 'assembly', 'plugins', 'bench', 'scripts').flatMap(([path, text]) =>
      functions(text)
        .filter(found => found.lines > FUNCTION_LINES_MAX && !saysItIsStateMachine(text, found))
        .map(
          ({ name, line, lines }) =>
            `${path}:${line}: ${name} has ${lines} lines; at most ${FUNCTION_LINES_MAX}`,
        ),
    ),
};

/** A state machine's switch or loop may be longer where the comment above it, or its first line, says what it is. */
function saysItIsStateMachine(text: string, { line, bodyStart, bodyEnd }: FunctionSpan): boolean {
  const { code, comments } = views(text);
  if (!/\b(?:switch|while|for)\b/.test(code.slice(bodyStart, bodyEnd))) return false;
  const above = comments.split('\n').slice(0, line - 1);
  const lastCode = code.split('\n').findLastIndex((text, i) => i < line - 1 && text.trim() !== '');
  const firstLines = comments.slice(bodyStart).split('\n', 2);
  return /\bstate machine\b/i.test([...above.slice(lastCode + 1), ...firstLines].join('\n'));
}

export const filesSayWhatTheyAre: Rule = {
  name: 'every file begins with a sentence that says what it is',
  check: tree =>
    codeFiles(tree)
      .filter(([, text]) => {
        const first = text.replace(/^#!.*\n/, '').split('\n', 1)[0] ?? '';
        return !/^(?:\/\/|\/\*\*?)\s*\S/.test(first) || first.split(/\s+/).length <= HEADER_WORDS_MIN;
      })
      .map(([path]) => `${path}:1: no header sentence`),
};

const KEBAB = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;

export const namesAreKebabCase: Rule = {
  name: 'files and folders are named in kebab-case',
  check: tree =>
    below(tree, ...CODE_FOLDERS, 'docs')
      .filter(([path]) => path.split('/').some(part => part !== 'README.md' && !KEBAB.test(part)))
      .map(([path]) => `${path}:1: not kebab-case`),
};

export const noDefaultExports: Rule = {
  name: 'nothing is exported as default',
  check: tree => matches(codeFiles(tree), /\bexport\s+default\b|\bas\s+default\b/g, 'default export'),
};

/** A kernel's index.ts is its list of Wasm exports: there, and only there, re-exporting is the point. */
export const noBarrels: Rule = {
  name: 'no file re-exports another',
  check: tree => {
    const files = codeFiles(tree).filter(([path]) => !/^(?:assembly|plugins)\/[^/]+\/index\.ts$/.test(path));
    return matches(files, /\bexport\s+(?:type\s+)?(?:\*|\{[^}]*\})[\w\s]*\bfrom\b/g, 're-export');
  },
};

function matches(files: readonly [string, string][], pattern: RegExp, what: string): string[] {
  return files.flatMap(([path, text]) =>
    [...views(text).code.matchAll(pattern)].map(match => `${path}:${lineAt(text, match.index)}: ${what}`),
  );
}
