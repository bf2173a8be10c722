// What a gateway on this machine has learned of the models' tokenizers, for commands that run beside it: found by the
// `data_dir` of its configuration. Only that key is read: the secrets that the rest asks for may not be set in this terminal.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { interpolate } from '../config/interpolate.js';
import { loadFactors } from '../ledger/factor-file.js';
import { FactorTable } from '../tokens/factors.js';

const DEFAULT_FILE = 'weir.yaml';
const DEFAULT_DATA_DIR = './weir-data';

export interface LearnedFactors {
  readonly table: FactorTable;
  /** Why what was learned is not in it; null where all is well, also where there is nothing. */
  readonly warning: string | null;
}

/** `config` null: `weir.yaml` of the working directory where there is one. Errors: a named file that cannot be read. */
export function learnedFactors(config: string | null): LearnedFactors {
  const table = new FactorTable();
  const file = resolve(config ?? DEFAULT_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (config === null) return { table, warning: null };
    throw new Error(`${config} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const dataDir = dataDirIn(text);
  if (dataDir === null)
    return { table, warning: `${file} has no data_dir that can be read; the shipped factors are used` };
  const { state, problem } = loadFactors(resolve(dirname(file), dataDir));
  if (state !== null) table.replace(state);
  return { table, warning: problem };
}

function dataDirIn(text: string): string | null {
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    return null; // `weir check` says what is wrong with it
  }
  if (typeof document !== 'object' || document === null) return DEFAULT_DATA_DIR;
  const dataDir: unknown = Reflect.get(document, 'data_dir') ?? DEFAULT_DATA_DIR;
  if (typeof dataDir !== 'string') return null;
  const found = interpolate(dataDir, process.env);
  return found.mistakes.length === 0 ? found.text : null;
}
