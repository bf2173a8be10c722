// `/api/usage`: sums by dimension, as JSON or CSV.
import { usageQueryFromParams } from '../ledger/usage-params.js';
import type { UsageCounts, UsageReport } from '../ledger/usage-query.js';
import { type Answer, json, problem } from './answer.js';
import { csv } from './csv.js';
import { formOf, JSON_OR_CSV } from './format.js';
import type { LedgerSource } from './source.js';

/** Told by its name: the room of the index, which throws it, brings the database along. */
const TOO_WIDE = 'UsageTooWideError';

const COUNTS = [
  'requests',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'cost_usd',
  'unpriced',
] as const satisfies readonly (keyof UsageCounts)[];

export async function usage(ledger: LedgerSource, params: URLSearchParams, accept: string): Promise<Answer> {
  const form = formOf(params, accept, JSON_OR_CSV);
  if (typeof form !== 'string') return problem(400, 'weir_bad_request', form.problem);
  const query = usageQueryFromParams(params, Date.now());
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  let report: UsageReport;
  try {
    report = await ledger.usage(query);
  } catch (error) {
    if (error instanceof Error && error.name === TOO_WIDE)
      return problem(400, 'weir_bad_request', error.message);
    throw error;
  }
  return form === 'csv' ? asCsv(query.by, report) : json(200, report);
}

/** No line of totals: who adds a column up shall not count everything twice. Without dimensions the total is the one line. */
function asCsv(by: readonly string[], { items, total }: UsageReport): Answer {
  const rows =
    by.length === 0
      ? [countsOf(total)]
      : items.map(item => [...by.map(name => item.by[name] ?? null), ...countsOf(item)]);
  return csv([...by, ...COUNTS], rows);
}

function countsOf(counts: UsageCounts): (string | number)[] {
  return COUNTS.map(name => counts[name]);
}
