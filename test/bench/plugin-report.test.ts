// The benchmarks of plugins with their smallest parameters, all through the report that people read, so that none rots. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { barTable } from '../../bench/plugin/report-bars.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const report = fileURLToPath(new URL('../../bench/plugin/report.js', import.meta.url));

interface Results {
  readonly bars: readonly { readonly what: string; readonly met: boolean | null }[];
  readonly results: Readonly<Record<string, object>>;
}

describe.skipIf(process.platform !== 'linux')('the report of the plugin benchmarks (needs /proc)', () => {
  it.each([
    ['limits', 3],
    ['samples', 4],
    ['metering', 1],
    ['counters', 0],
    ['chain', 1],
  ])('runs %s and holds what it found against its bars', { timeout: 300_000 }, (name, rows) => {
    const args = [report, '--small', '--only', name, '--out', folder, '--name', name];
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const { bars, results } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Results;
    expect(Object.keys(results)).toEqual([name]);
    expect(bars).toHaveLength(rows);
    const page = readFileSync(join(folder, `${name}.md`), 'utf8');
    expect(page).toContain(`## ${name}`);
    for (const { what } of bars) expect(page).toContain(`| ${what} |`);
  });

  it('says which bars are met, which are missed and which figures have none', () => {
    const row = (met: boolean | null) => ({ what: 'a', found: 'b', bar: 'c', met });
    expect(
      barTable([row(true), row(false), row(null)])
        .split('\n')
        .slice(2),
    ).toEqual(['| a | b | c | met |', '| a | b | c | **missed** |', '| a | b | c |  |']);
  });
});
