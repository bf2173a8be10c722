// Builds every policy under plugins/ with the same code as `weir plugin build`: build/plugins/<name>.wasm. Runs after dist/ is there. A module
// that is newer than its folder, the SDK and the compiler's step is left alone.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePlugin } from '../dist/cli/plugin-compile.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const plugins = join(root, 'plugins');

const newest = path => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map(name => newest(join(path, name))));
};
const shared = Math.max(newest(join(plugins, 'sdk')), newest(join(root, 'src', 'cli', 'plugin-compile.ts')));

for (const entry of readdirSync(plugins, { withFileTypes: true })) {
  const folder = join(plugins, entry.name);
  if (entry.name === 'sdk' || !existsSync(join(folder, 'index.ts'))) continue;
  const file = join(root, 'build', 'plugins', `${entry.name}.wasm`);
  if (existsSync(file) && statSync(file).mtimeMs > Math.max(newest(folder), shared)) continue;
  try {
    compilePlugin(folder, file);
  } catch (error) {
    console.error(`plugins/${entry.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
