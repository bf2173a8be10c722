// Failover, retries, several keys, circuit breakers: a real gateway between real sockets, each case with providers of its own so that
// what one case teaches the gateway is nobody else's.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
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

const KEY = newWeirKey();

/** What the provider under a path's first segment answers; the key that came with the request is in `bearer`. */
const answers = new Map<string, (bearer: string) => [number, Record<string, string>, string?]>();
const OK: [number, Record<string, string>] = [200, {}];

let provider: RunningProvider;
let silent: RunningProvider;
let gateway: RunningGateway;
let strict: RunningGateway;

const nameOf = (url: string): string => url.split('/')[1] ?? '';
const bearerOf = (authorization: string | undefined): string => (authorization ?? '').replace('Bearer ', '');

const answerer: Answerer = ({ url = '', headers }, response) => {
  const answer = answers.get(nameOf(url))?.(bearerOf(headers.authorization)) ?? OK;
  const [status, more, model = 'gpt-4o-mini'] = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...more });
  const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
  const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }];
  response.end(
    JSON.stringify(status < 400 ? { model, choices, usage } : { error: { message: `no ${status}` } }),
  );
};

/** Which keys came to a provider, in order. */
const came = (name: string): string[] =>
  provider.seen
    .filter(({ url }) => nameOf(url) === name)
    .map(({ headers }) => bearerOf(headers.authorization));

const codes = (record: RequestRecord): string[] =>
  record.steps.filter(({ phase }) => phase === 'forward' || phase === 'route').map(({ code }) => code);
const stepOf = (record: RequestRecord, code: string) =>
  record.steps.find(step => step.code === code)?.evidence;

const ask = (model: string, more: object = {}, at = gateway): Promise<Answer> =>
  chat(at, { model, ...more }, { authorization: `Bearer ${KEY}` });

interface Target {
  readonly target: string;
  readonly state: string;
  readonly reason: string | null;
  readonly keys: { name: string; state: string; wait_ms: number }[];
}
const targetOf = async (name: string, at = gateway): Promise<Target> => {
  const { items } = (await at.admin('/api/providers')) as { items: Target[] };
  const found = items.find(({ target }) => target === name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
};

beforeAll(async () => {
  provider = await startProvider(answerer);
  silent = await startProvider(() => undefined);
  const local = (name: string, rest = 'auth: none', url = provider.url): string =>
    `  ${name}: { kind: openai-compatible, base_url: "${url}/${name}", ${rest} }`;
  const keys = 'keys: [ { name: k1, value: key-1 }, { name: k2, value: key-2 } ]';
  const names = [
    'plain',
    'spare',
    'poor',
    'flaky',
    'ejected',
    'poison-a',
    'poison-b',
    'cheap',
    'dear',
    'heavy',
    'light',
    'again',
    'patient',
    'fine',
    'down',
  ];
  const route = (model: string, targets: string, rest = ''): string =>
    `  - { match: { model: ${model} }, ${rest}targets: [ ${targets} ] }`;
  const to = (...all: string[]): string => all.map(name => `{ provider: ${name} }`).join(', ');
  const common = `
workers: 1
consumers:
  - { name: team, keys: [ { sha256: "${weirKeySha256(KEY)}", name: ci } ] }
`;
  gateway = await startGateway(`${common}
anonymous: allow
retry: { again: 1, backoff: 20ms, backoff_max: 1s }
breaker: { failures: 5, open: 400ms }
providers:
${names.map(name => local(name)).join('\n')}
${['limited', 'refusing', 'scarce', 'forbidden', 'both'].map(name => local(name, keys)).join('\n')}
${local('callers', 'credentials: caller')}
  mute: { kind: openai, base_url: "${silent.url}", keys: [ { value: sk } ] }
  gpt: { kind: openai, base_url: "${provider.url}/gpt", keys: [ { value: sk } ] }
routes:
${route('pair', to('poor', 'spare'))}
${route('flaky', to('flaky', 'fine'))}
${route('poison', to('poison-a', 'poison-b'))}
${route('two-keys', to('both', 'spare'))}
${route('own', to('callers', 'fine'))}
${route('slow', '{ provider: mute, model: gpt-4o }, { provider: gpt, model: gpt-4o-mini }', 'first_byte: 150ms, ')}
${route('priced', '{ provider: gpt, model: gpt-4 }, { provider: gpt, model: gpt-4o-mini }, { provider: cheap, model: nobody-knows }', 'strategy: cost, ')}
${route('weighed', '{ provider: heavy, weight: 0 }, { provider: light, weight: 3 }', 'strategy: weighted, ')}
${route('quick', to('heavy', 'light'), 'strategy: latency, ')}
${route('lone', to('again'))}
${route('patient', to('patient'))}
`);
  strict = await startGateway(`${common}
retry: { attempts: 3, again: 9, backoff: 1ms, budget: 0, reserve: 1 }
breaker: { failures: 4, requests: 1000, open: 60s, all_open: refuse }
providers:
${local('down')}
${local('fine')}
${local('endless')}
${local('thrifty')}
routes:
${route('down', to('down'))}
${route('fine', to('down', 'fine'))}
${route('endless', to('endless'))}
${route('thrifty', to('thrifty'))}
`);
});

afterEach(() => {
  answers.clear();
  provider.seen.length = 0;
});

describe('several keys of a provider', () => {
  it('are changed where one is limited, and its Retry-After is kept', async () => {
    answers.set('limited', key => (key === 'key-1' ? [429, { 'retry-after': '600' }] : OK));
    const first = await gateway.record(await ask('limited/m'));
    expect([first.status, came('limited')]).toEqual([200, ['key-1', 'key-2']]);
    expect(first.attempts.map(({ status, error, cost }) => [status, error, cost?.usd])).toEqual([
      [429, 'status_429', '0.000000'],
      [200, null, null],
    ]);
    expect(codes(first).slice(1)).toEqual(['provider_key', 'next_key', 'provider_key']);
    expect(stepOf(first, 'next_key')).toMatchObject({ why: 'status_429' });
    await ask('limited/m');
    expect(came('limited')).toEqual(['key-1', 'key-2', 'key-2']);
    const { keys } = await targetOf('limited');
    expect(keys.map(({ name, state }) => [name, state])).toEqual([
      ['k1', 'limited'],
      ['k2', 'ready'],
    ]);
    expect(keys[0]?.wait_ms).toBeGreaterThan(590_000);
  });

  it('are changed where one is refused', async () => {
    answers.set('refusing', key => (key === 'key-1' ? [401, {}] : OK));
    const record = await gateway.record(await ask('refusing/m'));
    expect([record.status, record.attempts.map(({ error }) => error)]).toEqual([200, ['status_401', null]]);
    await ask('refusing/m');
    expect(came('refusing')).toEqual(['key-1', 'key-2', 'key-2']);
    expect((await targetOf('refusing')).keys.map(({ state }) => state)).toEqual(['refused', 'ready']);
  });

  it('are changed before one is used up, where its provider warns', async () => {
    const warning = {
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '3',
      'x-ratelimit-reset-requests': '5m',
    };
    answers.set('scarce', key => (key === 'key-1' ? [200, warning] : OK));
    for (let i = 0; i < 3; i++) expect((await ask('scarce/m')).status).toBe(200);
    expect(came('scarce')).toEqual(['key-1', 'key-2', 'key-2']);
  });

  it('are not blamed where all of them are forbidden the same request', async () => {
    answers.set('forbidden', () => [403, {}]);
    const record = await gateway.record(await ask('forbidden/m'));
    expect([record.status, record.outcome, record.attempts.length]).toEqual([403, 'served', 2]);
    expect(codes(record)).toContain('fault_of_request');
    expect((await targetOf('forbidden')).keys.map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  it('are all limited: the next target answers, and later requests go there at once', async () => {
    answers.set('both', () => [429, { 'retry-after': '600' }]);
    const record = await gateway.record(await ask('two-keys'));
    expect(record.attempts.map(({ target, error }) => [target, error])).toEqual([
      ['both', 'status_429'],
      ['both', 'status_429'],
      ['spare', null],
    ]);
    const next = await gateway.record(await ask('two-keys'));
    expect(next.attempts.map(({ target }) => target)).toEqual(['spare']);
    expect(stepOf(next, 'route_route')).toMatchObject({ target: 'spare', left_alone: 'both' });
  });
});

describe('a limit', () => {
  it('of the only target goes to the caller with its Retry-After, and he is not kept from asking again', async () => {
    answers.set('plain', () => [429, { 'retry-after': '600' }]);
    for (let i = 1; i <= 2; i++) {
      const answer = await ask('plain/m');
      expect([answer.status, answer.headers['retry-after'], came('plain').length]).toEqual([429, '600', i]);
      const record = await gateway.record(answer);
      expect(stepOf(record, 'not_retried')).toEqual({ why: 'status_429', bound: 'retry_after', value: 600 });
    }
  });

  it('that is over soon is waited for', async () => {
    let times = 0;
    answers.set('patient', () => (times++ === 0 ? [429, { 'retry-after-ms': '250' }] : OK));
    const record = await gateway.record(await ask('patient'));
    const [first, second] = record.attempts;
    expect([record.status, first?.error, second?.status]).toEqual([200, 'status_429', 200]);
    expect((second?.started_ms ?? 0) - (first?.total_ms ?? 0)).toBeGreaterThanOrEqual(245);
    expect(stepOf(record, 'same_target')).toMatchObject({ why: 'status_429', target: 'patient' });
  });

  it('of a caller’s own credential keeps nobody else away', async () => {
    answers.set('callers', key => (key === 'rich' ? OK : [429, { 'retry-after': '600' }]));
    const asOf = (credential: string): Promise<Answer> =>
      chat(gateway, { model: 'own' }, { 'x-weir-key': KEY, authorization: `Bearer ${credential}` });
    const poor = await gateway.record(await asOf('poor'));
    const rich = await gateway.record(await asOf('rich'));
    expect([poor, rich].map(({ attempts }) => attempts.map(({ target }) => target))).toEqual([
      ['callers', 'fine'],
      ['callers'],
    ]);
  });
});

describe('a failure', () => {
  it('of the only target is tried again after a random wait, so often and no more', async () => {
    answers.set('again', () => [503, {}]);
    const record = await gateway.record(await ask('lone'));
    expect([record.status, record.outcome, came('again').length]).toEqual([503, 'served', 2]);
    expect(codes(record)).toEqual(['route_route', 'same_target']);
  });

  it('is not retried beyond retry.attempts', async () => {
    answers.set('endless', () => [503, {}]);
    const record = await strict.record(await ask('endless', {}, strict));
    expect([record.attempts.length, stepOf(record, 'not_retried')]).toEqual([
      3,
      { why: 'status_503', bound: 'attempts', value: 3 },
    ]);
  });

  it('is not retried beyond the budget', async () => {
    let times = 0;
    answers.set('thrifty', () => (++times % 2 === 0 ? OK : [503, {}]));
    const tries: number[] = [];
    // A reserve of one a second, and no share: ten in ten seconds.
    for (let i = 0; i < 10; i++)
      tries.push((await strict.record(await ask('thrifty', {}, strict))).attempts.length);
    expect(tries).toEqual(Array.from({ length: 10 }, () => 2));
    const record = await strict.record(await ask('thrifty', {}, strict));
    expect([record.status, record.attempts.length, stepOf(record, 'not_retried')]).toEqual([
      503,
      1,
      { why: 'status_503', bound: 'budget', value: 0 },
    ]);
  });

  it('by silence is left for the next target, and the prompt it has read is charged', async () => {
    const record = await gateway.record(await ask('slow'));
    const [left, served] = record.attempts;
    expect([record.status, left?.error, served?.status]).toEqual([200, 'weir_first_byte_timeout', 200]);
    const prompt = left?.usage?.input_tokens ?? 0;
    expect(prompt).toBeGreaterThan(0);
    expect(left?.usage?.output_tokens).toBeNull();
    expect(Number(left?.cost?.usd)).toBeGreaterThan(0);
    expect(left?.cost?.status).toBe('estimated');
    expect(record.usage).toMatchObject({ input_tokens: prompt + 10, output_tokens: 2 });
    const dollars = Number(left?.cost?.usd) + Number(served?.cost?.usd);
    expect(Number(record.cost.usd)).toBeCloseTo(dollars, 9);
    expect(record.ai).toMatchObject({ model: 'slow', model_served: 'gpt-4o-mini', provider: 'gpt' });
  });
});

describe('a circuit', () => {
  it('opens after failures in a row; then the target is left alone until a probe works', async () => {
    answers.set('flaky', () => [502, {}]);
    for (let i = 0; i < 5; i++) expect((await ask('flaky')).status).toBe(200);
    expect(await targetOf('flaky')).toMatchObject({ state: 'open', reason: 'failures_in_a_row' });
    const record = await gateway.record(await ask('flaky'));
    expect([record.attempts.map(({ target }) => target), stepOf(record, 'route_route')?.left_alone]).toEqual([
      ['fine'],
      'flaky',
    ]);
    const why = (await gateway.admin(`/api/requests/${record.id}/why`)) as { sentences: string[] };
    expect(why.sentences.join(' ')).toContain('as flaky failed or limited lately');
    answers.delete('flaky');
    await until(
      async () => (await gateway.record(await ask('flaky'))).attempts[0]?.target === 'flaky',
      'a probe',
    );
    expect((await targetOf('flaky')).state).toBe('closed');
  });

  it('does not open for a request that every target fails on', async () => {
    answers.set('poison-a', () => [500, {}]).set('poison-b', () => [500, {}]);
    for (let i = 0; i < 8; i++) {
      const record = await gateway.record(await ask('poison'));
      expect([record.status, codes(record).includes('fault_of_request')]).toEqual([500, true]);
    }
    for (const name of ['poison-a', 'poison-b']) expect((await targetOf(name)).state).toBe('closed');
  });

  it('does not open for what is the caller’s own', async () => {
    answers.set('fine', () => [400, {}]);
    for (let i = 0; i < 8; i++) expect((await ask('fine/m')).status).toBe(400);
    expect((await targetOf('fine')).state).toBe('closed');
  });

  it('that is the only one does not keep a request back, unless the configuration says so', async () => {
    answers.set('down', () => [502, {}]);
    for (let i = 0; i < 2; i++) await ask('down', {}, strict);
    expect((await targetOf('down', strict)).state).toBe('open');
    const refused = await ask('down', {}, strict);
    expect([refused.status, refused.headers['x-weir-code']]).toEqual([503, 'weir_circuit_open']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(40);
    const record = await strict.record(refused);
    expect([record.outcome, record.attempts, record.error?.source]).toEqual(['failed', [], 'provider']);
    expect((await ask('fine', {}, strict)).status).toBe(200);
    for (let i = 0; i < 6; i++) expect((await ask('down/m')).status).toBe(502);
    expect((await targetOf('down')).state).toBe('open');
  });
});

describe('a strategy', () => {
  it('takes the cheapest model that has a price', async () => {
    const record = await gateway.record(await ask('priced'));
    expect(record.attempts.map(({ target }) => target)).toEqual(['gpt/gpt-4o-mini']);
    expect(stepOf(record, 'route_route')).toMatchObject({ strategy: 'cost', targets: 3 });
  });

  it('weighs, and what weighs nothing is only for when the others fail', async () => {
    for (let i = 0; i < 10; i++) await ask('weighed');
    expect([came('heavy').length, came('light').length]).toEqual([0, 10]);
    answers.set('light', () => [503, {}]);
    const record = await gateway.record(await ask('weighed'));
    expect(record.attempts.map(({ target }) => target)).toEqual(['light', 'heavy']);
  });

  it('takes the quicker', async () => {
    for (let i = 0; i < 20; i++) expect((await ask('quick')).status).toBe(200);
    expect(came('heavy').length + came('light').length).toBe(20);
  });
});

it('a reload keeps what is known of targets', async () => {
  answers.set('ejected', () => [502, {}]);
  for (let i = 0; i < 6; i++) await ask('ejected/m');
  expect((await targetOf('ejected')).state).not.toBe('closed');
  const before = ((await gateway.admin('/api/config')) as { version: number }).version;
  gateway.process.kill('SIGHUP');
  await until(
    async () => ((await gateway.admin('/api/config')) as { version: number }).version > before,
    'a reload',
  );
  expect((await targetOf('ejected')).state).not.toBe('closed');
  expect(
    (
      await send(`${gateway.url}/ejected/v1/chat/completions`, {
        headers: { authorization: `Bearer ${KEY}` },
        body: JSON.stringify(CHAT),
      })
    ).status,
  ).toBe(502);
});
