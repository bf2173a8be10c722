// The index over the journal: one SQLite file that answers what was asked, by whom and at what cost. Synchronous; it lives in a thread of its own
// (workers/ledger.ts). The journal is the truth: what the file lacks is read from there, and what it cannot take in waits there.
import { statSync } from 'node:fs';
import type { Entry } from '../../core/entry.js';
import type { RequestRecord } from '../../core/record.js';
import type { ExportPage, ExportQuery } from '../export-query.js';
import { openToEntry } from '../journal/decode-entry.js';
import type { Progress } from '../journal/journal.js';
import type { RecordPage, RecordQuery } from '../ring.js';
import { toRecord } from '../to-record.js';
import type { UsageQuery, UsageReport } from '../usage-query.js';
import { CatchUp, type CaughtUp } from './catch-up.js';
import type { Charged } from './charges.js';
import { Database } from './database.js';
import { exportBriefs, exportEnd, exportPage, type Page } from './export.js';
import { KEY_EPOCH_MS } from './key.js';
import { listRecords } from './list.js';
import { problemOf } from './problem.js';
import { pruneStep, type Retention } from './prune.js';
import { RecordStore } from './record-store.js';
import { migrate } from './schema.js';
import { SegmentTexts } from './segment-texts.js';
import { usageReport } from './usage.js';
import { needsRecords, usageOfRecords } from './usage-of-records.js';
import type { Kept } from './usage-parts.js';

export interface IndexOptions {
  /** `ledger.db`; made where there is none. */
  readonly file: string;
  /** The folder of the segments; it exists. */
  readonly journal: string;
  readonly wallMs?: () => number;
  readonly monotonicMs?: () => number;
}

export interface IndexState {
  readonly records: number;
  /** By its id; null: there is none. */
  readonly oldestMs: number | null;
  /** Files in the journal's folder. */
  readonly segments: number;
  readonly lagBytes: number;
  /** Database and its log. */
  readonly sizeBytes: number;
  /** Settlements that the journal could not keep, over all time. */
  readonly lost: number;
  readonly openRequests: number;
}

export class LedgerIndex {
  readonly #database: Database;
  readonly #catchUp: CatchUp;
  readonly #texts: SegmentTexts;
  readonly #store: RecordStore;
  readonly #wallMs: () => number;
  readonly #monotonicMs: () => number;

  /** Throws DatabaseProblem: its message is a sentence that names the file. */
  static open(options: IndexOptions): LedgerIndex {
    let database: Database | null = null;
    try {
      database = new Database(options.file);
      migrate(database);
      return new LedgerIndex(database, options);
    } catch (cause) {
      database?.close();
      throw problemOf(options.file, cause);
    }
  }

  private constructor(database: Database, options: IndexOptions) {
    this.#database = database;
    this.#wallMs = options.wallMs ?? Date.now;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    // Also tells whether the file can be written.
    database.query("INSERT OR IGNORE INTO meta VALUES ('created_ms', ?)").run([Math.floor(this.#wallMs())]);
    database.query("UPDATE meta SET value = value WHERE name = 'created_ms'").run();
    this.#catchUp = new CatchUp(database, options.journal);
    this.#texts = new SegmentTexts(database);
    this.#store = new RecordStore(database, this.#texts);
  }

  /**
   * Takes in what the journal has. Never throws: what fails is in the result, and is tried again by the next call.
   * @param live the generation whose threads may still write; null: all segments are final, and are removed when they are in the database
   * @param records about how many at most; more is left where the result says so
   */
  catchUp({ live, records = Number.POSITIVE_INFINITY }: { live: number | null; records?: number }): CaughtUp {
    const result = this.#catchUp.run(live, records, this.#wallMs());
    if (result.records > 0 || result.failure !== null) this.#texts.forget();
    return result;
  }

  /** The largest generation that was ever read; 0: none. */
  lastGeneration(): number {
    return this.#meta('last_generation');
  }

  /** Requests of generations before that were admitted and never settled, as far as they came. After catchUp() has read those to their ends. */
  *openRequests(beforeGeneration = Number.MAX_SAFE_INTEGER): Generator<{ entry: Entry; progress: Progress }> {
    const query = this.#database.query(
      `SELECT id, body, segment FROM open_requests JOIN segments USING (segment) WHERE id > ? AND generation < ? ORDER BY id LIMIT 100`,
    );
    for (let last = ''; ; ) {
      const rows = query.all([last, beforeGeneration]);
      for (const [id, body, segment] of rows) {
        last = String(id);
        yield openToEntry(body as Buffer, this.#texts.of(Number(segment)));
      }
      if (rows.length === 0) return;
    }
  }

  charges(): Iterable<Charged> {
    return this.#catchUp.charges.all();
  }

  get(id: string): RequestRecord | null {
    const entry = this.#store.get(id);
    return entry === null ? null : toRecord(entry);
  }

  list(query: RecordQuery): RecordPage {
    return listRecords(this.#database, this.#store, query, this.#kept().minutesFromMs, this.#monotonicMs);
  }

  /** Throws UsageTooWideError. */
  usage(query: UsageQuery): UsageReport {
    const [kept, nowMs] = [this.#kept(), this.#wallMs()];
    if (!needsRecords(query)) return usageReport(this.#database, query, kept, nowMs);
    return usageOfRecords(this.#database, this.#store, query, kept, nowMs, this.#monotonicMs);
  }

  /** Throws CursorError. */
  /** Likewise, without steps, attempts and evidence. */
  exportBriefs(query: ExportQuery): Page<Entry> {
    return exportBriefs(this.#database, this.#texts, query, this.#monotonicMs);
  }

  /** A cursor after all that has settled and is indexed. */
  exportEnd(): string {
    return exportEnd(this.#database);
  }

  exportPage(query: ExportQuery): ExportPage {
    return exportPage(this.#database, this.#texts, query, this.#monotonicMs);
  }

  /** One step; true: there is more to do. Throws DatabaseProblem. */
  prune(nowMs: number, retention: Retention): boolean {
    try {
      const more = this.#database.transaction(() => {
        const left = pruneStep(this.#database, nowMs, retention);
        this.#catchUp.segments.prune(Math.floor(nowMs - retention.retentionMs));
        return this.#catchUp.charges.prune(nowMs) || left;
      });
      this.#catchUp.forgetNumbers();
      return more;
    } catch (cause) {
      this.#catchUp.forget();
      throw problemOf(this.#database.file, cause);
    }
  }

  state(): IndexState {
    const oldest = this.#database.query('SELECT key >> 22 FROM records ORDER BY key LIMIT 1').get();
    const { file } = this.#database;
    return {
      records: this.#meta('records'),
      oldestMs: oldest === null ? null : Number(oldest[0]) + KEY_EPOCH_MS,
      segments: this.#catchUp.segments.files,
      lagBytes: this.#catchUp.segments.lagBytes(),
      sizeBytes: sizeOf(file) + sizeOf(`${file}-wal`),
      lost: this.#meta('lost'),
      openRequests: this.#catchUp.open.size,
    };
  }

  /** What is wrong with the file; empty: nothing. Reads all of it. */
  integrityProblems(): string[] {
    const rows = this.#database.query('PRAGMA integrity_check(20)').all();
    return rows.map(row => String(row[0])).filter(text => text !== 'ok');
  }

  /** What is in its log goes into the file, so that the file alone is a copy. */
  close(): void {
    this.#catchUp.forget();
    try {
      this.#database.checkpoint();
    } catch {
      // The log stays beside the file, and the next to open it reads both.
    }
    this.#database.close();
  }

  #meta(name: string): number {
    return this.#database.number('SELECT value FROM meta WHERE name = ?', [name]);
  }

  #kept(): Kept {
    return { minutesFromMs: this.#meta('minutes_from_ms'), daysFromMs: this.#meta('days_from_ms') };
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
