// Whom a request is attributed to, by official SDKs: in its record, in usage, in metrics of bounded cardinality, in its line of the log. And the metrics: each
// that /metrics shows is in docs/admin.md and the other way round, and their sums are those of the records.

import { readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import { type RunningGateway, type RunningProvider, startGateway, startProvider, until } from './harness.js';

const KEY = newWeirKey();
const USERS = 40;
/** `metrics.values`, and `(other)` and `(none)`. */
const SERIES_MAX = 5 + 2;

let provider: RunningProvider;
let gateway: RunningGateway;
let openai: OpenAI;

beforeAll(async () => {
  provider = await startProvider((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const usage = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
    response.end(
      JSON.stringify({ id: 'c', object: 'chat.completion', model: 'gpt-4o-mini', choices: [], usage }),
    );
  });
  gateway = await startGateway(`
workers: 2
tags: [project, Env]
providers:
  openai: { base_url: "${provider.url}/v1", keys: [ { value: sk } ] }
  anthropic: { base_url: "simulator:" }
  nobody: { kind: openai-compatible, base_url: "http://127.0.0.1:9", auth: none }
consumers:
  - { name: team, tags: { env: live }, keys: [ { sha256: "${weirKeySha256(KEY)}", name: ci } ] }
metrics: { by: [consumer, key, end_user, tag.project], values: 5 }
policies:
  - { name: rpm, limit: { requests: 10000, per: 1m } }
  - { name: spend, budget: { usd: 5, per: day, by: [consumer] }, unpriced: pass }
  - { name: no-images, when: 'ai.api == "openai.images"', deny: {} }
`);
  openai = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/openai/v1`, maxRetries: 0 });
});

const chat = async (more: object = {}, headers: Record<string, string> = {}): Promise<RequestRecord> => {
  const { response } = await openai.chat.completions
    .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], ...more }, { headers })
    .withResponse();
  return await gateway.record(response.headers.get('x-weir-request-id') ?? '');
};

describe('a request is attributed', () => {
  it('to the end user that SDKs name', async () => {
    expect((await chat({ user: 'ann' })).consumer?.end_user).toBe('ann');
    expect((await chat({ safety_identifier: 'bob' })).consumer?.end_user).toBe('bob');
    expect((await chat({ user: 'ann', safety_identifier: 'bob' })).consumer?.end_user).toBe('ann');
    const anthropic = new Anthropic({ apiKey: KEY, baseURL: `${gateway.url}/anthropic`, maxRetries: 0 });
    const { response } = await anthropic.messages
      .create({
        model: 'claude-sonnet-4-5',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'Hi' }],
        metadata: { user_id: 'cleo' },
      })
      .withResponse();
    const record = await gateway.record(response.headers.get('x-weir-request-id') ?? '');
    expect(record.consumer?.end_user).toBe('cleo');
  });

  it('to tags of its headers that are listed, and the provider never sees one', async () => {
    const headers = { 'x-weir-tag-project': 'search', 'x-weir-tag-env': 'mine', 'x-weir-tag-other': 'x' };
    const record = await chat({}, headers);
    // What the consumer is tagged with stands above.
    expect(record.consumer?.tags).toEqual({ project: 'search', env: 'live' });
    const seen = Object.keys(provider.seen.at(-1)?.headers ?? {});
    expect(seen.filter(name => name.startsWith('x-weir'))).toEqual([]);
  });

  it('in usage', async () => {
    const { items } = (await gateway.admin('/api/usage?by=end_user,tag.project')) as UsageReport;
    const of = (user: string | null, project: string | null) =>
      items.find(({ by }) => by.end_user === user && by['tag.project'] === project)?.requests;
    expect([of('ann', null), of('bob', null), of(null, 'search')]).toEqual([2, 1, 1]);
    const { total } = (await gateway.admin('/api/usage?end_user=ann')) as UsageReport;
    const { total: all } = (await gateway.admin('/api/usage')) as UsageReport;
    const { total: byUser } = (await gateway.admin('/api/usage?by=end_user,hour,model')) as UsageReport;
    expect([total.requests, total.input_tokens]).toEqual([2, 2000]);
    expect(byUser).toEqual(all);
  });

  it('in one line of the log, each once', async () => {
    const { items } = (await gateway.admin('/api/requests?limit=1000')) as { items: RequestRecord[] };
    const lines = (): Record<string, unknown>[] =>
      gateway
        .output()
        .split('\n')
        .filter(line => line.includes('"msg":"request"'))
        .map(line => JSON.parse(line) as Record<string, unknown>);
    await until(() => lines().length >= items.length, 'the lines');
    expect(
      lines()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(items.map(({ id }) => id).sort());
    for (const record of items) {
      const { level, at, outcome, status, consumer, end_user, input_tokens, cost_usd, total_ms } =
        lines().find(({ id }) => id === record.id) ?? {};
      expect([level, new Date(Number(at)).toISOString(), outcome, status, consumer]).toEqual([
        30,
        record.time,
        record.outcome,
        record.status,
        'team',
      ]);
      expect([end_user ?? null, input_tokens ?? null, cost_usd ?? null, total_ms]).toEqual([
        record.consumer?.end_user,
        record.usage.input_tokens,
        record.cost.usd,
        record.timing.total_ms,
      ]);
    }
    expect(gateway.output()).not.toContain(KEY);
  });
});

/** What a scraper would read. */
async function samples(): Promise<Map<string, number>> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
const sumOf = (found: ReadonlyMap<string, number>, ...parts: string[]): number =>
  [...found]
    .filter(([name]) => parts.every(part => name.includes(part)))
    .reduce((sum, [, value]) => sum + value, 0);

describe('the metrics', () => {
  it('have a bounded number of series, whatever callers name', async () => {
    for (let i = 0; i < USERS; i++) await chat({ user: `user-${i}` }, { 'x-weir-tag-project': `p-${i}` });
    const found = await samples();
    const values = new Set(
      [...found.keys()].flatMap(
        name => /^weir_attributed_requests_total\{by="end_user",value="([^"]*)"/.exec(name)?.[1] ?? [],
      ),
    );
    // Two threads may keep different ones apart.
    expect(values.size).toBeLessThanOrEqual(2 * SERIES_MAX);
    expect(values).toContain('(other)');
    expect(sumOf(found, 'weir_attributed_requests_total', 'by="end_user"')).toBe(
      sumOf(found, 'weir_requests_total'),
    );
  });

  it('sum up to what the ledger says', async () => {
    await chat({}, { 'x-weir-tag-project': 'again' });
    await openai.images.generate({ model: 'dall-e-3', prompt: 'x' }).catch(() => undefined);
    await fetch(`${gateway.url}/nobody/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: '{"model":"gpt-4o-mini","messages":[]}',
    });
    const found = await samples();
    const { total } = (await gateway.admin('/api/usage')) as UsageReport;
    expect(sumOf(found, 'weir_requests_total{')).toBe(total.requests);
    expect(sumOf(found, 'weir_tokens_total{', 'kind="input"')).toBe(total.input_tokens);
    expect(sumOf(found, 'weir_attributed_tokens_total{by="consumer"', 'kind="input"')).toBe(
      total.input_tokens,
    );
    expect(sumOf(found, 'weir_cost_usd_total{')).toBeCloseTo(Number(total.cost_usd), 9);
    expect(sumOf(found, 'weir_attributed_cost_usd_total{by="key"')).toBeCloseTo(Number(total.cost_usd), 9);
    expect(sumOf(found, 'weir_decisions_total', 'policy="no-images"', 'verdict="deny"')).toBe(1);
    expect(sumOf(found, 'weir_attempts_total', 'provider="nobody"', 'result="weir_connect_failed"')).toBe(1);
    expect(sumOf(found, 'weir_upstream_first_byte_seconds_count{provider="openai"}')).toBe(
      provider.seen.length,
    );
    expect(found.get('weir_target_up{target="openai"}')).toBe(1);
    expect(sumOf(found, 'weir_gateway_component_seconds_total{component="relay"}')).toBeGreaterThan(0);
    expect(sumOf(found, 'weir_event_loop_delay_seconds_count')).toBeGreaterThan(0);
  });

  it('show what running requests hold', async () => {
    const stream = fetch(`${gateway.url}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json', 'x-weir-sim': 'ttft=2s' },
      body: JSON.stringify({
        model: 'claude-sonnet-4-5',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'Hi' }],
      }),
    });
    await until(async () => (await samples()).get('weir_holds{policy="spend",unit="usd"}') === 1, 'a hold');
    const held = (await samples()).get('weir_held{policy="spend",unit="usd"}') ?? 0;
    expect([held > 0, held < 5]).toEqual([true, true]);
    await (await stream).text();
    await until(async () => !(await samples()).has('weir_holds{policy="spend",unit="usd"}'), 'its end');
  });

  it('are all in docs/admin.md, and no others', async () => {
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    const shown = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1]));
    const docs = readFileSync(new URL('../../docs/admin.md', import.meta.url), 'utf8');
    const rows = docs.split('\n').filter(line => /^\| `(?:weir|process)_/.test(line));
    const told = new Set(
      rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(match => match[1])),
    );
    // What only exists where there is something to tell.
    for (const name of ['weir_plugin_calls_total', 'weir_plugin_fuel_total']) shown.add(name);
    expect([...told].sort()).toEqual([...shown].sort());
  });
});
