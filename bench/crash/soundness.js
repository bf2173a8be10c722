// Whether the index that a dead gateway left is sound, by SQLite's own check.
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

/** Looked at in a copy: opening it would mend what the next start has to mend. @returns what is wrong with it; null: nothing, or there is none yet */
export function indexProblem({ dataDir, folder }) {
  const file = join(dataDir, 'ledger.db');
  if (!existsSync(file)) return null;
  const copy = join(folder, 'copy.db');
  rmSync(`${copy}-shm`, { force: true });
  for (const end of ['', '-wal']) {
    rmSync(copy + end, { force: true });
    if (existsSync(file + end)) copyFileSync(file + end, copy + end);
  }
  try {
    const database = new Database(copy);
    const [row] = database.prepare('PRAGMA integrity_check').all();
    database.close();
    return row?.integrity_check === 'ok' ? null : JSON.stringify(row);
  } catch (error) {
    return error.message;
  }
}
