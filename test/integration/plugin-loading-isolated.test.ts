// Hooks that hang in the worker beside the thread that serves: they are killed past their deadline, others go on, and nobody else waits for them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hook, Wat } from '../plugin/support/guest.js';
import { wat } from '../plugin/wat.js';
import { type Answer, onEnd, type RunningGateway, send, startGateway, startProvider } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-isolated-'));
/** On a request that holds messages: over the empty one of the quarantine it ends. */
const ENDLESS = hook(
  'on_request',
  '(if (call $message_count) (then (loop $again (br $again)))) (i32.const 0)',
);
const DENIES = hook('on_request', '(i32.const 1)');
let gateway: RunningGateway;

beforeAll(async () => {
  onEnd(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ endless: ENDLESS, denies: DENIES }))
    writeFileSync(join(folder, `${name}.wasm`), wat(new Wat().module(text)));
  const provider = await startProvider((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"id":"x","object":"chat.completion","choices":[]}');
  });
  const policy = (name: string, model: string, more: string): string =>
    `  - { name: ${model}, when: 'ai.model == "${model}"', plugin: { file: ${folder}/${name}.wasm, run: isolated, ${more} } }\n`;
  // Nothing ends it but its deadline.
  gateway = await startGateway(
    `anonymous: allow\nworkers: 1\nproviders: { openai: { base_url: "${provider.url}/v1", auth: none } }\npolicies:\n` +
      policy('endless', 'hangs', 'deadline: 50ms, fuel: 1000000000000') +
      policy('endless', 'hangs-open', 'deadline: 50ms, fuel: 1000000000000, on_failure: open') +
      policy('denies', 'denied', 'deadline: 5s'),
  );
});

const ask = (model: string): Promise<Answer> =>
  send(`${gateway.url}/openai/v1/chat/completions`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  });

describe('an isolated hook that hangs', () => {
  it('fails past its deadline, and so does its request', async () => {
    const answer = await ask('hangs');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([503, 'weir_plugin_failed']);
    const { steps } = await gateway.record(answer);
    const step = steps.find(({ verdict }) => verdict === 'failed');
    expect(step).toMatchObject({ policy: 'hangs', kind: 'plugin', evidence: { failure: 'deadline' } });
  });

  it('lets its request pass where it may fail', async () =>
    expect((await ask('hangs-open')).status).toBe(200));

  it('keeps nobody waiting who has no such hook, and those who have one get their turn', async () => {
    const order: string[] = [];
    const noted = async (model: string): Promise<number> => {
      const { status } = await ask(model);
      order.push(model);
      return status;
    };
    const hanging = Array.from({ length: 6 }, () => noted('hangs'));
    const denied = noted('denied');
    expect(await noted('free')).toBe(200);
    expect(await denied).toBe(403);
    expect(await Promise.all(hanging)).toEqual(Array(6).fill(503));
    expect(order.indexOf('free')).toBeLessThan(order.lastIndexOf('hangs'));
    expect(gateway.output()).not.toContain('internal error');
  });
});
