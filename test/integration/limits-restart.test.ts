// Limits and budgets over the end of a real process: asked to stop, and killed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LimitItem, LimitsPage } from '../../src/policy/limits-view.js';
import { chat, onEnd, type RunningGateway, startGateway, until } from './harness.js';

const policies = (amount: number): string => `anonymous: allow
workers: 2
providers: { openai: { base_url: "simulator:" } }
policies:
  - { name: daily, budget: { requests: ${amount}, per: month, by: [consumer] } }
  - { name: minute, limit: { requests: 600, per: 1m } }
`;

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-limits-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function stateOf(gateway: RunningGateway, policy: string): Promise<LimitItem | undefined> {
  const { items } = (await gateway.admin(`/api/limits?policy=${policy}`)) as LimitsPage;
  return items[0];
}

async function statuses(gateway: RunningGateway, count: number): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => chat(gateway)));
  return answers.map(({ status }) => status);
}

// Two processes each: starting takes seconds where the machine is busy.
describe('a budget', { timeout: 60_000 }, () => {
  it('keeps what was used over SIGTERM, also where its amount has changed, and short limits begin full', async () => {
    const folder = dataFolder();
    const first = await startGateway(policies(5), [], folder);
    expect(await statuses(first, 4)).toEqual([200, 200, 200, 200]);
    expect(await stateOf(first, 'daily')).toMatchObject({
      used: 4,
      by: { consumer: 'anonymous' },
      available: 1,
    });
    expect(await stateOf(first, 'minute')).toMatchObject({ policy: 'minute', by: {}, limit: 600 });
    expect(await first.stop()).toBe(0);
    const second = await startGateway(policies(6), [], folder);
    expect(await stateOf(second, 'daily')).toMatchObject({ limit: 6, used: 4, available: 2 });
    expect(await stateOf(second, 'minute')).toBeUndefined();
    expect((await statuses(second, 4)).sort()).toEqual([200, 200, 429, 429]);
  });

  it('keeps what was used over kill -9, to the last request', async () => {
    const folder = dataFolder();
    const first = await startGateway(policies(100), [], folder);
    await statuses(first, 10);
    first.process.kill('SIGKILL');
    await until(() => first.process.signalCode !== null, 'the end of the process');
    const second = await startGateway(policies(100), [], folder);
    expect(await stateOf(second, 'daily')).toMatchObject({ used: 10 });
  });

  it('counts what a drain lets end', async () => {
    const folder = dataFolder();
    const first = await startGateway(
      policies(100).replace('requests: 100', 'output_tokens: 1000'),
      [],
      folder,
    );
    const running = chat(first, { stream: true, max_tokens: 40 }, { 'x-weir-sim': 'tps=50;tokens=30' });
    await until(async () => ((await stateOf(first, 'daily'))?.holds.length ?? 0) === 1, 'a hold');
    expect(await first.stop()).toBe(0);
    const { status } = await running;
    expect(status).toBe(200);
    const second = await startGateway(
      policies(100).replace('requests: 100', 'output_tokens: 1000'),
      [],
      folder,
    );
    expect(await stateOf(second, 'daily')).toMatchObject({ used: 30, held: 0, holds: [] });
  });

  it('keeps what was used over a reload that changes its amount', async () => {
    const gateway = await startGateway(policies(5));
    await statuses(gateway, 4);
    const file = join(gateway.folder, 'weir.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('requests: 5,', 'requests: 6,'));
    gateway.process.kill('SIGHUP');
    await until(async () => (await stateOf(gateway, 'daily'))?.limit === 6, 'the new amount');
    expect(await stateOf(gateway, 'daily')).toMatchObject({ used: 4, available: 2 });
    expect((await statuses(gateway, 3)).sort()).toEqual([200, 200, 429]);
  });
});
