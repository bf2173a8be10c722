// However a request ends, its permit and its holds end with it, and what it came to is charged, once.
import http from 'node:http';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Answerer,
  CHAT,
  chat,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
  until,
} from './harness.js';
import { bucketOf, numbersOf, stepsOf } from './policies-account.js';

let upstream: RunningProvider;
let gateway: RunningGateway;
/** What the provider does next. */
let act: Answerer;

const USAGE = { prompt_tokens: 9, completion_tokens: 11, prompt_tokens_details: { cached_tokens: 4 } };
const CHOICE = { index: 0, message: { role: 'assistant', content: 'one two three' }, finish_reason: 'stop' };

const served =
  (body: object): Answerer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ model: 'gpt-4o', ...body }));
  };
const SERVED = served({ choices: [CHOICE], usage: USAGE });

const event = (text: string): string =>
  `data: ${JSON.stringify({ model: 'gpt-4o', choices: [{ index: 0, delta: { content: text } }] })}\n\n`;

/** A stream that goes on as told after its first events. */
const streamed =
  (after: (response: http.ServerResponse) => void): Answerer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event('one ') + event('two '), () => after(response));
  };

beforeAll(async () => {
  upstream = await startProvider((...all) => act(...all));
  gateway = await startGateway(`
anonymous: allow
workers: 1
timeouts: { connect: 500ms, first_byte: 400ms, idle: 400ms, total: 10s }
providers:
  openai: { base_url: "${upstream.url}/v1" }
  dead: { kind: openai-compatible, base_url: "http://127.0.0.1:1", auth: none }
  drains: { kind: openai, base_url: "${upstream.url}/v1", on_abort: drain }
  goes-on: { kind: mistral, base_url: "${upstream.url}/v1", auth: none }
policies:
  - { name: one, limit: { concurrent: 1 } }
  - { name: rpm, limit: { requests: 100000, per: 1d } }
  - { name: day, budget: { tokens: 1000000, per: day } }
  - { name: weighed, limit: { input_tokens: 1000000, per: 366d, cached: 0.25 } }
  - { name: money, budget: { usd: 100, per: month }, unpriced: pass }
`);
});

beforeEach(() => {
  act = SERVED;
});

const OWN = { authorization: 'Bearer sk-own' };
const ask = (more: object = {}, provider = ''): Promise<Answer> =>
  provider === ''
    ? chat(gateway, more, OWN)
    : send(`${gateway.url}/${provider}/v1/chat/completions`, {
        headers: { 'content-type': 'application/json', ...OWN },
        body: JSON.stringify({ ...CHAT, ...more }),
      });

async function usedNow(): Promise<number> {
  return Number((await bucketOf(gateway, 'day')).used);
}

/** Nothing is held, and the only permit can be had. */
async function free(): Promise<void> {
  await until(async () => Number((await bucketOf(gateway, 'one')).held) === 0, 'the permit');
  for (const name of ['one', 'day', 'money'])
    expect(await bucketOf(gateway, name), name).toMatchObject({ holds: [] });
  expect(Number((await bucketOf(gateway, 'day')).held)).toBe(0);
  expect(Number((await bucketOf(gateway, 'money')).held)).toBe(0);
}

/** What the request has added to the budget of tokens. */
async function chargedBy(work: () => Promise<unknown>): Promise<number> {
  const before = await usedNow().catch(() => 0);
  await work();
  await free();
  return (await usedNow()) - before;
}

describe('a request that ends', () => {
  it('with an answer is charged what the provider reports', async () => {
    const answers: Answer[] = [];
    expect(await chargedBy(async () => answers.push(await ask()))).toBe(20);
    const record = await gateway.record(answers[0] as Answer);
    expect(stepsOf(record, 'weighed').at(-1)?.evidence).toMatchObject({ charged: 9 - 4 + 1 });
    // 5 × $2.50 + 4 × $1.25 + 11 × $10 a million.
    expect(record.cost).toMatchObject({ usd: '0.0001275', status: 'computed', price: 'openai/gpt-4o' });
    expect(stepsOf(record, 'money').at(-1)?.evidence.charged).toBe('0.0001275');
  });

  it('without a word of its usage is charged what was counted', async () => {
    act = served({ choices: [CHOICE] });
    const answers: Answer[] = [];
    const charged = await chargedBy(async () => answers.push(await ask()));
    const { usage, cost } = await gateway.record(answers[0] as Answer);
    expect(usage?.sources).toEqual({ input: 'counted', output: 'counted' });
    expect(charged).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    expect(charged).toBeGreaterThan(8);
    expect(cost).toMatchObject({ status: 'estimated', usd: expect.stringMatching(/^0\.\d{6,9}$/) });
  });

  it.each([400, 429, 500, 503])('with the provider’s %i is not charged', async status => {
    act = (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"no"}}');
    };
    expect(await chargedBy(async () => expect((await ask()).status).toBe(status))).toBe(0);
  });

  it('because nobody listens there is not charged', async () => {
    expect(await chargedBy(async () => expect((await ask({}, 'dead')).status).toBe(502))).toBe(0);
  });

  it('because the provider breaks before its answer is not charged', async () => {
    act = request => request.socket.destroy();
    expect(await chargedBy(async () => expect((await ask()).status).toBe(502))).toBe(0);
  });

  it('because the provider breaks in mid-stream is charged what came', async () => {
    act = streamed(response => response.socket?.resetAndDestroy());
    const charged = await chargedBy(async () => expect((await ask({ stream: true })).broken).toBe(true));
    expect(charged).toBeGreaterThan(8);
    expect(charged).toBeLessThan(30);
  });

  it('because the provider says nothing is charged its prompt', async () => {
    act = () => undefined;
    const charged = await chargedBy(async () => expect((await ask()).status).toBe(504));
    expect(charged).toBeGreaterThan(5);
    expect(charged).toBeLessThan(15);
  });

  it('because the provider falls silent in mid-stream is charged what came', async () => {
    act = streamed(() => undefined);
    const charged = await chargedBy(async () => expect((await ask({ stream: true })).broken).toBe(true));
    expect(charged).toBeGreaterThan(8);
    expect(charged).toBeLessThan(30);
  });

  it('because the client leaves is charged what came, or what it held where the provider goes on', async () => {
    act = streamed(() => undefined);
    const leave = (provider: string): Promise<void> =>
      new Promise(resolve => {
        const request = http.request(`${gateway.url}/${provider}/v1/chat/completions`, {
          method: 'POST',
          agent: false,
          headers: { 'content-type': 'application/json', ...OWN },
        });
        request.on('response', response => response.once('data', () => request.destroy()));
        request.on('error', () => undefined);
        request.on('close', () => resolve());
        request.end(JSON.stringify({ ...CHAT, stream: true, max_tokens: 77 }));
      });
    const stopped = await chargedBy(() => leave('openai'));
    expect(stopped).toBeGreaterThan(8);
    expect(stopped).toBeLessThan(30);
    const held = await chargedBy(() => leave('goes-on'));
    expect(held).toBeGreaterThan(77);
    act = streamed(response =>
      setTimeout(() => {
        response.end(
          `data: ${JSON.stringify({ model: 'gpt-4o', choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`,
        );
      }, 100),
    );
    expect(await chargedBy(() => leave('drains'))).toBe(20);
  });

  it('and is refused holds nothing of what others hold', async () => {
    let answerFirst: () => void = () => undefined;
    act = (request, response, body) => {
      answerFirst = () => SERVED(request, response, body);
    };
    const seen = upstream.seen.length;
    const first = ask();
    await until(() => upstream.seen.length > seen, 'the first request');
    const [holder] = (await bucketOf(gateway, 'one')).holds;
    const refused = await ask();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.body.toString()).toContain('at once');
    expect(Number((await bucketOf(gateway, 'day')).held)).toBeGreaterThan(500);
    answerFirst();
    expect((await first).headers['x-weir-request-id']).toBe(holder);
    await free();
  });

  it('reads a stored answer again is not charged again', async () => {
    act = served({
      id: 'resp_1',
      object: 'response',
      output: [],
      usage: { input_tokens: 500, output_tokens: 500 },
    });
    const read = (method: string, path: string): Promise<Answer> =>
      send(`${gateway.url}/v1/responses/${path}`, {
        method,
        headers: { ...OWN, 'content-type': 'application/json' },
      });
    const charged = await chargedBy(async () => {
      for (const answer of [await read('GET', 'resp_1'), await read('POST', 'resp_1/cancel')]) {
        expect(answer.status).toBe(200);
        const record = await gateway.record(answer);
        expect(record.cost?.usd).toBeNull();
        expect(stepsOf(record, 'day').map(({ code }) => code)).toEqual(['not_metered']);
      }
    });
    expect(charged).toBe(0);
  });

  it('after a second try at the same target holds once', async () => {
    let tries = 0;
    act = (request, response, body) => {
      if (++tries > 1) return streamed(each => each.end('data: [DONE]\n\n'))(request, response, body);
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"Unknown parameter: stream_options","param":"stream_options"}}');
    };
    const answer = await ask({ stream: true });
    expect([answer.status, tries]).toEqual([200, 2]);
    const record = await gateway.record(answer);
    expect(stepsOf(record, 'day').map(({ phase, code }) => `${phase} ${code}`)).toEqual([
      'hold budget_ok',
      'settle settled',
    ]);
    expect(numbersOf(record, 'day').held).toBe(0);
    await free();
  });
});
