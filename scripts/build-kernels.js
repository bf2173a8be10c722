// Builds every kernel under assembly/ with asc: build/kernels/<name>.wasm (release, SIMD) and
// build/kernels/<name>.debug.wasm (asserts). A kernel whose sources are older than both outputs is left alone.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
const out = join(root, 'build', 'kernels');
mkdirSync(out, { recursive: true });

const newest = folder =>
  Math.max(
    ...readdirSync(folder, { withFileTypes: true }).map(entry => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
    }),
  );
const configMs = statSync(join(root, 'asconfig.json')).mtimeMs;
const sharedMs = newest(join(root, 'assembly', 'shared'));
const kernels = readdirSync(join(root, 'assembly'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && existsSync(join(root, 'assembly', entry.name, 'index.ts')))
  .map(entry => entry.name);

/** What one kernel needs beyond asconfig.json: a kernel over shared memory imports it. */
function ownOptions(name) {
  const file = join(root, 'assembly', name, 'asc-options.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

for (const name of kernels) {
  // shared/ is part of those that import it; which, nobody needs to know.
  const sourceMs = Math.max(newest(join(root, 'assembly', name)), sharedMs, configMs);
  for (const target of ['release', 'debug']) {
    const file = join(out, target === 'release' ? `${name}.wasm` : `${name}.debug.wasm`);
    if (existsSync(file) && statSync(file).mtimeMs > sourceMs) continue;
    const args = [asc, join('assembly', name, 'index.ts'), '--target', target, '--outFile', file];
    args.push(...ownOptions(name));
    execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  }
}
