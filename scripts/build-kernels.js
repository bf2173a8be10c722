// Builds every kernel under assembly/ with asc: build/kernels/<name>.wasm (release, SIMD) and
// build/kernels/<name>.debug.wasm (asserts). A kernel whose sources are older than both outputs is left alone. As many compilers at once as there are
// processors: one takes half a minute for the largest kernel, and all of them one after the other a minute and a half.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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

const sizeOf = name =>
  readdirSync(join(root, 'assembly', name)).reduce(
    (sum, file) => sum + statSync(join(root, 'assembly', name, file)).size,
    0,
  );

const stale = [];
for (const name of kernels) {
  // shared/ is part of those that import it; which, nobody needs to know.
  const sourceMs = Math.max(newest(join(root, 'assembly', name)), sharedMs, configMs);
  for (const target of ['release', 'debug']) {
    const file = join(out, target === 'release' ? `${name}.wasm` : `${name}.debug.wasm`);
    if (existsSync(file) && statSync(file).mtimeMs > sourceMs) continue;
    // What takes longest begins first.
    stale.push({ name, target, file, size: sizeOf(name) * (target === 'release' ? 10 : 1) });
  }
}
stale.sort((a, b) => b.size - a.size);

async function compileNext() {
  for (let next = stale.shift(); next !== undefined; next = stale.shift()) {
    const { name, target, file } = next;
    const args = [asc, join('assembly', name, 'index.ts'), '--target', target, '--outFile', file];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, ...ownOptions(name)], {
      cwd: root,
    });
    process.stdout.write(stdout);
    process.stderr.write(stderr);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, compileNext));
