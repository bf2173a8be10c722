// Without its vocabulary, or with another one, Weir does not start: every count would be wrong.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VOCABULARY_SHA256 } from '../../src/kernel/vocabulary-hash.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NAME = join('build', 'vocabulary', 'vocabulary.bin');

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'weir-vocabulary-'));
  for (const part of ['dist', join('build', 'kernels'), 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const DAMAGE: Readonly<Record<string, (file: string) => void>> = {
  missing: () => undefined,
  'cut short': file => {
    cpSync(join(root, NAME), file);
    truncateSync(file, 1000);
  },
  changed: file => {
    const bytes = readFileSync(join(root, NAME));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  },
};

it.each(Object.entries(DAMAGE))('a vocabulary that is %s is named, and nothing starts', (_, damage) => {
  const file = join(copy, NAME);
  rmSync(file, { force: true });
  mkdirSync(join(copy, 'build', 'vocabulary'), { recursive: true });
  damage(file);
  for (const command of [['start', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], ['count']]) {
    const args = [join(copy, 'dist', 'cli', 'weir.js'), ...command];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      input: 'text',
      timeout: 15_000,
    });
    expect([status, stdout.toString()]).toEqual([1, '']);
    expect(stderr.toString()).toContain(file);
    expect(stderr.toString()).toMatch(command[0] === 'start' ? /^weir: / : /^weir count: /);
    expect(stderr.toString()).toContain(VOCABULARY_SHA256);
  }
});
