// Builds every policy under plugins/ as `weir plugin build` does: build/plugins/<name>.wasm. Runs after dist/ is there. A module that is newer
// than its folder, the SDK and the compiler's step is left alone. All in one process: the compiler is warm from the second policy on, which
// takes half of its time away.
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilation, finishModule } from '../dist/cli/plugin-compile.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const plugins = join(root, 'plugins');

/** `build` is where the author's tools put what they make. */
const newest = path => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const names = readdirSync(path).filter(name => name !== 'build');
  return Math.max(0, ...names.map(name => newest(join(path, name))));
};
const moduleOf = name => join(root, 'build', 'plugins', `${name}.wasm`);
const shared = Math.max(newest(join(plugins, 'sdk')), newest(join(root, 'src', 'cli', 'plugin-compile.ts')));
const isStale = name => {
  const module = moduleOf(name);
  return !existsSync(module) || statSync(module).mtimeMs <= Math.max(newest(join(plugins, name)), shared);
};

const policies = readdirSync(plugins).filter(
  name => name !== 'sdk' && existsSync(join(plugins, name, 'index.ts')),
);
const stale = policies.filter(isStale);
// Half a second to load, and nothing to do most of the time.
const asc = stale.length === 0 ? null : await import('assemblyscript/asc');
const scratch = mkdtempSync(join(tmpdir(), 'weir-plugins-'));
try {
  for (const name of stale) {
    const folder = join(plugins, name);
    const compiled = join(scratch, `${name}.wasm`);
    const { cwd, args } = compilation(folder, compiled);
    process.chdir(cwd);
    const { error, stderr } = await asc.main([...args]);
    if (error === null) finishModule(folder, compiled, moduleOf(name));
    else {
      console.error(`plugins/${name}: ${stderr.toString() || error.message}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
