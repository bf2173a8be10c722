// What the journal asks of the file system, behind an interface so that tests decide when it fails.
import { closeSync, fdatasync, fsync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** All of them throw or hand over the file system's errors. */
export interface JournalFiles {
  /** A new file, or one made empty, to be written. */
  create(path: string): number;
  openFolder(path: string): number;
  /** Bytes that were written: may be fewer. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  truncate(fd: number, length: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  close(fd: number): void;
  /** What the file holds is on the disk. In the thread pool. */
  datasync(fd: number, done: (cause: Error | null) => void): void;
  /** The same of a folder's names. */
  sync(fd: number, done: (cause: Error | null) => void): void;
}

export const systemFiles: JournalFiles = {
  // Only Weir's user: a record says who asked what of whom.
  create: path => openSync(path, 'w', 0o600),
  openFolder: path => openSync(path, 'r'),
  write: writeSync,
  truncate: ftruncateSync,
  rename: renameSync,
  remove: path => rmSync(path, { force: true }),
  close: closeSync,
  datasync: fdatasync,
  sync: fsync,
};
