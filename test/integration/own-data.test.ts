// What consumers are told about themselves, through a real gateway with two threads: all of their own, nothing of anybody else's, however it is asked for.
import { once } from 'node:events';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import type { LimitsPage } from '../../src/policy/limits-view.js';
import {
  type Answer,
  chat,
  type RunningGateway,
  type SendOptions,
  send,
  startGateway,
  until,
} from './harness.js';

const KEYS = { a: newWeirKey(), a2: newWeirKey(), b: newWeirKey(), c: newWeirKey() } as const;
type Name = keyof typeof KEYS;
const CONSUMERS: Record<Name, string> = { a: 'team-a', a2: 'team-a', b: 'team-b', c: 'team-c' };
const NAMES = Object.keys(KEYS) as Name[];
/** Each consumer's own, so that another's answer shows where it comes from. */
const MODELS: Record<Name, string> = { a: 'gpt-4o', a2: 'gpt-4o', b: 'gpt-4o-mini', c: 'o3' };
const PER_KEY = 6;

let gateway: RunningGateway;
const ids: Record<Name, string[]> = { a: [], a2: [], b: [], c: [] };

beforeAll(async () => {
  const key = (name: Name): string => `{ name: k-${name}, sha256: ${weirKeySha256(KEYS[name])} }`;
  gateway = await startGateway(`workers: 2
anonymous: allow
tags: [project]
cors: { origins: ["https://app.example"] }
consumers:
  - { name: team-a, keys: [ ${key('a')}, ${key('a2')} ] }
  - { name: team-b, keys: [ ${key('b')} ] }
  - { name: team-c, keys: [ ${key('c')} ] }
providers: { openai: { base_url: "simulator:" } }
policies:
  - { name: by-consumer, budget: { tokens: 1000000, per: day, by: [consumer, model] } }
  - { name: by-key, limit: { requests: 1000, per: 1h, by: [key] } }
  - { name: by-project, limit: { requests: 1000, per: 1h, by: [tag.project] } }
  - { name: of-all, limit: { requests: 1000, per: 1h } }
  - { name: streams, limit: { concurrent: 50, by: [consumer] } }
`);
  for (const name of NAMES) {
    const sent = Array.from({ length: PER_KEY }, () =>
      chat(gateway, { model: MODELS[name] }, { 'x-weir-key': KEYS[name], 'x-weir-tag-project': `p-${name}` }),
    );
    for (const { headers } of await Promise.all(sent)) ids[name].push(String(headers['x-weir-request-id']));
  }
  ids.c.push(String((await chat(gateway)).headers['x-weir-request-id']));
  for (const id of ids.c) await gateway.record(id);
});

const own = (path: string, name: Name | null, options: SendOptions = {}): Promise<Answer> =>
  send(`${gateway.url}/weir/v1/${path}`, {
    ...options,
    headers: { ...(name === null ? {} : { authorization: `Bearer ${KEYS[name]}` }), ...options.headers },
  });

const jsonOf = <T>({ status, body }: Answer): T => {
  expect([status, body.toString().slice(0, 300)]).toEqual([200, expect.anything()]);
  return JSON.parse(body.toString()) as T;
};

const errorOf = ({ body }: Answer) =>
  (JSON.parse(body.toString()) as { error: { code: string; message: string } }).error;

/** What no answer to this key may hold: names, keys, models and ids of the others. */
function othersOf(name: Name): string[] {
  const others = NAMES.filter(other => CONSUMERS[other] !== CONSUMERS[name]);
  return others.flatMap(other => [CONSUMERS[other], `k-${other}`, `"${MODELS[other]}"`, ...ids[other]]);
}

describe('/weir/v1/requests/<id>', () => {
  it('is the same record as the admin API’s, and why it ended so', async () => {
    const id = ids.a[0] ?? '';
    const record = jsonOf<RequestRecord>(await own(`requests/${id}`, 'a'));
    expect(record).toEqual(await gateway.admin(`/api/requests/${id}`));
    // Another key of the same consumer.
    expect((await own(`requests/${id}`, 'a2')).status).toBe(200);
    const why = jsonOf<{ sentences: string[] }>(await own(`requests/${id}/why`, 'a'));
    expect(why.sentences).toContain('The answer went out whole, with status 200.');
  });

  it('tells of nobody else’s more than of what never was', async () => {
    for (const name of NAMES) {
      const others = NAMES.filter(other => CONSUMERS[other] !== CONSUMERS[name]).flatMap(other => ids[other]);
      expect(others.length).toBeGreaterThan(PER_KEY);
      const never = `${others[0]?.slice(0, -6)}000000`;
      const shape = async (id: string, more: string): Promise<unknown> => {
        const { status, headers, body } = await own(`requests/${id}${more}`, name);
        const { 'x-weir-request-id': _, 'x-request-id': __, date: ___, ...rest } = headers;
        return [status, rest, body.toString().replaceAll(/req_\w+/g, 'req')];
      };
      for (const more of ['', '/why']) {
        const absent = await shape(never, more);
        expect(absent).toMatchObject([404, { 'x-weir-code': 'weir_not_found' }, expect.anything()]);
        for (const id of others) expect(await shape(id, more)).toEqual(absent);
      }
    }
  });
});

describe('/weir/v1/usage', () => {
  it('sums up the consumer’s own requests, as the admin API does', async () => {
    for (const name of ['a', 'b'] as const) {
      const query = 'by=model,key&since=1h';
      const report = jsonOf<UsageReport>(await own(`usage?${query}`, name));
      expect(report.total.requests).toBe(name === 'a' ? PER_KEY * 2 : PER_KEY);
      const all = (await gateway.admin(`/api/usage?${query}&consumer=${CONSUMERS[name]}`)) as UsageReport;
      expect({ ...report, until: null }).toEqual({ ...all, until: null });
    }
  });

  it('never holds anybody else’s, whatever it is asked for', async () => {
    const dimensions = [
      'consumer',
      'key',
      'provider',
      'model',
      'model_served',
      'api',
      'outcome',
      'hour',
      'tag.project',
    ];
    const queries = [
      ...dimensions.map(by => `by=${by}`),
      `by=${dimensions.slice(0, 8).join(',')}`,
      'by=consumer&key=k-b&model=gpt-4o-mini',
      'by=consumer&tag.project=p-c',
      'by=consumer&outcome=served&format=csv',
      `by=consumer&consumer=team-a&key=${KEYS.b}`,
    ];
    for (const query of queries) {
      const { status, body } = await own(`usage?${query}`, 'a');
      expect([query, status]).toEqual([query, 200]);
      for (const other of [...othersOf('a'), 'p-b', 'p-c', 'anonymous'])
        expect([query, body.toString().includes(other)]).toEqual([query, false]);
    }
    for (const consumer of ['team-b', 'team-c', 'anonymous', 'team-none', '']) {
      for (const query of [`consumer=${consumer}`, `consumer=team-a&consumer=${consumer}`]) {
        const refused = await own(`usage?by=consumer&${query}`, 'a');
        expect([refused.status, errorOf(refused).code]).toEqual([403, 'weir_denied']);
      }
    }
  });

  it('says what is wrong with a question', async () => {
    const wrong = await own('usage?by=consumr', 'a');
    expect([wrong.status, errorOf(wrong)]).toMatchObject([
      400,
      { code: 'weir_bad_request', message: expect.stringContaining('did you mean consumer?') },
    ]);
  });
});

describe('/weir/v1/limits', () => {
  it('holds what counts this consumer or this key alone', async () => {
    const { items } = jsonOf<LimitsPage>(await own('limits', 'a'));
    const shown = items.map(({ policy, by }) => [policy, by]);
    expect(shown).toContainEqual(['by-consumer', { consumer: 'team-a', model: 'gpt-4o' }]);
    expect(shown).toContainEqual(['by-key', { key: `k-a …${KEYS.a.slice(-4)}` }]);
    expect(shown.filter(([policy]) => policy === 'by-key')).toHaveLength(1);
    const used = items.find(({ policy }) => policy === 'by-consumer')?.used;
    const { items: all } = (await gateway.admin('/api/limits')) as LimitsPage;
    expect(used).toBe(all.find(({ by }) => by?.consumer === 'team-a' && by.model === 'gpt-4o')?.used);
  });

  it('shows nothing of others, nor what counts several together', async () => {
    for (const name of NAMES) {
      for (const query of [
        '',
        '?top=100',
        '?limit=1000',
        '?policy=by-key',
        '?policy=of-all',
        '?policy=by-project',
      ]) {
        const { status, body } = await own(`limits${query}`, name);
        expect(status).toBe(200);
        const text = body.toString();
        for (const other of [...othersOf(name), 'of-all', 'by-project']) expect(text).not.toContain(other);
      }
      let cursor = '';
      for (let page = 0; page < 10; page++) {
        const { items, next } = jsonOf<LimitsPage>(await own(`limits?limit=1${cursor}`, name));
        for (const { by } of items) {
          if (by?.consumer === undefined) expect(by?.key).toBe(`k-${name} …${KEYS[name].slice(-4)}`);
          else expect(by.consumer).toBe(CONSUMERS[name]);
        }
        if (next === null) break;
        cursor = `&cursor=${next}`;
      }
    }
  });

  it('names only its own running requests as holders', async () => {
    const script = { 'x-weir-sim': 'stall=3;tokens=20' };
    const agentless = NAMES.map(name => {
      const socket = net.connect(gateway.port, '127.0.0.1');
      const body = JSON.stringify({
        model: MODELS[name],
        messages: [{ role: 'user', content: 'x' }],
        stream: true,
      });
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nHost: w\r\nx-weir-key: ${KEYS[name]}\r\nx-weir-sim: ${script['x-weir-sim']}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      return socket;
    });
    await until(async () => {
      const { items } = (await gateway.admin('/api/requests?outcome=running')) as { items: RequestRecord[] };
      return items.length === NAMES.length && items.every(({ attempts }) => attempts.length > 0);
    }, 'the running requests');
    const { items: running } = (await gateway.admin('/api/requests?outcome=running')) as {
      items: RequestRecord[];
    };
    const holders: Record<string, string[]> = {};
    for (const name of NAMES) {
      const { items } = jsonOf<LimitsPage>(await own('limits?policy=streams', name));
      holders[name] = items.flatMap(({ holds }) => [...holds]).sort();
    }
    for (const name of NAMES) {
      const mine = running.filter(({ consumer }) => consumer?.name === CONSUMERS[name]).map(({ id }) => id);
      expect(holders[name]).toEqual(mine.sort());
      const others = running.filter(({ id }) => !mine.includes(id));
      const everything = (await own('limits', name)).body.toString();
      for (const { id } of others) expect(everything).not.toContain(id);
      // A running request is told of, too, to whom it belongs.
      expect((await own(`requests/${mine[0]}`, name)).status).toBe(200);
      expect((await own(`requests/${others[0]?.id}`, name)).status).toBe(404);
    }
    for (const socket of agentless) socket.destroy();
  });
});

describe('/weir/v1/', () => {
  it('is for Weir keys alone, wherever they stand', async () => {
    for (const path of ['usage', 'limits', `requests/${ids.a[0]}`]) {
      const without = await own(path, null);
      expect([without.status, errorOf(without).code]).toEqual([401, 'weir_no_key']);
      const others = await own(path, null, { headers: { authorization: 'Bearer sk-something' } });
      expect(others.status).toBe(401);
      const unknown = await own(path, null, { headers: { 'x-api-key': newWeirKey() } });
      expect([unknown.status, errorOf(unknown).code]).toEqual([401, 'weir_invalid_key']);
      expect((await own(path, null, { headers: { 'x-api-key': KEYS.a } })).status).toBe(200);
      expect((await own(`${path}?key=${KEYS.a}`, null)).status).toBe(200);
    }
  });

  it('only reads, knows its paths, answers HEAD and pages of listed origins', async () => {
    const posted = await own('usage', 'a', { method: 'POST', body: '{}' });
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
    for (const path of ['', 'keys', 'requests', 'requests/', 'usage/', 'export', 'requests/%2e%2e/x/y'])
      expect([path, (await own(path, 'a')).status]).toEqual([path, 404]);
    const head = await own('usage', 'a', { method: 'HEAD' });
    expect([head.status, head.body.length, Number(head.headers['content-length']) > 100]).toEqual([
      200,
      0,
      true,
    ]);
    const headers = { origin: 'https://app.example' };
    const paged = await own('usage', 'a', { headers });
    expect(paged.headers['access-control-allow-origin']).toBe('https://app.example');
    const preflight = { ...headers, 'access-control-request-method': 'GET' };
    expect((await own('usage', null, { method: 'OPTIONS', headers: preflight })).status).toBe(204);
  });

  it('leaves no records', async () => {
    const { items } = (await gateway.admin('/api/requests?limit=1000')) as { items: RequestRecord[] };
    expect(items.filter(({ request }) => request.path.startsWith('/weir/'))).toEqual([]);
  });

  it('goes on where clients leave while they ask, and where too many ask at once', async () => {
    const head = `GET /weir/v1/usage?by=minute HTTP/1.1\r\nHost: w\r\nx-weir-key: ${KEYS.b}\r\n\r\n`;
    for (let round = 0; round < 3; round++) {
      const sockets = await Promise.all(
        Array.from({ length: 40 }, async () => {
          const socket = net.connect(gateway.port, '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        }),
      );
      for (const socket of sockets) {
        socket.write(head);
        setImmediate(() => socket.destroy());
      }
    }
    const answers = await Promise.all(Array.from({ length: 120 }, () => own('usage?by=model', 'b')));
    const told = new Set(
      answers.map(({ status, headers }) => `${status} ${headers['retry-after'] ?? ''}`.trim()),
    );
    expect([...told].filter(text => text !== '200' && text !== '503 1')).toEqual([]);
    await until(async () => (await own('usage', 'b')).status === 200, 'an answer');
    expect((await own('limits', 'a')).status).toBe(200);
    expect(gateway.output()).not.toContain('internal error');
  });
});
