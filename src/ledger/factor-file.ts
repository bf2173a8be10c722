// What has been learned of the models' tokenizers, kept over restarts in `data_dir/token-factors.json`.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FactorState, readFactorState } from '../tokens/factor-state.js';

const NAME = 'token-factors.json';

export interface LoadedFactors {
  readonly state: FactorState | null;
  /** Why a file that is there could not be used; null where all is well. */
  readonly problem: string | null;
}

/** Never throws: without a file, or with one that cannot be used, learning begins anew. */
export function loadFactors(dataDir: string): LoadedFactors {
  const file = join(dataDir, NAME);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { state: null, problem: code === 'ENOENT' ? null : `${file} cannot be read: ${message}` };
  }
  try {
    return { state: readFactorState(JSON.parse(text)), problem: null };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { state: null, problem: `${file} is no table of factors (${why}); learning begins anew` };
  }
}

/** Written beside and renamed, so that nobody ever reads half of it. Errors: those of the file system. */
export function saveFactors(dataDir: string, state: FactorState): void {
  const file = join(dataDir, NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
