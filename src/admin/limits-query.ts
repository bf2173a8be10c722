// The query string of `/api/limits` → a LimitsQuery, or one sentence that says what is wrong with it and what is allowed.
import { problemWithNames, show } from '../ledger/params.js';
import { LIMITS_PER_PAGE, LIMITS_PER_PAGE_MAX, type LimitsQuery, placeIn } from '../policy/limits-view.js';

const KNOWN = { names: ['policy', 'top', 'limit', 'cursor'], tags: false };
/** Of each policy: a list to look at. */
const TOP_MAX = 100;

export function limitsQueryFromParams(params: URLSearchParams): LimitsQuery | { problem: string } {
  const problem = problemWithNames(params, KNOWN);
  if (problem !== null) return { problem };
  const top = numberIn(params, 'top', TOP_MAX);
  const limit = numberIn(params, 'limit', LIMITS_PER_PAGE_MAX);
  for (const number of [top, limit]) if (typeof number === 'string') return { problem: number };
  if (top !== null && (limit !== null || params.has('cursor')))
    return { problem: 'top lists the fullest of each policy; limit and cursor belong to the list of all' };
  const cursor = params.get('cursor');
  const after = cursor === null ? null : placeIn(cursor);
  if (cursor !== null && after === null)
    return { problem: `cursor is ${show(cursor)}; must be the "next" of the page before` };
  return {
    policy: params.get('policy'),
    top: top as number | null,
    limit: (limit as number | null) ?? LIMITS_PER_PAGE,
    after,
  };
}

/** A text: what is wrong with it. */
function numberIn(params: URLSearchParams, name: string, max: number): number | string | null {
  const value = params.get(name);
  if (value === null) return null;
  if (/^\d{1,4}$/.test(value) && +value >= 1 && +value <= max) return +value;
  return `${name} is ${show(value)}; must be a number from 1 to ${max}`;
}
