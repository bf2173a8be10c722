// A plugin's folder → its module: asc over the AssemblyScript, then the manifest behind it as a custom section. For `weir plugin build` and,
// through scripts/build-plugins.js, for the policies that come with Weir.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the SDK's sources are: beside src/ and beside dist/. */
export const SDK_FOLDER = fileURLToPath(new URL('../../plugins/sdk', import.meta.url));

/** What stands in a plugin's manifest.json; the whole object goes into the module. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly abi?: string;
  /** Grants beyond the defaults. */
  readonly wants?: readonly string[];
  readonly description?: string;
}

/** Throws an Error that names what is wrong; the compiler's complaints are its message. Writes `outFile` whole or not at all. */
export function compilePlugin(folder: string, outFile: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-plugin-'));
  try {
    const compiled = join(scratch, 'plugin.wasm');
    runCompiler(compilation(folder, compiled));
    finishModule(folder, compiled, outFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What asc is to be called with, and where. */
export interface Compilation {
  readonly cwd: string;
  readonly args: readonly string[];
}

/** The folder's own asconfig.json decides how it is compiled; without one the SDK's does. */
export function compilation(folder: string, outFile: string): Compilation {
  const cwd = dirname(resolve(folder));
  const own = join(folder, 'asconfig.json');
  const config = existsSync(own) ? own : join(SDK_FOLDER, 'asconfig.json');
  const [entry, options, out] = [entryOf(folder), config, outFile].map(path => relative(cwd, resolve(path)));
  const args = [entry, '--config', options, '--target', 'release', '--noColors', '--outFile', out];
  return { cwd, args: args.filter(arg => arg !== undefined) };
}

/** Puts the folder's manifest behind what asc made. */
export function finishModule(folder: string, compiled: string, outFile: string): void {
  const manifest = readManifest(folder);
  const bytes = readFileSync(compiled);
  mkdirSync(dirname(resolve(outFile)), { recursive: true });
  writeFileSync(`${outFile}.new`, manifest === null ? bytes : withManifest(bytes, manifest));
  renameSync(`${outFile}.new`, outFile);
}

/** `assembly/index.ts`, or `index.ts` itself. */
function entryOf(folder: string): string {
  const candidates = [join(folder, 'assembly', 'index.ts'), join(folder, 'index.ts')];
  const found = candidates.find(path => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `${folder} is no plugin: it has neither assembly/index.ts nor index.ts. \`weir plugin new\` makes one.`,
  );
}

/** null where there is none: a module needs no manifest. */
export function readManifest(folder: string): Manifest | null {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return null;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(
      `${file} is not a JSON object; it begins like { "name": "my-policy", "version": "1.0.0" }`,
    );
  return value;
}

export function pluginName(folder: string): string {
  return readManifest(folder)?.name ?? basename(resolve(folder));
}

function runCompiler({ cwd, args }: Compilation): void {
  const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
  try {
    execFileSync(process.execPath, [asc, ...args], { cwd, stdio: 'pipe' });
  } catch (error) {
    const said = (error as { readonly stderr?: Buffer }).stderr?.toString('utf8').trim() ?? '';
    throw new Error(said === '' ? `the compiler failed: ${String(error)}` : said);
  }
}

/** The module with a custom section `weir.manifest` behind its last one (WebAssembly core, 5.5.3: id 0, size, name, bytes). */
export function withManifest(module: Uint8Array, manifest: Manifest): Buffer {
  const name = Buffer.from('weir.manifest');
  const json = Buffer.from(JSON.stringify(manifest));
  const payload = Buffer.concat([leb(name.length), name, json]);
  return Buffer.concat([module, Buffer.of(0), leb(payload.length), payload]);
}

/** Unsigned LEB128. */
export function leb(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}
