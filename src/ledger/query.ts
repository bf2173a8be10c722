// The query string of a list → a RecordQuery, or one sentence that says what is wrong with it and what is allowed.
import type { Outcome } from '../core/entry.js';
import { nearest } from '../core/nearest.js';
import { parseDuration } from '../core/units.js';
import { RECORDS_PER_PAGE, RECORDS_PER_PAGE_MAX, type RecordQuery } from './ring.js';

export const OUTCOMES: readonly Outcome[] = [
  'running',
  'served',
  'blocked',
  'failed',
  'aborted',
  'interrupted',
];

const PARAMETERS = ['outcome', 'consumer', 'model', 'provider', 'api', 'since', 'until', 'limit', 'cursor'];

/** Far above any name; keeps a query small enough to post to every thread. */
const VALUE_CHARS_MAX = 256;

/** RFC 3339 date-time; the offset is demanded, because a time without one means something else on each machine. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** @param nowMs what `since=10m` counts back from, ms since the epoch */
export function queryFromParams(params: URLSearchParams, nowMs: number): RecordQuery | { problem: string } {
  for (const [name, value] of params) {
    if (!PARAMETERS.includes(name)) return { problem: unknownParameter(name) };
    if (params.getAll(name).length > 1) return { problem: `${name} is given more than once; give it once` };
    if (value === '' || value.length > VALUE_CHARS_MAX) {
      return { problem: `${name} has ${value.length} characters; must be 1 to ${VALUE_CHARS_MAX}` };
    }
  }
  const problem = problemWith(params, nowMs);
  if (problem !== null) return { problem };
  const text = (name: string, key: keyof RecordQuery) => {
    const value = params.get(name);
    return value === null ? {} : { [key]: value };
  };
  const time = (name: string, key: keyof RecordQuery) => {
    const ms = timeOf(params.get(name), nowMs);
    return ms === null ? {} : { [key]: ms };
  };
  return {
    ...text('outcome', 'outcome'),
    ...text('consumer', 'consumer'),
    ...text('model', 'model'),
    ...text('provider', 'provider'),
    ...text('api', 'api'),
    ...time('since', 'sinceMs'),
    ...time('until', 'untilMs'),
    ...text('cursor', 'before'),
    limit: Number(params.get('limit') ?? RECORDS_PER_PAGE),
  };
}

function unknownParameter(name: string): string {
  const near = nearest(name, PARAMETERS);
  const mending = near === null ? `known are ${PARAMETERS.join(', ')}` : `did you mean ${near}?`;
  return `${show(name)} is not a filter; ${mending}`;
}

function problemWith(params: URLSearchParams, nowMs: number): string | null {
  const outcome = params.get('outcome');
  if (outcome !== null && !OUTCOMES.some(known => known === outcome)) {
    return `outcome is ${show(outcome)}; must be one of ${OUTCOMES.join(', ')}`;
  }
  for (const name of ['since', 'until']) {
    const value = params.get(name);
    if (value !== null && timeOf(value, nowMs) === null) {
      return `${name} is ${show(value)}; must be a span such as 30s, 10m, 24h, 7d or a time such as 2026-11-23T09:00:00Z`;
    }
  }
  const limit = params.get('limit');
  if (limit !== null && !(/^\d{1,4}$/.test(limit) && +limit >= 1 && +limit <= RECORDS_PER_PAGE_MAX)) {
    return `limit is ${show(limit)}; must be a number from 1 to ${RECORDS_PER_PAGE_MAX}`;
  }
  const cursor = params.get('cursor');
  if (cursor !== null && !/^[\w-]{1,64}$/.test(cursor)) {
    return `cursor is ${show(cursor)}; must be the "next" of the page before`;
  }
  return null;
}

/** A span back from now (`10m`) or an RFC 3339 time → ms since the epoch; null where it is neither. */
function timeOf(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const spanMs = parseDuration(value);
  if (spanMs !== null) return nowMs - spanMs;
  // In a query string `+` is a space: an offset written as it stands is understood.
  const time = value.replace(/ (\d\d:\d\d)$/, '+$1');
  if (!RFC_3339.test(time)) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}

/** As JSON, so that nothing invisible hides in it; cut, because it is only shown to be recognised. */
function show(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
