// How long versions live on a thread: requests keep theirs, four old ones at most, `timeouts.drain` at most; and what is counted and logged of them.
import { describe, expect, it } from 'vitest';
import type { HostThread } from '../../src/plugin/host-thread.js';
import type { LoadedPlugin } from '../../src/plugin/loaded.js';
import { failedOutcome } from '../../src/plugin/outcome.js';
import type { PluginSet, PublishedPlugin } from '../../src/plugin/plugin-set.js';
import type { PreparedPlugin } from '../../src/plugin/prepared.js';
import { ThreadPlugins } from '../../src/plugin/thread-plugins.js';
import { hook, prepare } from './support/guest.js';
import { scene } from './support/scene.js';

const GO_ON = prepare(hook('on_request', '(i32.const 0)'));
const DRAIN_MS = 30_000;

const version = (number: number, policy = 'p', dropped = false): PreparedPlugin => ({
  ...GO_ON,
  settings: { ...GO_ON.settings, policy, dropped },
  version: number,
});

/** A thread whose clock the test turns. */
function thread(published: readonly PublishedPlugin[] = [version(1)]) {
  const now = { ms: 0 };
  const forgotten: number[] = [];
  const lines: string[] = [];
  const plugins = new ThreadPlugins({
    published,
    host: { tokens: null, scrub: (text: string) => text, holdsSecret: () => false } as unknown as HostThread,
    isolated: { run: () => () => undefined, forget: number => forgotten.push(number) },
    log: {
      line: (policy, { text }, requestId) => lines.push(`${policy} ${text} ${requestId}`),
      dropped: some => lines.push(...some.map(({ policy, lines: count }) => `${policy} -${count}`)),
    },
    nowMs: () => now.ms,
    drainMs: () => DRAIN_MS,
  });
  const begin = (): PluginSet => {
    const set = plugins.current;
    set.acquire();
    return set;
  };
  const pass = (ms: number): void => {
    now.ms += ms;
    plugins.sweep(now.ms);
  };
  return { plugins, forgotten, lines, begin, pass, current: () => versionOf(plugins.current) };
}

function loaded(set: PluginSet, policy = 'p'): LoadedPlugin {
  const entry = set.get(policy);
  if (entry === null || 'failed' in entry) throw new Error(`no plugin ${policy}`);
  return entry;
}

function versionOf(set: PluginSet): number {
  return loaded(set).prepared.version;
}

const works = (set: PluginSet): boolean => loaded(set).run(scene()).result === 'go_on';

describe('a version of a plugin', () => {
  it('is kept by requests that began with it, and dropped with the last of them', () => {
    const { plugins, begin, forgotten, current } = thread();
    const [one, other] = [begin(), begin()];
    plugins.publish([version(2)], null);
    expect([current(), versionOf(one)]).toEqual([2, 1]);
    expect([works(one), works(plugins.current)]).toEqual([true, true]);
    one.release();
    expect(works(other)).toBe(true);
    const old = loaded(other);
    other.release();
    expect([old.retired, forgotten]).toEqual([true, [1]]);
  });

  it('is dropped at once where no request uses it', () => {
    const { plugins, forgotten } = thread();
    const old = loaded(plugins.current);
    plugins.publish([version(2)], null);
    expect([old.retired, forgotten]).toEqual([true, [1]]);
  });

  it('is gone for requests that run longer than the drain', () => {
    const { plugins, begin, pass } = thread();
    const set = begin();
    plugins.publish([version(2)], null);
    pass(DRAIN_MS - 1);
    expect(works(set)).toBe(true);
    pass(1);
    expect(loaded(set).run(scene())).toMatchObject({ result: 'failed', failure: 'version_gone' });
    expect(works(plugins.current)).toBe(true);
    set.release();
    expect(plugins.counts()[0]?.oldVersions).toBe(0);
  });

  it('waits for its turn while four old ones are in use', () => {
    const { plugins, begin, current } = thread();
    const sets: PluginSet[] = [];
    for (let next = 2; next <= 6; next++) {
      sets.push(begin());
      plugins.publish([version(next)], null);
    }
    // 1 to 4 are old ones; 5 is current and in use, so that 6 would make a fifth.
    expect(current()).toBe(5);
    expect(plugins.counts()[0]?.oldVersions).toBe(4);
    plugins.publish([version(7)], null);
    expect(current()).toBe(5);
    sets[1]?.release();
    expect(current()).toBe(7);
    expect(plugins.counts()[0]?.oldVersions).toBe(4);
  });

  it('waits no longer than for the requests of the one that it replaces', () => {
    const { plugins, begin, current } = thread();
    let last: PluginSet | null = null;
    for (let next = 2; next <= 6; next++) {
      last = begin();
      plugins.publish([version(next)], null);
    }
    expect(current()).toBe(5);
    last?.release();
    expect(current()).toBe(6);
    expect(plugins.counts()[0]?.oldVersions).toBe(4);
  });

  it('waits no longer than the drain', () => {
    const { plugins, begin, pass, current } = thread();
    for (let next = 2; next <= 6; next++) {
      begin();
      plugins.publish([version(next)], null);
    }
    expect(current()).toBe(5);
    pass(DRAIN_MS);
    expect(current()).toBe(6);
  });

  it('does not wait for old versions of other plugins', () => {
    const { plugins, begin } = thread([version(1), version(100, 'q')]);
    for (let next = 2; next <= 5; next++) {
      begin();
      plugins.publish([version(next), version(100, 'q')], null);
    }
    begin();
    plugins.publish([version(5), version(101, 'q')], null);
    expect(loaded(plugins.current, 'q').prepared.version).toBe(101);
  });

  it('is the same object in every set that has it', () => {
    const { plugins, begin, forgotten } = thread([version(1), version(100, 'q')]);
    const set = begin();
    plugins.publish([version(2), version(100, 'q')], null);
    expect(loaded(plugins.current, 'q')).toBe(loaded(set, 'q'));
    set.release();
    expect(forgotten).toEqual([1]);
    expect(loaded(plugins.current, 'q').retired).toBe(false);
  });
});

describe('a configuration that comes with plugins', () => {
  it('is taken up in the same turn as they are, also where they wait', () => {
    const { plugins, begin, current } = thread();
    const sets: PluginSet[] = [];
    for (let next = 2; next <= 5; next++) {
      sets.push(begin());
      plugins.publish([version(next)], null);
    }
    sets.push(begin());
    const seen: number[] = [];
    plugins.publish([version(6)], () => seen.push(current()));
    plugins.publish([version(7)], null);
    expect(seen).toEqual([]);
    sets[0]?.release();
    expect(seen).toEqual([7]);
  });
});

describe('a set of plugins', () => {
  it('has dropped modules by their names, and those that failed as such', () => {
    const failed = { failed: true, settings: GO_ON.settings, facts: GO_ON.facts, reason: 'why' } as const;
    const { plugins } = thread([failed, version(2, 'a', true), version(3, 'b', true)]);
    expect(plugins.current.dropped.map(({ prepared }) => prepared.settings.policy)).toEqual(['a', 'b']);
    expect(plugins.current.get(GO_ON.settings.policy)).toBe(failed);
    expect(plugins.current.get('unknown')).toBeNull();
  });
});

describe('what is told of plugins', () => {
  it('is counted over all versions', () => {
    const { plugins } = thread();
    plugins.ran('p', failedOutcome('fuel', 'spent', 70));
    plugins.publish([version(2)], null);
    plugins.ran('p', loaded(plugins.current).run(scene()));
    const [counts] = plugins.counts();
    expect(counts).toMatchObject({ policy: 'p', calls: 2, failed: 1, oldVersions: 0 });
    expect(counts?.fuel).toBeGreaterThan(70);
  });

  it('is logged 20 lines a second, and the rest counted', () => {
    const { plugins, lines, pass } = thread();
    for (let i = 0; i < 25; i++) plugins.log('p', { level: 1, text: `line ${i}` }, 'req');
    plugins.logsDropped('p', 3);
    plugins.log('q', { level: 1, text: 'another plugin' }, 'req');
    expect(lines).toHaveLength(21);
    pass(1000);
    expect(lines.at(-1)).toBe('p -8');
    plugins.log('p', { level: 1, text: 'again' }, 'req');
    expect(lines.at(-1)).toBe('p again req');
  });
});
