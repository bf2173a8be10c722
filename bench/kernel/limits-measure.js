// What bench/kernel/limits.js measures, each in a process of its own: CPU nanoseconds an operation, all threads together.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { FORCE, HOLD, LimitsKernel, TAKE } from '../../dist/kernel/limits.js';
import { rateUnits } from '../../dist/kernel/limits-rate.js';
import { createLimitsTable } from '../../dist/kernel/limits-table.js';
import { MapTwin } from './limits-twin.js';

const NAME = 'team-tokens|1m|consumer=team-a|model=gpt-4o-mini';
const RATE = { capacity: 1_000_000, ...rateUnits(1_000_000, 60_000) };
const START_MS = 1_000_000;
/** Takes in a millisecond of the bench's clock: a little over what the rate refills, so that some are refused. */
const TAKES_A_MS = 17;
const nameOf = i => `${NAME}|user-${i}`;

/** CPU ns an operation of `work(count)`, after it was warmed up. */
function timed(count, work) {
  work(Math.ceil(count / 4));
  const before = process.cpuUsage();
  const result = work(count);
  const { user, system } = process.cpuUsage(before);
  return { nanos: ((user + system) * 1000) / count, result };
}

function takes(kernel, name, count) {
  const key = kernel.key(name);
  let granted = 0;
  for (let i = 0; i < count; i++) {
    granted += kernel.takeRate(key, 0, 1, RATE, START_MS + Math.floor(i / TAKES_A_MS), TAKE);
  }
  return granted;
}

const alone = work => count => timed(count, work(LimitsKernel.load(createLimitsTable(1024))));

/** Two threads take as often; each says ready, waits for the gate and says done. */
async function together(count, sameBucket) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const table = createLimitsTable(1024);
  const workers = [0, 1].map(index => {
    const data = { gate, table, count, name: sameBucket ? NAME : nameOf(index) };
    return new Worker(fileURLToPath(import.meta.url), { workerData: data });
  });
  await Promise.all(workers.map(worker => once(worker, 'message')));
  const done = workers.map(worker => once(worker, 'message'));
  const before = process.cpuUsage();
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  const granted = (await Promise.all(done)).reduce((sum, [one]) => sum + one, 0);
  const { user, system } = process.cpuUsage(before);
  await Promise.all(workers.map(worker => worker.terminate()));
  return { nanos: ((user + system) * 1000) / (2 * count), result: granted };
}

if (!isMainThread) {
  const { gate, table, count, name } = workerData;
  const kernel = LimitsKernel.load(table);
  takes(kernel, name, Math.ceil(count / 4));
  parentPort.postMessage('ready');
  Atomics.wait(gate, 0, 0);
  parentPort.postMessage(takes(kernel, name, count));
}

const residentBytes = () => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

/** An order in which each of `count` comes once, with no pattern that a processor could foresee. */
function shuffled(count) {
  const order = new Int32Array(count).map((_, i) => i);
  let state = 1;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

/** `count` keys: bytes of memory each (names and order not counted), and takes in random order. */
function many(count, variant) {
  const names = Array.from({ length: count }, (_, i) => Buffer.from(nameOf(i)).toString('latin1'));
  const order = shuffled(count);
  const take = variant === 'twin' ? twinTake(names) : kernelTake(names, variant === 'hint');
  const before = residentBytes();
  const each = () => {
    let granted = 0;
    for (let i = 0; i < count; i++) if (take(order[i])) granted += 1;
    return granted;
  };
  const filled = each();
  const bytes = (residentBytes() - before) / count;
  const begun = process.cpuUsage();
  const granted = each();
  const { user, system } = process.cpuUsage(begun);
  return { nanos: ((user + system) * 1000) / count, bytes, result: filled + granted };
}

function twinTake(names) {
  const twin = new MapTwin();
  return i => twin.take(names[i], 1, RATE.capacity, 1_000_000 / 60_000, START_MS);
}

/** With `hint` the host knows each key and where it was; without, it hashes the name each time. */
function kernelTake(names, hint) {
  const kernel = LimitsKernel.load(createLimitsTable());
  const keys = hint ? names.map(name => kernel.key(name)) : [];
  return i => kernel.takeRate(hint ? keys[i] : kernel.key(names[i]), 0, 1, RATE, START_MS, TAKE) === 1;
}

/** By name: count → { nanos, result, bytes? }. */
export const MEASURES = {
  take: alone(kernel => count => takes(kernel, NAME, count)),
  'take and read what it found': alone(kernel => count => {
    const key = kernel.key(NAME);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      kernel.takeRate(key, 0, 1, RATE, START_MS + Math.floor(i / TAKES_A_MS), TAKE);
      sum += kernel.available + kernel.waitMs + kernel.heldBefore;
    }
    return sum;
  }),
  'take of a quota': alone(kernel => count => {
    const key = kernel.key(NAME);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += kernel.takeQuota(key, 0, 1, 1e6, 1, 1e9, START_MS, TAKE);
    return sum;
  }),
  'hold and settle': alone(kernel => count => {
    const key = kernel.key(NAME);
    for (let i = 0; i < count; i++) {
      kernel.takeRate(key, 0, 100, RATE, START_MS + i, HOLD | FORCE);
      kernel.settleRate(key.slot, 100, 10, RATE, START_MS + i);
    }
    return count;
  }),
  'hash of a key of 48 characters': alone(kernel => count => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += kernel.key(NAME).slot;
    return sum;
  }),
  'take, twin': count =>
    timed(count, many => {
      const twin = new MapTwin();
      let granted = 0;
      for (let i = 0; i < many; i++) {
        const nowMs = START_MS + Math.floor(i / TAKES_A_MS);
        if (twin.take(NAME, 1, RATE.capacity, 1_000_000 / 60_000, nowMs)) granted += 1;
      }
      return granted;
    }),
  'take, 2 threads, one bucket': count => together(count, true),
  'take, 2 threads, two buckets': count => together(count, false),
  'one of many keys, known': count => many(count, 'hint'),
  'one of many keys, by name': count => many(count, 'name'),
  'one of many keys, by name, twin': count => many(count, 'twin'),
};

/** A short name of what the measures found, so that two runs can be seen to have done the same work. */
export const workOf = results =>
  createHash('sha256').update(JSON.stringify(results)).digest('hex').slice(0, 16);
