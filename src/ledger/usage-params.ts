// The query string of `/api/usage` → a UsageQuery, or one sentence that says what is wrong with it and what is allowed.
import {
  isTagName,
  type Known,
  problemWithNames,
  problemWithTimes,
  show,
  TAG_PREFIX,
  timesOf,
  unknownName,
} from './params.js';
import { OUTCOMES } from './query.js';
import { USAGE_DIMENSIONS, type UsageDimension, type UsageQuery } from './usage-query.js';

const TIMES: readonly string[] = ['minute', 'hour', 'day', 'month'];
/** What can be asked for one value of; times are asked for by since and until. */
const FILTERS: readonly string[] = USAGE_DIMENSIONS.filter(name => !TIMES.includes(name));
/** A table of more than a handful of them is nothing that anybody reads; each multiplies the items. */
const BY_MAX = 8;
/** Outcome and api every request has. */
const HAVE_ALWAYS: readonly string[] = ['outcome', 'api'];

const KNOWN: Known = {
  names: ['by', ...FILTERS, 'since', 'until', 'format'],
  tags: true,
  mayBeEmpty: name => name === 'by' || name.startsWith(TAG_PREFIX) || isFilterOfSome(name),
};
const DIMENSIONS: Known = { names: USAGE_DIMENSIONS, tags: true };

/** @param nowMs what `since=30d` counts back from, ms since the epoch */
export function usageQueryFromParams(
  params: URLSearchParams,
  nowMs: number,
): UsageQuery | { problem: string } {
  const by = (params.get('by') ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  const problem =
    timeAsFilter(params) ??
    problemWithNames(params, KNOWN) ??
    problemWithTimes(params, nowMs) ??
    problemWithDimensions(by) ??
    problemWithOutcome(params.get('outcome'));
  if (problem !== null) return { problem };
  const filters = [...params].filter(([name]) => FILTERS.includes(name) || name.startsWith(TAG_PREFIX));
  return {
    by: by as UsageDimension[],
    only: Object.fromEntries(filters.map(([name, value]) => [name, value === '' ? null : value])),
    ...timesOf(params, nowMs),
  };
}

function timeAsFilter(params: URLSearchParams): string | null {
  const name = TIMES.find(time => params.has(time));
  return name === undefined ? null : `${name} is a dimension for by; a time is asked for by since and until`;
}

function isFilterOfSome(name: string): boolean {
  return FILTERS.includes(name) && !HAVE_ALWAYS.includes(name);
}

function problemWithDimensions(by: readonly string[]): string | null {
  for (const [i, name] of by.entries()) {
    const isTag = name.startsWith(TAG_PREFIX) && isTagName(name.slice(TAG_PREFIX.length));
    if (!isTag && !DIMENSIONS.names.includes(name))
      return `by: ${unknownName(name, 'a dimension', DIMENSIONS)}`;
    if (by.indexOf(name) !== i) return `by: ${show(name)} stands there twice`;
  }
  return by.length > BY_MAX ? `by has ${by.length} dimensions; at most ${BY_MAX}` : null;
}

function problemWithOutcome(outcome: string | null): string | null {
  // What runs has no usage yet.
  const allowed = OUTCOMES.filter(known => known !== 'running');
  if (outcome === null || allowed.some(known => known === outcome)) return null;
  return `outcome is ${show(outcome)}; must be one of ${allowed.join(', ')}`;
}
