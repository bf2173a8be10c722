// The keys that were made at run time, kept in `data_dir/keys.json`: hashes, names and times, never a key. Small and written whole: to a file beside it
// that is synced and renamed, and the folder is synced then, so that after a power failure there is the old list or the new one.
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { SavedKey } from '../core/saved-key.js';

const NAME = 'keys.json';
const VERSION = 1;

/** As it stands in the file; times are RFC 3339. */
interface KeptKey {
  readonly id: string;
  readonly name: string;
  readonly consumer: string;
  readonly sha256: string;
  readonly last4: string;
  readonly created: string;
  readonly expires: string | null;
  readonly models: readonly string[];
  readonly revoked: string | null;
}

/** Oldest first; none where there is no file. Errors: a sentence that names the file: it is never taken for empty, since then revoked keys might pass. */
export function loadKeys(dataDir: string): SavedKey[] {
  const file = join(dataDir, NAME);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new Error(`${file} cannot be read: ${message}`, { cause });
  }
  try {
    return keysIn(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${file} is no list of keys (${why}): put a backup of it in its place, or move it away, and every key that was made at run time is unknown`,
      { cause },
    );
  }
}

/** Resolves when a power failure cannot take it back. Errors: those of the file system; the old list stays. */
export async function saveKeys(dataDir: string, keys: readonly SavedKey[]): Promise<void> {
  const file = join(dataDir, NAME);
  const text = `${JSON.stringify({ version: VERSION, keys: keys.map(keptKey) })}\n`;
  await synced(`${file}.new`, 'w', text);
  await rename(`${file}.new`, file);
  await synced(dataDir, 'r', null);
}

/** A folder is opened to be read, and synced all the same. */
async function synced(path: string, flags: 'w' | 'r', text: string | null): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    if (text !== null) await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function keptKey(key: SavedKey): KeptKey {
  const { id, name, consumer, sha256, last4, createdMs, expiresMs, models, revokedMs } = key;
  const [created, expires, revoked] = [timeText(createdMs), timeText(expiresMs), timeText(revokedMs)];
  return { id, name, consumer, sha256, last4, created: created ?? '', expires, models, revoked };
}

function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Throws where anything is not as it was written. */
function keysIn(value: unknown): SavedKey[] {
  const { version, keys } = value as { version?: unknown; keys?: unknown };
  if (version !== VERSION) throw new Error(`its version is ${String(version)}; this Weir knows ${VERSION}`);
  if (!Array.isArray(keys)) throw new Error('keys is not a list');
  const seen = new Set<string>();
  return keys.map((raw: unknown, at): SavedKey => {
    const key = savedKey(raw);
    if (key === null) throw new Error(`keys[${at}] is not a key`);
    for (const mark of [key.id, key.sha256]) {
      if (seen.has(mark)) throw new Error(`keys[${at}] is there twice`);
      seen.add(mark);
    }
    return key;
  });
}

function savedKey(raw: unknown): SavedKey | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { id, name, consumer, sha256, last4, created, expires, models, revoked } = raw as Partial<KeptKey>;
  const [createdMs, expiresMs, revokedMs] = [timeOf(created), timeOf(expires), timeOf(revoked)];
  const fits =
    [id, name, consumer, last4].every(text => typeof text === 'string' && text !== '') &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    Array.isArray(models) &&
    models.every(model => typeof model === 'string') &&
    typeof createdMs === 'number' &&
    expiresMs !== undefined &&
    revokedMs !== undefined;
  if (!fits) return null;
  return { id, name, consumer, sha256, last4, createdMs, expiresMs, models, revokedMs } as SavedKey;
}

/** Undefined: neither a time nor null. */
function timeOf(value: unknown): number | null | undefined {
  if (value === null) return null;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
