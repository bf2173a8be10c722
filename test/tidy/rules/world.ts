// The tree speaks of the project alone and builds anywhere: no machine's paths, no registry's address, no dead links.
import { posix } from 'node:path';
import { lineAt, type Rule, type Tree } from '../tree.js';

function findAll(tree: Tree, pattern: RegExp, what: string): string[] {
  return [...tree].flatMap(([path, text]) =>
    [...text.matchAll(pattern)].map(match => `${path}:${lineAt(text, match.index)}: ${what}: ${match[0]}`),
  );
}

/** A path that begins in somebody's home or scratch folder; `/etc`, `/var` and `/usr` are every machine's. */
const MACHINE_PATH = /(?<![\w./%}*)-])\/(?:home|root|Users|work|tmp|mnt)\/[\w.-]+|\b[A-Z]:\\\\?Users\\/g;

export const noMachinePaths: Rule = {
  name: 'no file names a path of one machine',
  check: tree => findAll(tree, MACHINE_PATH, 'machine path'),
};

const REGISTRY =
  /\b(?:registry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|npm\.pkg\.github\.com|(?:https?:)\/\/[^\s/"']*(?:registry|artifactory|nexus|verdaccio|mirror)[^\s"']*)/g;

export const noRegistryHosts: Rule = {
  name: 'no file names a package registry',
  check: tree => findAll(tree, REGISTRY, 'registry host'),
};

export const lockfileIsPortable: Rule = {
  name: 'lock files pin by integrity and name no place to download from',
  check: tree =>
    [...tree]
      .filter(([path]) => /(?:^|\/)package-lock\.json$/.test(path))
      .flatMap(([path, text]) =>
        findAll(new Map([[path, text]]), /"resolved":\s*"[^"]*"/g, 'download address'),
      ),
};

export const changesAreTold: Rule = {
  name: 'CHANGELOG.md has an Unreleased section',
  check: tree =>
    /^## \[?Unreleased/m.test(tree.get('CHANGELOG.md') ?? '')
      ? []
      : ['CHANGELOG.md:1: no "## Unreleased" section'],
};

export const linksLead: Rule = {
  name: 'every relative link of a Markdown file leads to a file or folder of the tree',
  check: tree => {
    const folders = new Set([...tree.keys()].flatMap(path => parents(path)));
    return [...tree]
      .filter(([path]) => path.endsWith('.md'))
      .flatMap(([path, text]) =>
        [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
          .filter(match => {
            const target = posix
              .normalize(posix.join(posix.dirname(path), match[1] ?? ''))
              .replace(/\/$/, '');
            return !tree.has(target) && !folders.has(target);
          })
          .map(match => `${path}:${lineAt(text, match.index)}: dead link ${match[1]}`),
      );
  },
};

function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}
