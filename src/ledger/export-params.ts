// The query string of `/api/export` → an ExportQuery, or one sentence that says what is wrong with it and what is allowed.
import { EXPORTED_PER_PAGE, EXPORTED_PER_PAGE_MAX, type ExportQuery } from './export-query.js';
import {
  type Known,
  problemWithCursor,
  problemWithNames,
  problemWithNumber,
  problemWithTimes,
  timesOf,
} from './params.js';

const KNOWN: Known = { names: ['since', 'until', 'after', 'limit', 'format'], tags: false };

/** @param nowMs what `since=30d` counts back from, ms since the epoch */
export function exportQueryFromParams(
  params: URLSearchParams,
  nowMs: number,
): ExportQuery | { problem: string } {
  const after = params.get('after');
  const problem =
    problemWithNames(params, KNOWN) ??
    problemWithTimes(params, nowMs) ??
    problemWithNumber(params, 'limit', 1, EXPORTED_PER_PAGE_MAX) ??
    problemWithCursor(after)?.replace('cursor is', 'after is') ??
    null;
  if (problem !== null) return { problem };
  return {
    ...timesOf(params, nowMs),
    ...(after === null ? {} : { after }),
    limit: Number(params.get('limit') ?? EXPORTED_PER_PAGE),
  };
}
