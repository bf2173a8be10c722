// The order of targets under each strategy, with dice of the test's own.
import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../src/core/resilience.js';
import { HealthBook } from '../../src/route/health/health-book.js';
import type { WeightedTarget } from '../../src/route/router.js';
import { arrange } from '../../src/route/strategy.js';

const target = (provider: string, weight = 1): WeightedTarget => ({ provider, model: null, weight });
const bookOf = (
  targets: readonly WeightedTarget[],
  previous: HealthBook | null = null,
  identity = 'x',
): HealthBook =>
  new HealthBook(
    targets.map(({ provider: name }) => ({ name, identity, keyNames: [] })),
    targets,
    previous,
    () => 1,
  );

/** A sequence of pseudo-random numbers (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const order = (
  strategy: Strategy,
  targets: readonly WeightedTarget[],
  health = bookOf(targets),
  more: { random?: () => number; costOf?: (of: { provider: string }) => number; nowMs?: number } = {},
): string =>
  arrange(targets, {
    strategy,
    health,
    nowMs: more.nowMs ?? 1000,
    random: more.random ?? (() => 0.5),
    costOf: more.costOf ?? (() => 0),
  })
    .map(({ provider }) => provider)
    .join('');

const ABC = [target('a'), target('b'), target('c')];
const BREAKER = {
  failures: 1,
  share: 1,
  requests: 1,
  outlier: 1,
  openMs: 1000,
  openMaxMs: 1000,
  allOpen: 'try',
} as const;

describe('targets are arranged', () => {
  it('as written by order, and the very same list', () => {
    const choice = {
      strategy: 'order',
      health: bookOf(ABC),
      nowMs: 0,
      random: Math.random,
      costOf: () => 0,
    } as const;
    expect(arrange(ABC, choice)).toBe(ABC);
  });

  it('by weight: first places as the weights are, 0 always last', () => {
    const random = dice(42);
    const targets = [target('a', 70), target('b', 30), target('z', 0)];
    const health = bookOf(targets);
    const first = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const text = order('weighted', targets, health, { random });
      first.set(text, (first.get(text) ?? 0) + 1);
    }
    expect([...first.keys()].sort()).toEqual(['abz', 'baz']);
    // Five standard deviations of a binomial.
    expect(Math.abs((first.get('abz') ?? 0) - 7000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.7 * 0.3));
  });

  it('by cost, with those of unknown cost last in their order', () => {
    const costs: Record<string, number> = { b: 5, d: 1 };
    const four = [...ABC, target('d')];
    expect(
      order('cost', four, bookOf(four), {
        costOf: ({ provider }) => costs[provider] ?? Number.POSITIVE_INFINITY,
      }),
    ).toBe('dbac');
  });

  it('by what runs there, equals in any order', () => {
    const health = bookOf(ABC);
    health.of(ABC[0] as WeightedTarget).running = 2;
    const random = dice(7);
    const seen = new Set(Array.from({ length: 100 }, () => order('busy', ABC, health, { random })));
    expect([...seen].sort()).toEqual(['bca', 'cba']);
  });

  it('by latency: the slower of two that are drawn never comes first, and the slowest never at all', () => {
    const health = bookOf(ABC);
    [300, 100, 200].forEach((ms, i) => {
      health.of(ABC[i] as WeightedTarget).latency.observe(ms, 1000);
    });
    const random = dice(1);
    const first = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const winner = order('latency', ABC, health, { random }).charAt(0);
      first.set(winner, (first.get(winner) ?? 0) + 1);
    }
    expect(first.has('a')).toBe(false);
    // b wins two of the three pairs.
    expect(Math.abs((first.get('b') ?? 0) - 2000)).toBeLessThan(5 * Math.sqrt((3000 * 2) / 9));
  });

  it('those that are left alone after those that work, the sooner ready the earlier', () => {
    const health = bookOf(ABC);
    health.of(ABC[0] as WeightedTarget).failed(1000, { ...BREAKER, openMs: 900 }, []);
    health.of(ABC[1] as WeightedTarget).keys.limited(0, 1000, 300);
    expect(order('order', ABC, health)).toBe('cba');
    expect(order('order', ABC, health, { nowMs: 1300 })).toBe('bca');
    expect(order('order', ABC, health, { nowMs: 1900 })).toBe('abc');
  });
});

describe('what is known of targets', () => {
  const targets = [target('a'), { provider: 'a', model: 'm', weight: 1 }, target('b')];
  const providers = (identity: string) =>
    ['a', 'b'].map(name => ({ name, identity: name === 'a' ? identity : 'b', keyNames: ['k'] }));

  it('is kept by target of the configuration; other models count with their provider', () => {
    const book = new HealthBook(providers('1'), targets);
    expect(book.of({ provider: 'a', model: 'm' }).name).toBe('a/m');
    expect(book.of({ provider: 'a', model: 'made-up' })).toBe(book.of({ provider: 'a', model: null }));
    expect(book.snapshot(0).map(({ target: name }) => name)).toEqual(['a', 'b', 'a/m']);
    expect(() => book.of({ provider: 'c', model: null })).toThrow('c');
  });

  it('goes on after a reload, unless address or keys are others', () => {
    const before = new HealthBook(providers('1'), targets);
    const same = new HealthBook(
      providers('1'),
      targets.map(each => ({ ...each })),
      before,
    );
    const other = new HealthBook(providers('2'), targets, before);
    expect(same.of({ provider: 'a', model: 'm' })).toBe(before.of({ provider: 'a', model: 'm' }));
    expect(other.of({ provider: 'a', model: 'm' })).not.toBe(before.of({ provider: 'a', model: 'm' }));
    expect(other.of({ provider: 'b', model: null })).toBe(before.of({ provider: 'b', model: null }));
  });
});
