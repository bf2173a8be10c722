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
  const entry = entryOf(folder);
  const manifest = readManifest(folder);
  const scratch = mkdtempSync(join(tmpdir(), 'weir-plugin-'));
  try {
    const compiled = join(scratch, 'plugin.wasm');
    runCompiler(folder, entry, compiled);
    const bytes = manifest === null ? readFileSync(compiled) : withManifest(readFileSync(compiled), manifest);
    mkdirSync(dirname(outFile), { recursive: true });
    writeFileSync(`${outFile}.new`, bytes);
    renameSync(`${outFile}.new`, outFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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

/** The folder's own asconfig.json decides how it is compiled; without one the SDK's does. */
function runCompiler(folder: string, entry: string, outFile: string): void {
  const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
  const home = dirname(resolve(folder));
  const own = join(folder, 'asconfig.json');
  const config = existsSync(own) ? own : join(SDK_FOLDER, 'asconfig.json');
  const inHome = (path: string): string => relative(home, resolve(path));
  const args = [asc, inHome(entry), '--config', inHome(config), '--target', 'release', '--noColors'];
  try {
    execFileSync(process.execPath, [...args, '--outFile', outFile], { cwd: home, stdio: 'pipe' });
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
