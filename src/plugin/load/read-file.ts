// Reads a file that may be anything (a pipe, a device, a link out of its folder, a gigabyte) and gives its bytes or a sentence. For the quarantine's
// worker and commands: it reads synchronously.
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { formatBytes } from '../../core/units.js';
import { writableByOthers } from './ownership.js';

/** Why a file is not taken, whatever is in it. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
  readonly code: FileCode;

  constructor(code: FileCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

type FileCode =
  | 'unreadable'
  | 'not_a_file'
  | 'outside'
  | 'writable_by_others'
  | 'too_big'
  | 'changing'
  | 'not_compiled'
  | 'table';

/** Its file's and folder's names as an operator writes them stand in the reasons. */
export interface FileRules {
  readonly file: string;
  readonly bytesMax: number;
  /** The file must lie in this folder, also behind links, and belong to Weir's user; null: anywhere. */
  readonly within: string | null;
}

/** Throws FileRefused. */
export function readBounded({ file, bytesMax, within }: FileRules): Buffer {
  const real = within === null ? file : realPathWithin(file, within);
  let handle: number;
  try {
    // A pipe that nobody writes to must not hold the thread.
    handle = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new FileRefused('not_a_file', `${file} is no regular file`);
    const owner = within === null ? null : writableByOthers(stat, file);
    if (owner !== null) throw new FileRefused('writable_by_others', owner);
    if (stat.size > bytesMax) throw tooBig(file, stat.size, bytesMax);
    // One byte more shows a file that grows while it is read.
    const bytes = Buffer.alloc(stat.size + 1);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(handle, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length !== stat.size)
      throw new FileRefused('changing', `${file} changed while it was read; it is read again`);
    return bytes.subarray(0, length);
  } catch (cause) {
    throw cause instanceof FileRefused ? cause : unreadable(file, cause);
  } finally {
    closeSync(handle);
  }
}

function realPathWithin(file: string, folder: string): string {
  try {
    const real = realpathSync(file);
    if (real.startsWith(`${realpathSync(folder)}${sep}`)) return real;
    throw new FileRefused('outside', `${file} is a link that leaves ${folder}; allowed: files inside it`);
  } catch (cause) {
    throw cause instanceof FileRefused ? cause : unreadable(file, cause);
  }
}

function tooBig(file: string, bytes: number, bytesMax: number): FileRefused {
  return new FileRefused(
    'too_big',
    `${file} has ${bytes} bytes; allowed: at most ${bytesMax} (${formatBytes(bytesMax)}), see size:`,
  );
}

function unreadable(file: string, cause: unknown): FileRefused {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'it may not be read by this user',
    ELOOP: 'it is a link to itself',
  };
  return new FileRefused('unreadable', `${file} cannot be read: ${words[code] ?? code}`);
}
