// Keys at run time through a real gateway with two threads: in force everywhere when the answer is there, over reload and restart, and told apart when refused.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyItem, NewKeyItem } from '../../src/admin/key-routes.js';
import { weirKeySha256 } from '../../src/core/weir-key.js';
import { run } from '../cli/run.js';
import { type Answer, chat, onEnd, type RunningGateway, startGateway, until } from './harness.js';

const YAML = `workers: 2
consumers: [ { name: team-a, tags: { tier: gold }, keys: [ { name: fixed, sha256: ${'ab'.repeat(32)} } ] } ]
providers: { openai: { base_url: "simulator:" } }
`;
/** Each on a connection of its own, so that both threads are asked: that all of so many fall to one of two has a chance of 2^-31. */
const CONNECTIONS = 32;

let data = '';
let gateway: RunningGateway;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'weir-keys-'));
  onEnd(() => rmSync(data, { recursive: true, force: true }));
  gateway = await startGateway(YAML, [], data);
});

async function make(wish: object): Promise<NewKeyItem> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(wish);
  const answer = await fetch(`${gateway.adminUrl}/api/keys`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
  return (await answer.json()) as NewKeyItem;
}

async function revoke({ id }: { id: string }): Promise<KeyItem> {
  const answer = await fetch(`${gateway.adminUrl}/api/keys/${id}`, { method: 'DELETE' });
  expect(answer.status).toBe(200);
  return (await answer.json()) as KeyItem;
}

const asks = (key: string, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  chat(gateway, more, { authorization: `Bearer ${key}`, ...headers });

/** How often which status and code came, asked on many connections at once. */
async function everywhere(key: string): Promise<Record<string, number>> {
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => asks(key)));
  const counts: Record<string, number> = {};
  for (const { status, headers } of answers) {
    const told = `${status} ${headers['x-weir-code'] ?? ''}`.trim();
    counts[told] = (counts[told] ?? 0) + 1;
  }
  return counts;
}

const errorOf = ({ body }: Answer) =>
  (JSON.parse(body.toString()) as { error: { code: string; message: string; reason: string } }).error;

describe('a key that is made', () => {
  it('is in force on all threads when the answer is there, with the tags of its consumer', async () => {
    for (let i = 0; i < 5; i++) {
      const made = await make({ consumer: 'team-a' });
      expect(await everywhere(made.key)).toEqual({ '200': CONNECTIONS });
      if (i > 0) continue;
      const record = await gateway.record(await asks(made.key));
      expect(record.consumer).toMatchObject({
        name: 'team-a',
        key: `${made.name} …${made.last4}`,
        tags: { tier: 'gold' },
      });
    }
  });

  it('of a consumer that weir.yaml does not name has no tags', async () => {
    const { key, configured } = await make({ consumer: 'team-new' });
    expect(configured).toBe(false);
    expect((await gateway.record(await asks(key))).consumer).toMatchObject({ name: 'team-new', tags: {} });
  });

  it('is held to its models', async () => {
    const { key } = await make({ consumer: 'team-a', models: ['gpt-4o*'] });
    expect((await asks(key, { model: 'gpt-4o-mini' })).status).toBe(200);
    const refused = await asks(key, { model: 'o3' });
    expect([refused.status, errorOf(refused).code]).toEqual([403, 'weir_key_model']);
  });

  it('expires', async () => {
    const { key, expires } = await make({ consumer: 'team-a', expires: '300ms' });
    await until(() => Date.now() > Date.parse(expires ?? ''), 'the end of the key');
    expect(await everywhere(key)).toEqual({ '401 weir_expired_key': CONNECTIONS });
  });
});

describe('a key that is revoked', () => {
  it('passes on no thread once that is answered, while many connections ask with it', async () => {
    for (let round = 0; round < 5; round++) {
      const made = await make({ consumer: 'team-a' });
      let revoked = false;
      let ended = false;
      const seen = { before: 0, after: 0, wrong: [] as string[] };
      const hammer = async (): Promise<void> => {
        while (!ended) {
          const late = revoked;
          const { status, headers } = await asks(made.key);
          if (late) seen.after++;
          else seen.before++;
          const told = `${status} ${headers['x-weir-code'] ?? ''}`;
          const right = told === '401 weir_revoked_key' || (!late && told === '200 ');
          if (!right) seen.wrong.push(`${late ? 'after' : 'before'}: ${told}`);
        }
      };
      const hammers = Array.from({ length: 12 }, hammer);
      await until(() => seen.before > 24, 'some answers');
      await revoke(made);
      revoked = true;
      await until(() => seen.after > 48, 'some refusals');
      ended = true;
      await Promise.all(hammers);
      expect(seen.wrong).toEqual([]);
    }
  });

  it('lets end what has begun', async () => {
    const made = await make({ consumer: 'team-a' });
    const script = { 'x-weir-sim': 'tps=100;tokens=60' };
    const running = asks(made.key, { stream: true }, script);
    await until(async () => {
      const { items } = (await gateway.admin('/api/requests?outcome=running')) as { items: unknown[] };
      return items.length > 0;
    }, 'a running request');
    await revoke(made);
    const { status, body, broken } = await running;
    expect([status, broken, body.toString().trimEnd().endsWith('data: [DONE]')]).toEqual([200, false, true]);
  });

  it('is told from one that is mistyped and one that is unknown', async () => {
    const made = await make({ consumer: 'team-a', name: 'lost' });
    await revoke(made);
    const revoked = errorOf(await asks(made.key));
    expect(revoked).toMatchObject({ code: 'weir_revoked_key', reason: 'revoked' });
    expect(revoked.message).toContain('(key "lost" of "team-a") was revoked at 2');
    const typo = `${made.key.slice(0, 20)}${made.key[20] === 'a' ? 'b' : 'a'}${made.key.slice(21)}`;
    expect(errorOf(await asks(typo))).toMatchObject({ code: 'weir_invalid_key', reason: 'mistyped' });
    const { key } = JSON.parse((await run('key', 'new', 'team-a', '--json')).out) as { key: string };
    expect(errorOf(await asks(key))).toMatchObject({ code: 'weir_invalid_key', reason: 'unknown' });
    expect((await gateway.record(await asks(made.key))).error?.code).toBe('weir_revoked_key');
  });
});

describe('keys that were made at run time', () => {
  it('outlive a reload and a restart, as hashes', async () => {
    const [kept, revoked] = [await make({ consumer: 'team-a' }), await make({ consumer: 'team-a' })];
    await revoke(revoked);
    const { version } = (await gateway.admin('/api/config')) as { version: number };
    appendFileSync(join(gateway.folder, 'weir.yaml'), 'tags: [project]\n');
    gateway.process.kill('SIGHUP');
    await until(
      async () => ((await gateway.admin('/api/config')) as { version: number }).version > version,
      'the reload',
    );
    const both = async () => [await everywhere(kept.key), await everywhere(revoked.key)];
    const right = [{ '200': CONNECTIONS }, { '401 weir_revoked_key': CONNECTIONS }];
    expect(await both()).toEqual(right);
    const after = await make({ consumer: 'team-a' });
    expect(await everywhere(after.key)).toEqual({ '200': CONNECTIONS });
    const file = readFileSync(join(data, 'keys.json'), 'utf8');
    expect(file).toContain(weirKeySha256(kept.key));
    for (const { key } of [kept, revoked, after]) expect(file).not.toContain(key.slice(5, 48));
    for (const text of [gateway.output(), JSON.stringify(await gateway.admin('/api/keys'))])
      expect(text).not.toContain(kept.key.slice(5, 48));
    gateway.process.kill('SIGKILL');
    await until(() => gateway.process.signalCode !== null, 'the end of the process');
    gateway = await startGateway(YAML, [], data);
    expect(await both()).toEqual(right);
    await revoke(kept);
    expect(await everywhere(kept.key)).toEqual({ '401 weir_revoked_key': CONNECTIONS });
  });

  it('are made, listed and revoked with weir key', async () => {
    const admin = ['--admin', gateway.adminUrl];
    const shown = await run(
      'key',
      'new',
      'team-cli',
      '--save',
      '--name',
      'app',
      '--models',
      'gpt-*',
      ...admin,
    );
    expect([shown.error, shown.exitCode]).toEqual(['', 0]);
    const key = /weir_\w+/.exec(shown.out)?.[0] ?? '';
    expect(shown.out).toContain('weir.yaml names no consumer team-cli');
    expect((await asks(key)).status).toBe(200);
    const twin = await run('key', 'new', 'team-cli', '--save', '--name', 'app', ...admin);
    expect([twin.exitCode, twin.error]).toEqual([1, expect.stringContaining('has a key of that name')]);
    const list = await run('key', 'list', '--consumer', 'team-cli', '--json', ...admin);
    const { items } = JSON.parse(list.out) as { items: KeyItem[] };
    expect(items).toMatchObject([{ name: 'app', state: 'active', models: ['gpt-*'] }]);
    const id = items[0]?.id ?? '';
    expect((await run('key', 'list', '--state', 'active', ...admin)).out).toMatch(
      new RegExp(`^${id} +team-cli +app +…\\w{4} +active`, 'm'),
    );
    const gone = await run('key', 'revoke', id, ...admin);
    expect([gone.exitCode, gone.out]).toEqual([
      0,
      `The key app of team-cli (…${key.slice(-4)}) is revoked.\n`,
    ]);
    expect(errorOf(await asks(key)).code).toBe('weir_revoked_key');
    const none = await run('key', 'revoke', 'key_0', ...admin);
    expect([none.exitCode, none.error]).toEqual([1, expect.stringContaining('no key of this id')]);
  });
});
