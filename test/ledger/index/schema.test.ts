// The database file: how older ones become today's, and which are refused in words.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../../src/ledger/index/database.js';
import { LedgerIndex } from '../../../src/ledger/index/ledger-index.js';
import { DatabaseProblem, problemOf } from '../../../src/ledger/index/problem.js';
import { migrate, SCHEMA_STEPS } from '../../../src/ledger/index/schema.js';
import { dieAt } from './box.js';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-schema-'));
  file = join(folder, 'ledger.db');
});

afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

function problemAtOpen(): DatabaseProblem {
  try {
    LedgerIndex.open({ file, journal: folder }).close();
  } catch (cause) {
    if (cause instanceof DatabaseProblem) return cause;
    throw cause;
  }
  return expect.fail('it opened');
}

describe('a database', () => {
  it('of version 1 gets its sums by month out of those by day', () => {
    const database = new Database(file);
    migrate(database, SCHEMA_STEPS.slice(0, 1));
    expect(database.number('PRAGMA user_version')).toBe(1);
    const day = (text: string) => Date.parse(text) / 86_400_000;
    for (const [date, dimension, nanos] of [
      ['2025-12-31', 1, 5],
      ['2026-01-01', 1, 7],
      ['2026-01-31', 1, 11],
      ['2026-01-31', 2, 13],
    ] as const)
      database
        .query('INSERT INTO usage_day VALUES (?, ?, 1, 2, 3, 4, 5, 6, ?, 0)')
        .run([day(date), dimension, nanos]);
    migrate(database);
    expect(database.number('PRAGMA user_version')).toBe(2);
    const months = database
      .query('SELECT start, dimension, requests, cost_nanos FROM usage_month ORDER BY 1, 2')
      .all();
    expect(months).toEqual([
      [55 * 12 + 11, 1, 1, 5],
      [56 * 12, 1, 2, 18],
      [56 * 12, 2, 1, 13],
    ]);
    database.close();
  });

  it('stays as it is when a step fails', () => {
    const database = new Database(file);
    migrate(database);
    const steps = [...SCHEMA_STEPS, 'CREATE TABLE more (a INTEGER); INSERT INTO nothing VALUES (1)'];
    expect(() => migrate(database, steps)).toThrow('nothing');
    expect(database.number('PRAGMA user_version')).toBe(SCHEMA_STEPS.length);
    expect(database.number("SELECT count(*) FROM sqlite_master WHERE name = 'more'")).toBe(0);
    migrate(database, [...SCHEMA_STEPS, 'CREATE TABLE more (a INTEGER)']);
    expect(database.number('PRAGMA user_version')).toBe(SCHEMA_STEPS.length + 1);
    database.close();
  });

  it('of a newer version is refused with both versions and the file', () => {
    const database = new Database(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const { code, message } = problemAtOpen();
    expect(code).toBe('newer');
    expect(message).toContain(
      `${file} was written by a newer Weir (schema version 99; this one knows up to 2)`,
    );
  });

  it('that is no database is refused', () => {
    writeFileSync(
      file,
      'this is a text, and long enough to be looked at as a header of a hundred bytes. '.repeat(4),
    );
    const { code, message } = problemAtOpen();
    expect(code).toBe('damaged');
    expect(message).toContain(`${file} is damaged`);
  });

  it('in a folder that is not there is refused', () => {
    file = join(folder, 'none', 'ledger.db');
    expect(problemAtOpen().code).toBe('unreachable');
  });

  it('that cannot be written is refused', () => {
    LedgerIndex.open({ file, journal: folder }).close();
    dieAt(0, 'SQLITE_READONLY');
    const { code, message } = problemAtOpen();
    vi.restoreAllMocks();
    expect(code).toBe('read_only');
    expect(message).toContain(`${file} cannot be written: the file or its folder is read-only`);
  });

  it.skipIf(process.getuid?.() === 0)(
    'in a read-only folder is refused (needs a user who is not root)',
    () => {
      LedgerIndex.open({ file, journal: folder }).close();
      chmodSync(file, 0o400);
      chmodSync(folder, 0o500);
      const { code, message } = problemAtOpen();
      expect(['read_only', 'unreachable']).toContain(code);
      expect(message).toContain(file);
    },
  );
});

describe('what SQLite says', () => {
  it.each([
    ['SQLITE_FULL', 'full'],
    ['SQLITE_READONLY_DBMOVED', 'read_only'],
    ['SQLITE_IOERR_WRITE', 'unreachable'],
    ['SQLITE_CORRUPT_VTAB', 'damaged'],
    ['SQLITE_BUSY', 'busy'],
    ['SQLITE_MISUSE', 'other'],
    ['ENOSPC', 'full'],
    ['EROFS', 'read_only'],
  ] as const)('%s is %s', (code, kind) => {
    expect(problemOf('f', Object.assign(new Error('x'), { code })).code).toBe(kind);
  });
});
