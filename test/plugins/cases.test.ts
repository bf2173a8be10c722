// The cases that come with each sample policy, as `weir plugin test` runs them: requests and answers of several dialects through the real host.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const names = readdirSync(`${root}/plugins`).filter(
  name => existsSync(`${root}/plugins/${name}/index.ts`) && name !== 'sdk',
);

interface Printed {
  readonly cases: readonly unknown[];
  readonly passed: number;
  readonly failed: number;
}

describe('sample policies', () => {
  it('are the eight that the documentation names', () => {
    const all =
      'canary context-budget cost-router model-tiers output-guard pii-redact prompt-guard quota-by-tag';
    expect(names.sort().join(' ')).toBe(all);
  });

  it.each(names)('%s has cases, and each ends as expected', name => {
    const args = ['plugin', 'test', `build/plugins/${name}.wasm`, `plugins/${name}/cases`, '--json'];
    const printed = execFileSync(process.execPath, ['dist/cli/weir.js', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    const { cases, passed, failed } = JSON.parse(printed) as Printed;
    expect(failed).toBe(0);
    expect(passed).toBe(cases.length);
    expect(passed).toBeGreaterThanOrEqual(3);
  });
});
