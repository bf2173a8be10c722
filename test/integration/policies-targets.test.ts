// Policies and the target: holds move to what serves, bounds are written as each provider reads them, and streams end after the event that
// used up a budget, in every framing.
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
} from './harness.js';
import { bucketsOf, errorOf, stepsOf } from './policies-account.js';

let one: RunningProvider;
let two: RunningProvider;
let gateway: RunningGateway;
let first: Answerer;

const USAGE = { prompt_tokens: 5, completion_tokens: 5 };
const answer =
  (status: number): Answerer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ model: 'm', choices: [], usage: USAGE }));
  };

beforeAll(async () => {
  one = await startProvider((...all) => first(...all));
  two = await startProvider(answer(200));
  const local = (kind: string, { url }: RunningProvider): string =>
    `{ kind: ${kind}, base_url: "${url}", auth: none }`;
  const of = (name: string, rest: string): string =>
    `  - { name: ${name}, when: 'request.headers["x-case"] == "${name}"', ${rest} }\n`;
  gateway = await startGateway(`
anonymous: allow
workers: 1
breaker: { failures: 0 }
providers:
  one: ${local('openai-compatible', one)}
  two: ${local('openai-compatible', two)}
  oai: ${local('openai', two)}
  claude: ${local('anthropic', two)}
  gem: ${local('gemini', two)}
  rock: ${local('bedrock', two)}
  coral: ${local('cohere', two)}
  llama: ${local('ollama', two)}
  openai: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
  gemini: { base_url: "simulator:" }
  bedrock: { base_url: "simulator:" }
  cohere: { base_url: "simulator:" }
  ollama: { base_url: "simulator:" }
routes:
  - { match: { model: pair }, targets: [ { provider: one, model: m-1 }, { provider: two, model: m-2 } ] }
  - { match: { model: three }, targets: [ { provider: one, model: m-1 }, { provider: two, model: m-full }, { provider: two, model: m-3 } ] }
  - { match: { model: last }, targets: [ { provider: one, model: m-1 }, { provider: two, model: m-full } ] }
  - { match: { model: fill }, targets: [ { provider: two, model: m-full } ] }
  - { match: { model: walled }, targets: [ { provider: one, model: m-1 }, { provider: two, model: m-walled } ] }
policies:
  - { name: wall, when: 'ai.model == "m-walled"', deny: {} }
${of('served', 'budget: { tokens: 10000, per: day, by: [model] }')}\
${of('calls', 'limit: { requests: 10, per: 1d, by: [model] }')}\
${of('full', 'budget: { requests: 1, per: day, by: [model] }')}\
${of('lower', 'cap: { output_tokens: 50, over: lower }')}\
${of('refuse', 'cap: { output_tokens: 50, over: refuse }')}\
${of('ends', 'budget: { output_tokens: 40, per: day, by: [header.x-who] }, overrun: stop')}`);
});

beforeEach(() => {
  first = answer(503);
  one.seen.length = two.seen.length = 0;
});

const ask = (name: string, more: object = {}): Promise<Answer> => chat(gateway, more, { 'x-case': name });

describe('a failover', () => {
  it('moves takes and holds to the model that serves', async () => {
    for (const name of ['served', 'calls']) {
      const done = await ask(name, { model: 'pair' });
      expect(done.status).toBe(200);
      const buckets = await bucketsOf(gateway, name);
      const used = Object.fromEntries(buckets.map(({ by, used }) => [by?.model, used]));
      expect(used).toEqual(name === 'served' ? { 'm-1': 0, 'm-2': 10 } : { 'm-1': 0, 'm-2': 1 });
      expect(buckets.every(({ held }) => held === 0)).toBe(true);
      expect(stepsOf(await gateway.record(done), name).map(({ code }) => code)).toContain('moved');
    }
  });

  it('skips a target whose bucket is full, and is a 429 where it was the last', async () => {
    expect((await ask('full', { model: 'fill' })).status).toBe(200);
    two.seen.length = 0;
    const done = await ask('full', { model: 'three' });
    expect(done.status).toBe(200);
    expect(two.seen.map(({ body }) => JSON.parse(body.toString()).model)).toEqual(['m-3']);
    const refused = await ask('full', { model: 'last' });
    expect([refused.status, errorOf(refused).code, errorOf(refused).by]).toEqual([
      429,
      'weir_budget_reached',
      'model=m-full',
    ]);
    expect((await gateway.record(refused)).outcome).toBe('blocked');
    const buckets = await bucketsOf(gateway, 'full');
    expect(Object.fromEntries(buckets.map(({ by, used }) => [by?.model, used]))).toEqual({
      'm-1': 0,
      'm-full': 1,
      'm-3': 1,
    });
  });

  it('goes to no target that a denial forbids', async () => {
    const refused = await ask('none', { model: 'walled' });
    expect([refused.status, errorOf(refused).policy]).toEqual([403, 'wall']);
    expect(two.seen).toHaveLength(0);
    first = answer(200);
    expect((await ask('none', { model: 'walled' })).status).toBe(200);
  });
});

const PROMPT = '"messages": [ {"role":"user","content":"h\\u00e9 \\"max_tokens\\": 9000"} ]';
const CONTENTS = '"contents": [ {"parts":[{"text":"hé"}]} ]';
const BOUNDS: readonly (readonly [string, string, string, string])[] = [
  [
    'one',
    '/v1/chat/completions',
    `{"model":"m", ${PROMPT}, "max_tokens": 900 }`,
    `{"model":"m", ${PROMPT}, "max_tokens": 50 }`,
  ],
  ['one', '/v1/chat/completions', `{ "model":"m", ${PROMPT}}`, `{"max_tokens":50, "model":"m", ${PROMPT}}`],
  [
    'oai',
    '/v1/chat/completions',
    `{"model":"m", ${PROMPT}}`,
    `{"max_completion_tokens":50,"model":"m", ${PROMPT}}`,
  ],
  [
    'oai',
    '/v1/responses',
    '{"model":"m","input":"x","max_output_tokens":51}',
    '{"model":"m","input":"x","max_output_tokens":50}',
  ],
  [
    'claude',
    '/v1/messages',
    `{"model":"m","max_tokens":1000, ${PROMPT}}`,
    `{"model":"m","max_tokens":50, ${PROMPT}}`,
  ],
  [
    'gem',
    '/v1beta/models/m:generateContent',
    `{${CONTENTS},"generationConfig":{"topK":1}}`,
    `{${CONTENTS},"generationConfig":{"maxOutputTokens":50,"topK":1}}`,
  ],
  [
    'rock',
    '/model/m/converse',
    `{"inferenceConfig":{"maxTokens":51}, "messages":[]}`,
    `{"inferenceConfig":{"maxTokens":50}, "messages":[]}`,
  ],
  ['coral', '/v2/chat', `{"model":"m", ${PROMPT}}`, `{"max_tokens":50,"model":"m", ${PROMPT}}`],
  [
    'llama',
    '/api/chat',
    `{"model":"m","stream":false, ${PROMPT}}`,
    `{"options":{"num_predict":50},"model":"m","stream":false, ${PROMPT}}`,
  ],
];

describe('a cap', () => {
  const post = (name: string, to: string, path: string, body: string): Promise<Answer> =>
    send(`${gateway.url}/${to}${path}`, {
      headers: { 'content-type': 'application/json', 'x-case': name },
      body,
    });

  it.each(BOUNDS)(
    'lowers the bound as %s reads it (%s), and nothing else',
    async (to, path, body, expected) => {
      first = answer(200);
      const done = await post('lower', to, path, body);
      expect(done.status).toBe(200);
      const [seen] = [...one.seen, ...two.seen];
      expect(seen?.body.toString()).toBe(expected);
      expect(stepsOf(await gateway.record(done), 'lower').map(({ code }) => code)).toEqual(['cap_lowered']);
      const refused = await post('refuse', to, path, body);
      expect([refused.status, refused.headers['x-weir-code']]).toEqual([413, 'weir_cap_exceeded']);
      expect(one.seen.length + two.seen.length).toBe(1);
    },
  );

  it('lets a lower bound pass untouched', async () => {
    first = answer(200);
    const body = `{"max_tokens" : 50, "model":"m", ${PROMPT} }`;
    for (const name of ['lower', 'refuse'])
      expect((await post(name, 'one', '/v1/chat/completions', body)).status).toBe(200);
    expect(one.seen.map(seen => seen.body.toString())).toEqual([body, body]);
  });
});

const MESSAGES = { messages: CHAT.messages };
const PARTS = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
/** Path, body, and what ends the stream where its framing has a word for errors. */
const STREAMS: readonly (readonly [string, string, object, RegExp | null])[] = [
  [
    'openai',
    '/v1/chat/completions',
    { model: 'gpt-4o', stream: true, ...MESSAGES },
    /data: \{"error":\{.*"type":"insufficient_quota".*\n\n$/,
  ],
  [
    'openai',
    '/v1/responses',
    { model: 'gpt-4o', stream: true, input: 'hello' },
    /event: error\ndata: .*weir_limit_reached.*\n\n$/,
  ],
  [
    'openai',
    '/v1/completions',
    { model: 'gpt-3.5-turbo-instruct', stream: true, prompt: 'hello' },
    /insufficient_quota/,
  ],
  [
    'anthropic',
    '/v1/messages',
    { model: 'claude-sonnet-4-5', max_tokens: 5000, stream: true, ...MESSAGES },
    /event: error\ndata: \{"type":"error","error":\{"type":"rate_limit_error".*\n\n$/,
  ],
  [
    'gemini',
    '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    PARTS,
    /"status":"RESOURCE_EXHAUSTED"/,
  ],
  ['gemini', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', PARTS, null],
  [
    'bedrock',
    '/model/amazon.nova-lite-v1:0/converse-stream',
    { messages: [{ role: 'user', content: [{ text: 'hello' }] }] },
    null,
  ],
  ['cohere', '/v2/chat', { model: 'command-a-03-2025', stream: true, ...MESSAGES }, null],
  ['ollama', '/api/chat', { model: 'llama3.2', ...MESSAGES }, /\{"error":".*"\}\n$/],
];

describe('a stream that has used up its budget', () => {
  it.each(STREAMS)('ends after that event (%s %s)', async (provider, path, body, end) => {
    const ended = await send(`${gateway.url}/${provider}${path}`, {
      headers: {
        'content-type': 'application/json',
        'x-case': 'ends',
        'x-who': path,
        'x-weir-sim': 'tokens=400',
      },
      body: JSON.stringify(body),
    });
    expect([ended.status, ended.broken]).toEqual([200, true]);
    if (end !== null) expect(ended.body.toString()).toMatch(end);
    const { outcome, error, usage, steps } = await gateway.record(ended);
    expect([outcome, error?.code]).toEqual(['blocked', 'weir_limit_reached']);
    expect(steps.some(({ policy, code }) => policy === 'ends' && code === 'overrun')).toBe(true);
    expect(usage?.output_tokens).toBeGreaterThanOrEqual(40);
    // One event of the simulator is a word of four letters.
    expect(usage?.output_tokens).toBeLessThanOrEqual(44);
  });
});
