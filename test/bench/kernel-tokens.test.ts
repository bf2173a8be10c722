// The token benchmark with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { missing } from '../../bench/kernel/tokens-variants.js';

interface Row {
  readonly name: string;
  readonly differs: readonly string[];
  readonly hash: Readonly<Record<string, string>>;
  readonly mbPerSecond: Readonly<Record<string, { readonly median: number }>>;
}

interface Result {
  readonly table: readonly Row[];
  readonly adversaries: readonly { readonly name: string; readonly differs: readonly string[] }[];
  readonly start: Readonly<Record<string, { readonly readyMs: { readonly median: number } }>>;
  readonly bars: readonly { readonly what: string; readonly met: boolean }[];
  readonly wrong: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-tokens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]): { text: string; table: string; result: Result } {
  const script = fileURLToPath(new URL('../../bench/kernel/tokens.js', import.meta.url));
  const [json, out] = [join(folder, 'result.json'), join(folder, 'tokens.md')];
  const small = ['--rounds', '1', '--ms', '1', '--scale', '0.02', '--json', json, '--out', out];
  const text = execFileSync(process.execPath, [script, ...small, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { text, table: readFileSync(out, 'utf8'), result: JSON.parse(readFileSync(json, 'utf8')) };
}

describe('the token benchmark', () => {
  it('measures ours beside tiktoken in both encodings, and both count the same', { timeout: 120_000 }, () => {
    const { text, table, result } = bench('--only', 'weir,tiktoken');
    expect(result.wrong).toEqual([]);
    for (const row of [...result.table, ...result.adversaries]) expect(row.differs, row.name).toEqual([]);
    for (const { name, mbPerSecond, hash } of result.table) {
      expect(mbPerSecond.weir?.median, name).toBeGreaterThan(0);
      expect(mbPerSecond.tiktoken?.median, name).toBeGreaterThan(0);
      expect(hash.weir, name).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(result.start.weir?.readyMs.median).toBeGreaterThan(0);
    expect(result.bars.length).toBeGreaterThan(40);
    expect(text).toMatch(/English, ×tiktoken: [\d.]+, bar ≥ 30: (met|MISSED)/);
    expect(table).toContain('## cl100k_base');
  });

  const rivals = ['gpt-tokenizer', 'ai-tokenizer'];
  const absent = rivals.filter(name => missing(name) !== null);

  it('measures the rivals that are there, and says which are not', { timeout: 120_000 }, () => {
    const { text, result } = bench('--only', rivals.join(','), '--encodings', 'o200k_base');
    for (const name of absent) expect(text).toContain(`${name} is left out: ${name} is not installed`);
    for (const name of rivals.filter(one => !absent.includes(one))) {
      expect(result.table[0]?.mbPerSecond[name]?.median).toBeGreaterThan(0);
    }
  });
});
