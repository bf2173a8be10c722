// The secret that anonymous callers' credentials are hashed with, kept in `data_dir/hash-secret`, so that a caller has the same name after a restart.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 32;

/** Makes one where there is none. Errors: a sentence that names the folder. */
export function loadHashSecret(dataDir: string): Uint8Array {
  const file = join(dataDir, 'hash-secret');
  try {
    try {
      const kept = readFileSync(file);
      if (kept.length === SECRET_BYTES) return kept;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    }
    const fresh = randomBytes(SECRET_BYTES);
    writeFileSync(file, fresh, { mode: 0o600 });
    return fresh;
  } catch (cause) {
    throw new Error(`data_dir ${dataDir} cannot be used: ${(cause as Error).message}`, { cause });
  }
}
