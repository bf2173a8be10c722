// What lies in `plugins_dir`: its modules by name, or why nothing of it is loaded.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writableByOthers } from './ownership.js';

export interface DroppedFile {
  /** The file's name without `.wasm`: the policy's name. */
  readonly name: string;
  readonly file: string;
}

export interface FolderLook {
  readonly files: readonly DroppedFile[];
  /** One sentence; null: all is well. A folder that is not there yet is an empty one. */
  readonly problem: string | null;
  readonly missing: boolean;
}

const ENDING = '.wasm';
/** Each is an instance a thread and a stat a look. */
const FILES_MAX = 256;

export async function lookIntoFolder(folder: string): Promise<FolderLook> {
  try {
    const stats = await stat(folder);
    if (!stats.isDirectory()) return nothing(`plugins_dir ${folder} is no folder`);
    const owner = writableByOthers(stats, `plugins_dir ${folder}`);
    if (owner !== null) return nothing(owner);
    const names = (await readdir(folder)).filter(isModule).sort();
    const files = names.slice(0, FILES_MAX).map(name => ({
      name: name.slice(0, -ENDING.length),
      file: join(folder, name),
    }));
    const tooMany = `plugins_dir ${folder} has ${names.length} modules; allowed: ${FILES_MAX}, the rest is not loaded`;
    return { files, problem: names.length > FILES_MAX ? tooMany : null, missing: false };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    if (code === 'ENOENT') return { files: [], problem: null, missing: true };
    return nothing(`plugins_dir ${folder} cannot be read: ${code}`);
  }
}

/** Hidden files are those that a copy is still being written to. */
function isModule(name: string): boolean {
  return name.endsWith(ENDING) && !name.startsWith('.');
}

function nothing(problem: string): FolderLook {
  return { files: [], problem, missing: false };
}
