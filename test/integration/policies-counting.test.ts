// What requests are counted by, and what cannot be counted: dimensions with values of all kinds, bodies that cannot be read, models that
// nobody knows, prompts for the compute pool, and policies that only watch.
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import { type Answer, CHAT, chat, type RunningGateway, send, startGateway } from './harness.js';
import { bucketsOf, errorOf, numbersOf, stepsOf } from './policies-account.js';

const GOLD = newWeirKey();
const PLAIN = newWeirKey();
const SPARE = newWeirKey();
let gateway: RunningGateway;

const of = (name: string, rest: string): string =>
  `  - { name: ${name}, when: 'request.headers["x-case"] == "${name}"', ${rest} }\n`;

beforeAll(async () => {
  gateway = await startGateway(`
anonymous: allow
workers: 2
trusted_proxies: [ 127.0.0.1 ]
limits: { header_bytes: 256KiB }
providers:
  openai: { base_url: "simulator:" }
  mine: { kind: openai-compatible, base_url: "simulator:" }
tags: [ project ]
routes:
  - { match: { model: house }, targets: [ { provider: mine, model: house-model-1 } ] }
consumers:
  - { name: gold, tags: { project: fixed }, keys: [ { name: ci, sha256: ${weirKeySha256(GOLD)} } ] }
  - { name: plain, keys: [ { name: a, sha256: ${weirKeySha256(PLAIN)} }, { name: b, sha256: ${weirKeySha256(SPARE)} } ] }
policies:
${of('consumers', 'limit: { requests: 1, per: 1d, by: [consumer] }')}\
${of('keys', 'limit: { requests: 1, per: 1d, by: [key] }')}\
${of('users', 'limit: { requests: 1, per: 1d, by: [end_user] }')}\
${of('tags', 'limit: { requests: 100, per: 1d, by: [tag.project] }')}\
${of('headers', 'limit: { requests: 100, per: 1d, by: [header.x-team] }')}\
${of('addresses', 'limit: { requests: 1, per: 1d, by: [client_ip] }')}\
${of('models', 'limit: { requests: 100, per: 1d, by: [provider, model, api] }')}\
${of('pool', 'budget: { input_tokens: 10000000, per: day }')}\
${of('early', 'cap: { input_tokens: 1000 }')}\
${of('strict', 'budget: { tokens: 1000000, per: day }')}\
${of('lax', 'budget: { tokens: 1000000, per: day }, unmetered: pass')}\
${of('priced', 'budget: { usd: 100, per: day }')}\
${of('free', 'budget: { usd: 100, per: day }, unpriced: pass')}\
${of('own-price', 'budget: { usd: 100, per: day }, unpriced: { input: "1", output: "2" }')}\
  - { name: closed, when: 'request.headers["x-case"] == "closed" && ai.model == "x"', deny: {} }
${of('capped', 'cap: { output_tokens: 10 }')}\
  - { name: watches, mode: shadow, when: 'request.headers["x-case"] in ["pair", "alone"]', budget: { tokens: 100, per: day } }
${of('pair', 'budget: { tokens: 100, per: day }')}\
  - { name: would-deny, mode: shadow, when: 'request.headers["x-case"] == "alone"', deny: {} }
  - { name: would-lower, mode: shadow, when: 'request.headers["x-case"] == "alone"', cap: { output_tokens: 1, over: lower } }
`);
});

const ask = (name: string, headers: Record<string, string> = {}, more: object = {}): Promise<Answer> =>
  chat(gateway, more, { 'x-case': name, ...headers });
const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);

/** Bucket by bucket: its values, and how many requests it has counted. */
async function counted(policy: string): Promise<[string, number][]> {
  const buckets = await bucketsOf(gateway, policy);
  return buckets
    .map(({ by, used }): [string, number] => [Object.values(by ?? {}).join(' '), Number(used)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

describe('a limit counts', () => {
  it('each consumer by himself, and each key', async () => {
    const callers = [as(GOLD), as(PLAIN), as(SPARE), as(GOLD), {}];
    const byConsumer = [];
    for (const caller of callers) byConsumer.push(await ask('consumers', caller));
    expect(statuses(byConsumer)).toEqual([200, 200, 429, 429, 200]);
    expect(errorOf(byConsumer[2] as Answer).by).toBe('consumer=plain');
    const byKey = [];
    for (const caller of callers.slice(0, 4)) byKey.push(await ask('keys', caller));
    expect(statuses(byKey)).toEqual([200, 200, 200, 429]);
  });

  it('each end user, wherever the body names him', async () => {
    const answers = [];
    for (const more of [{ user: 'u1' }, { user: 'u2' }, { safety_identifier: 'u1' }, {}, {}])
      answers.push(await ask('users', {}, more));
    expect(statuses(answers)).toEqual([200, 200, 429, 200, 429]);
    expect(errorOf(answers[4] as Answer).by).toBe('end_user=(none)');
  });

  it('tags of requests, over which tags of consumers stand', async () => {
    await ask('tags', { ...as(PLAIN), 'x-weir-tag-project': 'p1' });
    await ask('tags', { ...as(GOLD), 'x-weir-tag-project': 'p1' });
    await ask('tags', as(GOLD));
    await ask('tags', as(PLAIN));
    expect(await counted('tags')).toEqual([
      ['(none)', 1],
      ['fixed', 2],
      ['p1', 1],
    ]);
  });

  it('headers that are absent, and that have 100 KB', async () => {
    const long = 'v'.repeat(100_000);
    const answers = [
      await ask('headers'),
      await ask('headers', { 'x-team': 'red' }),
      await ask('headers', { 'x-team': long }),
      await ask('headers', { 'x-team': `${long}w` }),
      await ask('headers', { 'x-team': long }),
      await ask('headers', { 'x-team': '(none)' }),
    ];
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200]);
    const values = await counted('headers');
    expect(values.map(([, used]) => used).sort()).toEqual([1, 1, 1, 1, 2]);
    expect(values.filter(([value]) => /^sha256:[0-9a-f]{64}$/.test(value))).toHaveLength(3);
    expect(values[0]).toEqual(['(none)', 1]);
  });

  it('the address of who called a trusted proxy', async () => {
    const from = (ip: string): Promise<Answer> => ask('addresses', { 'x-forwarded-for': ip });
    expect(statuses([await from('10.1.1.1'), await from('10.1.1.2'), await from('10.1.1.1')])).toEqual([
      200, 200, 429,
    ]);
    expect(await counted('addresses')).toEqual([
      ['10.1.1.1', 1],
      ['10.1.1.2', 1],
    ]);
  });

  it('models by the catalogue’s names, and all that nobody knows together', async () => {
    for (const model of ['gpt-4o', 'gpt-4o', 'house', 'made-up-1', 'made-up-2'])
      await ask('models', {}, { model });
    expect(await counted('models')).toEqual([
      ['mine house-model-1 openai.chat', 1],
      ['openai (other) openai.chat', 2],
      ['openai gpt-4o openai.chat', 2],
    ]);
  });
});

describe('a prompt for the compute pool', () => {
  const content = 'The river has a weir. '.repeat(190_000);

  it('is counted before it is held', async () => {
    const answer = await ask('pool', {}, { messages: [{ role: 'user', content }] });
    expect(answer.status).toBe(200);
    const { asked = 0 } = numbersOf(await gateway.record(answer), 'pool');
    expect(asked).toBeGreaterThan(1_000_000);
    expect(asked).toBeLessThan(1_600_000);
  });

  it('is capped by its tokens', async () => {
    const answer = await ask(
      'early',
      {},
      { messages: [{ role: 'user', content: content.slice(0, 100_000) }] },
    );
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([413, 'weir_cap_exceeded']);
  });
});

describe('what cannot be counted', () => {
  const image = (name: string): Promise<Answer> =>
    send(`${gateway.url}/v1/images/generations`, {
      headers: { 'content-type': 'application/json', 'x-case': name },
      body: '{"model":"gpt-image-1","prompt":"a weir"}',
    });

  it('is refused by a budget of tokens, or passes where the policy says so', async () => {
    const refused = await image('strict');
    expect([refused.status, refused.headers['x-weir-code']]).toEqual([403, 'weir_unmetered']);
    // The simulator makes no images: its answer is what shows that the request passed.
    const passed = await image('lax');
    expect(passed.headers['x-weir-code']).toBeUndefined();
    expect(stepsOf(await gateway.record(passed), 'lax').map(({ code }) => code)).toContain('unmetered');
    expect((await bucketsOf(gateway, 'lax'))[0]).toMatchObject({ used: 0, held: 0 });
  });

  it('is refused by a budget of dollars where no price is known', async () => {
    const refused = await ask('priced', {}, { model: 'house' });
    expect([refused.status, refused.headers['x-weir-code']]).toEqual([403, 'weir_unpriced']);
    const passed = await ask('free', {}, { model: 'house' });
    expect(passed.status).toBe(200);
    expect((await gateway.record(passed)).cost).toMatchObject({ usd: null, status: 'unpriced' });
    expect((await bucketsOf(gateway, 'free'))[0]).toMatchObject({ used: '0.000000', held: '0.000000' });
    const own = await ask('own-price', {}, { model: 'house' });
    const { usage } = await gateway.record(own);
    const nanos = (usage?.input_tokens ?? 0) * 1000 + (usage?.output_tokens ?? 0) * 2000;
    const [bucket] = await bucketsOf(gateway, 'own-price');
    expect(Math.round(Number(bucket?.used) * 1e9)).toBe(nanos);
  });

  it('is refused by denials and caps that ask for it, or passes where the policy says so', async () => {
    const passing = await startGateway(`
anonymous: allow
workers: 1
providers: { openai: { base_url: "simulator:" } }
policies:
  - { name: open, when: 'ai.model == "x"', deny: {}, unreadable: pass }
${of('capped', 'cap: { output_tokens: 10 }')}`);
    const opaque = (to: RunningGateway, name: string, body: Buffer): Promise<Answer> =>
      send(`${to.url}/openai/v1/chat/completions`, {
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', 'x-case': name },
        body,
      });
    const broken = Buffer.from('no gzip at all');
    for (const [to, name] of [
      [gateway, 'closed'],
      [passing, 'capped'],
    ] as const) {
      const refused = await opaque(to, name, broken);
      expect([refused.status, refused.headers['x-weir-code']]).toEqual([422, 'weir_opaque_request']);
      expect(errorOf(refused).policy).toBe(name);
    }
    const passed = await opaque(passing, 'open', broken);
    expect(passed.headers['x-weir-code']).toBeUndefined();
    const readable = gzipSync(JSON.stringify({ ...CHAT, model: 'x' }));
    expect((await opaque(passing, 'open', readable)).status).toBe(403);
    expect((await opaque(gateway, 'closed', readable)).status).toBe(403);
  });
});

it('caps have nothing to say of what makes no text', async () => {
  const embed = await send(`${gateway.url}/v1/embeddings`, {
    headers: { 'content-type': 'application/json', 'x-case': 'capped' },
    body: '{"model":"text-embedding-3-small","input":"weir"}',
  });
  expect(embed.status).toBe(200);
  const models = await send(`${gateway.url}/openai/v1/models`, { headers: { 'x-case': 'capped' } });
  expect(models.status).toBe(200);
  expect(stepsOf(await gateway.record(models), 'capped').map(({ code }) => code)).toEqual(['not_metered']);
  expect((await ask('capped')).headers['x-weir-code']).toBe('weir_cap_exceeded');
  expect((await ask('capped', {}, { max_tokens: 10 })).status).toBe(200);
});

describe('a shadow policy', () => {
  it('says what the same policy would have said, request by request', async () => {
    const verdicts: [string, string][] = [];
    for (let i = 0; i < 12; i++) {
      const record = await gateway.record(await ask('pair', {}, { max_tokens: 5 + i }));
      const verdict = (name: string): string => stepsOf(record, name)[0]?.verdict ?? 'none';
      verdicts.push([verdict('pair'), verdict('watches')]);
    }
    expect(verdicts.map(([, shadow]) => shadow)).toEqual(verdicts.map(([enforced]) => enforced));
    expect(new Set(verdicts.flat())).toEqual(new Set(['permit', 'deny']));
    const [enforced] = await bucketsOf(gateway, 'pair');
    const [shadow] = await bucketsOf(gateway, 'watches');
    expect(shadow?.used).toBe(enforced?.used);
  });

  it('changes nothing for the client', async () => {
    const sim = { 'x-weir-sim': 'tokens=30;seed=4' };
    const [alone, without] = [await ask('alone', sim), await ask('none', sim)];
    expect([alone.status, without.status]).toEqual([200, 200]);
    const names = ({ headers }: Answer): string[] => Object.keys(headers).sort();
    expect(names(alone)).toEqual(names(without));
    const text = (answer: Answer): unknown => JSON.parse(answer.body.toString()).choices;
    expect(text(alone)).toEqual(text(without));
    const { steps } = await gateway.record(alone);
    const said = steps.filter(({ mode }) => mode === 'shadow').map(({ policy, code }) => `${policy} ${code}`);
    expect(said).toContain('would-deny denied');
    expect(said).toContain('would-lower cap_lowered');
    expect(said.some(line => line.startsWith('watches budget_'))).toBe(true);
  });
});
