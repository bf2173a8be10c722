// Runs the same function on several threads at once, over one table of limits and one shared array of numbers.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type * as limits from '../../src/kernel/limits.js';
import type * as hold from '../../src/kernel/limits-hold.js';
import type * as rate from '../../src/kernel/limits-rate.js';
import type { LimitsTable } from '../../src/kernel/limits-table.js';

/** What a thread's function gets. It is sent as text, so it uses nothing but this. */
export interface Thread {
  readonly kernel: limits.LimitsKernel;
  readonly limits: typeof limits;
  readonly hold: typeof hold;
  readonly rate: typeof rate;
  /** 0 to threads - 1. */
  readonly index: number;
  readonly threads: number;
  /** Zeros, the same for all. */
  readonly shared: Int32Array;
  /** Returns when all threads have called it as often. */
  meet(): void;
  /** A whole number from 0 to below - 1; each thread has another sequence. */
  random(below: number): number;
}

const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { folder, table, index, threads, shared, gate, work } = workerData;
  const load = name => import(new URL(name, folder).href);
  Promise.all([load('limits.js'), load('limits-hold.js'), load('limits-rate.js')]).then(
    ([limits, hold, rate]) => {
      const kernel = limits.LimitsKernel.load(table);
      let met = 0;
      const meet = () => {
        met += threads;
        if (Atomics.add(gate, 0, 1) + 1 === met) Atomics.notify(gate, 0);
        for (let now = Atomics.load(gate, 0); now < met; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now);
      };
      let state = (index + 1) * 0x9e3779b9;
      const random = below => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) % below;
      };
      const run = (0, eval)('(' + work + ')');
      meet();
      parentPort.postMessage(run({ kernel, limits, hold, rate, index, threads, shared, meet, random }));
    },
  );
`;

/** Their results, in the threads' order. */
export async function onThreads<T>(
  threads: number,
  table: LimitsTable,
  shared: Int32Array,
  work: (thread: Thread) => T,
): Promise<T[]> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const folder = new URL('../../dist/kernel/', import.meta.url).href;
  const workers = Array.from({ length: threads }, (_, index) => {
    const workerData = { folder, table, index, threads, shared, gate, work: work.toString() };
    return new Worker(PROGRAM, { eval: true, workerData });
  });
  try {
    return await Promise.all(workers.map(async worker => (await once(worker, 'message'))[0] as T));
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
}

export function sharedNumbers(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}
