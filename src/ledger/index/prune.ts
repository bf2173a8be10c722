// What is older than it has to be kept goes, a little at a time: each step is one transaction of some milliseconds, so that what comes in waits no longer.
import { DAY_MS, lastStartMs, unitOf } from './calendar.js';
import type { Database } from './database.js';
import { KEY_EPOCH_MS } from './key.js';

const RECORDS_AT_ONCE = 5000;
const CHUNKS_AT_ONCE = 100;
const SUMS_AT_ONCE = 5000;
/** Minutes tell the edges of questions and where records are; both are asked of the last weeks. */
const MINUTES_KEPT_MS = 35 * DAY_MS;

export interface Retention {
  readonly retentionMs: number;
  /** At least as long. */
  readonly rollupRetentionMs: number;
}

/** Within a transaction; true: there is more to do. Nothing later than `nowMs` is touched, whatever the clock said when it came. */
export function pruneStep(database: Database, nowMs: number, retention: Retention): boolean {
  const records = pruneRecords(database, nowMs - retention.retentionMs);
  const minutesMs = Math.max(
    0,
    lastStartMs('hour', nowMs - Math.min(MINUTES_KEPT_MS, retention.rollupRetentionMs)),
  );
  keepFrom(database, 'minutes_from_ms', minutesMs);
  const minutes = pruneSums(database, 'minute', unitOf('minute', minutesMs));
  const daysMs = Math.max(0, lastStartMs('day', nowMs - retention.rollupRetentionMs));
  keepFrom(database, 'days_from_ms', daysMs);
  const hours = pruneSums(database, 'hour', unitOf('hour', daysMs));
  const days = pruneSums(database, 'day', unitOf('day', daysMs));
  const months = pruneSums(database, 'month', unitOf('month', daysMs));
  database
    .query('DELETE FROM shifted WHERE time_minute < ? AND key_minute < ?')
    .run([unitOf('minute', nowMs - retention.retentionMs), unitOf('minute', nowMs - retention.retentionMs)]);
  // Months are kept the longest: what stands in none of them stands nowhere.
  if (months.rows > 0 && !months.more)
    database.query('DELETE FROM dimensions WHERE dimension NOT IN (SELECT dimension FROM usage_month)').run();
  return records || minutes.more || hours.more || days.more || months.more;
}

function pruneRecords(database: Database, beforeMs: number): boolean {
  const deleted = database
    .query(
      `DELETE FROM records WHERE key < (? << 22)
       AND key < coalesce((SELECT key FROM records ORDER BY key LIMIT 1 OFFSET ${RECORDS_AT_ONCE}), 9223372036854775807)`,
    )
    .run([Math.floor(beforeMs) - KEY_EPOCH_MS]);
  if (deleted > 0)
    database.query("UPDATE meta SET value = max(0, value - ?) WHERE name = 'records'").run([deleted]);
  const chunks = database
    .query(
      `DELETE FROM chunks WHERE chunk IN (SELECT chunk FROM chunks WHERE newest_ms < ? ORDER BY newest_ms LIMIT ${CHUNKS_AT_ONCE})`,
    )
    .run([Math.floor(beforeMs)]);
  return deleted >= RECORDS_AT_ONCE || chunks >= CHUNKS_AT_ONCE;
}

function pruneSums(
  database: Database,
  level: 'minute' | 'hour' | 'day' | 'month',
  before: number,
): { readonly rows: number; readonly more: boolean } {
  // Whole units: those up to the one in which the rows of a step end.
  const end = database
    .query(`SELECT start FROM usage_${level} WHERE start < ? ORDER BY start LIMIT 1 OFFSET ${SUMS_AT_ONCE}`)
    .get([before]);
  const to = end === null ? before : Number(end[0]) + 1;
  const rows = database.query(`DELETE FROM usage_${level} WHERE start < ?`).run([to]);
  return { rows, more: end !== null };
}

/** Told before the first of them goes: no question counts on what is half gone. */
function keepFrom(database: Database, name: string, ms: number): void {
  database
    .query('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)')
    .run([name, ms]);
}
