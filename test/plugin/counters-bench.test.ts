// The benchmark of counters with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bench = fileURLToPath(new URL('../../bench/plugin/counters.js', import.meta.url));

it('the benchmark of counters measures each operation on work that is right', { timeout: 60_000 }, () => {
  const printed = execFileSync(process.execPath, [bench, '--rounds', '1', '--adds', '2000', '--json'], {
    encoding: 'utf8',
  });
  const { rows } = JSON.parse(printed) as {
    rows: { name: string; work: string; nanos: { median: number } }[];
  };
  for (const { name, nanos } of rows) expect(nanos.median, name).toBeGreaterThan(0);
  // 1,000 keys added to twice: sums 1 and 2; a bound of 1,000 keys refuses the other 1,000.
  expect(rows.map(({ work }) => work)).toEqual(['3000', '2000', '2000', '1000', '3000', null]);
});
