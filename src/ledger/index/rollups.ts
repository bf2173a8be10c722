// Sums of usage by minute, hour, day and month and by dimension: kept in memory for a batch, then added to the tables in its transaction.
// Hot path: per record.
import { LEVELS, MINUTE_MS, unitOf } from './calendar.js';
import { type Database, RowWriter } from './database.js';

export const COUNTS = [
  'requests',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'cost_nanos',
  'unpriced',
] as const;
const COST_NANOS = 6;

/** Dimension numbers stay below it; minutes times it stay below 2^53. */
const DIMENSIONS_MAX = 2 ** 26;
/** Ten numbers a row. */
const ROWS = 20;

export class Rollups {
  readonly #sums = new Map<number, Float64Array>();
  readonly #writers: readonly RowWriter[];
  #nanos = 0;

  constructor(database: Database) {
    const sums = COUNTS.map(name => `${name} = ${name} + excluded.${name}`).join(', ');
    const tail = `ON CONFLICT (start, dimension) DO UPDATE SET ${sums}`;
    this.#writers = LEVELS.map(
      level =>
        new RowWriter(database, `INSERT INTO usage_${level} VALUES`, '(?,?,?,?,?,?,?,?,?,?)', tail, ROWS),
    );
  }

  /** The sums of that minute and dimension, to be added to in the order of COUNTS; `nanos` is what will be added to the cost. */
  sumsOf(minute: number, dimension: number, nanos: number): Float64Array {
    // No sum of any unit may leave what a double says exactly; SQLite goes on to 2^63.
    if (this.#nanos + nanos > Number.MAX_SAFE_INTEGER) this.flush();
    this.#nanos += nanos;
    const key = minute * DIMENSIONS_MAX + dimension;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = new Float64Array(COUNTS.length);
      this.#sums.set(key, sums);
    }
    return sums;
  }

  /** Adds the sums to the tables and begins anew. */
  flush(): void {
    for (const [i, level] of LEVELS.entries()) {
      const writer = this.#writers[i];
      const sums =
        level === 'minute' ? this.#sums : this.#regrouped(minute => unitOf(level, minute * MINUTE_MS));
      for (const [key, counts] of sums) {
        const unit = Math.floor(key / DIMENSIONS_MAX);
        writer?.add([unit, key % DIMENSIONS_MAX, ...counts]);
      }
      writer?.flush();
    }
    this.#sums.clear();
    this.#nanos = 0;
  }

  clear(): void {
    this.#sums.clear();
    this.#nanos = 0;
    for (const writer of this.#writers) writer.clear();
  }

  #regrouped(unitOfMinute: (minute: number) => number): Map<number, Float64Array> {
    const grouped = new Map<number, Float64Array>();
    for (const [key, counts] of this.#sums) {
      const unit = unitOfMinute(Math.floor(key / DIMENSIONS_MAX));
      const groupKey = unit * DIMENSIONS_MAX + (key % DIMENSIONS_MAX);
      const sums = grouped.get(groupKey);
      if (sums === undefined) grouped.set(groupKey, counts.slice());
      else for (let i = 0; i < COUNTS.length; i++) sums[i] = (sums[i] ?? 0) + (counts[i] ?? 0);
    }
    return grouped;
  }
}

/** Adds one record's facts; −1 is unknown. */
export function addRecord(
  sums: Float64Array,
  tokens: Float64Array,
  at: number,
  nanos: number,
  unpriced: number,
): void {
  sums[0] = (sums[0] ?? 0) + 1;
  for (let i = 0; i < 5; i++) {
    const count = tokens[at + i] ?? -1;
    if (count > 0) sums[i + 1] = (sums[i + 1] ?? 0) + count;
  }
  sums[COST_NANOS] = (sums[COST_NANOS] ?? 0) + nanos;
  sums[COST_NANOS + 1] = (sums[COST_NANOS + 1] ?? 0) + unpriced;
}
