// What budgets and long limits were charged, by bucket: of a quota the whole sum (its name has the window in it), of a rate by minute of
// admission. From it they are restored at a start. Hot path: `add`, per charge of a record.
import { DAY_MS, MINUTE_MS } from './calendar.js';
import { type Database, RowWriter } from './database.js';

export interface Charged {
  /** BucketRule.bucketName(): identity, start of the window (0: a rate) and values, one a line. */
  readonly bucket: string;
  /** Of a rate: minutes since the epoch, of admission. 0 of a quota. */
  readonly minute: number;
  /** In the policy's unit; usd: nano-dollars. */
  readonly amount: number;
}

/** A policy's windows have at most 3,660 days (config/schema-policies.ts). */
const WINDOW_DAYS_MAX = 3660;
/** A rate is full again after its period, or later where its burst is larger. */
const RATE_PERIODS_KEPT = 4;
/** Some 5 MB of names; forgotten all together. */
const KNOWN_MAX = 32_768;
const PRUNED_AT_ONCE = 500;
const MINUTES_MAX = 2 ** 26;

export class ChargeBook {
  readonly #database: Database;
  readonly #writer: RowWriter;
  readonly #known = new Map<string, { readonly bucket: number; readonly quota: boolean }>();
  readonly #sums = new Map<number, number>();
  #prunedTo = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#writer = new RowWriter(
      database,
      'INSERT INTO charges VALUES',
      '(?,?,?)',
      'ON CONFLICT (bucket, minute) DO UPDATE SET amount = amount + excluded.amount',
      20,
    );
  }

  /** Within a transaction: a new bucket is written. Positive: a quota's. Negative: a rate's. */
  numberOf(name: string): number {
    let known = this.#known.get(name);
    if (known === undefined) {
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      known = { bucket: this.#find(name) ?? this.#add(name), quota: windowStartOf(name) > 0 };
      this.#known.set(name, known);
    }
    return known.quota ? known.bucket : -known.bucket;
  }

  add(number: number, timeMs: number, amount: number): void {
    const minute = number > 0 ? 0 : Math.floor(timeMs / MINUTE_MS);
    const key = Math.abs(number) * MINUTES_MAX + minute;
    const sum = (this.#sums.get(key) ?? 0) + amount;
    if (Number.isSafeInteger(sum)) {
      this.#sums.set(key, sum);
    } else {
      // SQLite adds up to 2^63.
      this.flush();
      this.#sums.set(key, amount);
    }
  }

  flush(): void {
    for (const [key, amount] of this.#sums)
      this.#writer.add([Math.floor(key / MINUTES_MAX), key % MINUTES_MAX, amount]);
    this.#writer.flush();
    this.#sums.clear();
  }

  forget(): void {
    this.#known.clear();
    this.#sums.clear();
    this.#writer.clear();
  }

  /** All that are kept, page by page: 262,144 buckets at most, and their minutes. */
  *all(): Generator<Charged> {
    const query = this.#database.query(
      `SELECT bucket, minute, name, min(amount, ${Number.MAX_SAFE_INTEGER}) FROM charges JOIN buckets USING (bucket)
       WHERE (bucket, minute) > (?, ?) ORDER BY bucket, minute LIMIT 1000`,
    );
    for (let [bucket, minute] = [0, 0]; ; ) {
      const rows = query.all([bucket, minute]);
      for (const row of rows) {
        [bucket, minute] = [Number(row[0]), Number(row[1])];
        yield { bucket: String(row[2]), minute, amount: Number(row[3]) };
      }
      if (rows.length === 0) return;
    }
  }

  /** Within a transaction: drops what no window can need any more, some buckets at a time. True: there are more to look at. */
  prune(nowMs: number): boolean {
    const rows = this.#database
      .query('SELECT bucket, name FROM buckets WHERE bucket > ? ORDER BY bucket LIMIT ?')
      .all([this.#prunedTo, PRUNED_AT_ONCE]);
    for (const row of rows) this.#pruneBucket(Number(row[0]), String(row[1]), nowMs);
    const more = rows.length === PRUNED_AT_ONCE;
    this.#prunedTo = more ? Number(rows.at(-1)?.[0]) : 0;
    return more;
  }

  #pruneBucket(bucket: number, name: string, nowMs: number): void {
    const startMs = windowStartOf(name);
    if (startMs > 0 && startMs + periodMsOf(name) >= nowMs) return;
    const beforeMinute =
      startMs > 0 ? 1 : Math.floor((nowMs - periodMsOf(name) * RATE_PERIODS_KEPT) / MINUTE_MS);
    this.#database.query('DELETE FROM charges WHERE bucket = ? AND minute < ?').run([bucket, beforeMinute]);
    if (this.#database.query('SELECT 1 FROM charges WHERE bucket = ? LIMIT 1').get([bucket]) !== null) return;
    this.#database.query('DELETE FROM buckets WHERE bucket = ?').run([bucket]);
    this.#known.delete(name);
  }

  #find(name: string): number | null {
    const row = this.#database.query('SELECT bucket FROM buckets WHERE name = ?').get([name]);
    return row === null ? null : Number(row[0]);
  }

  #add(name: string): number {
    const rows = this.#database.query('INSERT INTO buckets (name) VALUES (?) RETURNING bucket').all([name]);
    return Number(rows[0]?.[0]);
  }
}

/** 0: it has none, it is a rate. */
function windowStartOf(name: string): number {
  return Number(name.split('\n', 2)[1] ?? 0) || 0;
}

/** How long a window or a rate's period may last, from what the identity says (config/policies.ts); the longest there is where it says nothing. */
export function periodMsOf(name: string): number {
  const identity = name.split('\n', 1)[0] ?? '';
  const rate = / (\d{1,15})ms /.exec(identity);
  if (rate !== null) return Math.max(DAY_MS / RATE_PERIODS_KEPT, Number(rate[1]));
  const days = / (\d{1,4})d /.exec(identity);
  if (days !== null) return (Number(days[1]) + 1) * DAY_MS;
  const calendar = / (?:hour|day|week|month) /.exec(identity);
  return (calendar === null ? WINDOW_DAYS_MAX : 32) * DAY_MS;
}
