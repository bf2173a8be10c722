// A token bucket grants exactly what the closed form says, however many operations it has seen. `node bench/kernel/limits-drift.js` does 10^9.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('a rate has not drifted by a token after 4 million operations', () => {
  const script = fileURLToPath(new URL('../../bench/kernel/limits-drift.js', import.meta.url));
  const text = execFileSync(process.execPath, [script, '--operations', '4000000'], { encoding: 'utf8' });
  const results: { granted: number; expected: number; operations: number }[] = JSON.parse(text);
  expect(results).toHaveLength(2);
  for (const { granted, expected, operations } of results) {
    expect(granted).toBe(expected);
    expect(operations).toBeGreaterThanOrEqual(2_000_000);
  }
});
