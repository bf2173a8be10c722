// The benchmarks of the ledger with their smallest parameters, through the report that people read, so that none rots. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { barRows } from '../../bench/ledger/report-bars.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const report = fileURLToPath(new URL('../../bench/ledger/report.js', import.meta.url));

interface Results {
  readonly bars: readonly { readonly what: string; readonly met: boolean | null }[];
  readonly results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe('the report of the ledger benchmarks', () => {
  it.skipIf(process.platform !== 'linux')(
    'runs all of them and holds what they found against the bars (needs /proc)',
    { timeout: 300_000 },
    () => {
      const args = [report, '--small', '--out', folder, '--name', 'small'];
      execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      const { bars, results } = JSON.parse(readFileSync(join(folder, 'small.json'), 'utf8')) as Results;
      expect(Object.keys(results)).toEqual(['journal', 'index', 'cost']);
      expect(Number(results.cost?.journal)).toBeGreaterThan(0);
      const page = readFileSync(join(folder, 'small.md'), 'utf8');
      for (const { what } of bars) expect(page).toContain(`| ${what} |`);
    },
  );

  it('says what was met, missed and not seen', () => {
    const found = (journal: number | null, year: number) => {
      const catchingUp = { samples: [8, 9, 10], inBatchesOf256: 20, records: 1000, replaySeconds: 0.5 };
      const questions = { 'usage by model, a year': { medianMs: year, maxMs: 99 } };
      const index = { databaseBytes: 300, catchingUp, questions };
      return barRows({
        journal: { journalled: { 64: [6, 5, 4] }, bytesPerRequest: 500 },
        index,
        cost: { journal, index: 9 },
      });
    };
    expect(found(5, 49.9).map(({ met }) => met)).toEqual([
      true,
      true,
      null,
      true,
      true,
      null,
      null,
      null,
      true,
    ]);
    expect(found(5.1, 50).map(({ met }) => met)).toEqual([
      true,
      true,
      null,
      false,
      false,
      null,
      null,
      null,
      false,
    ]);
    expect(found(null, 50)[4]).toMatchObject({ found: 'not seen', met: false });
    expect(found(5, 49)[7]?.found).toBe('0.5 s, 2000 a second');
  });
});
