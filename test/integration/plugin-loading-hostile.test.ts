// Every hostile module through a running gateway, on the thread that serves and in the worker beside it: each has its reason on record, and afterwards the
// gateway serves as before, with the threads and the memory that it had.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PluginItem } from '../../src/admin/plugin-item.js';
import type { RequestRecord } from '../../src/core/record.js';
import type { HostileModule } from '../plugin/hostile/hostile-module.js';
import { HOSTILE_MODULES } from '../plugin/hostile/modules.js';
import { type Answer, type RunningGateway, send, startGateway, startProvider, until } from './harness.js';

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'weir-hostile-'));
const enabled = join(folder, 'enabled');
mkdirSync(enabled);
afterAll(() => rmSync(folder, { recursive: true }));

const PLACES = ['inline', 'isolated'] as const;
const LOADABLE = HOSTILE_MODULES.filter(({ ends }) => ends.at !== 'load');
const REFUSED = HOSTILE_MODULES.filter(({ ends }) => ends.at === 'load');

const model = (at: number, run: string): string => `${run}-${at}`;

function policies(): string {
  const entries = LOADABLE.flatMap(({ bytes, grants, memoryBytes }, at) => {
    const file = join(folder, `m${at}.wasm`);
    writeFileSync(file, bytes());
    const memory = memoryBytes === null ? '' : `, memory: ${memoryBytes}`;
    return PLACES.map(run => {
      const plugin = `file: ${file}, size: 16MiB, grant: [${grants.join(', ')}]${memory}, run: ${run}, deadline: 10s`;
      return `  - { name: ${model(at, run)}, when: 'ai.model == "${model(at, run)}"', plugin: { ${plugin} } }`;
    });
  });
  return `policies:\n${entries.join('\n')}\n`;
}

const ANSWER = {
  id: 'x',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'an answer' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

let gateway: RunningGateway;
let before = { threads: 0, resident: 0 };
beforeAll(async () => {
  const provider = await startProvider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));
  });
  const base = `anonymous: allow\nproviders: { openai: { base_url: "${provider.url}/v1", auth: none } }\nworkers: 1\n`;
  gateway = await startGateway(`${base}plugins_dir: ${enabled}\n${policies()}`);
  expect((await ask('harmless')).status).toBe(200);
  before = taken();
}, 120_000);

const ask = (name: string): Promise<Answer> =>
  send(`${gateway.url}/openai/v1/chat/completions`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: name, messages: [{ role: 'user', content: 'hi' }] }),
  });

function taken(): { threads: number; resident: number } {
  const process = `/proc/${gateway.process.pid}`;
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`${process}/status`, 'utf8'))?.[1];
  return { threads: readdirSync(`${process}/task`).length, resident: Number(resident) * 1024 };
}

/** What the plugin's steps say: the failure, or the verdict. */
function told(record: RequestRecord): unknown[] {
  return record.steps
    .filter(({ kind, code }) => kind === 'plugin' && code !== 'not_matched')
    .map(({ verdict, evidence }) => evidence.failure ?? verdict);
}

function wanted({ ends, hook }: HostileModule): { status: number; told: unknown } {
  // At the end of a request there is nothing left to refuse.
  const refusal = hook === 'on_end' ? 200 : 503;
  if (ends.at === 'instantiate') return { status: 503, told: expect.arrayContaining(['instantiate']) };
  if (ends.at === 'hook' && 'failures' in ends) {
    const failures = expect.arrayContaining([
      expect.stringMatching(new RegExp(`^(${ends.failures.join('|')})$`)),
    ]);
    return { status: refusal, told: failures };
  }
  return { status: ends.at === 'hook' && ends.result === 'deny' ? 403 : 200, told: expect.anything() };
}

describe.skipIf(process.platform !== 'linux')('a gateway with every hostile module (needs /proc)', () => {
  for (const run of PLACES) {
    it.each(LOADABLE.map((module, at) => [module.name, module, at] as const))(
      `has its reason on record (${run}): %s`,
      async (_name, module, at) => {
        const answer = await ask(model(at, run));
        const record = await gateway.record(answer);
        const found = { status: answer.status, told: told(record) };
        expect(found, JSON.stringify(record.steps)).toEqual(wanted(module));
        expect((await ask('harmless')).status).toBe(200);
      },
    );
  }

  it('refuses what cannot be loaded, each with its reason', async () => {
    REFUSED.forEach(({ bytes }, at) => {
      writeFileSync(join(enabled, `r${at}.wasm`), bytes());
    });
    const items = async (): Promise<PluginItem[]> => {
      const { items: all } = (await gateway.admin('/api/plugins')) as { items: PluginItem[] };
      return all.filter(({ dropped }) => dropped);
    };
    await until(async () => {
      const tried = (await items()).filter(({ reason }) => reason !== null);
      return tried.length === REFUSED.length;
    }, 'all to be tried');
    expect((await items()).filter(({ state }) => state !== 'failed')).toEqual([]);
    expect((await ask('harmless')).status).toBe(200);
    rmSync(enabled, { recursive: true });
    mkdirSync(enabled);
    await until(async () => (await items()).length === 0, 'all to be gone');
  });

  it('has the threads and the memory that it had, and ends as it should', { timeout: 60_000 }, async () => {
    // The quarantine (which was there before) and the worker for isolated hooks end when nothing comes for them.
    await until(() => taken().threads < before.threads, 'idle workers to end');
    for (let i = 0; i < 300; i++) await ask('harmless');
    expect((taken().resident - before.resident) / MIB).toBeLessThan(100);
    expect(gateway.output()).not.toContain('internal error');
    expect(await gateway.stop()).toBe(0);
  });
});
