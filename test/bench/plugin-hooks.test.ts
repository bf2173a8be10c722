// The hook benchmark with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { IMPORTS } from '../../src/plugin/abi.js';

test('the hook benchmark runs over every import, and says what each costs', { timeout: 120_000 }, () => {
  const script = fileURLToPath(new URL('../../bench/plugin/hooks.js', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  try {
    const results = join(folder, 'hooks.json');
    const printed = execFileSync(
      process.execPath,
      [script, '--rounds', '1', '--millis', '1', '--results', results],
      {
        encoding: 'utf8',
      },
    );
    expect(printed).toContain('hook over   64 KiB');
    const { rounds } = JSON.parse(readFileSync(results, 'utf8')) as {
      rounds: Record<string, { perCall: number }>[];
    };
    const rows = Object.keys(rounds[0] ?? {});
    expect(Object.keys(IMPORTS).filter(name => !rows.some(row => row.split(' ')[0] === name))).toEqual([]);
    for (const { perCall } of Object.values(rounds[0] ?? {})) expect(perCall).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
