// Keys that are made while Weir runs, over a real folder: what is kept, what is in force when a change is answered, and what is told where it could not be.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewKey } from '../../src/config/new-key.js';
import type { SavedKeysChange } from '../../src/core/saved-key.js';
import { weirKeyChecksumOk, weirKeySha256 } from '../../src/core/weir-key.js';
import { SavedKeys } from '../../src/route/saved-keys.js';
import { KeyKeeper, type KeyKeeperOptions } from '../../src/workers/key-keeper.js';

let folder = '';
let file = '';
let nowMs = Date.UTC(2026, 10, 24);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-keys-'));
  file = join(folder, 'keys.json');
  nowMs = Date.UTC(2026, 10, 24);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const wish = (more: Partial<NewKey> = {}): NewKey => ({
  consumer: 'team-a',
  name: null,
  expiresMs: null,
  models: [],
  ...more,
});

function open(more: Partial<KeyKeeperOptions> = {}): KeyKeeper {
  const consumers = () => [{ name: 'team-a', tags: {}, keys: [keyNamed('ci')] }];
  return new KeyKeeper({
    dataDir: folder,
    consumers,
    onChange: () => undefined,
    wallMs: () => nowMs,
    ...more,
  });
}

const keyNamed = (name: string) => ({ name, sha256: 'ab'.repeat(32), expiresMs: null, models: [] });

/** Takes changes up as a thread does, or never answers. */
class FakeThread {
  readonly keys = new SavedKeys();
  answers = true;
  changeKeys(change: SavedKeysChange): Promise<unknown>[] {
    if (!this.answers) return [new Promise(() => undefined)];
    this.keys.take(change);
    return [Promise.resolve(true)];
  }
}

/** The code that a promise is rejected with, and its message. */
async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'it was done',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
}

describe('a key that is made', () => {
  it('is shown once and kept as a hash, for its owner alone, over a restart', async () => {
    const { key, saved, configured } = await open().make(wish({ name: 'app', models: ['gpt-*'] }));
    expect(weirKeyChecksumOk(key)).toBe(true);
    expect([saved.sha256, saved.last4, configured]).toEqual([weirKeySha256(key), key.slice(-4), true]);
    expect(readFileSync(file, 'utf8')).not.toContain(key.slice(5, 40));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(open().keys).toEqual([saved]);
  });

  it('is known to every thread before it is answered', async () => {
    const thread = new FakeThread();
    const keeper = open();
    keeper.start(thread);
    const { saved } = await keeper.make(wish());
    expect(thread.keys.find(saved.sha256)).toEqual(saved);
  });

  it('may be of a consumer that the configuration does not name', async () => {
    const { configured } = await open().make(wish({ consumer: 'team-new' }));
    expect(configured).toBe(false);
  });

  it('has a name of its own among those of its consumer, until they are revoked', async () => {
    const keeper = open();
    expect(await refusal(keeper.make(wish({ name: 'ci' })))).toMatch(/^weir_key_exists: .*weir\.yaml/);
    const { saved } = await keeper.make(wish({ name: 'app' }));
    expect(await refusal(keeper.make(wish({ name: 'app' })))).toContain(saved.id);
    await keeper.make(wish({ name: 'app', consumer: 'team-b' }));
    await keeper.revoke(saved.id);
    await keeper.make(wish({ name: 'app' }));
    expect(keeper.list().map(({ name }) => name)).toEqual(['app', 'app', 'app']);
  });

  it('is withdrawn where a thread does not confirm it', async () => {
    const thread = new FakeThread();
    thread.answers = false;
    const keeper = open({ confirmMsMax: 5 });
    keeper.start(thread);
    expect(await refusal(keeper.make(wish()))).toMatch(
      /^weir_not_in_force: the key was withdrawn: one thread/,
    );
    expect([keeper.keys, open().keys]).toEqual([[], []]);
  });
});

describe('a revoked key', () => {
  it('is kept as revoked, for threads and over a restart; once more changes nothing', async () => {
    const thread = new FakeThread();
    const keeper = open();
    keeper.start(thread);
    const { saved } = await keeper.make(wish());
    nowMs += 1000;
    const revoked = await keeper.revoke(saved.id);
    expect(revoked).toEqual({ ...saved, revokedMs: nowMs });
    expect(thread.keys.find(saved.sha256)).toEqual(revoked);
    nowMs += 1000;
    expect(await keeper.revoke(saved.id)).toEqual(revoked);
    expect(open().keys).toEqual([revoked]);
  });

  it('that nobody made is none', async () => {
    expect(await open().revoke('key_00000000000000000000')).toBeNull();
  });

  it('is told as not in force where a thread does not confirm, and may be asked for again', async () => {
    const thread = new FakeThread();
    const keeper = open({ confirmMsMax: 5 });
    keeper.start(thread);
    const { saved } = await keeper.make(wish());
    thread.answers = false;
    expect(await refusal(keeper.revoke(saved.id))).toMatch(/^weir_not_in_force: .*may still let it pass/);
    thread.answers = true;
    await keeper.revoke(saved.id);
    expect(thread.keys.find(saved.sha256)?.revokedMs).toBe(nowMs);
  });
});

describe('a disk that takes nothing', () => {
  /** Nothing can be written beside the file any more. */
  const block = (): void => mkdirSync(join(folder, 'keys.json.new'));

  it('makes no key', async () => {
    const keeper = open();
    block();
    expect(await refusal(keeper.make(wish()))).toMatch(/^weir_not_kept: no key was made/);
    expect(keeper.keys).toEqual([]);
  });

  it('does not keep a key from being revoked on all threads, and is told', async () => {
    const thread = new FakeThread();
    const keeper = open();
    keeper.start(thread);
    const { saved } = await keeper.make(wish());
    block();
    expect(await refusal(keeper.revoke(saved.id))).toMatch(/^weir_not_kept: no thread lets the key pass/);
    expect(thread.keys.find(saved.sha256)?.revokedMs).toBe(nowMs);
    rmSync(join(folder, 'keys.json.new'), { recursive: true });
    await keeper.revoke(saved.id);
    expect(open().keys[0]?.revokedMs).toBe(nowMs);
  });
});

describe('the list of keys', () => {
  it('is bounded: revoked and expired ones make room, those first that have been so longest', async () => {
    const thread = new FakeThread();
    const keeper = open({ keysMax: 3 });
    keeper.start(thread);
    const made = [];
    for (const expiresMs of [null, nowMs + 10, null])
      made.push((await keeper.make(wish({ expiresMs }))).saved);
    const [first, second, third] = made;
    expect(await refusal(keeper.make(wish()))).toMatch(/^weir_keys_full: there are 3 keys/);
    nowMs += 100;
    await keeper.revoke(first?.id ?? '');
    const fourth = (await keeper.make(wish())).saved;
    const fifth = (await keeper.make(wish())).saved;
    expect(keeper.keys.map(({ id }) => id)).toEqual([third?.id, fourth.id, fifth.id]);
    expect(open().keys).toEqual(keeper.keys);
    expect([first, second].map(key => thread.keys.find(key?.sha256 ?? ''))).toEqual([undefined, undefined]);
    expect(await refusal(keeper.make(wish()))).toMatch(/^weir_keys_full/);
  });

  it('changes once at a time', async () => {
    const keeper = open();
    await Promise.all(Array.from({ length: 20 }, () => keeper.make(wish())));
    expect(open().keys).toHaveLength(20);
  });

  it.each([
    ['no JSON', '{"version":1,"keys":[', /is no list of keys \(/],
    ['of a later version', '{"version":2,"keys":[]}', /its version is 2; this Weir knows 1/],
    ['with something else in it', '{"version":1,"keys":[{"id":"key_1"}]}', /keys\[0\] is not a key/],
  ])('is not begun anew where the file is %s', (_, text, message) => {
    writeFileSync(file, text);
    expect(() => open()).toThrow(message);
    expect(() => open()).toThrow(file);
  });

  it.skipIf(process.getuid?.() === 0)(
    'is not begun anew where the file cannot be read (needs another user than root)',
    () => {
      writeFileSync(file, '{"version":1,"keys":[]}');
      chmodSync(file, 0);
      expect(() => open()).toThrow(/cannot be read/);
    },
  );
});
