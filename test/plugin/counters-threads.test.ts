// Several threads over one table of counters, also such as are killed at work.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ABSENT_I64 } from '../../src/plugin/abi.js';
import { type CounterMemory, CounterTable, createCounters } from '../../src/plugin/counters.js';

/** What a thread's function gets. It is sent as text, so it uses nothing else. */
interface Thread {
  readonly table: CounterTable;
  readonly index: number;
  /** Zeros at first, the same for all. */
  readonly shared: Int32Array;
}

const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { folder, memory, index, threads, shared, work } = workerData;
  import(new URL('counters.js', folder).href).then(({ CounterTable }) => {
    const run = (0, eval)('(' + work + ')');
    const table = new CounterTable(memory);
    Atomics.add(shared, 0, 1);
    while (Atomics.load(shared, 0) < threads);
    parentPort.postMessage(run({ table, index, shared }));
  });
`;
const folder = new URL('../../dist/plugin/', import.meta.url).href;
/** Of `shared`: threads that are ready, steps done, the clock's ms. */
const [STEPS, CLOCK] = [1, 2];

function spawn<T>(
  threads: number,
  memory: CounterMemory,
  work: (thread: Thread) => T,
): { workers: Worker[]; shared: Int32Array } {
  const shared = new Int32Array(new SharedArrayBuffer(64));
  const workers = Array.from(
    { length: threads },
    (_, index) =>
      new Worker(PROGRAM, {
        eval: true,
        workerData: { folder, memory, index, threads, shared, work: work.toString() },
      }),
  );
  return { workers, shared };
}

async function onThreads<T>(
  threads: number,
  memory: CounterMemory,
  work: (thread: Thread) => T,
): Promise<T[]> {
  const { workers } = spawn(threads, memory, work);
  try {
    return await Promise.all(workers.map(async worker => (await once(worker, 'message'))[0] as T));
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('threads over one table of counters', { timeout: 60_000 }, () => {
  it('lose no add and count none twice', async () => {
    const memory = createCounters(1);
    await onThreads(4, memory, ({ table }) => {
      const keys = ['a', 'b', 'c'].map(key => Buffer.from(key));
      for (let i = 0; i < 60_000; i++)
        table.add('s', 10, keys[i % 3] as Buffer, BigInt((i % 5) - 1), 60_000, 1_000);
    });
    const table = new CounterTable(memory);
    // 60,000 adds a thread: a third a key, of which each delta from -1 to 3 stands for a fifth.
    for (const key of ['a', 'b', 'c'])
      expect(table.add('s', 10, Buffer.from(key), 0n, 60_000, 1_000)).toBe(4n * 4_000n * 5n);
  });

  it('give each sum of a life to one add, while lives end and begin', async () => {
    const found = await onThreads(4, createCounters(1), ({ table, shared }) => {
      const keys = Array.from({ length: 4 }, (_, i) => Buffer.from(`${i}`));
      const counts = keys.map(() => new Map<number, number>());
      for (let i = 0; i < 80_000; i++) {
        // Nine in ten look at the clock, one turns it; some have read it a while ago.
        const now = i % 10 === 0 ? Atomics.add(shared, 2, 7) : Atomics.load(shared, 2);
        const key = i % keys.length;
        const result = Number(table.add('s', 1_000_000, keys[key] as Buffer, 1n, 1_000, now));
        counts[key]?.set(result, (counts[key]?.get(result) ?? 0) + 1);
      }
      return counts;
    });
    for (let key = 0; key < 4; key++) {
      const count = (value: number): number => sum(found.map(counts => counts[key]?.get(value) ?? 0));
      const lives = count(1);
      expect(lives).toBeGreaterThan(20);
      let adds = 0;
      for (let value = 1; count(value) > 0; value++) {
        // As many lives reach a sum as pass it, or more: one in which two adds had the same sum would show here.
        expect(count(value)).toBeGreaterThanOrEqual(count(value + 1));
        adds += count(value);
      }
      expect(adds).toBe(80_000);
    }
  });

  it('make no more keys than may live, but for one a thread, and no fewer', async () => {
    const made = await onThreads(4, createCounters(10_000), ({ table, index }) => {
      let made = 0;
      for (let i = 0; i < 4_000; i++)
        if (table.add('s', 5_000, Buffer.from(`${index} ${i}`), 1n, 60_000, 1_000) === 1n) made++;
      return made;
    });
    expect(sum(made)).toBeGreaterThanOrEqual(5_000);
    expect(sum(made)).toBeLessThanOrEqual(5_004);
  });

  it('make one counter of a key that all of them add first', async () => {
    const ones = await onThreads(4, createCounters(30_000), ({ table }) => {
      let first = 0;
      for (let i = 0; i < 20_000; i++)
        if (table.add('s', 30_000, Buffer.from(`${i}`), 1n, 60_000, 1_000) === 1n) first++;
      return first;
    });
    expect(sum(ones)).toBe(20_000);
  });
});

describe('threads that are killed in the middle of adding', { timeout: 60_000 }, () => {
  it('leave a table that serves as before, all of whose slots are free once their keys expire', async () => {
    const memory = createCounters(1);
    const table = new CounterTable(memory);
    for (let round = 0; round < 5; round++) {
      const { workers, shared } = spawn(2, memory, ({ table, index, shared }) => {
        for (let i = 0; ; i++) {
          const now = Atomics.add(shared, 2, i % 50 === 0 ? 1 : 0) + 1;
          table.add('s', 1_000_000, Buffer.from(`${(i * 7919 + index) % 40_000}`), 1n, 1_000, now * 20);
          Atomics.add(shared, 1, 1);
        }
      });
      const before = (): number => Atomics.load(shared, STEPS);
      while (before() < 20_000 + round * 1_000) await new Promise(resolve => setImmediate(resolve));
      await Promise.all(workers.map(worker => worker.terminate()));
      expect(Atomics.load(shared, CLOCK)).toBeGreaterThan(0);
    }
    // All 32,768 slots of a table whose other keys have expired: as many keys as fit, most of them.
    const now = 2 ** 40;
    let made = 0;
    for (let i = 0; i < 16_384; i++) {
      const result = table.add('s', 1_000_000, Buffer.from(`after ${i}`), 1n, 60_000, now);
      if (result === 1n) made++;
      else expect(result).toBe(ABSENT_I64);
    }
    expect(made).toBeGreaterThan(16_380);
    for (let i = 0; i < 100; i++) {
      const read = table.add('s', 1_000_000, Buffer.from(`after ${i}`), 0n, 60_000, now);
      expect([0n, 1n]).toContain(read);
    }
  });
});
