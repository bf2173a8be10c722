// The benchmark of the answer pipe with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Report {
  readonly streams: string;
  readonly events: number;
  readonly lines: readonly { readonly variant: string; readonly median: number; readonly work: string }[];
}

it('takes the same texts out of the same answers, four ways', { timeout: 60_000 }, () => {
  const bench = fileURLToPath(new URL('../../bench/plugin/answer.js', import.meta.url));
  const args = [bench, '--rounds', '1', '--passes', '1', '--streams', '/nowhere', '--json'];
  const report = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Report;
  expect(report.streams).toBe('made up');
  expect(report.events).toBeGreaterThan(1000);
  expect(report.lines.map(line => line.variant)).toEqual(['pipe', 'naive', 'pipe-change', 'naive-change']);
  expect(new Set(report.lines.map(line => line.work)).size).toBe(1);
  for (const { median } of report.lines) expect(median).toBeGreaterThan(0);
});
