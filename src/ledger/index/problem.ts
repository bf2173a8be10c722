// What is wrong with the database, in a sentence and by a kind that callers can act on.

/** busy: another connection holds it. other: neither the disk nor the file is to blame. */
export type ProblemKind = 'newer' | 'full' | 'read_only' | 'damaged' | 'unreachable' | 'busy' | 'other';

export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem';
  readonly code: ProblemKind;

  constructor(code: ProblemKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** SQLite's words for it (https://sqlite.org/rescode.html) and libsql's own, as one of ours. */
export function problemOf(file: string, cause: unknown): DatabaseProblem {
  if (cause instanceof DatabaseProblem) return cause;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const said = String(message ?? cause);
  const kind = kindOf(typeof code === 'string' ? code : '', said);
  return new DatabaseProblem(kind, `${file} ${WORDS[kind]} (${said})`, cause);
}

const WORDS: Record<ProblemKind, string> = {
  newer: 'was written by a newer Weir',
  full: 'cannot grow: the disk is full',
  read_only: 'cannot be written: the file or its folder is read-only',
  damaged:
    'is damaged; move it away to begin a new one (records that the journal no longer has are in the old one only)',
  unreachable: 'cannot be read or written',
  busy: 'is in use by another process',
  other: 'gave an error',
};

function kindOf(code: string, said: string): ProblemKind {
  if (
    code.startsWith('SQLITE_FULL') ||
    said.includes('disk is full') ||
    code === 'ENOSPC' ||
    code === 'EDQUOT'
  )
    return 'full';
  if (code.startsWith('SQLITE_READONLY') || said.includes('readonly') || code === 'EROFS') return 'read_only';
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) return 'damaged';
  if (said.includes('malformed') || said.includes('not a database')) return 'damaged';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  if (/^SQLITE_(IOERR|CANTOPEN)/.test(code) || said.includes('ConnectionFailed') || code === 'EIO')
    return 'unreachable';
  return code === 'EACCES' || code === 'EPERM' ? 'read_only' : 'other';
}
