// Plugins of a running gateway: dropped, replaced, removed, refused; named in the configuration, reloaded; what `weir check` and a start say of bad ones.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PluginItem } from '../../src/admin/plugin-item.js';
import { hook, Wat } from '../plugin/support/guest.js';
import { wat } from '../plugin/wat.js';
import { type Answer, type RunningGateway, send, startGateway, startProvider, until } from './harness.js';

const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'weir-plugin-loading-'));
const enabled = join(folder, 'enabled');
mkdirSync(enabled);
afterAll(() => rmSync(folder, { recursive: true }));

const module = (functions: string | ((w: Wat) => string)): Uint8Array => {
  const text = new Wat();
  return wat(text.module(typeof functions === 'string' ? functions : functions(text)));
};
/** Denies in this hook, with this code. */
const denies = (at: 'on_request' | 'on_response', code: string): Uint8Array =>
  module(w =>
    hook(at, `(call $deny (i32.const 403) ${w.text(code)} ${w.text('no')} (i32.const 0)) (i32.const 1)`),
  );
const UNCONFIGURABLE = module(hook('configure', '(i32.const 1)') + hook('on_request', '(i32.const 0)'));
const BAD = new TextEncoder().encode('<!doctype html>');

const asked: ServerResponse[] = [];
let gateway: RunningGateway;
let providers = '';
beforeAll(async () => {
  const provider = await startProvider((_request, response) => {
    asked.push(response);
  });
  providers = `anonymous: allow\nproviders: { openai: { base_url: "${provider.url}/v1", auth: none } }\n`;
  gateway = await startGateway(`${providers}workers: 2\nplugins_dir: ${enabled}\n`);
});

const ANSWER =
  '{"id":"x","object":"chat.completion","model":"gpt-4o","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}';
const answerAll = (): void => {
  for (const response of asked.splice(0))
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
};

const ask = (to = gateway): Promise<Answer> =>
  send(`${to.url}/openai/v1/chat/completions`, {
    headers: { 'content-type': 'application/json' },
    body: '{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}',
  });

/** Drops it as a careful operator would: whole, by rename. */
function drop(name: string, bytes: Uint8Array): void {
  writeFileSync(join(enabled, '.next'), bytes);
  renameSync(join(enabled, '.next'), join(enabled, `${name}.wasm`));
}

async function plugin(policy: string, from = gateway): Promise<PluginItem | undefined> {
  const { items } = (await from.admin('/api/plugins')) as { items: PluginItem[] };
  return items.find(item => item.policy === policy);
}

/** Until `/api/plugins` tells this of it. */
async function shows(
  policy: string,
  fits: (item: PluginItem | undefined) => boolean,
  from = gateway,
): Promise<void> {
  await until(
    async () => fits(await plugin(policy, from)),
    `plugin ${policy}: ${JSON.stringify(await plugin(policy, from))}`,
  );
}

const isActive = (item: PluginItem | undefined): boolean => item?.state === 'active' && item.reason === null;
const reasonOf = (answer: Answer): unknown => answer.headers['x-weir-reason'];

async function served(): Promise<number> {
  const answer = ask();
  await until(() => asked.length > 0, 'the provider to be asked');
  answerAll();
  return (await answer).status;
}

describe('a dropped module', () => {
  it('governs traffic until it is removed', async () => {
    drop('guard', denies('on_request', 'one'));
    await shows('guard', isActive);
    expect(reasonOf(await ask())).toBe('one');
    const { sha256 } = (await plugin('guard')) ?? {};
    drop('guard', denies('on_request', 'two'));
    await shows('guard', item => isActive(item) && item?.sha256 !== sha256);
    expect(reasonOf(await ask())).toBe('two');
    const record = await gateway.record(await ask());
    const step = record.steps.find(({ kind }) => kind === 'plugin');
    expect(step).toMatchObject({ policy: 'guard', verdict: 'deny', code: 'two' });
    expect(step?.evidence.sha256).toBe((await plugin('guard'))?.sha256);
    expect((await plugin('guard'))?.counts).toMatchObject({ calls: 3, failed: 0 });
    rmSync(join(enabled, 'guard.wasm'));
    await shows('guard', item => item === undefined);
    expect(await served()).toBe(200);
  });

  it('is refused with its reason, and the old version stays', async () => {
    drop('bad', denies('on_request', 'kept'));
    await shows('bad', isActive);
    copyFileSync(join(enabled, 'bad.wasm'), join(folder, 'kept.wasm'));
    drop('bad', BAD);
    await shows('bad', item => item?.state === 'active' && item.reason !== null);
    expect((await plugin('bad'))?.reason).toMatch(
      /^the version loaded at \S+ serves on; its file as it is now was refused: .*the 15 bytes/,
    );
    await until(() => gateway.output().includes('plugin refused; the old version stays'), 'the log line');
    expect(reasonOf(await ask())).toBe('kept');
    rmSync(join(enabled, 'bad.wasm'));
    await shows('bad', item => item === undefined);
    drop('bad', UNCONFIGURABLE);
    await shows('bad', item => item?.state === 'failed');
    expect(await served()).toBe(200);
    rmSync(join(enabled, 'bad.wasm'));
  });

  it('leaves a request in flight the version that it began with', async () => {
    drop('flight', denies('on_response', 'first'));
    await shows('flight', isActive);
    const before = ask();
    await until(() => asked.length === 1, 'the request');
    const { sha256 } = (await plugin('flight')) ?? {};
    drop('flight', denies('on_response', 'second'));
    await shows('flight', item => isActive(item) && item?.sha256 !== sha256);
    expect((await plugin('flight'))?.old_versions).toBe(1);
    const after = ask();
    await until(() => asked.length === 2, 'the second request');
    answerAll();
    expect([reasonOf(await before), reasonOf(await after)]).toEqual(['first', 'second']);
    await shows('flight', item => item?.old_versions === 0);
    rmSync(join(enabled, 'flight.wasm'));
    await shows('flight', item => item === undefined);
  });
});

describe('a plugin of the configuration', () => {
  const policy = (file: string, more = ''): string =>
    `${providers}policies: [ { name: own, plugin: { file: ${join(folder, file)}${more} } } ]\n`;
  const write = (file: string, bytes: Uint8Array): void => writeFileSync(join(folder, file), bytes);

  it('is told by weir check at its place, and ends a start, where it is bad', () => {
    write('bad.wasm', BAD);
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, policy('bad.wasm'));
    const run = (...args: string[]): { status: number | null; text: string } => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, ...args], { encoding: 'utf8' });
      return { status, text: stdout + stderr };
    };
    const checked = run('check', file);
    expect(checked.status).toBe(1);
    expect(checked.text).toMatch(/weir\.yaml:3:42: error: policies\[0\]\.plugin\.file .*the 15 bytes/);
    const started = run('start', '--config', file, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0');
    expect(started.status).toBe(1);
    expect(started.text).toMatch(
      /^weir: .*weir\.yaml:3:42: error: policies\[0\]\.plugin\.file .*the 15 bytes/m,
    );
    write('unconfigurable.wasm', UNCONFIGURABLE);
    writeFileSync(file, policy('unconfigurable.wasm'));
    expect(run('check', file).text).toMatch(/weir\.yaml:3:42: error: .*configure returned 1/);
    writeFileSync(file, `${providers}plugins_dir: ${folder}\n`);
    expect(run('check', file).text).toMatch(/bad\.wasm: error: .*the 15 bytes/);
  });

  it('fails every request where it cannot be configured, until its file is mended', async () => {
    write('own.wasm', UNCONFIGURABLE);
    const own = await startGateway(policy('own.wasm'));
    const refused = await ask(own);
    expect([refused.status, refused.headers['x-weir-code']]).toEqual([503, 'weir_plugin_failed']);
    expect(await plugin('own', own)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('configure'),
    });
    write('own.wasm', denies('on_request', 'mended'));
    await shows('own', isActive, own);
    expect(reasonOf(await ask(own))).toBe('mended');
    await own.stop();
  });

  it('comes with its configuration, which is refused whole where it is bad', async () => {
    write('own.wasm', denies('on_request', 'own'));
    write('other.wasm', denies('on_request', 'other'));
    const own = await startGateway(policy('own.wasm'));
    const file = join(own.folder, 'weir.yaml');
    const listens = `listen: 127.0.0.1:${own.port}\nadmin: { listen: "${own.adminUrl.replace('http://', '')}" }\ndata_dir: ${own.folder}/data\n`;
    const reload = async (yaml: string): Promise<void> => {
      writeFileSync(file, listens + yaml);
      own.process.kill('SIGHUP');
    };
    const config = async () => (await own.admin('/api/config')) as { version: number; problems: string[] };
    await reload(policy('bad.wasm'));
    await until(async () => (await config()).problems.length > 0, 'the problem');
    expect((await config()).problems[0]).toMatch(/the 15 bytes/);
    expect(reasonOf(await ask(own))).toBe('own');
    const { version } = await config();
    await reload(policy('other.wasm', ', fuel: 123456'));
    await until(async () => (await config()).version > version, 'the reload');
    expect(reasonOf(await ask(own))).toBe('other');
    expect(await plugin('own', own)).toMatchObject({ fuel: 123_456, state: 'active' });
    await reload(providers);
    await until(async () => (await config()).version > version + 1, 'the second reload');
    expect(await plugin('own', own)).toBeUndefined();
    expect(await own.stop()).toBe(0);
    expect(own.output()).not.toContain('weir_internal');
  });
});

describe('what a plugin logs', () => {
  it('stands in the log with plugin and request, and is bounded', async () => {
    const line = (w: Wat) => `(call $log (i32.const 2) ${w.text('found something')})`;
    drop(
      'chatty',
      module(w => hook('on_request', `${line(w)} (i32.const 1)`)),
    );
    await shows('chatty', isActive);
    const answer = await ask();
    const id = String(answer.headers['x-weir-request-id']);
    await until(() => gateway.output().includes('found something'), 'the line');
    const written =
      gateway
        .output()
        .split('\n')
        .find(text => text.includes('found something')) ?? '';
    expect(JSON.parse(written)).toMatchObject({
      level: 40,
      plugin: 'chatty',
      request_id: id,
      text: 'found something',
    });
    await Promise.all(Array.from({ length: 60 }, () => ask()));
    await until(() => gateway.output().includes('too many lines'), 'the count of lines left out');
    rmSync(join(enabled, 'chatty.wasm'));
    await shows('chatty', item => item === undefined);
  });
});
