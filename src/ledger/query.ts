// The query string of a list → a RecordQuery, or one sentence that says what is wrong with it and what is allowed.
import type { Outcome } from '../core/entry.js';
import { parseUsd } from '../price/amounts.js';
import {
  type Known,
  problemWithCursor,
  problemWithNames,
  problemWithNumber,
  problemWithTimes,
  show,
  tagsOf,
  timesOf,
} from './params.js';
import { RECORDS_PER_PAGE, RECORDS_PER_PAGE_MAX, type RecordQuery } from './ring.js';

export const OUTCOMES: readonly Outcome[] = [
  'running',
  'served',
  'blocked',
  'failed',
  'aborted',
  'interrupted',
];

/** Filters whose value is a text that is passed on: name in the query → name in RecordQuery. */
const TEXTS = [
  ['outcome', 'outcome'],
  ['consumer', 'consumer'],
  ['key', 'key'],
  ['end_user', 'endUser'],
  ['model', 'model'],
  ['provider', 'provider'],
  ['api', 'api'],
  ['code', 'code'],
  ['policy', 'policy'],
  ['cursor', 'before'],
] as const satisfies readonly (readonly [string, keyof RecordQuery])[];

const KNOWN: Known = {
  names: [...TEXTS.map(([name]) => name), 'status', 'min_cost', 'since', 'until', 'limit', 'format'],
  tags: true,
};

/** @param nowMs what `since=10m` counts back from, ms since the epoch */
export function queryFromParams(params: URLSearchParams, nowMs: number): RecordQuery | { problem: string } {
  const problem =
    problemWithNames(params, KNOWN) ?? problemWithTimes(params, nowMs) ?? problemWithValues(params);
  if (problem !== null) return { problem };
  const texts = TEXTS.flatMap(([name, field]) => {
    const value = params.get(name);
    return value === null ? [] : [[field, value] as const];
  });
  const tags = tagsOf(params);
  const status = params.get('status');
  const minCost = parseUsd(params.get('min_cost') ?? '');
  return {
    ...Object.fromEntries(texts),
    ...timesOf(params, nowMs),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }),
    ...(status === null ? {} : { status: Number(status) }),
    ...('value' in minCost ? { minCostNanos: minCost.value } : {}),
    limit: Number(params.get('limit') ?? RECORDS_PER_PAGE),
  };
}

function problemWithValues(params: URLSearchParams): string | null {
  const outcome = params.get('outcome');
  if (outcome !== null && !OUTCOMES.some(known => known === outcome))
    return `outcome is ${show(outcome)}; must be one of ${OUTCOMES.join(', ')}`;
  const minCost = params.get('min_cost');
  const amount = minCost === null ? null : parseUsd(minCost);
  if (amount !== null && 'problem' in amount) return `min_cost is wrong: ${amount.problem}`;
  return (
    problemWithNumber(params, 'status', 100, 599) ??
    problemWithNumber(params, 'limit', 1, RECORDS_PER_PAGE_MAX) ??
    problemWithCursor(params.get('cursor'))
  );
}
