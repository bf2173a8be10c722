// What the query strings of lists, usage and export have in common: one reading of names, times and numbers, one wording of what is wrong.
import { nearest } from '../core/nearest.js';
import { parseDuration } from '../core/units.js';

/** Far above any name; keeps a query small enough to post to every thread. */
const VALUE_CHARS_MAX = 256;

/** Names that begin so take any name after it: `tag.project`. */
export const TAG_PREFIX = 'tag.';
const TAG_CHARS_MAX = 64;
/** More than anybody sets on a request by hand. */
const TAGS_MAX = 16;

/** RFC 3339 date-time; the offset is demanded, because a time without one means something else on each machine. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** A day or a month, of UTC as all of Weir's times. */
const DAY_OR_MONTH = /^(\d{4})-(\d\d)(?:-(\d\d))?$/;

export interface Known {
  readonly names: readonly string[];
  /** `tag.<name>` is taken as well. */
  readonly tags: boolean;
  /** May be empty, which asks for those that have none. */
  readonly mayBeEmpty?: (name: string) => boolean;
}

/** The first thing wrong with the names, the number or the length of what is given; null: nothing. */
export function problemWithNames(params: URLSearchParams, known: Known): string | null {
  for (const [name, value] of params) {
    const isTag = known.tags && name.startsWith(TAG_PREFIX);
    if (!isTag && !known.names.includes(name)) return unknownName(name, 'a filter', known);
    if (isTag && !isTagName(name.slice(TAG_PREFIX.length)))
      return `${show(name)} names no tag; tag. is followed by 1 to ${TAG_CHARS_MAX} characters`;
    if (params.getAll(name).length > 1) return `${name} is given more than once; give it once`;
    if (value === '' && known.mayBeEmpty?.(name)) continue;
    if (value === '' || value.length > VALUE_CHARS_MAX)
      return `${name} has ${value.length} characters; must be 1 to ${VALUE_CHARS_MAX}`;
  }
  if (tagsOf(params).length > TAGS_MAX) return `there are more than ${TAGS_MAX} filters by tag`;
  return null;
}

export function unknownName(name: string, what: string, { names, tags }: Known): string {
  const all = tags ? [...names, `${TAG_PREFIX}<name>`] : names;
  const near = nearest(name, names);
  return `${show(name)} is not ${what}; ${near === null ? `known are ${all.join(', ')}` : `did you mean ${near}?`}`;
}

export function isTagName(name: string): boolean {
  return name !== '' && name.length <= TAG_CHARS_MAX;
}

/** Names, without `tag.`, and values. */
export function tagsOf(params: URLSearchParams): [string, string][] {
  return [...params].flatMap(([name, value]): [string, string][] =>
    name.startsWith(TAG_PREFIX) ? [[name.slice(TAG_PREFIX.length), value]] : [],
  );
}

export function problemWithTimes(params: URLSearchParams, nowMs: number): string | null {
  for (const name of ['since', 'until']) {
    const value = params.get(name);
    if (value !== null && timeOf(value, nowMs) === null) {
      return `${name} is ${show(value)}; must be a span back from now such as 30s, 10m, 24h, 30d, a time such as 2026-11-23T09:00:00Z, or a day or month of UTC such as 2026-11-23 or 2026-11`;
    }
  }
  const [since, until] = [timeOf(params.get('since'), nowMs), timeOf(params.get('until'), nowMs)];
  if (since === null || until === null || since <= until) return null;
  return `since (${new Date(since).toISOString()}) is after until (${new Date(until).toISOString()})`;
}

/** A span back from now (`10m`), an RFC 3339 time, or the beginning of a day or month → ms since the epoch; null where it is none of them. */
export function timeOf(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const spanMs = parseDuration(value);
  if (spanMs !== null) return Math.max(0, nowMs - spanMs);
  const calendar = DAY_OR_MONTH.exec(value);
  if (calendar !== null) return startOf(Number(calendar[1]), Number(calendar[2]), Number(calendar[3] ?? 1));
  // In a query string `+` is a space: an offset written as it stands is understood.
  const time = value.replace(/ (\d\d:\d\d)$/, '+$1');
  if (!RFC_3339.test(time)) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) || ms < 0 ? null : ms;
}

/** Null where the calendar has no such day. */
function startOf(year: number, month: number, day: number): number | null {
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  return ms >= 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? ms : null;
}

/** `since` and `until` as they go into a query. */
export function timesOf(params: URLSearchParams, nowMs: number): { sinceMs?: number; untilMs?: number } {
  const [sinceMs, untilMs] = [timeOf(params.get('since'), nowMs), timeOf(params.get('until'), nowMs)];
  return { ...(sinceMs === null ? {} : { sinceMs }), ...(untilMs === null ? {} : { untilMs }) };
}

export function problemWithNumber(
  params: URLSearchParams,
  name: string,
  min: number,
  max: number,
): string | null {
  const value = params.get(name);
  if (value === null || (/^\d{1,5}$/.test(value) && +value >= min && +value <= max)) return null;
  return `${name} is ${show(value)}; must be a number from ${min} to ${max}`;
}

export function problemWithCursor(value: string | null): string | null {
  if (value === null || /^[\w.-]{1,64}$/.test(value)) return null;
  return `cursor is ${show(value)}; must be the "next" of the page before`;
}

/** As JSON, so that nothing invisible hides in it; cut, because it is only shown to be recognised. */
export function show(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
