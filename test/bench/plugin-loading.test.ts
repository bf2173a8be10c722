// The benchmarks of isolated hooks and of loading still run; what they measure is theirs to say.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const run = (name: string, ...args: string[]): string => {
  const file = fileURLToPath(new URL(`../../bench/plugin/${name}.js`, import.meta.url));
  return execFileSync(process.execPath, [file, '--rounds', '1', ...args], { encoding: 'utf8' });
};

describe('the benchmark', () => {
  it.skipIf(process.platform !== 'linux')('of isolated hooks compares both places (needs /proc)', () => {
    expect(run('isolated', '--calls', '2')).toMatch(/512 KiB, spends its fuel, isolated +\d+ +\d+ +\d+/);
  });

  it('of loading tells the parts of it', () => {
    expect(run('load')).toMatch(/533 KB: inspect [\d.]+, meter [\d.]+, compile [\d.]+, first hook [\d.]+/);
  });
});
