// Imports go down, never up, never sideways between rooms of one floor; some doors have one user only.
import { importsOf } from '../imports.js';
import { views } from '../scan.js';
import { below, isCode, lineAt, type Rule, type Tree } from '../tree.js';

/** A room is a folder or a file of src/. It may import itself and any room of a lower floor (ARCHITECTURE.md). */
const FLOORS: readonly (readonly string[])[] = [
  ['core'],
  ['kernel', 'provider', 'simulator', 'explain', 'metrics', 'price', 'when'],
  ['config', 'tokens'],
  ['http', 'upstream', 'route', 'ledger', 'policy', 'plugin'],
  ['pipeline'],
  ['admin'],
  ['workers'],
  ['gateway.ts'],
  ['cli'],
];

const floorOf = (room: string): number => FLOORS.findIndex(rooms => rooms.includes(room));
const roomOf = (path: string): string => path.split('/')[1] ?? '';

export const importsGoDown: Rule = {
  name: 'imports go down, never up, never sideways between rooms of one floor',
  check: tree => sourceFiles(tree).flatMap(([file]) => misplacedImports(tree, file)),
};

function misplacedImports(tree: Tree, file: string): string[] {
  const room = roomOf(file);
  const floor = floorOf(room);
  if (floor < 0) return [`${file}:1: room ${room} has no floor; give it one in test/tidy/rules/floors.ts`];
  return importsOf(tree, file).flatMap(({ path, specifier, line }) => {
    if (path === null) return [];
    if (!path.startsWith('src/')) return [`${file}:${line}: imports ${specifier}, which is outside src/`];
    const target = roomOf(path);
    if (target === room || (floorOf(target) >= 0 && floorOf(target) < floor)) return [];
    const where = floorOf(target) === floor ? 'beside' : 'above';
    return [`${file}:${line}: ${room} (floor ${floor}) imports ${target}, ${where} it`];
  });
}

/** Parts of Node that only compute: a hash is a word of the domain, a file is not. */
const PURE = new Set(['node:crypto', 'node:zlib']);

export const coreImportsNothing: Rule = {
  name: 'core imports nothing but itself and what only computes: no package, no I/O',
  check: tree =>
    below(tree, 'src/core').flatMap(([file]) =>
      importsOf(tree, file)
        .filter(({ path, specifier }) => path === null && !PURE.has(specifier))
        .map(({ specifier, line }) => `${file}:${line}: core imports ${specifier}`),
    ),
};

export const stagesStayApart: Rule = {
  name: 'stages of the pipeline never import one another',
  check: tree =>
    below(tree, 'src/pipeline/stages').flatMap(([file]) =>
      importsOf(tree, file)
        .filter(({ path }) => path?.startsWith('src/pipeline/stages/'))
        .map(({ specifier, line }) => `${file}:${line}: a stage imports the stage ${specifier}`),
    ),
};

/** What only some rooms may use: a package by its import, anything else by its shape in the code. */
interface Door {
  readonly what: string;
  readonly rooms: readonly string[];
  readonly packages?: readonly string[];
  readonly shape?: RegExp;
}

const DOORS: readonly Door[] = [
  { what: 'uWebSockets.js', rooms: ['http'], packages: ['uWebSockets.js'] },
  { what: 'undici', rooms: ['upstream'], packages: ['undici'] },
  {
    what: 'WebAssembly',
    rooms: ['kernel', 'plugin'],
    packages: ['@assemblyscript/loader'],
    shape: /\bWebAssembly\b/g,
  },
  { what: 'fetch', rooms: ['cli'], shape: /(?<![\w.$])fetch\s*\(/g },
  {
    what: 'an outward socket',
    rooms: ['upstream'],
    shape:
      /\b(?:net|tls|https?|http2)\.(?:connect|createConnection|request|get)\s*\(|\bnew\s+(?:WebSocket|EventSource)\b/g,
  },
];

export const doorsHaveOneUser: Rule = {
  name: 'only kernel/ and plugin/ touch WebAssembly, only http/ uWebSockets.js, only upstream/ undici and outward sockets',
  check: tree =>
    sourceFiles(tree).flatMap(([file, text]) => DOORS.flatMap(door => throughDoor(tree, file, text, door))),
};

function throughDoor(tree: Tree, file: string, text: string, door: Door): string[] {
  if (door.rooms.includes(roomOf(file))) return [];
  const say = (line: number): string => `${file}:${line}: ${door.what} is for ${door.rooms.join(', ')}/ only`;
  const byImport = importsOf(tree, file).filter(({ specifier }) => door.packages?.includes(specifier));
  const byShape = door.shape === undefined ? [] : [...views(text).code.matchAll(door.shape)];
  return [...byImport.map(({ line }) => say(line)), ...byShape.map(match => say(lineAt(text, match.index)))];
}

export const guestsStayInside: Rule = {
  name: 'assembly/ imports nothing from outside; a plugin imports its own folder and plugins/sdk',
  check: tree =>
    below(tree, 'assembly', 'plugins').flatMap(([file]) => {
      const home = file.startsWith('plugins/') ? `${file.split('/').slice(0, 2).join('/')}/` : 'assembly/';
      return importsOf(tree, file)
        .filter(
          ({ path }) =>
            !path?.startsWith(home) && !(home !== 'assembly/' && path?.startsWith('plugins/sdk/')),
        )
        .map(({ specifier, line }) => `${file}:${line}: imports ${specifier} from outside ${home}`);
    }),
};

export const noCycles: Rule = {
  name: 'no files import one another in a circle',
  check: tree => {
    const graph = new Map<string, string[]>();
    for (const [file] of below(tree, 'src', 'assembly', 'plugins', 'test', 'bench')) {
      if (isCode(file))
        graph.set(
          file,
          importsOf(tree, file).flatMap(({ path }) => path ?? []),
        );
    }
    const done = new Set<string>();
    return [...graph.keys()].flatMap(file => circlesFrom(file, [], graph, done));
  },
};

function circlesFrom(
  file: string,
  trail: string[],
  graph: ReadonlyMap<string, string[]>,
  done: Set<string>,
): string[] {
  const seenAt = trail.indexOf(file);
  if (seenAt >= 0) return [`${file}:1: circle ${[...trail.slice(seenAt), file].join(' → ')}`];
  if (done.has(file)) return [];
  const found = (graph.get(file) ?? []).flatMap(next => circlesFrom(next, [...trail, file], graph, done));
  done.add(file);
  return found;
}

const sourceFiles = (tree: Tree): [string, string][] => below(tree, 'src').filter(([path]) => isCode(path));
