// The bound on buffered request bytes, shared by threads.
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { BufferBudget } from '../../src/pipeline/buffer-budget.js';

describe('the budget', () => {
  it.each<[string, readonly number[], readonly boolean[], number]>([
    ['takes up to its bound', [60, 40], [true, true], 100],
    ['takes nothing of what would pass it', [60, 41, 40], [true, false, true], 100],
    ['takes nothing of one that is too large alone', [101], [false], 0],
    ['takes nothing', [0, 100, 0], [true, true, true], 100],
  ])('%s', (_, asked, granted, used) => {
    const budget = new BufferBudget(new SharedArrayBuffer(8), 100);
    expect(asked.map(bytes => budget.take(bytes))).toEqual(granted);
    expect(budget.usedBytes).toBe(used);
  });

  it('has again what was given back', () => {
    const budget = new BufferBudget(new SharedArrayBuffer(8), 100);
    expect(budget.take(100)).toBe(true);
    budget.give(70);
    budget.give(0);
    expect([budget.take(71), budget.take(70), budget.usedBytes]).toEqual([false, true, 100]);
  });

  it('counts beyond 32 bits', () => {
    const budget = new BufferBudget(new SharedArrayBuffer(8), 2 ** 40);
    expect([budget.take(2 ** 39), budget.take(2 ** 39), budget.take(1)]).toEqual([true, true, false]);
  });

  it('is one for all threads that share it', async () => {
    const shared = new SharedArrayBuffer(8);
    const budget = new BufferBudget(shared, 1_000);
    // The same arithmetic in another thread, while this one takes and gives.
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       const used = new BigInt64Array(workerData);
       for (let i = 0; i < 200000; i++) { Atomics.add(used, 0, 3n); Atomics.sub(used, 0, 3n); }`,
      { eval: true, workerData: shared },
    );
    const ended = new Promise(resolve => worker.once('exit', resolve));
    for (let i = 0; i < 200_000; i++) if (budget.take(5)) budget.give(5);
    await ended;
    expect(budget.usedBytes).toBe(0);
  });
});
