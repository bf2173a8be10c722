// Request paths as matching sees them (CONTRACT.md §2): split at `/`, each segment decoded once, runs of `/` count as
// one, one trailing slash is ignored. Dot segments (plain or encoded), `%00` and `\` are refused. What goes upstream is
// the path as it came, so every segment keeps its place in the original text.
import { WeirError } from '../core/error.js';

export interface ParsedPath {
  /** As it came, without the query. */
  readonly raw: string;
  /** Decoded segments. */
  readonly segments: readonly string[];
  /** Where the first segment ends in `raw`: `raw.slice(firstEnd)` is the path behind it. */
  readonly firstEnd: number;
}

/** Paths seen lately. They repeat: a hot path is parsed once. */
const CACHE_PATHS_MAX = 1024;
const CACHE_PATH_CHARS_MAX = 256;
const cache = new Map<string, ParsedPath>();

/** Errors: weir_bad_path. Hot path: per request. */
export function parsePath(raw: string): ParsedPath {
  const known = cache.get(raw);
  if (known !== undefined) return known;
  const parsed = parse(raw);
  if (raw.length <= CACHE_PATH_CHARS_MAX) {
    if (cache.size >= CACHE_PATHS_MAX) cache.clear();
    cache.set(raw, parsed);
  }
  return parsed;
}

function parse(raw: string): ParsedPath {
  if (!raw.startsWith('/')) throw bad(raw, 'must begin with "/"');
  if (raw.includes('\\')) throw bad(raw, 'holds a backslash');
  if (raw.includes('#')) throw bad(raw, 'holds "#"');
  const segments: string[] = [];
  let firstEnd = raw.length;
  let at = 0;
  while (at < raw.length) {
    const slash = raw.indexOf('/', at);
    const end = slash < 0 ? raw.length : slash;
    if (end > at) {
      segments.push(decode(raw, raw.slice(at, end)));
      if (segments.length === 1) firstEnd = end;
    }
    at = end + 1;
  }
  return { raw, segments, firstEnd };
}

function decode(raw: string, segment: string): string {
  let text: string;
  try {
    // The path travels as latin1 (one character an octet); percent escapes decode as UTF-8.
    text = segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch (cause) {
    throw bad(raw, 'holds a percent escape that is not UTF-8', cause);
  }
  if (text === '.' || text === '..') throw bad(raw, 'holds a dot segment');
  if (text.includes('\0')) throw bad(raw, 'holds %00');
  if (text.includes('\\')) throw bad(raw, 'holds an encoded backslash');
  if (text.includes('/') && text.split('/').some(part => part === '.' || part === '..')) {
    throw bad(raw, 'holds an encoded dot segment');
  }
  return text;
}

function bad(raw: string, why: string, cause?: unknown): WeirError {
  const shown = raw.length > 128 ? `${raw.slice(0, 128)}…` : raw;
  return new WeirError('weir_bad_path', `the path ${JSON.stringify(shown)} ${why}`, { cause });
}

/**
 * The path at the provider: the native path follows the base URL's path, and where the base ends in the segments
 * that the native path begins with (`/v1`), they are not doubled.
 */
export function joinPath(basePath: string, nativePath: string): string {
  if (basePath === '' || basePath === '/') return nativePath === '' ? '/' : nativePath;
  const base = basePath.split('/').filter(segment => segment !== '');
  const native = nativePath.split('/').filter(segment => segment !== '');
  for (let count = Math.min(base.length, native.length); count > 0; count--) {
    if (base.slice(-count).every((segment, i) => segment === native[i])) {
      return basePath + nativePath.slice(offsetAfter(nativePath, count));
    }
  }
  return basePath + nativePath;
}

/** Offset in `path` behind its first `count` segments. */
function offsetAfter(path: string, count: number): number {
  let at = 0;
  for (let seen = 0; seen < count; seen++) {
    while (path[at] === '/') at++;
    while (at < path.length && path[at] !== '/') at++;
  }
  return at;
}
