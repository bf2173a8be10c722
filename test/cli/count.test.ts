// `weir count` against tiktoken and the contract: what it prints, what it takes, how it fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { get_encoding } from 'tiktoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveFactors } from '../../src/ledger/factor-file.js';
import { FactorTable } from '../../src/tokens/factors.js';

const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));
const TEXT = 'Naïve café — 计数 tokens, 🎉 twice.\n';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-count-'));
  writeFileSync(join(folder, 'text.txt'), TEXT);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function count(args: readonly string[], input: string | Buffer = '', cwd = folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, 'count', ...args], { cwd, input });
  return { status, out: stdout.toString(), error: stderr.toString() };
}

const exact = (encoding: 'o200k_base' | 'cl100k_base', text = TEXT) => ({
  tokens: get_encoding(encoding).encode(text, [], []).length,
  encoding,
  exact: true,
  factor: null,
  spread: null,
});

describe('weir count', () => {
  it.each<[readonly string[], 'o200k_base' | 'cl100k_base']>([
    [[], 'o200k_base'],
    [['--model', 'gpt-4o'], 'o200k_base'],
    [['--model', 'gpt-4'], 'cl100k_base'],
    [['--encoding', 'cl100k_base'], 'cl100k_base'],
  ])('%j counts as tiktoken does', (args, encoding) => {
    const got = count([...args, '--json', 'text.txt']);
    expect([got.status, JSON.parse(got.out)]).toEqual([0, exact(encoding)]);
  });

  it('reads standard input, and says it in words', () => {
    const { tokens } = exact('o200k_base');
    expect(count([], TEXT)).toEqual({ status: 0, out: `${tokens} tokens (o200k_base, exact)\n`, error: '' });
    expect(count(['-'], 'a').out).toBe('1 token (o200k_base, exact)\n');
  });

  it('takes bytes that are not UTF-8 as what a decoder makes of them', () => {
    const bytes = Buffer.from([0x68, 0xff, 0xe2, 0x82, 0x69]);
    expect(JSON.parse(count(['--json'], bytes).out)).toEqual(exact('o200k_base', bytes.toString()));
  });

  it('sums several files up', () => {
    const got = JSON.parse(count(['--json', 'text.txt', 'text.txt']).out);
    expect(got).toMatchObject({ tokens: 2 * exact('o200k_base').tokens, files: [{ file: 'text.txt' }, {}] });
  });

  it('estimates for other models, by the shipped factor until something is learned', () => {
    const got = JSON.parse(count(['--json', '--model', 'unheard-of-1', 'text.txt']).out);
    expect(got).toMatchObject({ encoding: 'o200k_base', exact: false });
    expect(got.tokens).toBe(Math.round(exact('o200k_base').tokens * got.factor));
    expect(count(['--model', 'unheard-of-1', 'text.txt']).out).toMatch(
      /^\d+ ± \d+ tokens \(o200k_base \d+ × [\d.]+ ± \d+ %, not learned yet\)\n$/,
    );
  });

  it('uses what the gateway of this folder has learned, also where its secrets are not set', () => {
    const own = join(folder, 'own');
    mkdirSync(join(own, 'kept'), { recursive: true });
    writeFileSync(
      join(own, 'weir.yaml'),
      `data_dir: ./kept\nproviders: { openai: { keys: [ { value: "\${NOT_SET_ANYWHERE}" } ] } }\n`,
    );
    const table = new FactorTable();
    for (let i = 0; i < 60; i++) table.learn('unheard-of-1', 'input', 1000, 1500);
    saveFactors(join(own, 'kept'), table.state());
    const { factor } = table.of('unheard-of-1', 'input');
    const args = ['--model', 'unheard-of-1', join(folder, 'text.txt')];
    expect(JSON.parse(count(['--json', ...args], '', own).out).factor).toBeCloseTo(factor, 6);
    expect(count(args, '', own).out).toMatch(/learned from \d+ requests\)\n$/);
    const named = ['--config', join(own, 'weir.yaml'), '--json', ...args];
    expect(JSON.parse(count(named).out).factor).toBeCloseTo(factor, 6);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['an unknown encoding', ['--encoding', 'p50k_base'], 2, /o200k_base, cl100k_base/],
    ['a missing file', ['no.txt'], 1, /no\.txt/],
    ['a folder', ['.'], 1, /EISDIR/],
    ['a configuration that is not there', ['--config', 'no.yaml', 'text.txt'], 1, /no\.yaml cannot be read/],
  ])('refuses %s', (_, args, status, said) => {
    const got = count(args);
    expect([got.status, got.out]).toEqual([status, '']);
    expect(got.error).toMatch(said);
  });
});
