// `weir plugin …` as an author meets it: each command a process of the built program, in a folder of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noopModule } from '../../src/cli/plugin-noop.js';

/** The compiler takes some seconds of processor time. */
const PATIENT = { timeout: 180_000 };
const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));
const CONFIG = JSON.stringify({ models: ['gpt-4o-mini'] });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-plugin-test-'));
  expect(weir('plugin', 'new', 'hello').status).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly status: number | null;
}

function weir(...words: readonly string[]): Ran {
  const { stdout, stderr, status } = spawnSync(process.execPath, [WEIR, ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { out: stdout, err: stderr, status };
}

const json = (ran: Ran): Record<string, unknown> => JSON.parse(ran.out) as Record<string, unknown>;

describe('weir plugin', () => {
  it('new makes a folder that depends on nothing, under its own name', () => {
    const ran = weir('plugin', 'new', 'other', '--json');
    expect(ran.status).toBe(0);
    const { files } = json(ran) as { files: string[] };
    expect(files).toEqual(
      expect.arrayContaining(['assembly/index.ts', 'manifest.json', 'sdk/index.ts', 'cases/models.json']),
    );
    const texts = files
      .filter(file => !file.startsWith('sdk/'))
      .map(file => readFileSync(join(folder, 'other', file), 'utf8'));
    expect(texts.some(text => text.includes('my-policy'))).toBe(false);
    expect(readFileSync(join(folder, 'other', 'manifest.json'), 'utf8')).toContain('"name": "other"');
  });

  it('new refuses a name that is none, and a folder that is not empty', PATIENT, () => {
    expect(weir('plugin', 'new', 'No Name')).toMatchObject({
      status: 2,
      err: expect.stringContaining('allowed: a-z'),
    });
    expect(weir('plugin', 'new', 'hello')).toMatchObject({
      status: 1,
      err: expect.stringContaining('is not empty'),
    });
  });

  it('build compiles it, and the module carries its manifest', PATIENT, () => {
    const built = json(weir('plugin', 'build', 'hello', '--json'));
    expect(built).toMatchObject({
      name: 'hello',
      version: '0.1.0',
      hooks: ['on_request'],
      grants: [],
      remarks: [],
    });
    expect(existsSync(join(folder, 'hello', 'build', 'hello.wasm'))).toBe(true);
  });

  it('build shows what the compiler says, and leaves the module that was there', PATIENT, () => {
    const before = readFileSync(join(folder, 'hello', 'build', 'hello.wasm'));
    const source = join(folder, 'hello', 'assembly', 'index.ts');
    const text = readFileSync(source, 'utf8');
    writeFileSync(source, text.replaceAll('GO_ON', 'GONE_ON'));
    const ran = weir('plugin', 'build', 'hello');
    writeFileSync(source, text);
    expect(ran.status).toBe(1);
    expect(ran.err).toContain('GONE_ON');
    expect(ran.err).toContain('assembly/index.ts(');
    expect(readFileSync(join(folder, 'hello', 'build', 'hello.wasm')).equals(before)).toBe(true);
  });

  it('build remarks on a manifest that wants other grants than the module needs', PATIENT, () => {
    const manifest = join(folder, 'other', 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"wants": []', '"wants": ["route"]'));
    const ran = weir('plugin', 'build', 'other');
    expect(ran.out).toContain('manifest.json wants what the module does not use: route');
  });

  it('test builds a folder and compares its cases with what they expect', PATIENT, () => {
    const ran = weir('plugin', 'test', 'hello');
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toContain('ok  a listed model may be used');
    expect(ran.out).toContain('deny 403 model_not_allowed');
    expect(ran.out).toMatch(/model=gpt-4o · [\d,]+ fuel · /);
    expect(ran.out).toContain('3 as expected, 0 not');
  });

  it('test exits 1 where a case comes out otherwise, and says how', () => {
    const cases = join(folder, 'wrong.json');
    const request = { path: '/v1/chat/completions', body: { model: 'gpt-4o', messages: [] } };
    writeFileSync(
      cases,
      JSON.stringify({ name: 'wrong', request, expect: { verdict: 'go_on', code: 'none' } }),
    );
    const ran = weir('plugin', 'test', 'hello/build/hello.wasm', 'wrong.json', '--config', CONFIG, '--json');
    expect(ran.status).toBe(1);
    expect(json(ran)).toMatchObject({
      passed: 0,
      failed: 1,
      cases: [
        {
          name: 'wrong',
          summary: { verdict: 'deny', hook: 'on_request', evidence: { model: 'gpt-4o' } },
          wrong: ['verdict is "deny"; expected "go_on"', 'code is "model_not_allowed"; expected "none"'],
        },
      ],
    });
  });

  it('test runs raw requests, which expect nothing', () => {
    const body = JSON.stringify({ model: 'claude-x', max_tokens: 9, messages: [] });
    writeFileSync(join(folder, 'raw.http'), `POST /v1/messages HTTP/1.1\nHost: api.anthropic.com\n\n${body}`);
    const ran = weir('plugin', 'test', 'hello/build/hello.wasm', 'raw.http', '--config', CONFIG);
    expect(ran.status).toBe(0);
    expect(ran.out).toContain('claude-x may not be used');
    expect(ran.out).toContain('1 request: 1 deny\n');
  });

  it('test names the place of a mistake in a case', () => {
    writeFileSync(join(folder, 'broken.json'), '[{"request":{"path":"/"},"expect":{"verdic":"deny"}}]');
    const ran = weir('plugin', 'test', 'hello/build/hello.wasm', 'broken.json');
    expect(ran.status).toBe(1);
    expect(ran.err).toMatch(/broken\.json\[0\]: expect: .*verdic/);
  });

  it('inspect says what a module is, needs and costs', () => {
    const ran = weir('plugin', 'inspect', 'hello/build/hello.wasm', '--config', CONFIG);
    expect(ran).toMatchObject({ status: 0, err: '' });
    for (const text of [
      'hello 0.1.0',
      'sha256',
      'configure, on_request',
      'none beyond the defaults',
      '1 page (64KiB)',
    ])
      expect(ran.out).toContain(text);
    expect(ran.out).toMatch(
      /reset +before every hook [\d.]+ [nµm]s where the one before wrote nothing, [\d.]+ [nµm]s where it wrote in all of 64KiB/,
    );
    expect(ran.out).toMatch(/sample +on_request: [\d,]+ fuel, .*go_on/);
    expect(
      json(weir('plugin', 'inspect', 'hello/build/hello.wasm', '--config', CONFIG, '--json')),
    ).toMatchObject({
      memory_pages: 1,
      hooks: ['on_request'],
      unusable: null,
      samples: [{ hook: 'on_request', calls: 1, result: 'go_on' }],
    });
  });

  it('inspect exits 1 with the reason for what Weir refuses, and for what does not start', () => {
    writeFileSync(join(folder, 'text.wasm'), 'no module');
    expect(weir('plugin', 'inspect', 'text.wasm')).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('WebAssembly'),
    });
    expect(weir('plugin', 'inspect', 'gone.wasm')).toMatchObject({
      status: 1,
      err: expect.stringContaining('gone.wasm'),
    });
    const unconfigured = weir('plugin', 'inspect', 'hello/build/hello.wasm');
    expect(unconfigured.status).toBe(1);
    expect(unconfigured.err).toContain('config.models is empty');
    const ungranted = weir('plugin', 'inspect', 'hello/build/hello.wasm', '--grant', 'nothing');
    expect(ungranted).toMatchObject({ status: 1, err: expect.stringContaining('nothing') });
  });

  it('bench measures each hook beside a module that does nothing', () => {
    writeFileSync(join(folder, 'noop.wasm'), noopModule(2));
    const ran = weir('plugin', 'bench', 'noop.wasm', '--calls', '100', '--json');
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(json(ran)).toMatchObject({
      name: 'noop',
      memory_pages: 2,
      reset_nothing_written_ns: expect.any(Number),
      reset_all_written_ns: expect.any(Number),
      hooks: [{ hook: 'on_request', calls: 100, fuel: expect.any(Number), p50_ns: expect.any(Number) }],
    });
    const text = weir('plugin', 'bench', 'noop.wasm', '--calls', '100').out;
    for (const word of [
      'mean',
      'p50',
      'p99',
      'on_request',
      'no-op',
      'nothing was written',
      'all of 2 pages was written',
    ])
      expect(text).toContain(word);
  });

  it.each(['new', 'build', 'inspect', 'test', 'bench'])('%s explains itself with --help', command => {
    const ran = weir('plugin', command, '--help');
    expect(ran.status).toBe(0);
    expect(ran.out).toContain(`Usage: weir plugin ${command}`);
  });

  it('exits 2 on wrong usage', () => {
    expect(weir('plugin', 'bench', 'noop.wasm', '--calls', 'many').status).toBe(2);
    expect(weir('plugin', 'inspect').status).toBe(2);
    expect(weir('plugin', 'dance').status).toBe(2);
  });
});
