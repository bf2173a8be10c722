// Counter operations in the middle of one another, everywhere; and killed threads: nothing is lost, counted twice, or stuck.
import { describe, expect, it } from 'vitest';
import {
  type Done,
  emptyTable,
  explained,
  type Operation,
  REFUSED,
  Thread,
} from './counters-interleavings.js';

process.env.WEIR_KERNELS = 'debug';

const [X, Y, Z] = [1, 2, 3];
const add = (key: number, delta: number, nowMs = 5_000, ttlMs = 1_000): Operation => ({
  key,
  delta,
  nowMs,
  ttlMs,
});
const look = (key: number, nowMs: number): Operation => ({ key, delta: 0, nowMs });
/** Keys that fill `count` slots and live on. */
const fill = (count: number): Operation[] =>
  Array.from({ length: count }, (_, i) => add(100 + i, 1, 1_000, 1_000_000));

/** What happened before, what runs at once (each in the middle of the one before it), what is looked at after. */
const SCENES: Readonly<
  Record<string, readonly [before: Operation[], atOnce: Operation[], after: Operation[]]>
> = {
  'one new key': [[], [add(X, 1), add(X, 2), add(X, 4)], [look(X, 5_500)]],
  'two new keys': [[], [add(X, 1), add(Y, 2), add(X, 4)], [look(X, 5_500), look(Y, 5_500)]],
  'the end of a life': [[add(X, 100, 4_000)], [add(X, 1), add(X, 2, 4_999), add(X, 4)], [look(X, 5_500)]],
  'lives that pass meanwhile': [
    [add(X, 100, 4_000)],
    [add(X, 1, 4_500), add(X, 2, 5_000), add(X, 4, 6_000)],
    [look(X, 6_500)],
  ],
  'reading while a life ends': [
    [add(X, 100, 4_000)],
    [look(X, 4_999), add(X, 2, 5_000), add(X, 4, 5_500)],
    [look(X, 5_500)],
  ],
  'an expired slot that two keys want': [
    [...fill(31), add(X, 100, 4_000)],
    [add(Y, 1), add(Z, 2), add(X, 4)],
    [look(X, 5_500), look(Y, 5_500), look(Z, 5_500), look(100, 5_500)],
  ],
  'an expired slot whose key comes back': [
    [...fill(31), add(X, 100, 4_000)],
    [add(X, 1), add(Y, 2), add(X, 4)],
    [look(X, 5_500), look(Y, 5_500)],
  ],
  'a full bucket': [[...fill(32)], [add(X, 1), add(100, 2), add(Y, 4)], [look(X, 5_500), look(100, 5_500)]],
  'sums that come back to 0': [[add(X, 1, 4_900)], [add(X, -1), add(X, 1), add(X, -1)], [look(X, 5_500)]],
};

describe.each(Object.entries(SCENES))('%s', (_, [before, atOnce, after]) => {
  const [first, second, third] = atOnce as [Operation, Operation, Operation];

  /** The scene with the second operation before the access `at` of the first, and the third in it at `deep`. False: so many there are not. */
  function holds(at: number, deep: number | null): boolean {
    const table = emptyTable();
    const main = new Thread(table);
    const threads = [new Thread(table), new Thread(table), new Thread(table)] as const;
    const done = (operation: Operation, result: bigint): Done => ({ ...operation, result });
    const past = before.map(operation => done(operation, main.run(operation)));
    const now: Done[] = [];
    let whole = true;
    const inside = (): void => {
      const innermost = (): void => void now.push(done(third, threads[2].run(third)));
      const result = deep === null ? threads[1].run(second) : threads[1].runWith(second, deep, innermost);
      if (result === null) whole = false;
      else now.push(done(second, result));
    };
    const result = threads[0].runWith(first, at, inside);
    if (result === null || !whole) return false;
    now.push(done(first, result));
    const later = after.map(operation => done(operation, main.run(operation)));
    if (!explained(past, now, later)) {
      const said = [...now, ...later].map(({ key, delta, result }) => `${key}+${delta}=${result}`);
      expect.fail(`access ${at}, ${deep}: ${said.join(', ')}`);
    }
    return true;
  }

  it('gives results that some order explains, wherever one operation falls into another', () => {
    let at = 0;
    while (holds(at, null)) at++;
    expect(at).toBeGreaterThan(3);
  });

  it('and a third into the second', { timeout: 60_000 }, () => {
    let found = 0;
    // Every access of short operations; of searches through all slots every third of one, every ninth of the other.
    for (let at = 0; holds(at, null); at += at < 12 ? 1 : 3)
      for (let deep = at % 9; holds(at, deep); deep += deep < 12 ? 1 : 9) found++;
    expect(found).toBeGreaterThan(10);
  });
});

describe('a thread that is killed before any access of an operation', () => {
  it.each<[string, Operation[], Operation]>([
    ['of a new key', [], add(X, 1)],
    ['of a key that lives', [add(X, 10, 4_900)], add(X, 1)],
    ['of a key that begins again', [add(X, 10, 4_000)], add(X, 1)],
    ['of a key that takes the last slot', [...fill(31), add(Y, 10, 4_000)], add(X, 1)],
  ])('%s has done it or not, and the key is served on', (_, before, operation) => {
    for (let at = 0; ; at++) {
      const table = emptyTable();
      const main = new Thread(table);
      for (const one of before) main.run(one);
      const live = operation.nowMs < 5_900 ? main.run(look(X, operation.nowMs)) : 0n;
      if (!new Thread(table).kill(operation, at)) break;
      const next = new Thread(table).run(add(X, 5));
      expect([live + 5n, live + 6n], `access ${at}`).toContain(next);
      expect(main.run(add(X, 1)), `access ${at}`).toBe(next + 1n);
      expect(main.run(add(X, 3, 9_000)), `access ${at}`).toBe(3n);
    }
  });

  it('leaves the last slot to the next key, at once or when the dead one expires', () => {
    for (let at = 0; ; at++) {
      const table = emptyTable();
      const main = new Thread(table);
      for (const one of [...fill(31), add(Y, 10, 4_000)]) main.run(one);
      if (!new Thread(table).kill(add(X, 1), at)) break;
      const result = main.run(add(Z, 1, 5_100));
      const made = main.run(look(X, 5_100));
      expect(result === 1n || (result === REFUSED && made === 1n) || result === REFUSED, `access ${at}`).toBe(
        true,
      );
      expect(main.run(add(Z, 1, 6_000, 10_000)), `access ${at}`).toBe(result === 1n ? 2n : 1n);
    }
  });

  it('takes room from the space for no longer than until the next recount after the ttl', () => {
    for (let at = 0; ; at++) {
      const table = emptyTable();
      if (!new Thread(table, 1).kill(add(X, 1), at)) break;
      expect(new Thread(table, 1).run(add(Y, 1, 6_000)), `access ${at}`).toBe(1n);
      expect(new Thread(table, 1).run(add(Z, 1, 6_100)), `access ${at}`).toBe(REFUSED);
    }
  });

  it('in the middle of a recount delays the next one, not more', () => {
    for (let at = 0; ; at++) {
      const table = emptyTable();
      const main = new Thread(table, 1);
      main.run(add(X, 1, 4_000));
      if (!new Thread(table, 1).kill(add(Y, 1, 5_000), at)) break;
      // Y may live until 6,000.
      expect(main.run(add(Z, 1, 6_000)), `access ${at}`).toBe(1n);
    }
  });
});
