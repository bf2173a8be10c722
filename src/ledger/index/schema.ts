// What stands in ledger.db, and how older files become today's: each step brings the schema one version on, within one transaction.
// Steps that were released are never changed; a new need is a new step.

import type { Database } from './database.js';
import { DatabaseProblem } from './problem.js';

/**
 * records   key: 41 bits of the id's ms since 2024, 10 of its sequence, 12 of its random part (key.ts): one row a request, in the order of ids.
 *           place: chunk × 65,536 + where its entry begins in the chunk. dimension: what it is filtered by.
 * chunks    settled entries as the journal had them, in the order in which they settled, some 32 KiB a row: an entry is written once, at the
 *           end of a table, however late its request settled. (A row of its own for each, in the order of ids, cost 20 µs a record where
 *           requests take seconds, because each fell on another page; chunks with small rows beside them cost 7.)
 * usage_*   sums by dimension; start in minutes, hours, days or months since 1970, UTC.
 * shifted   minutes of admission whose records have ids of another minute: the clock had been set back.
 */
const FIRST = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE segments (segment INTEGER PRIMARY KEY, generation INTEGER NOT NULL, thread INTEGER NOT NULL, sequence INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, position INTEGER NOT NULL, done INTEGER NOT NULL, damaged INTEGER NOT NULL, newest_ms INTEGER NOT NULL,
  UNIQUE (generation, thread, sequence, created_ms));
CREATE TABLE texts (segment INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (segment, number)) WITHOUT ROWID;
CREATE TABLE chunks (chunk INTEGER PRIMARY KEY, segment INTEGER NOT NULL, oldest_ms INTEGER NOT NULL, newest_ms INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX chunks_by_newest ON chunks (newest_ms);
CREATE TABLE records (key INTEGER PRIMARY KEY, place INTEGER NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE dimensions (dimension INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, consumer TEXT, key TEXT, tags TEXT,
  provider TEXT, model TEXT, model_served TEXT, api TEXT, outcome TEXT NOT NULL);
${['minute', 'hour', 'day']
  .map(
    level => `CREATE TABLE usage_${level} (start INTEGER NOT NULL, dimension INTEGER NOT NULL, requests INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL, cost_nanos INTEGER NOT NULL, unpriced INTEGER NOT NULL, PRIMARY KEY (start, dimension)) WITHOUT ROWID;`,
  )
  .join('\n')}
CREATE TABLE buckets (bucket INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE charges (bucket INTEGER NOT NULL, minute INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (bucket, minute)) WITHOUT ROWID;
CREATE TABLE open_requests (id TEXT PRIMARY KEY, segment INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE shifted (time_minute INTEGER NOT NULL, key_minute INTEGER NOT NULL, PRIMARY KEY (time_minute, key_minute)) WITHOUT ROWID;
`;

/** A year by model is 12 rows a dimension instead of 365. */
const MONTHS = `
CREATE TABLE usage_month (start INTEGER NOT NULL, dimension INTEGER NOT NULL, requests INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL, cost_nanos INTEGER NOT NULL, unpriced INTEGER NOT NULL, PRIMARY KEY (start, dimension)) WITHOUT ROWID;
INSERT INTO usage_month
  SELECT (CAST(strftime('%Y', start * 86400, 'unixepoch') AS INTEGER) - 1970) * 12 + CAST(strftime('%m', start * 86400, 'unixepoch') AS INTEGER) - 1,
    dimension, sum(requests), sum(input_tokens), sum(output_tokens), sum(cached_input_tokens), sum(cache_write_tokens),
    sum(reasoning_tokens), sum(cost_nanos), sum(unpriced)
  FROM usage_day GROUP BY 1, 2;
`;

export const SCHEMA_STEPS: readonly string[] = [FIRST, MONTHS];

/** Brings the file to the newest version. Throws DatabaseProblem where a newer Weir wrote it. */
export function migrate(database: Database, steps: readonly string[] = SCHEMA_STEPS): void {
  const found = database.number('PRAGMA user_version');
  if (found > steps.length) {
    throw new DatabaseProblem(
      'newer',
      `${database.file} was written by a newer Weir (schema version ${found}; this one knows up to ${steps.length}): start that version again, or give this one another data_dir`,
    );
  }
  for (let version = found; version < steps.length; version++) {
    database.transaction(() => {
      database.exec(steps[version] ?? '');
      database.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}
