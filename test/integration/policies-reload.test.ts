// Reloads and drains while requests hold something: what was held under the old configuration is settled under it.
import { readFileSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  chat,
  type RunningGateway,
  type RunningProvider,
  startGateway,
  startProvider,
  until,
} from './harness.js';
import { bucketOf, errorOf } from './policies-account.js';

let upstream: RunningProvider;
let gateway: RunningGateway;
const waiting: http.ServerResponse[] = [];

const policies = (amount: number, permits: number): string => `
policies:
  - { name: day, budget: { tokens: ${amount}, per: day } }
  - { name: once, limit: { concurrent: ${permits} } }
`;

beforeAll(async () => {
  upstream = await startProvider((_, response) => void waiting.push(response));
  gateway = await startGateway(`
anonymous: allow
workers: 2
providers: { openai: { base_url: "${upstream.url}/v1" } }
${policies(1000, 1)}`);
});

const ask = (): Promise<Answer> => chat(gateway, { max_tokens: 200 }, { authorization: 'Bearer sk-own' });

function answerAll(): void {
  for (const response of waiting.splice(0)) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20}}');
  }
}

async function reload(text: string): Promise<void> {
  const file = `${gateway.folder}/weir.yaml`;
  const before = gateway.output().split('configuration reloaded').length;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/policies:[\s\S]*$/, text.trimStart()));
  gateway.process.kill('SIGHUP');
  await until(() => gateway.output().split('configuration reloaded').length > before, 'the reload');
}

describe('a reload while a request holds', () => {
  it('keeps what is held and used where only the amount changes, and settles it', async () => {
    const running = ask();
    await until(() => waiting.length === 1, 'the request');
    const held = Number((await bucketOf(gateway, 'day')).held);
    expect(held).toBeGreaterThan(200);
    await reload(policies(2000, 2));
    expect(await bucketOf(gateway, 'day')).toMatchObject({ limit: 2000, held });
    const second = ask();
    await until(() => waiting.length === 2, 'the second request');
    answerAll();
    expect([(await running).status, (await second).status]).toEqual([200, 200]);
    await until(async () => Number((await bucketOf(gateway, 'day')).held) === 0, 'the settlement');
    expect(await bucketOf(gateway, 'day')).toMatchObject({ used: 60, held: 0 });
  });

  it('takes effect for the next request', async () => {
    await reload(policies(150, 2));
    const refused = await ask();
    expect([refused.status, errorOf(refused).code]).toEqual([429, 'weir_budget_reached']);
  });

  it('lets a request end whose policies are gone, and drains', async () => {
    await reload(policies(5000, 2));
    const running = ask();
    await until(() => waiting.length === 1, 'the request');
    await reload('policies: []\n');
    const stopped = gateway.stop();
    await until(async () => (await fetch(`${gateway.adminUrl}/readyz`)).status === 503, 'the drain');
    answerAll();
    expect((await running).status).toBe(200);
    expect(await stopped).toBe(0);
    expect(gateway.output()).not.toContain('weir_internal');
  });
});
