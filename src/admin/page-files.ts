// The page's files, out of build/page (scripts/build-page.js): read once, when the first of them is asked for, and compressed once.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Answer } from './answer.js';

const FOLDER = new URL('../../build/page/', import.meta.url);
export const PAGE_PREFIX = '/page/';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};

/** By name. */
let files: ReadonlyMap<string, Answer> | null = null;

/** @param path `/`, or below PAGE_PREFIX; null where there is no such file */
export function pageFile(path: string): Answer | null {
  files ??= read();
  if (path === '/') return files.get('index.html') ?? null;
  return path.startsWith(PAGE_PREFIX) ? (files.get(path.slice(PAGE_PREFIX.length)) ?? null) : null;
}

/** @throws Error where the page was not built */
function read(): ReadonlyMap<string, Answer> {
  const names = readdirSync(FOLDER).filter(name => TYPES[endingOf(name)] !== undefined);
  return new Map(
    names.map(name => {
      const body = readFileSync(new URL(name, FOLDER), 'utf8');
      return [name, { status: 200, type: TYPES[endingOf(name)] ?? '', body, gzipped: gzipSync(body) }];
    }),
  );
}

function endingOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
