// What does counter_add cost: a known key, a read, a new key, and a key refused because the policy has its most, on one thread and on two?
//
//   node bench/plugin/counters.js [--rounds 5] [--adds 1000000] [--json]
//
// A fresh process a measure and round, the order reversed each round; CPU time of all threads, after a quarter as many that are not counted.
// The rival is a plain Map of this thread alone. Bar: an add to a known key costs at most 300 ns.
// Needs `npm run build`. Non-goals: the host's checks and fuel around it (bench/plugin's other files), a table that is nearly full.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { CounterTable, createCounters } from '../../dist/plugin/counters.js';
import { summary } from '../gateway/stats.js';

const BAR_NANOS = 300;
const WARM_UP = 1_760_000_000_000;
/** What the warm-up made has expired by then. */
const NOW = WARM_UP + 3_600_000;
const KEYS = Array.from({ length: 1000 }, (_, i) => Buffer.from(`consumer-${i}`));
const NEW_KEYS_MAX = 90_000;

/** Each does `count` operations on `table` and returns what they came to. */
const WORK = {
  'add to a known key': (table, count, now) => {
    let sum = 0n;
    for (let i = 0; i < count; i++) sum += table.add('quota', 10_000, KEYS[i % 1000], 1n, 60_000, now);
    return sum;
  },
  'read a known key': (table, count, now) => {
    let sum = 0n;
    for (const key of KEYS) table.add('quota', 10_000, key, 1n, 60_000, now);
    for (let i = 0; i < count; i++) sum += table.add('quota', 10_000, KEYS[i % 1000], 0n, 60_000, now);
    return sum;
  },
  'add to a new key': (table, count, now) => {
    let sum = 0n;
    const key = Buffer.alloc(12);
    for (let i = 0; i < count; i++) {
      key.writeInt32LE(i, 4);
      // The window of 1 s passes after 90,000 keys: then their places are used again.
      const at = now + Math.floor(i / NEW_KEYS_MAX) * 1_000;
      sum += table.add('quota', 100_000, key, 1n, 1_000, at);
    }
    return sum;
  },
  'be refused a new key': (table, count, now) => {
    let refused = 0n;
    const key = Buffer.alloc(12);
    for (let i = 0; i < count; i++) {
      key.writeInt32LE(i, 4);
      // 1,000 operations a ms of the window, so that recounts are in the figure.
      if (table.add('quota', 1_000, key, 1n, 60_000, now + Math.floor(i / 1000)) < 0n) refused += 1n;
    }
    return refused;
  },
  'rival: a Map': (_table, count, now) => {
    const map = new Map();
    let sum = 0n;
    for (let i = 0; i < count; i++) {
      const name = KEYS[i % 1000].toString('latin1');
      const known = map.get(name);
      if (known === undefined || known.until <= now) map.set(name, { sum: 1n, until: now + 60_000 });
      else known.sum += 1n;
      sum += map.get(name).sum;
    }
    return sum;
  },
};

const cpuNanos = before => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
};

async function measure(name, count, threads) {
  const memory = createCounters();
  WORK[name](new CounterTable(memory), Math.ceil(count / 4), WARM_UP);
  const workers = Array.from(
    { length: threads - 1 },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: { name, count, memory } }),
  );
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))));
  const done = workers.map(worker => new Promise(resolve => worker.once('message', resolve)));
  for (const worker of workers) worker.postMessage('go');
  const table = new CounterTable(memory);
  const before = process.cpuUsage();
  const result = WORK[name](table, count, NOW);
  await Promise.all(done);
  return { nanos: cpuNanos(before) / (count * threads), result: `${result}` };
}

if (!isMainThread) {
  const { name, count, memory } = workerData;
  const table = new CounterTable(memory);
  WORK[name](table, Math.ceil(count / 4), WARM_UP);
  parentPort.postMessage('ready');
  parentPort.once('message', () => parentPort.postMessage(`${WORK[name](table, count, NOW)}`));
} else {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      adds: { type: 'string', default: '1000000' },
      json: { type: 'boolean', default: false },
      measure: { type: 'string' },
      threads: { type: 'string', default: '1' },
    },
  });
  const adds = Number(options.adds);
  if (options.measure !== undefined)
    console.log(JSON.stringify(await measure(options.measure, adds, Number(options.threads))));
  else report(Number(options.rounds), adds, options.json);
}

function report(rounds, adds, json) {
  const names = [...Object.keys(WORK), 'add to a known key, 2 threads'];
  const samples = Object.fromEntries(names.map(name => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const [work, threads] = name.endsWith(', 2 threads') ? [name.slice(0, -11), 2] : [name, 1];
      const args = [
        fileURLToPath(import.meta.url),
        '--measure',
        work,
        '--threads',
        `${threads}`,
        '--adds',
        `${adds}`,
      ];
      samples[name].push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  const rows = names.map(name => {
    const results = new Set(samples[name].map(({ result }) => result));
    // Which of two threads sees which sum is chance.
    if (results.size > 1 && !name.endsWith('threads')) throw new Error(`${name} did different work`);
    return {
      name,
      work: name.endsWith('threads') ? null : samples[name][0].result,
      nanos: summary(samples[name].map(({ nanos }) => nanos)),
    };
  });
  if (json) return console.log(JSON.stringify({ adds, rows }));
  console.log('| | CPU ns an operation, median (smallest–largest) | work |\n| --- | --- | --- |');
  for (const { name, work, nanos } of rows)
    console.log(
      `| ${name} | ${nanos.median.toFixed(0)} (${nanos.min.toFixed(0)}–${nanos.max.toFixed(0)}) | ${work ?? ''} |`,
    );
  const { median } = rows[0].nanos;
  console.log(
    `\nadd: ${median.toFixed(0)} ns; bar ${BAR_NANOS} ns: ${median <= BAR_NANOS ? 'met' : 'missed'}`,
  );
}
