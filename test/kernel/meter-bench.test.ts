// The meter's benchmark with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Report {
  readonly streams: string;
  readonly sizes: readonly {
    readonly work: string;
    readonly kernel: { readonly median: number };
    readonly twin: { readonly median: number };
  }[];
}

it('measures kernel and twin over the same work', { timeout: 60_000 }, () => {
  const bench = fileURLToPath(new URL('../../bench/kernel/meter.js', import.meta.url));
  const args = [bench, '--rounds', '1', '--passes', '1', '--streams', '/nowhere', '--json'];
  const report = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Report;
  expect(report.streams).toBe('made up');
  expect(new Set(report.sizes.map(size => size.work)).size).toBe(1);
  for (const { kernel, twin } of report.sizes) {
    expect(kernel.median).toBeGreaterThan(0);
    expect(twin.median).toBeGreaterThan(0);
  }
});
