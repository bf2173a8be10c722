// What budgets and long limits have used, kept over restarts in `data_dir/limits.json`: one line a bucket, with a checksum, because money
// hangs on it. It holds names of policies and the values that they count by (consumers, models, …), never a credential.
import { readFileSync, renameSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const NAME = 'limits.json';
const VERSION = 1;
const HEAD = '"buckets":[\n';
const TAIL = '\n]}\n';
/** 262,144 buckets (workers/bucket-names.ts) of 1 KiB, with names far longer than are likely; what is larger was not written by Weir. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

export interface KeptBucket {
  /** The text that the bucket's key is made of: policy, window, values. */
  readonly name: string;
  /** Of a quota: used, in its unit (usd: nano-dollars). Of a rate: ms since the epoch at which it will be full. */
  readonly amount: number;
}

export interface KeptLimits {
  /** ms since the epoch. */
  readonly savedMs: number;
  readonly buckets: readonly KeptBucket[];
}

export interface LoadedLimits {
  /** Null: there is no file, or none that can be used. */
  readonly kept: KeptLimits | null;
  /** Why a file that is there could not be used; null where all is well. */
  readonly problem: string | null;
}

/** A bucket as a line of the file. */
export function bucketLine({ name, amount }: KeptBucket): string {
  return JSON.stringify([name, amount]);
}

/** Never throws. A file that cannot be used is moved aside as `limits.json.broken`, for whoever wants to mend it. */
export function loadLimits(dataDir: string): LoadedLimits {
  const file = join(dataDir, NAME);
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX) return setAside(file, `it has ${size} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { kept: null, problem: code === 'ENOENT' ? null : `${file} cannot be read: ${message}` };
  }
  try {
    return { kept: parsed(text), problem: null };
  } catch (cause) {
    return setAside(file, cause instanceof Error ? cause.message : String(cause));
  }
}

function setAside(file: string, why: string): LoadedLimits {
  let where = `it was moved to ${file}.broken`;
  try {
    renameSync(file, `${file}.broken`);
  } catch (cause) {
    where = `it could not be moved aside: ${(cause as Error).message}`;
  }
  const problem = `${file} cannot be used (${why}): budgets and long limits begin at zero; ${where}`;
  return { kept: null, problem };
}

function parsed(text: string): KeptLimits {
  const file: unknown = JSON.parse(text);
  if (typeof file !== 'object' || file === null) throw new Error('it is no object');
  const { version, saved_ms: savedMs, crc32: sum, buckets } = file as Record<string, unknown>;
  if (version !== VERSION) throw new Error(`its version is ${String(version)}, and ${VERSION} is known`);
  if (!isAmount(savedMs)) throw new Error(`saved_ms is ${String(savedMs)}`);
  if (!Array.isArray(buckets)) throw new Error('buckets is no list');
  const lines = text.slice(text.indexOf(HEAD) + HEAD.length, text.length - TAIL.length);
  if (sum !== crc32(lines)) throw new Error('its checksum is wrong');
  return { savedMs, buckets: buckets.map(bucketOf) };
}

function bucketOf(entry: unknown, i: number): KeptBucket {
  const [name, amount]: readonly unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof name !== 'string' || !isAmount(amount))
    throw new Error(`bucket ${i} is not a name and an amount`);
  return { name, amount };
}

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Written beside, forced to the disk, and renamed: a crash leaves the old file or the new one. Errors: those of the file system. */
export async function saveLimits(dataDir: string, savedMs: number, lines: readonly string[]): Promise<void> {
  const file = join(dataDir, NAME);
  const body = lines.join(',\n');
  const head = `{"version":${VERSION},"saved_ms":${savedMs},"crc32":${crc32(body)},${HEAD}`;
  const fresh = await open(`${file}.new`, 'w', 0o600);
  try {
    await fresh.writeFile(`${head}${body}${TAIL}`);
    await fresh.sync();
  } finally {
    await fresh.close();
  }
  await rename(`${file}.new`, file);
  // The rename itself is on the disk only when the folder is.
  const folder = await open(dataDir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
