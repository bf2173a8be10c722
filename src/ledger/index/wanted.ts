// Which dimensions a question is about, as a table of this connection: `wanted`. Values are exact; models beyond the bounds stand under one name.

import { parseTags } from '../journal/tags-text.js';
import type { RecordFilter } from '../matches.js';
import { TAG_PREFIX } from '../params.js';
import type { UsageQuery } from '../usage-query.js';
import type { Database, Value } from './database.js';
import { OVERFLOW } from './dimensions.js';

const COLUMNS = ['consumer', 'key', 'provider', 'model', 'model_served', 'api', 'outcome'];

interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** False: the filter says nothing of dimensions, all are wanted. What it says beyond them has to be looked for in the records. */
export function wantForRecords(database: Database, filter: RecordFilter): boolean {
  const { outcome, consumer, model, provider, api, key, tags } = filter;
  const conditions: Condition[] = [];
  for (const [column, value] of Object.entries({ outcome, consumer, provider, api }))
    if (value !== undefined) conditions.push({ sql: `${column} = ?`, values: [value] });
  if (model !== undefined) {
    const sql = '(model = ? OR model_served = ? OR model = ? OR model_served = ?)';
    conditions.push({ sql, values: [model, model, OVERFLOW, OVERFLOW] });
  }
  if (key !== undefined) conditions.push(isKey(key));
  return want(database, conditions, Object.entries(tags ?? {}));
}

/** Likewise. */
export function wantForUsage(database: Database, only: UsageQuery['only']): boolean {
  const conditions: Condition[] = [];
  const tags: [string, string | null][] = [];
  for (const [name, value] of Object.entries(only)) {
    if (value === undefined) continue;
    if (name.startsWith(TAG_PREFIX)) tags.push([name.slice(TAG_PREFIX.length), value]);
    else if (!COLUMNS.includes(name)) continue;
    else if (value === null) conditions.push({ sql: `${name} IS NULL`, values: [] });
    else if (name === 'key') conditions.push(isKey(value));
    else conditions.push({ sql: `${name} = ?`, values: [value] });
  }
  return want(database, conditions, tags);
}

/** As isKey() in matches.ts. */
function isKey(asked: string): Condition {
  const start = `${asked} …`;
  return { sql: '(key = ? OR substr(key, 1, length(?)) = ?)', values: [asked, start, start] };
}

function want(
  database: Database,
  conditions: readonly Condition[],
  tags: readonly (readonly [string, string | null])[],
): boolean {
  if (conditions.length === 0 && tags.length === 0) return false;
  database.exec('CREATE TEMP TABLE IF NOT EXISTS wanted (dimension INTEGER PRIMARY KEY); DELETE FROM wanted');
  const where = [
    ...conditions.map(({ sql }) => sql),
    ...(tags.length === 0 ? [] : [tagsCondition(database, tags)]),
  ];
  database
    .query(`INSERT INTO wanted SELECT dimension FROM dimensions WHERE ${where.join(' AND ')}`)
    .run(conditions.flatMap(({ values }) => values));
  return true;
}

/** The texts of tags there are, are few (one a key); which of them fit is told by reading them. */
function tagsCondition(database: Database, tags: readonly (readonly [string, string | null])[]): string {
  database.exec('CREATE TEMP TABLE IF NOT EXISTS wanted_tags (tags TEXT); DELETE FROM wanted_tags');
  for (const [text] of database.query('SELECT DISTINCT tags FROM dimensions').all()) {
    const has = parseTags(text === null ? null : String(text));
    if (tags.every(([name, value]) => (has[name] ?? null) === value))
      database.query('INSERT INTO wanted_tags VALUES (?)').run([text === null ? '' : String(text)]);
  }
  return "coalesce(tags, '') IN (SELECT tags FROM wanted_tags)";
}
