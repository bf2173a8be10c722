// Answers about usage, out of the sums: exact, also beyond 2^53 nano-dollars, which SQLite's integers hold and JavaScript's numbers do not.
import { parseTags } from '../journal/tags-text.js';
import { TAG_PREFIX } from '../params.js';
import type { UsageItem, UsageQuery, UsageReport } from '../usage-query.js';
import { LEVELS, type Level, unitOf, unitStartMs } from './calendar.js';
import type { Database, Row, Value } from './database.js';
import { COUNTS } from './rollups.js';
import { addCounts, type Counts, countsOf, newCounts, shownCounts } from './usage-counts.js';
import { type Kept, type Part, partsOf, type Span, spanOf, unitAround } from './usage-parts.js';
import { wantForUsage } from './wanted.js';

/** Rows that the database hands out for one question; an item is some 300 bytes of JSON. */
const ROWS_MAX = 50_000;

/** The question has more items than an answer may have. */
export class UsageTooWideError extends Error {
  override readonly name = 'UsageTooWideError';

  constructor(
    message = `that makes more than ${ROWS_MAX} items; ask for a shorter time, fewer dimensions or larger units of time`,
  ) {
    super(message);
  }
}

const COLUMNS = ['consumer', 'key', 'provider', 'model', 'model_served', 'api', 'outcome'];

export interface Group {
  readonly by: Record<string, string | null>;
  readonly unit: number;
  readonly counts: Counts;
}

export function usageReport(database: Database, query: UsageQuery, kept: Kept, nowMs: number): UsageReport {
  const finest = LEVELS.find(level => query.by.includes(level)) ?? null;
  const span = spanOf(query.sinceMs, query.untilMs, finest ?? 'month', kept, nowMs);
  const wanted = wantForUsage(database, query.only);
  const columns = columnsOf(query.by);
  const rows = rowsOf(database, partsOf(span, finest ?? 'month'), finest, columns, wanted);
  const groups = new Map<string, Group>();
  const total = newCounts();
  for (const row of rows) {
    const counts = countsOf(row.slice(columns.length + 1));
    addCounts(total, counts);
    const by = dimensionsOf(row, columns, query.by, finest);
    const name = JSON.stringify(by);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { by, unit: Number(row[columns.length]), counts });
    else addCounts(group.counts, counts);
  }
  return reportOf([...groups.values()], total, query, span, nowMs);
}

export function reportOf(
  groups: Group[],
  total: Counts,
  query: UsageQuery,
  span: Span,
  nowMs: number,
): UsageReport {
  const since = query.sinceMs === undefined && span.fromMs === 0 ? null : new Date(span.fromMs).toISOString();
  const untilMs =
    query.untilMs === undefined ? nowMs : Math.max(span.fromMs, Math.min(query.untilMs, span.toMs));
  return {
    items: query.by.length === 0 ? [] : itemsOf(groups, query),
    total: shownCounts(total),
    since,
    until: new Date(untilMs).toISOString(),
  };
}

/** Columns of `dimensions` that the answer shows. */
function columnsOf(by: UsageQuery['by']): string[] {
  const columns = COLUMNS.filter(column => by.some(name => name === column));
  return by.some(name => name.startsWith(TAG_PREFIX)) ? [...columns, 'tags'] : columns;
}

/** The columns, the unit of time, and COUNTS with the cost as whole dollars and nano-dollars. */
function rowsOf(
  database: Database,
  parts: readonly Part[],
  finest: Level | null,
  columns: readonly string[],
  wanted: boolean,
): Row[] {
  if (parts.length === 0) return [];
  const values: Value[] = [];
  const sums = COUNTS.map(name => `sum(${name}) AS ${name}`).join(', ');
  const filter = wanted ? 'AND +dimension IN (SELECT dimension FROM wanted)' : '';
  const byDimension = columns.length > 0;
  const selects = parts.map(part => {
    const isFinest = finest === part.level;
    values.push(isFinest || finest === null ? 0 : unitAround(part, finest), part.from, part.to);
    const unit = `CAST(? AS INTEGER)${isFinest ? ' + start' : ''} AS unit`;
    const of = `FROM usage_${part.level} WHERE start >= ? AND start < ? ${filter}`;
    // In the order of (start, dimension) the rows of a unit follow one another; each dimension once in each.
    if (isFinest)
      return byDimension
        ? `SELECT dimension, ${unit}, ${COUNTS.join(', ')} ${of}`
        : `SELECT 0, ${unit}, ${sums} ${of} GROUP BY start`;
    return byDimension
      ? `SELECT dimension, ${unit}, ${sums} ${of} GROUP BY dimension`
      : `SELECT 0, ${unit}, ${sums} ${of}`;
  });
  const shown = COUNTS.map(name =>
    name === 'cost_nanos' ? 'sum(cost_nanos) / 1000000000, sum(cost_nanos) % 1000000000' : `sum(${name})`,
  ).join(', ');
  const shownColumns = [...columns.map(column => `d.${column}`), 'unit'].join(', ');
  const rows = database
    .query(
      `SELECT ${shownColumns}, ${shown} FROM (${selects.join(' UNION ALL ')}) ${byDimension ? 'JOIN dimensions d USING (dimension)' : ''}
       WHERE requests > 0 GROUP BY ${shownColumns} LIMIT ${ROWS_MAX + 1}`,
    )
    .all(values);
  if (rows.length > ROWS_MAX) throw new UsageTooWideError();
  return rows;
}

function dimensionsOf(
  row: Row,
  columns: readonly string[],
  by: UsageQuery['by'],
  finest: Level | null,
): Record<string, string | null> {
  const dimensions: Record<string, string | null> = {};
  for (const name of by) {
    if (name.startsWith(TAG_PREFIX)) {
      const tags = row[columns.indexOf('tags')];
      dimensions[name] = parseTags(textOf(tags))[name.slice(TAG_PREFIX.length)] ?? null;
    } else if (columns.includes(name)) {
      dimensions[name] = textOf(row[columns.indexOf(name)]);
    } else {
      const ms = unitStartMs(finest ?? 'minute', Number(row[columns.length]));
      const level = LEVELS.find(known => known === name) ?? 'minute';
      dimensions[name] = new Date(unitStartMs(level, unitOf(level, ms))).toISOString();
    }
  }
  return dimensions;
}

function textOf(value: Row[number] | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function itemsOf(groups: Group[], { by }: UsageQuery): UsageItem[] {
  const byTime = LEVELS.some(level => level === by[0]);
  const names = new Map(groups.map(group => [group, JSON.stringify(Object.values(group.by))]));
  groups.sort(
    (a, b) =>
      (byTime ? a.unit - b.unit : 0) ||
      b.counts.dollars - a.counts.dollars ||
      b.counts.nanos - a.counts.nanos ||
      tokensOf(b.counts) - tokensOf(a.counts) ||
      ((names.get(a) ?? '') < (names.get(b) ?? '') ? -1 : 1),
  );
  return groups.map(group => ({ by: group.by, ...shownCounts(group.counts) }));
}

function tokensOf({ tokens }: Counts): number {
  return (tokens[0] ?? 0) + (tokens[1] ?? 0);
}
