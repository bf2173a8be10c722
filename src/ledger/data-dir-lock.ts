// One process a data_dir: two would write each other's ledger to pieces. The lock is SQLite's on a file of its own, which is the kernel's (fcntl):
// it goes with its process however that ends, two starts at the same moment cannot both get it, and it holds between containers that share the folder.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'libsql';

/** Whoever has just got the lock has not told its pid yet: so long it is waited for. */
const PID_WAIT_MS = 1000;
const PID_LOOK_MS = 10;

/** The folder is another process's. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse';
  /** Null: it has not told. */
  readonly pid: number | null;

  constructor(folder: string, pid: number | null) {
    const who = pid === null ? 'another process' : `another process (pid ${pid})`;
    super(`data_dir ${folder} is in use by ${who}; stop it, or give this one a data_dir of its own`);
    this.pid = pid;
  }
}

/** The folder cannot be used at all: the message is a sentence that says why. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
}

export interface DataDirLock {
  release(): void;
}

/** Makes the folder where it is missing. Errors: DataDirInUse, DataDirError. */
export function lockDataDir(folder: string): DataDirLock {
  const file = join(folder, 'lock');
  const pidFile = `${file}.pid`;
  let database: Database.Database | null = null;
  try {
    makeFolder(folder);
    database = opened(file);
    // A journal beside it would have to be made for a transaction that never writes.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    database?.close();
    if ((cause as { code?: unknown }).code === 'SQLITE_BUSY') throw new DataDirInUse(folder, holder(pidFile));
    throw new DataDirError(`data_dir ${folder} cannot be used: ${reason(cause)}`, { cause });
  }
  const held = database;
  return {
    release() {
      rmSync(pidFile, { force: true });
      held.close();
    },
  };
}

/** Where it cannot be made, Node says ENOENT of most causes: the first folder that is missing, made alone, tells the right one. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    let missing = resolve(folder);
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    mkdirSync(missing, { mode: 0o700 });
    throw cause;
  }
}

/** SQLite only says that it cannot open a file; Node says why. (Never while this process has the lock: closing the file would end it.) */
function opened(file: string): Database.Database {
  try {
    return new Database(file);
  } catch (cause) {
    closeSync(openSync(file, 'a', 0o600));
    throw cause;
  }
}

/** The pid that stands in the file, once it is a living process's: a file may have been left by one that was killed. */
function holder(pidFile: string): number | null {
  const endMs = Date.now() + PID_WAIT_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const pid = livingPid(pidFile);
    if (pid !== null || Date.now() >= endMs) return pid;
    Atomics.wait(pause, 0, 0, PID_LOOK_MS);
  }
}

function livingPid(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    if (!Number.isSafeInteger(pid) || pid <= 0) return null;
    process.kill(pid, 0);
    return pid;
  } catch (cause) {
    // Another user's process lives, too. Everything else: not told yet, or not in this pid namespace.
    return (cause as NodeJS.ErrnoException).code === 'EPERM' ? Number(readFileSync(pidFile, 'utf8')) : null;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'no space is left on its disk',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'it is no folder',
  SQLITE_CANTOPEN: 'no file can be made or opened in it',
  SQLITE_READONLY: 'it is read-only',
  SQLITE_FULL: 'no space is left on its disk',
  SQLITE_IOERR: 'its disk reports errors',
};

/** In words, with the system's own in brackets. */
export function reason(cause: unknown): string {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const words = typeof code === 'string' ? wordsOf(code) : undefined;
  return words === undefined ? String(message ?? cause) : `${words} (${String(code)})`;
}

/** SQLite's extended codes begin with the plain one. */
function wordsOf(code: string): string | undefined {
  return WORDS[code] ?? Object.entries(WORDS).find(([plain]) => code.startsWith(`${plain}_`))?.[1];
}
