// Good traffic beside hooks that run until their fuel ends, by the benchmark's own load with its smallest parameters. Nothing is asserted of times.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedQuantile, inWords, latencies, longestWaitMs, shareMet } from '../../bench/plugin/waits.js';

interface Row {
  readonly name: string;
  readonly requests: number;
  readonly sent: number;
  readonly onRecord: number;
  readonly badAnswers: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
  readonly fuels: readonly number[];
}

interface Results {
  readonly rows: readonly Row[];
  readonly alone: { readonly requests: number };
  readonly again: { readonly requests: number };
  readonly before: { readonly threads: number; readonly residentMiB: number };
  readonly after: { readonly threads: number; readonly residentMiB: number };
}

const FUELS = {
  'tight loop, fuel 10 M, inline': 10_000_000,
  'tight loop, fuel 1 M, inline': 1_000_000,
  'tight loop, fuel 10 M, isolated': 10_000_000,
  'counter_add, fuel 10 M, inline': 10_000_000,
  'fills of 1 MiB, fuel 10 M, inline': 10_000_000,
};
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform !== 'linux')(
  'good traffic beside hooks that spend their fuel (needs /proc)',
  () => {
    let results: Results;
    beforeAll(() => {
      const script = fileURLToPath(new URL('../../bench/plugin/beside.js', import.meta.url));
      const out = join(folder, 'beside.json');
      const small = [
        '--seconds',
        '2',
        '--rate',
        '50',
        '--warm-up',
        '100',
        '--only',
        Object.keys(FUELS).join(';'),
      ];
      // Ends with an error where one good request is not answered whole.
      execFileSync(process.execPath, [script, ...small, '--results', out], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      results = JSON.parse(readFileSync(out, 'utf8')) as Results;
    }, 120_000);

    it.each(Object.entries(FUELS))(
      'is served, and each bad request has its reason on record: %s',
      (name, fuel) => {
        const row = results.rows.find(one => one.name === name);
        expect(row?.requests).toBe(results.alone.requests);
        expect(Object.keys(row?.badAnswers ?? {})).toEqual(['503 weir_plugin_failed']);
        expect(row?.sent).toBeGreaterThan(5);
        expect(row).toMatchObject({ onRecord: row?.sent, reasons: { fuel: row?.sent }, fuels: [fuel] });
      },
    );

    it('is served as before afterwards, by as many threads, with the memory back', () => {
      expect(results.again.requests).toBe(results.alone.requests);
      expect(results.after.threads).toBeLessThanOrEqual(results.before.threads);
      expect(results.after.residentMiB - results.before.residentMiB).toBeLessThan(100);
    });
  },
);

describe('what a hook explains', () => {
  const alone = Array.from({ length: 1000 }, (_, i) => 1 + i / 1000);

  it('is nothing where nobody meets it, and the wait of the unluckiest where many do', () => {
    const own = latencies(alone).p99;
    expect(expectedQuantile(alone, { met: 0, waitMs: 10 }, 0.99)).toBeCloseTo(own, 1);
    // One in ten waits up to 10 ms, so one in a hundred more than 9 ms.
    const expected = expectedQuantile(alone, { met: 0.1, waitMs: 10 }, 0.99);
    expect(expected).toBeGreaterThan(own + 7.5);
    expect(expected).toBeLessThan(11);
  });

  it('is a hook, its share of the time and the queue behind it', () => {
    expect(shareMet(5, 20, 1)).toBeCloseTo(0.12);
    expect(shareMet(500, 20, 1)).toBe(1);
    expect(longestWaitMs(10, 300, 0.1)).toBeCloseTo(10.3);
    const row = { waitMs: 6, met: 0.1, perSecond: 20, hookMs: 5, expectedRiseMs: 4 };
    expect(inWords({ ...row, riseMs: 5.9 })).toMatchObject({ explained: true });
    expect(inWords({ ...row, riseMs: 6.1 }).sentence).toContain('NOT explained');
  });
});
