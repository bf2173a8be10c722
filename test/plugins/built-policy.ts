// A policy from a text: put beside a copy of the SDK, compiled as `weir plugin build` does, in a folder that the test takes away.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePlugin, SDK_FOLDER } from '../../src/cli/plugin-compile.js';

export interface BuiltPolicy {
  readonly folder: string;
  /** The module. */
  readonly file: string;
  remove(): void;
}

export function buildPolicy(
  source: string,
  manifest: object = { name: 'probe', version: '1.0.0' },
): BuiltPolicy {
  const folder = mkdtempSync(join(tmpdir(), 'weir-policy-'));
  cpSync(SDK_FOLDER, join(folder, 'sdk'), { recursive: true });
  mkdirSync(join(folder, 'assembly'));
  writeFileSync(join(folder, 'assembly', 'index.ts'), source);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const file = join(folder, 'build', 'probe.wasm');
  compilePlugin(folder, file);
  return { folder, file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
