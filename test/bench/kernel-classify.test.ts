// The classify benchmark with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the classify benchmark runs, and both variants find the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-classify-'));
  const script = fileURLToPath(new URL('../../bench/kernel/classify.js', import.meta.url));
  const out = join(folder, 'result.json');
  try {
    const small = ['--synthetic', '--rounds', '1', '--warm-up', '1', '--out', out];
    const text = execFileSync(process.execPath, [script, ...small], { encoding: 'utf8' });
    expect(text).toMatch(/64 bodies, \d+ bytes, work [0-9a-f]{16}: \d+\.\d × the twin/);
    const { rows, bodies } = JSON.parse(readFileSync(out, 'utf8'));
    expect(bodies).toBe(64);
    expect(rows.classify.median).toBeGreaterThan(0);
    expect(rows.twin.median).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
