// A folder with journals and an index over them, for tests: requests are settled by threads of generations, with clocks that the test sets.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { Entry } from '../../../src/core/entry.js';
import { RequestIds } from '../../../src/core/request-id.js';
import type { ExportItem, ExportQuery } from '../../../src/ledger/export-query.js';
import { Database, Query } from '../../../src/ledger/index/database.js';
import { LedgerIndex } from '../../../src/ledger/index/ledger-index.js';
import type { JournalBounds } from '../../../src/ledger/journal/bounds.js';
import type { BucketAmount, Journal } from '../../../src/ledger/journal/journal.js';
import { openJournal } from '../../../src/ledger/journal/open-journal.js';
import { CHAT, usage } from '../entries.js';

export const NOW_MS = Date.UTC(2026, 10, 23, 9, 30);

export class Box {
  readonly folder = mkdtempSync(join(tmpdir(), 'weir-box-'));
  readonly journal = join(this.folder, 'journal');
  readonly file = join(this.folder, 'ledger.db');
  nowMs = NOW_MS;
  readonly ids = new RequestIds();
  #index: LedgerIndex | null = null;

  constructor() {
    mkdirSync(this.journal);
  }

  get index(): LedgerIndex {
    this.#index ??= LedgerIndex.open({ file: this.file, journal: this.journal, wallMs: () => this.nowMs });
    return this.#index;
  }

  /** The next use opens it anew. */
  close(): void {
    this.#index?.close();
    this.#index = null;
  }

  thread(generation: number, thread = 0, bounds: Partial<JournalBounds> = {}): Journal {
    const clock = { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs };
    const options = { folder: this.journal, generation, thread, durability: 'os', clock } as const;
    return openJournal({ ...options, onState: () => {}, bounds });
  }

  /** A request of now, as it is at its end. */
  request(special: Partial<Entry> = {}, input: number | null = 10, output: number | null = 5): Entry {
    const entry = new Entry(
      this.ids.next(this.nowMs),
      this.nowMs,
      'POST',
      '/v1/chat/completions',
      '127.0.0.1',
      null,
    );
    entry.identification = { ...CHAT };
    entry.outcome = 'served';
    entry.status = 200;
    entry.usage = usage(input, output);
    entry.cost = { nanos: 1000, status: 'computed', price: 'p', catalogue: 'c' };
    return Object.assign(entry, special);
  }

  /** Database and journals, as they are now. */
  copyTo(folder: string): void {
    cpSync(this.folder, folder, { recursive: true });
  }

  /** All is as it was when copied to `folder`. */
  restoreFrom(folder: string): void {
    this.close();
    rmSync(this.folder, { recursive: true });
    cpSync(folder, this.folder, { recursive: true });
  }

  segments(): string[] {
    return readdirSync(this.journal)
      .filter(name => name.endsWith('.journal'))
      .sort();
  }

  /** Ids of all records, newest first, page by page. */
  idsByList(limit = 100): string[] {
    const ids: string[] = [];
    for (let before: string | null | undefined; before !== null; ) {
      const page = this.index.list({ limit, ...(before === undefined ? {} : { before }) });
      ids.push(...page.items.map(({ id }) => id));
      before = page.next;
    }
    return ids;
  }

  /** All pages of the export. */
  exported(query: Omit<ExportQuery, 'limit'> = {}, limit = 1000): ExportItem[] {
    const items: ExportItem[] = [];
    for (let [after, more] = [query.after, true]; more; ) {
      const page = this.index.exportPage({ ...query, limit, ...(after === undefined ? {} : { after }) });
      items.push(...page.items);
      more = page.more;
      after = page.next ?? after;
    }
    return items;
  }

  remove(): void {
    this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function settle(journal: Journal, entry: Entry, charges: readonly BucketAmount[] = []): Promise<void> {
  return new Promise(resolve => journal.settled(entry, charges, resolve));
}

/**
 * The n-th statement from now on fails, and all after it, as if the process were gone; until vi.restoreAllMocks(). Returns what tells how many there were.
 */
export function dieAt(statement: number, code = 'SQLITE_IOERR'): () => number {
  let count = 0;
  const dying = <Args extends unknown[], Result>(work: (...args: Args) => Result) =>
    function (this: unknown, ...args: Args): Result {
      if (count++ >= statement) throw Object.assign(new Error('the test says so'), { code });
      return work.apply(this, args);
    };
  for (const name of ['run', 'get', 'all'] as const) {
    const work = Query.prototype[name] as (...args: unknown[]) => never;
    vi.spyOn(Query.prototype, name).mockImplementation(dying(work));
  }
  const { exec } = Database.prototype;
  vi.spyOn(Database.prototype, 'exec').mockImplementation(dying(exec));
  return () => count;
}

export const MONTH_BUCKET = 'budget team usd month consumer  enforce\n1793491200000\nteam-a';
export const RATE_BUCKET = 'limit slow tokens 3600000ms consumer 1/36 enforce\n0\nteam-a';
