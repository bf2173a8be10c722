// `/api/keys` over real sockets: what it takes, what it shows, and who is refused.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { KeyItem, NewKeyItem } from '../../src/admin/key-routes.js';
import { KeyKeeper } from '../../src/workers/key-keeper.js';
import { ask, type Told } from './ask.js';
import { withAdmin } from './source.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function withKeys(
  use: (port: number, keeper: KeyKeeper) => Promise<void>,
  token: string | null = null,
) {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-admin-keys-'));
  folders.push(dataDir);
  const keeper = new KeyKeeper({
    dataDir,
    consumers: () => [{ name: 'team-a', tags: {}, keys: [] }],
    onChange: () => undefined,
  });
  await withAdmin(
    async ({ port }, source) => {
      source.keys = keeper;
      await use(port, keeper);
    },
    { token },
  );
}

const JSON_TYPE = { 'content-type': 'application/json' };

const post = (port: number, body: unknown, headers: Record<string, string> = JSON_TYPE): Promise<Told> =>
  ask(port, '/api/keys', {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const messageOf = (told: Told): string => (told.json() as { error: { message: string } }).error.message;

describe('/api/keys', () => {
  it('shows a new key once, then lists it without secrets, and revokes it', async () => {
    await withKeys(async port => {
      const made = await post(port, {
        consumer: 'team-a',
        name: 'app',
        expires: '2099-01-01',
        models: ['gpt-4o*'],
      });
      const item = made.json() as NewKeyItem;
      expect([made.status, made.headers.location]).toEqual([201, `/api/keys/${item.id}`]);
      const shown = {
        ...{ id: item.id, consumer: 'team-a', name: 'app', last4: item.key.slice(-4), state: 'active' },
        ...{ models: ['gpt-4o*'], expires: '2099-01-01T00:00:00.000Z', revoked: null, created: item.created },
      };
      expect(item).toEqual({ ...shown, key: item.key, sha256: item.sha256, configured: true });
      expect((await ask(port, '/api/keys')).json()).toEqual({ items: [shown], next: null });
      expect((await ask(port, `/api/keys/${item.id}`)).json()).toEqual(shown);
      const gone = await ask(port, `/api/keys/${item.id}`, { method: 'DELETE' });
      expect([gone.status, (gone.json() as KeyItem).state]).toEqual([200, 'revoked']);
      const again = await ask(port, `/api/keys/${item.id}`, { method: 'DELETE' });
      expect(again.json()).toEqual(gone.json());
    });
  });

  it('takes a span as expiry, and null for what is not wanted', async () => {
    await withKeys(async port => {
      const told = await post(port, { consumer: 'team-x', name: null, expires: '30d', models: [] });
      const item = told.json() as NewKeyItem;
      expect(Date.parse(item.expires ?? '') - Date.parse(item.created)).toBeGreaterThan(29 * 86_400_000);
      expect([item.name, item.configured]).toEqual([`key-${item.sha256.slice(0, 6)}`, false]);
    });
  });

  it('lists newest first, page by page, by consumer and state', async () => {
    await withKeys(async (port, keeper) => {
      for (const consumer of ['team-a', 'team-b', 'team-a'])
        await keeper.make({ consumer, name: null, expiresMs: null, models: [] });
      const ids = keeper.list().map(({ id }) => id);
      await keeper.revoke(ids[0] ?? '');
      const idsOf = async (query: string): Promise<unknown> => {
        const { items, next } = (await ask(port, `/api/keys${query}`)).json() as {
          items: KeyItem[];
          next: string | null;
        };
        return [items.map(({ id }) => id), next];
      };
      expect(await idsOf('?limit=2')).toEqual([ids.slice(0, 2), ids[1]]);
      expect(await idsOf(`?limit=2&cursor=${ids[1]}`)).toEqual([ids.slice(2), null]);
      expect(await idsOf('?consumer=team-a&state=active')).toEqual([[ids[2]], null]);
    });
  });

  it.each([
    [{}, 'consumer is missing'],
    [[], 'the body must be an object'],
    [{ consumer: 'anonymous' }, 'consumer is "anonymous"'],
    [{ consumer: 'a b' }, 'consumer is "a b"'],
    [{ consumer: 'a', model: ['x'] }, '"model" is not a field; did you mean models?'],
    [{ consumer: 'a', expires: 'soon' }, 'expires is "soon"; allowed: a date such as'],
    [{ consumer: 'a', expires: 1_900_000_000 }, 'expires is 1900000000; allowed:'],
    [{ consumer: 'a', expires: '2020-01-01' }, 'expires is "2020-01-01"; must lie ahead'],
    [{ consumer: 'a', models: 'gpt-4o' }, 'models is "gpt-4o"; must be a list'],
    [{ consumer: 'a', models: ['ok', ' x'] }, 'models[1] is " x"; allowed:'],
    [{ consumer: 'a', models: Array.from({ length: 65 }, () => 'm') }, 'must be a list of at most 64'],
    [{ consumer: 'a', name: '../x' }, 'name is "../x"; allowed:'],
  ])('names what is wrong with %j', async (body, message) => {
    await withKeys(async (port, keeper) => {
      const told = await post(port, body);
      expect([told.status, messageOf(told)]).toEqual([400, expect.stringContaining(message)]);
      expect(keeper.keys).toEqual([]);
    });
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['no JSON', '{"consumer":', JSON_TYPE, 400],
    ['a form', 'consumer=team-a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [
      'JSON said to be text, as a page elsewhere may send it',
      '{"consumer":"a"}',
      { 'content-type': 'text/plain' },
      415,
    ],
    ['JSON without a type', '{"consumer":"a"}', {}, 415],
    ['encoded JSON', '{"consumer":"a"}', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415],
    ['too much', `{"consumer":"${'a'.repeat(70_000)}"}`, JSON_TYPE, 413],
    ['from another site', '{"consumer":"a"}', { ...JSON_TYPE, origin: 'http://evil.example' }, 403],
    ['from a page without origin', '{"consumer":"a"}', { ...JSON_TYPE, origin: 'null' }, 403],
  ])('refuses a body that is %s', async (_, body, headers, status) => {
    await withKeys(async (port, keeper) => {
      expect((await post(port, body, headers)).status).toBe(status);
      expect(keeper.keys).toEqual([]);
    });
  });

  it('says which methods it answers; other paths only read', async () => {
    await withKeys(async port => {
      for (const [method, path, allow] of [
        ['PUT', '/api/keys', 'GET, HEAD, POST'],
        ['DELETE', '/api/keys', 'GET, HEAD, POST'],
        ['POST', '/api/keys/key_1', 'GET, HEAD, DELETE'],
        ['POST', '/api/usage', 'GET, HEAD'],
      ] as const) {
        const told = await ask(port, path, { method, headers: JSON_TYPE, body: '{}' });
        expect([told.status, told.headers.allow]).toEqual([405, allow]);
      }
      expect((await ask(port, '/api/keys/key_1', { method: 'DELETE' })).status).toBe(404);
      expect((await ask(port, '/api/keys/key_1')).status).toBe(404);
      expect(messageOf(await ask(port, '/api/keys?cursor=key_1'))).toContain('begin anew');
      expect(messageOf(await ask(port, '/api/keys?state=gone'))).toContain('must be one of active');
    });
  });

  it('needs the token where there is one', async () => {
    await withKeys(async (port, keeper) => {
      expect((await post(port, { consumer: 'team-a' })).status).toBe(401);
      expect(keeper.keys).toEqual([]);
      const headers = { ...JSON_TYPE, authorization: 'Bearer geheim' };
      expect((await post(port, { consumer: 'team-a' }, headers)).status).toBe(201);
    }, 'geheim');
  });
});
