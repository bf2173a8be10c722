// Budgets under load (CONTRACT.md §3): four data-plane threads and 2,000 requests at once take no more than there is, refuse nobody for
// what nobody has, and hold nothing once all is over, however the requests end.
import http from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { type Answer, type RunningGateway, send, startGateway, until } from './harness.js';
import { allRecords, bucketOf, numbersOf, stepsOf } from './policies-account.js';

const REQUESTS = 2000;
const STREAMS = 300;
/** Bytes of the largest event's text in the simulator, so at most as many tokens. */
const EVENT_TOKENS_MAX = 4;

let gateway: RunningGateway;

beforeAll(async () => {
  const of = (name: string, rest: string): string =>
    `  - { name: ${name}, when: 'request.headers["x-case"] == "${name}"', ${rest} }\n`;
  gateway = await startGateway(`
anonymous: allow
workers: 4
providers:
  openai: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
  gemini: { base_url: "simulator:" }
  bedrock: { base_url: "simulator:" }
  cohere: { base_url: "simulator:" }
  ollama: { base_url: "simulator:" }
policies:
  - { name: both, limit: { concurrent: 5000 } }
${of('hundred', 'budget: { requests: 100, per: day }, hold: worst')}${of(
  'tokens',
  'budget: { tokens: 100000, per: day }, hold: worst',
)}${of('stops', 'budget: { tokens: 20000, per: day }, overrun: stop')}${of(
  'aborts',
  'budget: { tokens: 10000000, per: day }',
)}${of('single', 'budget: { output_tokens: 40, per: day, by: [header.x-who] }, overrun: stop')}`);
});

/** The same request many times at once, each on a connection of its own. */
async function crowd(count: number, name: string, body: object, sim: string): Promise<Answer[]> {
  const agent = new http.Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  return await Promise.all(
    Array.from({ length: count }, () =>
      send(`${gateway.url}/v1/chat/completions`, {
        headers: { 'content-type': 'application/json', 'x-case': name, 'x-weir-sim': sim },
        body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], ...body }),
        agent,
      }),
    ),
  );
}

/** Of the newest requests, as many as the case has sent. */
async function recordsOf(name: string, sent: number): Promise<RequestRecord[]> {
  const records = await allRecords(gateway, sent);
  return records.filter(record =>
    stepsOf(record, name).some(({ code }) => code !== 'not_matched' && code !== 'earlier_denial'),
  );
}

const countOf = (answers: readonly Answer[], wanted: number): number =>
  answers.filter(({ status }) => status === wanted).length;

const usedBy = (records: readonly RequestRecord[]): number =>
  records.reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0), 0);

describe('budgets under load', () => {
  it('lets exactly 100 of 2,000 requests pass that come at once', async () => {
    const answers = await crowd(REQUESTS, 'hundred', {}, 'ttft=50ms');
    expect(countOf(answers, 200)).toBe(100);
    expect(countOf(answers, 429)).toBe(REQUESTS - 100);
    expect(await bucketOf(gateway, 'hundred')).toMatchObject({ used: 100, held: 0, available: 0 });
  });

  it('never has more than 100,000 tokens held and used', async () => {
    const answers = await crowd(REQUESTS, 'tokens', { max_tokens: 490 }, 'ttft=100ms;tokens=400');
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    const records = await recordsOf('tokens', REQUESTS);
    expect(records).toHaveLength(REQUESTS);
    const wrong = records.filter(record => {
      const { limit = 0, used = 0, held = 0, asked = 0, available = 0 } = numbersOf(record, 'tokens');
      // Who passes finds room, and nobody is refused who would have found some.
      const fits = limit === 100_000 && used + held <= limit && available === limit - used - held;
      return !fits || asked <= available !== (record.status === 200);
    });
    expect(wrong).toEqual([]);
    const passed = records.filter(({ status }) => status === 200);
    expect(passed.length).toBeGreaterThanOrEqual(Math.floor(100_000 / 500));
    expect(await bucketOf(gateway, 'tokens')).toMatchObject({ used: usedBy(passed), held: 0 });
    expect(usedBy(passed)).toBeLessThanOrEqual(100_000);
  });

  it('ends streams with at most one event each beyond the budget', async () => {
    const answers = await crowd(STREAMS, 'stops', { stream: true }, 'tokens=2000');
    const records = await recordsOf('stops', STREAMS);
    expect(records).toHaveLength(STREAMS);
    const ended = records.filter(({ error }) => error?.code === 'weir_limit_reached');
    expect(ended.length).toBeGreaterThan(10);
    expect(ended.every(({ outcome, status }) => outcome === 'blocked' && status === 200)).toBe(true);
    const ran = answers.filter(({ status }) => status === 200);
    const streams = records.filter(({ status }) => status === 200);
    expect(streams).toHaveLength(ran.length);
    const used = usedBy(streams);
    expect(used).toBeGreaterThan(19_000);
    expect(used).toBeLessThanOrEqual(20_000 + ran.length * EVENT_TOKENS_MAX);
    expect(await bucketOf(gateway, 'stops')).toMatchObject({ used, held: 0 });
  });

  it('holds nothing once streams have been broken off anywhere, and has charged what their records say', async () => {
    const seed = Date.now() % 1_000_000;
    const next = randomFrom(seed);
    const broken = Array.from({ length: STREAMS }, (_, i) =>
      breakOff(i % 3 === 0 ? GEMINI : i % 3 === 1 ? CHAT_STREAM : CHAT_PLAIN, next() * 250, 'aborts'),
    );
    await Promise.all(broken);
    const records = await recordsOf('aborts', STREAMS);
    expect(records, `seed ${seed}`).toHaveLength(STREAMS);
    const outcomes = new Set(records.map(({ outcome }) => outcome));
    expect([...outcomes].filter(outcome => outcome !== 'aborted' && outcome !== 'served')).toEqual([]);
    const charged = records.map(record => Number(stepsOf(record, 'aborts').at(-1)?.evidence.charged ?? 0));
    // Where cancelling ends the billing, what is charged is what was used; elsewhere, what was held for the rest.
    for (const [i, record] of records.entries()) {
      const known = usedBy([record]);
      const stops = record.ai.provider === 'openai' || record.outcome === 'served';
      if (stops && known > 0) expect(charged[i], `seed ${seed}: ${record.id}`).toBe(known);
      else expect(charged[i], `seed ${seed}: ${record.id}`).toBeGreaterThanOrEqual(known);
    }
    await until(async () => (await bucketOf(gateway, 'both')).held === 0, 'all permits');
    const used = charged.reduce((sum, one) => sum + one, 0);
    expect(await bucketOf(gateway, 'aborts'), `seed ${seed}`).toMatchObject({ used, held: 0, holds: [] });
  });
});

const MESSAGES = { messages: [{ role: 'user', content: 'hello' }] };
const CHAT_STREAM = { path: '/v1/chat/completions', body: { model: 'gpt-4o', stream: true, ...MESSAGES } };
const CHAT_PLAIN = { path: '/v1/chat/completions', body: { model: 'gpt-4o', ...MESSAGES } };
const GEMINI = {
  path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
  body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
};

/** A request whose connection is cut after so long. */
function breakOff(call: { path: string; body: object }, afterMs: number, name: string): Promise<void> {
  return new Promise(resolve => {
    const request = http.request(`${gateway.url}${call.path}`, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'x-case': name,
        'x-weir-sim': 'ttft=40ms;tps=2000;tokens=400',
      },
    });
    request.on('error', () => resolve());
    request.on('response', response => {
      response.on('data', () => undefined);
      response.on('close', () => resolve());
      response.on('error', () => resolve());
    });
    request.on('close', () => resolve());
    request.end(JSON.stringify(call.body), () => setTimeout(() => request.destroy(), afterMs));
  });
}

/** Numbers from 0 to 1 that a seed brings again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
