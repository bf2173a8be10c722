// The one SQLite file behind the index: libsql's synchronous calls with types, and rows written many at a time. Numbers are bound as REAL
// by libsql, so columns are declared INTEGER (which turns whole numbers back) and keys are put together with `<<` and `|`, never `+`.
import Libsql from 'libsql';

export type Value = number | string | Uint8Array | null;
export type Row = readonly (number | string | Buffer | null)[];

/** 16 MiB of pages. */
const CACHE_KIB = 16 * 1024;
/** The log is copied into the file when it has 16 MiB: a page that changed often is copied once. */
const CHECKPOINT_PAGES = 4000;

export class Query {
  readonly #statement: Libsql.Statement<unknown[]>;

  constructor(statement: Libsql.Statement<unknown[]>) {
    this.#statement = statement;
  }

  /** Rows changed. */
  run(values: readonly Value[] = []): number {
    return this.#statement.run(values as never).changes;
  }

  get(values: readonly Value[] = []): Row | null {
    return (this.#statement.raw().get(values as never) as Row | undefined) ?? null;
  }

  all(values: readonly Value[] = []): Row[] {
    return this.#statement.raw().all(values as never) as Row[];
  }
}

export class Database {
  readonly file: string;
  readonly #db: Libsql.Database;
  readonly #queries = new Map<string, Query>();
  #open = true;

  /** Errors: SqliteError (`code` SQLITE_…), or libsql's own where the file cannot be opened at all. */
  constructor(file: string) {
    this.file = file;
    this.#db = new Libsql(file);
    try {
      this.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB};
        PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;`);
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** Prepared once per text. */
  query(sql: string): Query {
    let query = this.#queries.get(sql);
    if (query === undefined) {
      query = new Query(this.#db.prepare(sql));
      this.#queries.set(sql, query);
    }
    return query;
  }

  /** The first column of the first row, as a number; 0 where there is none. */
  number(sql: string, values: readonly Value[] = []): number {
    return Number(this.query(sql).get(values)?.[0] ?? 0);
  }

  begin(): void {
    // One whose end failed as well.
    if (this.#db.inTransaction) this.rollBack();
    this.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.exec('COMMIT');
  }

  /** After anything that failed; harmless where nothing was begun. */
  rollBack(): void {
    try {
      this.exec('ROLLBACK');
    } catch {
      // Full disks and read errors have rolled it back already; what failed is on its way to the caller.
    }
  }

  /** All or nothing. */
  transaction<T>(work: () => T): T {
    this.begin();
    try {
      const result = work();
      this.commit();
      return result;
    } catch (cause) {
      this.rollBack();
      throw cause;
    }
  }

  /** True: everything committed is in the file and on the disk. */
  checkpoint(): boolean {
    return this.query('PRAGMA wal_checkpoint(TRUNCATE)').get()?.[0] === 0;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // libsql lets go of the file only when the collector takes the statements: no transaction may stay open until then.
    if (this.#db.inTransaction) this.rollBack();
    this.#queries.clear();
    this.#db.close();
  }
}

/** Rows of one statement, sent in groups: a statement of 50 rows costs a third of 50 statements. */
export class RowWriter {
  readonly #group: Query;
  readonly #single: Query;
  readonly #values: Value[] = [];
  readonly #width: number;
  readonly #rows: number;

  /** @param row `(?,?)`; `head` ends before it, `tail` follows it */
  constructor(database: Database, head: string, row: string, tail: string, rows: number) {
    this.#width = row.split('?').length - 1;
    this.#rows = rows;
    this.#group = database.query(`${head} ${new Array<string>(rows).fill(row).join(',')} ${tail}`);
    this.#single = database.query(`${head} ${row} ${tail}`);
  }

  add(row: readonly Value[]): void {
    for (const value of row) this.#values.push(value);
    if (this.#values.length === this.#width * this.#rows) {
      this.#group.run(this.#values);
      this.#values.length = 0;
    }
  }

  /** Sends what is left. */
  flush(): void {
    for (let i = 0; i < this.#values.length; i += this.#width)
      this.#single.run(this.#values.slice(i, i + this.#width));
    this.#values.length = 0;
  }

  /** Forgets what was not sent: its transaction is gone. */
  clear(): void {
    this.#values.length = 0;
  }
}
