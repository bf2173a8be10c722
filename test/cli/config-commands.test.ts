// weir check and weir key new as a user meets them: what they print and their exit status.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCheck } from '../../src/cli/check.js';
import { registerKey } from '../../src/cli/key.js';
import { loadConfigText } from '../../src/config/load.js';
import { weirKeyChecksumOk, weirKeySha256 } from '../../src/core/weir-key.js';
import { wat } from '../plugin/wat.js';

const TRAPS = wat(
  '(module (memory (export "memory") 1) (func (export "on_request") (result i32) unreachable))',
);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-cli-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** What is written to the stream from now on, instead of there. */
function collect(stream: NodeJS.WriteStream): string[] {
  const texts: string[] = [];
  vi.spyOn(stream, 'write').mockImplementation(text => texts.push(String(text)) > 0);
  return texts;
}

/** Runs a command line in this process. */
async function weir(...words: string[]): Promise<{ out: string; err: string; status: number }> {
  const out = collect(process.stdout);
  const err = collect(process.stderr);
  const program = new Command().exitOverride();
  registerCheck(program);
  registerKey(program);
  process.exitCode = undefined;
  await program.parseAsync(['node', 'weir', ...words]);
  vi.restoreAllMocks();
  return { out: out.join(''), err: err.join(''), status: Number(process.exitCode ?? 0) };
}

function yaml(text: string): string {
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, text);
  return file;
}

describe('weir check', () => {
  it('says what a good file holds and exits 0', async () => {
    const file = yaml('anonymous: allow\nproviders: { openai: { base_url: "simulator:" } }\n');
    const expected = `${file} is fine: 1 provider, no consumer, no route, anonymous callers: allow\n`;
    expect(await weir('check', file)).toEqual({ out: expected, err: '', status: 0 });
  });

  it('warns of a hook that fails on an empty request', async () => {
    const file = join(folder, 'traps.wasm');
    writeFileSync(file, TRAPS);
    const plugin = `policies: [{ name: traps, plugin: { file: ${file} } }]`;
    const { out, status } = await weir('check', yaml(`anonymous: allow\n${plugin}\n`));
    expect(status).toBe(0);
    expect(out).toMatch(
      /traps\.wasm: warning: policy traps: on_request failed on an empty request: unreachable/,
    );
  });

  it('exits 0 with warnings', async () => {
    const { out, status } = await weir('check', yaml('workers: 2\n'));
    expect(status).toBe(0);
    expect(out).toMatch(/weir\.yaml:1:1: warning: .*\n.*\n.* is fine: .* \(2 warnings\)\n$/);
  });

  it('prints every problem with its place and exits 1', async () => {
    const file = yaml('workers: x\nlissten: 1\n');
    const { out, status } = await weir('check', file);
    expect(status).toBe(1);
    expect(out.split('\n')).toEqual([
      expect.stringContaining(`${file}:1:10: error: workers is "x"; allowed: auto`),
      expect.stringContaining(`${file}:2:1: error: lissten is not a known key; did you mean listen?`),
      `${file} cannot be used (2 errors)`,
      '',
    ]);
  });

  it('exits 1 for a file that is not there', async () => {
    const { out, status } = await weir('check', join(folder, 'none.yaml'));
    expect([status, out]).toEqual([1, expect.stringContaining('there is no such file')]);
  });

  it('prints JSON', async () => {
    const { out } = await weir('check', yaml('workers: x\n'), '--json');
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ line: 1, column: 10, path: 'workers', severity: 'error' }],
    });
  });

  it('prints a JSON Schema that knows every key, its default, and refuses others', async () => {
    const schema = JSON.parse((await weir('check', '--schema')).out);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required ?? []).toEqual([]);
    expect(schema.properties.listen.default).toBe('127.0.0.1:8787');
    expect(schema.properties.limits.properties.body_bytes).toMatchObject({ default: '32MiB' });
    const provider = schema.properties.providers.additionalProperties.anyOf[0];
    expect(provider.properties.usage_opt_in.enum).toEqual(['auto', 'always', 'never']);
    expect(JSON.stringify(schema)).toContain('Data-plane threads');
  });
});

describe('weir key new', () => {
  it('shows a key once, with lines that the configuration takes', async () => {
    const { out, status } = await weir('key', 'new', 'team-a');
    const key = /weir_\w+/.exec(out)?.[0] ?? '';
    expect(status).toBe(0);
    expect(weirKeyChecksumOk(key)).toBe(true);
    expect(out.split(key)).toHaveLength(2);
    const loaded = loadConfigText(out.slice(out.indexOf('consumers:')), 'weir.yaml', {});
    expect(loaded.ok && loaded.config.consumers[0]).toMatchObject({
      name: 'team-a',
      keys: [{ sha256: weirKeySha256(key) }],
    });
  });

  it('prints JSON', async () => {
    const made = JSON.parse((await weir('key', 'new', 'team-a', '--json')).out);
    expect(made).toMatchObject({ consumer: 'team-a', sha256: weirKeySha256(made.key) });
  });

  it('takes a name, an end and models into the lines', async () => {
    const more = ['--name', 'ci', '--expires', '2099-01-01', '--models', 'gpt-4o*, claude-*'];
    const { yaml } = JSON.parse((await weir('key', 'new', 'team-a', '--json', ...more)).out);
    const loaded = loadConfigText(yaml, 'weir.yaml', {});
    expect(loaded.ok && loaded.config.consumers[0]?.keys).toMatchObject([
      { name: 'ci', expiresMs: Date.UTC(2099, 0, 1), models: ['gpt-4o*', 'claude-*'] },
    ]);
  });

  it.each([
    [['--expires', '2020-01-01'], 'expires is "2020-01-01"; must lie ahead'],
    [['--expires', 'soon'], 'expires is "soon"; allowed: a date such as'],
    [['--name', 'a b'], 'name is "a b"; allowed:'],
    [['--models', 'gpt-4o,,'], 'models[1] is ""; allowed:'],
  ])('refuses %j as wrong usage', async (more, message) => {
    const { out, err, status } = await weir('key', 'new', 'team-a', ...more);
    expect([out, status]).toEqual(['', 2]);
    expect(err).toContain(message);
  });

  it('makes no key with --save where no Weir runs, and exits 1', async () => {
    const { out, err, status } = await weir('key', 'new', 'team-a', '--save', '--admin', '127.0.0.1:9');
    expect([out, status]).toEqual(['', 1]);
    expect(err).toContain('no answer from http://127.0.0.1:9');
  });

  it.each(['a b', 'anonymous', ''])('refuses the name %j as wrong usage', async name => {
    const { out, err, status } = await weir('key', 'new', name);
    expect([out, status]).toEqual(['', 2]);
    expect(err).toContain('allowed:');
  });
});
