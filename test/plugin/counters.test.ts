// counter_add on one thread: sums, lives, bounds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT_I64 } from '../../src/plugin/abi.js';
import { CounterTable, createCounters } from '../../src/plugin/counters.js';

const NOW = 1_760_000_000_000;
const MINUTE = 60_000;
const MAX = 2n ** 63n - 1n;

/** A table of its own, with the arguments that most adds share. */
function counters(liveMax = 10_000) {
  const table = new CounterTable(createCounters(1));
  return {
    table,
    add: (key: string, delta: bigint, at = 0, ttlMs = MINUTE, space = 'quota') =>
      table.add(space, liveMax, Buffer.from(key), delta, ttlMs, NOW + at),
  };
}

describe('a counter', () => {
  it('gives the sum of what was added to its key', () => {
    const { add } = counters();
    expect([add('a', 5n), add('b', 7n), add('a', -8n), add('a', 0n), add('b', 1n)]).toEqual([
      5n,
      7n,
      -3n,
      -3n,
      8n,
    ]);
  });

  it('is of its space: another policy, or its shadow, has another', () => {
    const { add } = counters();
    add('a', 5n);
    expect(add('a', 1n, 0, MINUTE, 'quota shadow')).toBe(1n);
    expect(add('a', 0n)).toBe(5n);
  });

  it('tells keys of all lengths to 64 bytes apart, also where one is the other and zeros', () => {
    const { table } = counters();
    const add = (key: Uint8Array): bigint => table.add('s', 10_000, key, 1n, MINUTE, NOW);
    for (let length = 0; length <= 64; length++) {
      expect(add(new Uint8Array(length))).toBe(1n);
      if (length > 0) expect(add(Buffer.alloc(length, 'k'))).toBe(1n);
    }
    for (let at = 0; at < 64; at++) expect(add(new Uint8Array(64).fill(1, at, at + 1))).toBe(1n);
    expect(add(new Uint8Array(64))).toBe(2n);
    expect(() => add(new Uint8Array(65))).toThrow();
  });

  it('lives from its first add for as long as that one said, whatever later adds say', () => {
    const { add } = counters();
    expect(add('a', 1n, 0, 1_000)).toBe(1n);
    expect(add('a', 1n, 999, 50_000)).toBe(2n);
    expect(add('a', 0n, 1_000)).toBe(0n);
    expect(add('a', 1n, 1_000, 2_000)).toBe(1n);
    expect(add('a', 1n, 2_999)).toBe(2n);
    expect(add('a', 1n, 3_000)).toBe(1n);
  });

  it('begins again thousands of times in the same place', () => {
    const { add } = counters();
    for (let life = 0; life < 140_000; life++) {
      if (add('a', 2n, life * 1_000, 1_000) !== 2n) throw new Error(`life ${life}`);
      if (add('a', 3n, life * 1_000 + 999, 1_000) !== 5n) throw new Error(`life ${life}`);
    }
  });

  it('is not made by reading it', () => {
    const { add } = counters(1);
    expect(add('a', 0n)).toBe(0n);
    expect(add('b', 1n)).toBe(1n);
    expect(add('a', 0n)).toBe(0n);
  });

  it('stays at the ends of 64 bits, of which the smallest number says refused', () => {
    const { add } = counters();
    expect(add('up', MAX)).toBe(MAX);
    expect(add('up', MAX)).toBe(MAX);
    expect(add('up', 1n)).toBe(MAX);
    expect(add('up', -MAX)).toBe(0n);
    expect(add('down', ABSENT_I64)).toBe(-MAX);
    expect(add('down', -1n)).toBe(-MAX);
    expect(add('down', ABSENT_I64)).toBe(-MAX);
    expect(add('down', MAX)).toBe(0n);
  });

  it('equals a plain map over any adds, reads and times', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      delta: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: MAX }), fc.bigInt({ min: -2n, max: 2n })),
      later: fc.nat(900),
      ttlMs: fc.integer({ min: 1_000, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const { add } = counters();
        const twin = new Map<string, { sum: bigint; until: number }>();
        let at = 0;
        for (const { key, delta, later, ttlMs } of steps) {
          at += later;
          const known = twin.get(key);
          const live = known !== undefined && known.until > at ? known : { sum: 0n, until: at + ttlMs };
          const sum = live.sum + delta;
          live.sum = sum > MAX ? MAX : sum < -MAX ? -MAX : sum;
          if (delta !== 0n) twin.set(key, live);
          expect(add(key, delta, at, ttlMs)).toBe(live.sum);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the bound of live keys', () => {
  it('refuses the key above it and serves those that live', () => {
    const { add } = counters(100);
    for (let i = 0; i < 100; i++) expect(add(`${i}`, 1n)).toBe(1n);
    for (let i = 100; i < 300; i++) expect(add(`${i}`, 1n)).toBe(ABSENT_I64);
    for (let i = 0; i < 100; i++) expect(add(`${i}`, 1n)).toBe(2n);
    expect(add('200', 0n)).toBe(0n);
  });

  it('is of each space by itself', () => {
    const { add } = counters(1);
    expect(add('a', 1n)).toBe(1n);
    expect(add('b', 1n)).toBe(ABSENT_I64);
    expect(add('b', 1n, 0, MINUTE, 'another')).toBe(1n);
  });

  it('lets new keys in when old ones expire, 250 ms after a recount at the latest', () => {
    const { add } = counters(10);
    for (let i = 0; i < 10; i++) add(`old ${i}`, 1n, 0, i < 4 ? 1_000 : MINUTE);
    expect(add('early', 1n, 900)).toBe(ABSENT_I64);
    // A recount at 900 found ten; the next may be at 1,150.
    expect(add('early', 1n, 1_000)).toBe(ABSENT_I64);
    for (let i = 0; i < 4; i++) expect(add(`new ${i}`, 1n, 1_150)).toBe(1n);
    expect(add('fifth', 1n, 1_150)).toBe(ABSENT_I64);
    expect(add('fifth', 1n, 60_000)).toBe(1n);
  });

  it('counts a key that begins again once', () => {
    const { add } = counters(2);
    for (let life = 0; life < 50; life++) {
      expect(add('a', 1n, life * 1_000, 1_000)).toBe(1n);
      expect(add('b', 1n, life * 1_000, 1_000)).toBe(1n);
      expect(add('c', 1n, life * 1_000, 1_000)).toBe(ABSENT_I64);
    }
  });

  it('holds for as many keys as the table is made for', () => {
    const table = new CounterTable(createCounters(20_000));
    const add = (i: number): bigint => table.add('s', 20_000, Buffer.from(`key ${i}`), 1n, MINUTE, NOW);
    for (let i = 0; i < 20_000; i++) if (add(i) !== 1n) throw new Error(`refused ${i}`);
    expect(add(20_000)).toBe(ABSENT_I64);
    for (let i = 0; i < 20_000; i++) if (add(i) !== 2n) throw new Error(`lost ${i}`);
  });

  it('uses the places of keys that have expired, of any space', () => {
    const table = new CounterTable(createCounters(1));
    // Ten times as many keys as the table has slots, one tenth of which live at a time.
    for (let round = 0; round < 100; round++)
      for (let i = 0; i < 3_276; i++) {
        const sum = table.add(
          `s${round % 3}`,
          10_000,
          Buffer.from(`${round} ${i}`),
          1n,
          1_000,
          NOW + round * 1_000,
        );
        if (sum !== 1n) throw new Error(`round ${round}, key ${i}: ${sum}`);
      }
  });

  it('refuses the 4,096th space', () => {
    const { add } = counters();
    for (let i = 1; i < 4_096; i++) expect(add('a', 1n, 0, MINUTE, `space ${i}`)).toBe(1n);
    expect(add('a', 1n, 0, MINUTE, 'one more')).toBe(ABSENT_I64);
    expect(add('a', 1n, 0, MINUTE, 'space 4095')).toBe(2n);
  });
});

it("a key may stand anywhere in a guest's memory", () => {
  const table = new CounterTable(createCounters(1));
  const bytes = Buffer.from('....consumer-1....a key of more than sixteen bytes....');
  const add = (from: number, length: number): bigint =>
    table.addExact('s', 10, bytes, from, length, 1n, MINUTE, NOW);
  expect([add(4, 10), add(18, 32), add(4, 11)]).toEqual([1n, 1n, 1n]);
  expect(table.add('s', 10, Buffer.from('consumer-1'), 1n, MINUTE, NOW)).toBe(2n);
  expect(table.add('s', 10, Buffer.from('a key of more than sixteen bytes'), 1n, MINUTE, NOW)).toBe(2n);
});

it('two tables over one memory are one table, two memories are two', () => {
  const memory = createCounters(1);
  const [one, two] = [new CounterTable(memory), new CounterTable(memory)];
  const key = Buffer.from('a');
  expect(one.add('s', 1, key, 1n, MINUTE, NOW)).toBe(1n);
  expect(two.add('s', 1, key, 1n, MINUTE, NOW)).toBe(2n);
  expect(two.add('s', 1, Buffer.from('b'), 1n, MINUTE, NOW)).toBe(ABSENT_I64);
  expect(new CounterTable(createCounters(1)).add('s', 1, key, 1n, MINUTE, NOW)).toBe(1n);
});
