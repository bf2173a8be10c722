// The ledger over the end of real processes: killed with running streams, and asked to stop.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import type { LimitsPage } from '../../src/policy/limits-view.js';
import { CHAT, chat, onEnd, type RunningGateway, startGateway, until } from './harness.js';

const CONFIG = `anonymous: allow
workers: 2
providers: { openai: { base_url: "simulator:" } }
policies:
  - { name: monthly, budget: { output_tokens: 1000000, per: month } }
  - { name: spend, budget: { usd: 500, per: month, by: [consumer] } }
  - { name: daily, limit: { output_tokens: 1000000, per: 366d } }
`;

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-ledger-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A stream that is read as it comes: how many chunks of text were seen. */
function openStream(gateway: RunningGateway): { seen: number; id: string } {
  const state = { seen: 0, id: '' };
  const body = JSON.stringify({ ...CHAT, stream: true });
  const headers = { 'content-type': 'application/json', 'x-weir-sim': 'tps=40;tokens=4000' };
  const request = http.request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers });
  request.on('error', () => undefined);
  request.on('response', response => {
    state.id = String(response.headers['x-weir-request-id']);
    response.on('error', () => undefined);
    response.on('data', (chunk: Buffer) => {
      state.seen += chunk.toString().split('"content":').length - 1;
    });
  });
  request.end(body);
  return state;
}

async function kill(gateway: RunningGateway): Promise<void> {
  gateway.process.kill('SIGKILL');
  await until(() => gateway.process.signalCode !== null, 'the end of the process');
}

async function used(gateway: RunningGateway, policy: string): Promise<number> {
  const { items } = (await gateway.admin(`/api/limits?policy=${policy}`)) as LimitsPage;
  return Number(items[0]?.used ?? 0);
}

async function total(gateway: RunningGateway): Promise<UsageReport['total']> {
  return ((await gateway.admin('/api/usage')) as UsageReport).total;
}

function segments(folder: string): string[] {
  return readdirSync(join(folder, 'journal')).filter(file => file.endsWith('.journal'));
}

describe('the ledger', { timeout: 120_000 }, () => {
  it('settles streams that ran at kill -9 to what was seen of them, and budgets to its own sums', async () => {
    const folder = dataFolder();
    const first = await startGateway(CONFIG, [], folder);
    const whole = await Promise.all(Array.from({ length: 5 }, () => chat(first)));
    const streams = Array.from({ length: 4 }, () => openStream(first));
    await until(() => streams.every(({ seen }) => seen >= 60), 'text on every stream');
    const before = streams.map(({ seen }) => seen);
    // A progress entry is at most a second old.
    await until(() => streams.every(({ seen }, i) => seen >= (before[i] ?? 0) + 60), 'progress');
    await kill(first);

    const second = await startGateway(CONFIG, [], folder);
    for (const [i, { id, seen }] of streams.entries()) {
      const record = await second.record(id);
      expect(record).toMatchObject({ outcome: 'interrupted', error: { code: 'weir_interrupted' } });
      expect(record.usage.output_tokens).toBeGreaterThanOrEqual(before[i] ?? 0);
      expect(record.usage.output_tokens).toBeLessThanOrEqual(seen + 60);
      expect(record.cost.status).not.toBe('unpriced');
    }
    for (const answer of whole) {
      const reported = JSON.parse(answer.body.toString()).usage;
      expect((await second.record(answer)).usage.output_tokens).toBe(reported.completion_tokens);
    }
    const { requests, output_tokens: tokens, cost_usd: usd } = await total(second);
    expect(requests).toBe(9);
    expect(await used(second, 'monthly')).toBe(tokens);
    expect(await used(second, 'spend')).toBeCloseTo(Number(usd), 9);
    // A limit refills: in 366 days by so little that it is as good as its sum.
    expect(Math.abs((await used(second, 'daily')) - tokens)).toBeLessThanOrEqual(10);
    expect(second.output()).toMatch(/"interrupted":4/);
    // Nothing is settled a second time.
    await kill(second);
    const third = await startGateway(CONFIG, [], folder);
    expect(await total(third)).toMatchObject({ requests: 9, output_tokens: tokens, cost_usd: usd });
    expect(await used(third, 'monthly')).toBe(tokens);
  });

  it('leaves no segment behind at SIGTERM, and forgets nothing', async () => {
    const folder = dataFolder();
    const first = await startGateway(CONFIG, [], folder);
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(first)));
    const stream = openStream(first);
    await until(() => stream.seen > 0, 'a stream');
    expect(segments(folder).length).toBeGreaterThan(0);
    first.process.kill('SIGTERM');
    // A drain that waits for a stream, and is cut short.
    await until(async () => !(await fetch(`${first.adminUrl}/readyz`)).ok, 'the drain');
    await kill(first);
    const second = await startGateway(CONFIG, [], folder);
    expect(await second.stop()).toBe(0);
    expect(segments(folder)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['hash-secret', 'journal', 'ledger.db', 'lock']);
    const third = await startGateway(CONFIG, [], folder);
    for (const answer of answers) expect((await third.record(answer)).outcome).toBe('served');
    expect((await third.record(stream.id)).outcome).toBe('interrupted');
    const page = (await third.admin('/api/requests?limit=100')) as { items: RequestRecord[] };
    expect(new Set(page.items.map(({ id }) => id)).size).toBe(21);
  });

  it('keeps its lists whole while requests run: none twice, none missing', async () => {
    const gateway = await startGateway(CONFIG);
    const stream = openStream(gateway);
    await until(() => stream.seen > 0, 'a stream');
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) {
      ids.push(String((await chat(gateway)).headers['x-weir-request-id']));
      const page = (await gateway.admin('/api/requests?limit=100')) as { items: RequestRecord[] };
      const listed = page.items.map(({ id }) => id);
      expect(listed).toEqual([...ids].reverse().concat(stream.id));
      expect(page.items.at(-1)?.outcome).toBe('running');
    }
    const pages: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = (await gateway.admin(`/api/requests?limit=3${from}`)) as {
        items: RequestRecord[];
        next: string | null;
      };
      pages.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(pages).toEqual([...ids].reverse().concat(stream.id));
  });
});
