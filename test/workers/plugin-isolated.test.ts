// The pool for isolated hooks as a data-plane thread has it, built: outcomes, deadlines, lost workers, order, and what it forgets.
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { PluginSettings } from '../../src/core/plugin-settings.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import { CounterTable, createCounters } from '../../src/plugin/counters.js';
import type { HookOutcome } from '../../src/plugin/hook.js';
import type { IsolatedRunner } from '../../src/plugin/isolated.js';
import { LoadedPlugin } from '../../src/plugin/loaded.js';
import type { PreparedPlugin } from '../../src/plugin/prepared.js';
import { captureScene } from '../../src/plugin/scene-data.js';
import { hook, prepare, type Wat } from '../plugin/support/guest.js';
import { host, scene } from '../plugin/support/scene.js';

interface Pool extends IsolatedRunner {
  close(): Promise<void>;
}
const built = '../../dist/workers/isolated-pool.js';
const { IsolatedPool } = (await import(built)) as {
  IsolatedPool: new (
    data: object,
    secrets: () => readonly string[],
    onError: (cause: unknown) => void,
    idleMs?: number,
  ) => Pool;
};
const vocabulary = loadVocabulary(1);
const memory = createCounters();
let secrets: readonly string[] = [];
const pools: Pool[] = [];
const openPool = (): Pool => {
  const pool = new IsolatedPool(
    { vocabulary, region: 0, counters: memory },
    () => secrets,
    () => undefined,
  );
  pools.push(pool);
  return pool;
};
afterAll(async () => {
  await Promise.all(pools.map(pool => pool.close()));
});

let versions = 0;
type Plugin = Partial<PluginSettings>;
const load = (functions: string | ((w: Wat) => string), changes: Plugin = {}): LoadedPlugin => {
  const prepared: PreparedPlugin = { ...prepare(functions, changes), version: ++versions };
  return new LoadedPlugin(prepared, host());
};
const ENDLESS = hook('on_request', '(loop $again (br $again)) (i32.const 0)');
const DENY = (w: Wat) =>
  hook(
    'on_request',
    `(call $deny (i32.const 451) ${w.text('why_not')} ${w.text('no')} (i32.const 0)) (i32.const 1)`,
  );

const run = (pool: Pool, loaded: LoadedPlugin, sceneNow = scene()): Promise<HookOutcome> =>
  new Promise(resolve => pool.run(loaded, captureScene(sceneNow, loaded), resolve));

describe('an isolated hook', () => {
  it('comes to the same as inline, fuel included', async () => {
    const pool = openPool();
    const loaded = load(DENY);
    const [isolated, inline] = [await run(pool, loaded), loaded.run(scene())];
    expect(isolated).toEqual({ ...inline, isolated: true });
    expect(isolated).toMatchObject({ result: 'deny', denial: { status: 451, code: 'why_not' } });
  });

  it('counts in the counters of all threads', async () => {
    const count = (w: Wat) =>
      hook(
        'on_request',
        `(drop (call $counter_add ${w.text('k')} (i64.const 5) (i64.const 60000))) (i32.const 0)`,
      );
    const loaded = load(count, { policy: 'counting' });
    expect(await run(openPool(), loaded)).toMatchObject({ result: 'go_on' });
    const here = new LoadedPlugin(loaded.prepared, host({ counters: new CounterTable(memory) }));
    const ask = (w: Wat) =>
      hook(
        'on_request',
        `(i64.eq (call $counter_add ${w.text('k')} (i64.const 0) (i64.const 60000)) (i64.const 5)) (if (result i32) (then (i32.const 1)) (else (i32.const 0)))`,
      );
    expect(here.run(scene()).result).toBe('go_on');
    const asking = new LoadedPlugin(
      prepare(ask, { policy: 'counting' }),
      host({ counters: new CounterTable(memory) }),
    );
    // Once there, once here.
    expect(asking.run(scene()).result).toBe('go_on');
  });

  it('shows no secret, also one that a reload brought', async () => {
    const pool = openPool();
    const loaded = load(w =>
      hook(
        'on_request',
        `(call $evidence_str ${w.text('key')} ${w.text('it is open sesame')}) (i32.const 0)`,
      ),
    );
    expect((await run(pool, loaded)).evidence).toEqual([['key', 'it is open sesame']]);
    secrets = ['open sesame'];
    expect((await run(pool, loaded)).evidence).toEqual([['key', 'it is ***']]);
    secrets = [];
  });

  it('is killed past its deadline, and the next one runs', async () => {
    const pool = openPool();
    const endless = load(ENDLESS, { fuel: 1e12, deadlineMs: 50 });
    const outcomes = await Promise.all([run(pool, endless), run(pool, load(DENY)), run(pool, endless)]);
    expect(outcomes.map(({ result, failure }) => failure ?? result)).toEqual([
      'deadline',
      'deny',
      'deadline',
    ]);
    expect(outcomes[0]?.detail).toMatch(/took longer than 50 ms/);
    expect(await run(pool, load(DENY))).toMatchObject({ result: 'deny' });
  });

  it('is ended by its fuel before that', async () => {
    expect(await run(openPool(), load(ENDLESS, { deadlineMs: 10_000 }))).toMatchObject({ failure: 'fuel' });
  });

  it('is never told of once withdrawn', async () => {
    const pool = openPool();
    const told: string[] = [];
    const loaded = load(DENY);
    const first = run(pool, loaded).then(() => told.push('first'));
    const withdraw = pool.run(loaded, captureScene(scene(), loaded), () => told.push('withdrawn'));
    withdraw();
    await Promise.all([first, run(pool, loaded).then(() => told.push('last'))]);
    expect(told).toEqual(['first', 'last']);
  });

  it('fails where its version is gone, and where too many wait', async () => {
    const pool = openPool();
    const gone = load(DENY);
    gone.retire();
    expect(await run(pool, gone)).toMatchObject({ failure: 'version_gone' });
    const loaded = load(DENY);
    const many = await Promise.all(Array.from({ length: 300 }, () => run(pool, loaded)));
    const results = many.map(({ result, failure }) => failure ?? result);
    expect(new Set(results)).toEqual(new Set(['deny', 'deadline']));
    expect(results.filter(result => result === 'deny')).toHaveLength(257);
  });

  it('is run by another worker where its own had nothing to do and was ended', async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    const ended = new IsolatedPool(
      { vocabulary, region: 0, counters: memory },
      () => secrets,
      () => undefined,
      20,
    );
    pools.push(ended);
    const before = threads();
    const loaded = load(DENY);
    expect(await run(ended, loaded)).toMatchObject({ result: 'deny' });
    expect(threads()).toBeGreaterThan(before);
    while (threads() > before) await new Promise(resolve => setTimeout(resolve, 5));
    expect(await run(ended, loaded)).toMatchObject({ result: 'deny' });
  });

  it('is run after its version was forgotten by mistake', async () => {
    const pool = openPool();
    const loaded = load(DENY);
    await run(pool, loaded);
    pool.forget(loaded.prepared.version);
    expect(await run(pool, loaded)).toMatchObject({ result: 'deny' });
  });
});
