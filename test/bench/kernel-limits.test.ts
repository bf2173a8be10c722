// The limits benchmark with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the limits benchmark runs, and says what each operation costs', { timeout: 60_000 }, () => {
  const script = fileURLToPath(new URL('../../bench/kernel/limits.js', import.meta.url));
  const small = ['--rounds', '1', '--takes', '1000', '--keys', '1000', '--json'];
  const { rows, work } = JSON.parse(execFileSync(process.execPath, [script, ...small], { encoding: 'utf8' }));
  expect(work).toMatch(/^[0-9a-f]{16}$/);
  expect(rows).toHaveLength(11);
  for (const { nanos } of rows) expect(nanos.median).toBeGreaterThan(0);
});
