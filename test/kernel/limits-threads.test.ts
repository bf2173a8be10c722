// Several threads over one table: what was granted is counted in a second shared memory, and never passes the limit.
import { describe, expect, it } from 'vitest';
import { LimitsKernel } from '../../src/kernel/limits.js';
import { createLimitsTable } from '../../src/kernel/limits-table.js';
import { onThreads, sharedNumbers } from './limits-threads.js';

describe('threads over one table', () => {
  it('get one bucket for a key that all of them add at once', async () => {
    const keys = 60_000;
    const shared = sharedNumbers(keys);
    const table = createLimitsTable(2 ** 17);
    await onThreads(4, table, shared, ({ kernel, limits, meet, shared }) => {
      for (let i = 0; i < shared.length; i++) {
        if (i % 128 === 0) meet();
        const taken = kernel.takeQuota(kernel.key(`${i}`), 0, 1, 1, 0, 1e9, 5, limits.TAKE);
        if (taken === limits.TAKEN) Atomics.add(shared, i, 1);
      }
    });
    expect(shared.filter(granted => granted !== 1)).toEqual(new Int32Array(0));
    expect(LimitsKernel.load(table).live).toBe(keys);
  });

  it.each(['rate', 'quota'] as const)('are granted exactly the 1,000 of a %s', async kind => {
    const work = ({ kernel, limits, shared }: import('./limits-threads.js').Thread): number => {
      const key = kernel.key('the one');
      const rate = { capacity: 1000, unitsPerMs: 1, unitsPerToken: 1_000_000 };
      let granted = 0;
      for (let i = 0; i < 1000; i++) {
        const outcome =
          shared[0] === 1
            ? kernel.takeRate(key, 0, 1, rate, 77, limits.TAKE)
            : kernel.takeQuota(key, 0, 1, 1000, 0, 1e9, 77, limits.TAKE);
        if (outcome === limits.TAKEN) granted += 1;
      }
      return granted;
    };
    for (let round = 0; round < 5; round++) {
      const shared = sharedNumbers(1);
      shared[0] = kind === 'rate' ? 1 : 0;
      const granted = await onThreads(4, createLimitsTable(1024), shared, work);
      expect(granted.reduce((sum, one) => sum + one)).toBe(1000);
    }
  });

  it('never have more than the permits out, while another thread frees buckets all the time', async () => {
    // 24 keys in 32 slots, most used the first three: permits that nobody holds are freed at once. [0..23] permits out, [24..31] granted for good, [32] at work.
    const shared = sharedNumbers(33);
    const table = createLimitsTable(32);
    const results = await onThreads(4, table, shared, ({ kernel, limits, index, random, shared }) => {
      const most = (key: number): number => 1 + (key % 3);
      const rate = { capacity: 5, unitsPerMs: 1, unitsPerToken: 1_000_000 };
      let wrong = 0;
      let work = 0;
      if (index === 0) {
        while (Atomics.load(shared, 32) < 3) work += kernel.sweep(1_000_000, 0);
        return { wrong, work };
      }
      const keys = Array.from({ length: 24 }, (_, i) => kernel.key(`permits ${i}`, true));
      const rates = Array.from({ length: 8 }, (_, i) => kernel.key(`rate ${i}`, true));
      for (let i = 0; i < 400_000; i++) {
        const at = random(2) === 0 ? random(3) : random(keys.length);
        const key = keys[at] as (typeof keys)[number];
        if (i % 100 === 0 && kernel.takeRate(rates[i % 8] as typeof key, 0, 1, rate, 1_000_000, 0) === 1)
          Atomics.add(shared, 24 + (i % 8), 1);
        if (kernel.takeQuota(key, 0, 1, most(at), 0, 0, 1_000_000, limits.HOLD) !== limits.TAKEN) continue;
        work += 1;
        if (Atomics.add(shared, at, 1) + 1 > most(at)) wrong += 1;
        Atomics.sub(shared, at, 1);
        kernel.settleQuota(key.slot, 1, 0);
      }
      Atomics.add(shared, 32, 1);
      return { wrong, work };
    });
    expect(results.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0]);
    // The sweeper freed, and the others got permits.
    for (const { work } of results) expect(work).toBeGreaterThan(100);
    // i % 100 === 0 and i % 8: the even quarter of the rates. Each gave its five once.
    expect([...shared.subarray(24, 32)]).toEqual([5, 0, 0, 0, 5, 0, 0, 0]);
    const kernel = LimitsKernel.load(table);
    kernel.sweep(1_000_000, 0);
    expect(kernel.live).toBe(2);
  });

  it('are granted no more than a rate refills while buckets are freed and the clock runs', async () => {
    // [0..7] granted, [8] the clock in ms, [9] at work.
    const shared = sharedNumbers(10);
    const results = await onThreads(4, createLimitsTable(16), shared, thread => {
      const { kernel, limits, index, random, shared } = thread;
      const rate = { capacity: 3, unitsPerMs: 1, unitsPerToken: 7 };
      let wrong = 0;
      let freed = 0;
      if (index === 0) {
        while (Atomics.load(shared, 9) < 3) {
          freed += kernel.sweep(Atomics.add(shared, 8, random(3) === 0 ? 600 : 1), 0);
        }
        return { wrong, freed };
      }
      const keys = Array.from({ length: 8 }, (_, i) => kernel.key(`${i}`, true));
      for (let i = 0; i < 100_000; i++) {
        const at = random(8);
        const nowMs = Atomics.load(shared, 8);
        const key = keys[at] as (typeof keys)[number];
        if (kernel.takeRate(key, 0, 1, rate, nowMs, limits.TAKE) !== limits.TAKEN) continue;
        const granted = Atomics.add(shared, at, 1) + 1;
        if (granted > rate.capacity + Atomics.load(shared, 8) / rate.unitsPerToken) wrong += 1;
      }
      Atomics.add(shared, 9, 1);
      return { wrong, freed };
    });
    expect(results.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0]);
    expect(results[0]?.freed).toBeGreaterThan(0);
  });
});

describe('a transaction', () => {
  it('is not refused for what another one took and gave back', async () => {
    const results = await onThreads(2, createLimitsTable(64), sharedNumbers(1), thread => {
      const { kernel, hold, limits, index, shared } = thread;
      const wish = (name: string, limit: number): InstanceType<typeof hold.Wish> =>
        Object.assign(new hold.Wish(kernel.key(name)), { amount: 1, limit, endsMs: 1e9 });
      let refused = 0;
      if (index === 0) {
        // What holdAll() does once its look was right and its hold is refused: takes the only one of `a`, gives it back; again and again.
        const key = kernel.key('a');
        while (Atomics.load(shared, 0) === 0) {
          kernel.beginTransaction();
          const taken = kernel.takeQuota(key, 0, 1, 1, 0, 1e9, 1, limits.HOLD) === limits.TAKEN;
          for (let i = 0; i < 300; i++) Atomics.load(shared, 0);
          if (taken) kernel.settleQuota(key.slot, 1, 0);
          kernel.endTransaction(taken);
          // Tries are bounded: who always finds it taken is refused in the end.
          for (let i = 0; i < 600; i++) Atomics.load(shared, 0);
        }
        return refused;
      }
      const wishes = [wish('a', 1), wish('open', 1)];
      for (let i = 0; i < 3000; i++) {
        const count = 1 + (i % 2);
        if (hold.holdAll(kernel, wishes, count, 1) >= 0) refused += 1;
        else for (let n = 0; n < count; n++) hold.settle(kernel, wishes[n] as (typeof wishes)[number], 0, 1);
      }
      Atomics.store(shared, 0, 1);
      return refused;
    });
    expect(results).toEqual([0, 0]);
  });
});
