// What a refused caller sees of limits, budgets, caps and denials: status, code, headers that are true, an error in his dialect.
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, chat, type RunningGateway, send, startGateway } from './harness.js';
import { allRecords, bucketOf, errorOf, stepsOf } from './policies-account.js';

let gateway: RunningGateway;

beforeAll(async () => {
  const of = (name: string, rest: string): string =>
    `  - { name: ${name}, when: 'request.headers["x-case"] == "${name}"', ${rest} }\n`;
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
  gemini: { base_url: "simulator:" }
  bedrock: { base_url: "simulator:" }
  cohere: { base_url: "simulator:" }
  ollama: { base_url: "simulator:" }
policies:
${of('teapot', 'deny: { status: 418, message: "no tea here" }')}\
${of('twice', 'limit: { requests: 4, per: 4s, burst: 2 }')}\
${of('slow-tokens', 'limit: { tokens: 60, per: 1h }')}\
${of('one-day', 'budget: { requests: 1, per: day }')}\
${of('small', 'limit: { tokens: 20, per: 1m }')}\
${of('first', 'limit: { tokens: 1000, per: 1m }')}\
${of('dialects', 'budget: { requests: 1, per: day, by: [api] }')}\
${of('rates', 'limit: { requests: 1, per: 1h, by: [api] }')}\
${of('after', 'limit: { requests: 3, per: 1h }')}\
${of('after-all', 'limit: { concurrent: 1 }')}\
  - { name: none-left, when: 'request.headers["x-case"].startsWith("after")', budget: { input_tokens: 1, per: day } }
${of('dollars', 'budget: { usd: "0.000001", per: day }')}`);
});

const ask = (name: string, more: object = {}): Promise<Answer> => chat(gateway, more, { 'x-case': name });

/** What structured fields (RFC 9651) say of one policy: its parameters. */
function memberOf(field: string | string[] | undefined, name: string): Record<string, string> {
  const members = String(field).split(', ');
  const member = members.find(one => one.startsWith(`"${name}"`)) ?? '';
  expect(member).toMatch(/^"[a-z-]+"(;[a-z]+=(\d{1,15}|"[a-z-]+"))*$/);
  return Object.fromEntries(
    member
      .split(';')
      .slice(1)
      .map(pair => pair.split('=') as [string, string]),
  );
}

describe('refusals', () => {
  it('denies with the configured status and message', async () => {
    const answer = await ask('teapot');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([418, 'weir_denied']);
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(errorOf(answer)).toMatchObject({ message: 'no tea here', code: 'weir_denied', policy: 'teapot' });
    const record = await gateway.record(answer);
    expect([record.outcome, record.status, record.attempts]).toEqual(['blocked', 418, []]);
  });

  it('lets the same request pass after Retry-After, and not before', async () => {
    const passed = [await ask('twice'), await ask('twice')];
    expect(passed.map(({ status }) => status)).toEqual([200, 200]);
    const told = passed.map(({ headers }) => Number(memberOf(headers.ratelimit, 'twice').r));
    expect(told[0]).toBe(1);
    expect(memberOf(passed[0]?.headers['ratelimit-policy'], 'twice')).toEqual({ q: '4', w: '4' });
    const refused = await ask('twice');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.headers['x-should-retry']).toBeUndefined();
    expect(errorOf(refused)).toMatchObject({ code: 'weir_limit_reached', type: 'requests', asked: 1 });
    expect(memberOf(refused.headers.ratelimit, 'twice')).toEqual({ r: '0', t: '1' });
    await new Promise(resolve => setTimeout(resolve, Number(refused.headers['retry-after']) * 1000));
    expect((await ask('twice')).status).toBe(200);
  });

  it('says when more tokens come, and that nobody should wait for long', async () => {
    const call = { max_tokens: 40 };
    expect((await ask('slow-tokens', call)).status).toBe(200);
    const refused = await ask('slow-tokens', call);
    expect(refused.status).toBe(429);
    const error = errorOf(refused);
    expect(error).toMatchObject({ type: 'tokens', code: 'weir_limit_reached', policy: 'slow-tokens' });
    expect(refused.headers['x-should-retry']).toBe('false');
    // A token a minute.
    const missing = Number(error.asked) - Number(error.available);
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan((missing - 1) * 60);
    expect(seconds).toBeLessThanOrEqual(missing * 60);
    expect(Date.parse(error.reset ?? '') - Date.now()).toBeLessThanOrEqual(seconds * 1000);
    expect(memberOf(refused.headers.ratelimit, 'slow-tokens')).toMatchObject({ t: String(seconds) });
  });

  it('tells a used-up budget from a limit', async () => {
    expect((await ask('one-day')).status).toBe(200);
    const refused = await ask('one-day');
    expect([refused.status, refused.headers['x-weir-code']]).toEqual([429, 'weir_budget_reached']);
    expect(errorOf(refused)).toMatchObject({ type: 'insufficient_quota', asked: 1, available: 0 });
    const midnight = new Date().setUTCHours(24, 0, 0, 0);
    expect(Math.abs(Date.parse(errorOf(refused).reset ?? '') - midnight)).toBeLessThan(1000);
  });

  it('answers 413 where the request alone is larger than the limit', async () => {
    const answer = await ask('small', { messages: [{ role: 'user', content: 'word '.repeat(50) }] });
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([413, 'weir_limit_too_small']);
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', available: 20 });
    const dollars = await ask('dollars', { messages: [{ role: 'user', content: 'word '.repeat(50) }] });
    expect(errorOf(dollars)).toMatchObject({ code: 'weir_limit_too_small', available: '0.000001' });
  });

  it('does not refuse a first call for a bound that it will not reach', async () => {
    const answer = await ask('first', { max_tokens: 100_000 });
    expect(answer.status).toBe(200);
    const [step] = stepsOf(await gateway.record(answer), 'first');
    expect(Number(step?.evidence.asked)).toBeLessThan(1000);
  });

  it('keeps what the gate took of a request that is refused later, and gives back its permit', async () => {
    for (let i = 0; i < 3; i++) {
      const refused = await ask('after');
      expect([refused.status, errorOf(refused).policy]).toEqual([413, 'none-left']);
    }
    expect(errorOf(await ask('after'))).toMatchObject({ policy: 'after', type: 'requests' });
    for (let i = 0; i < 3; i++) expect(errorOf(await ask('after-all')).policy).toBe('none-left');
    expect(await bucketOf(gateway, 'after-all')).toMatchObject({ held: 0, available: 1 });
  });

  it('leaves the policies behind a denial in the record as skipped', async () => {
    const answer = await ask('teapot');
    const record = await gateway.record(answer);
    const story = record.steps.filter(({ policy }) => policy !== null).map(({ code }) => code);
    expect(story[0]).toBe('denied');
    expect(new Set(story.slice(1))).toEqual(new Set(['earlier_denial']));
  });
});

const PROMPT = { messages: [{ role: 'user', content: 'hello' }] };
const NATIVE: Readonly<Record<string, readonly [path: string, body: object]>> = {
  openai: ['/v1/chat/completions', { model: 'gpt-4o', ...PROMPT }],
  anthropic: ['/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 9, ...PROMPT }],
  gemini: ['/v1beta/models/gemini-2.5-flash:generateContent', { contents: [{ parts: [{ text: 'hello' }] }] }],
  bedrock: [
    '/model/amazon.nova-lite-v1:0/converse',
    { messages: [{ role: 'user', content: [{ text: 'hello' }] }] },
  ],
  cohere: ['/v2/chat', { model: 'command-a-03-2025', ...PROMPT }],
  ollama: ['/api/chat', { model: 'llama3.2', stream: false, ...PROMPT }],
};

describe.each(Object.entries(NATIVE))('refusals to %s callers', (dialect, [path, body]) => {
  const call = (name: string): Promise<Answer> =>
    send(gateway.url + path, {
      headers: { 'content-type': 'application/json', 'x-case': name },
      body: JSON.stringify(body),
    });

  it.each(['dialects', 'rates'])('have the dialect’s shape and say everything (%s)', async name => {
    expect((await call(name)).status).toBe(200);
    const refused = await call(name);
    expect(refused.status).toBe(429);
    const shape = JSON.parse(refused.body.toString()) as Record<string, never>;
    const text = JSON.stringify(shape);
    for (const part of [name, '1 request asked', '0 requests left']) expect(text).toContain(part);
    const known: Record<string, unknown> = {
      openai: {
        error: { type: name === 'rates' ? 'requests' : 'insufficient_quota', policy: name, asked: 1 },
      },
      anthropic: { type: 'error', error: { type: 'rate_limit_error' } },
      gemini: { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } },
      bedrock: { message: expect.any(String) },
      cohere: { message: expect.any(String) },
      ollama: { error: expect.any(String) },
    };
    expect(shape).toMatchObject(known[dialect] as object);
    if (dialect === 'bedrock')
      expect(refused.headers['x-amzn-errortype']).toBe(
        name === 'rates' ? 'ThrottlingException' : 'ServiceQuotaExceededException',
      );
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    expect(refused.headers['x-should-retry']).toBe('false');
  });
});

it('leaves a record for every refusal', async () => {
  const records = await allRecords(gateway, 1000);
  const refused = records.filter(({ status }) => (status ?? 0) >= 400);
  expect(refused.length).toBeGreaterThan(10);
  expect(new Set(refused.map(({ outcome }) => outcome))).toEqual(new Set(['blocked']));
});
