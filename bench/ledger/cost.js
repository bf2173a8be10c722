// What does the ledger cost a request in a whole gateway at 64 connections: on the thread that serves, and in the process beside it?
//
//   npm run build && node bench/ledger/cost.js [--requests 60000] [--warm-up 20000] [--connections 64] [--results file.json]
//
// CPU time of every thread from /proc. The ledger's worker is a thread of its own, the busiest after the one that serves: all that it ran is the index. On the thread
// that serves the journal's part is the share of a second run's CPU profile whose stacks go through dist/ledger/journal/ (the writes to the file included, but not what
// goes on in the pipeline once an entry is written), times that thread's CPU. Bars: 14 µs a request for both together, 5 of them on the thread that serves. Not shown: what a disk does under fsync. Linux only.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GATEWAY_CORE, launch, OTHER_CORE, program, runLoad } from '../gateway/processes.js';
import { weir } from '../gateway/rivals/weir.js';
import { PATH } from '../gateway/workload.js';

const LEDGER = '/dist/ledger/journal/';
const PIPELINE = '/dist/pipeline/';

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '60000' },
    'warm-up': { type: 'string', default: '20000' },
    connections: { type: 'string', default: '64' },
    results: { type: 'string' },
  },
});
const [requests, connections] = [Number(options.requests), Number(options.connections)];

/** tid → µs run so far (proc(5), schedstat: the first number is ns). */
function threads(pid) {
  const found = new Map();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const [ran] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
    found.set(Number(tid), Number(ran) / 1000);
  }
  return found;
}

async function underLoad(extra, look) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cost-'));
  const upstream = await launch({ argv: [process.execPath, program('upstream'), 'json'], core: OTHER_CORE });
  const plan = await weir.start({ upstreamPort: upstream.port, folder });
  const [node, ...args] = plan.argv;
  const profiles = join(folder, 'profiles');
  mkdirSync(profiles);
  const argv = [node, ...extra(profiles), ...args];
  const gateway = await launch({ ...plan, argv, core: GATEWAY_CORE });
  const load = { kind: 'load', mode: 'json', url: `http://127.0.0.1:${gateway.port}${PATH}`, connections };
  try {
    await runLoad({ ...load, headers: {}, amount: Number(options['warm-up']) });
    const result = await look({
      pid: gateway.pid,
      profiles,
      adminUrl: plan.adminUrl,
      load: amount => runLoad({ ...load, headers: {}, amount }),
      stop: gateway.stop,
    });
    return result;
  } finally {
    await gateway.stop();
    await upstream.stop();
    rmSync(folder, { recursive: true });
  }
}

/** µs a request by thread, the busiest first; `main` is the process' first thread. Asking for a record makes the ledger catch up. */
function spent() {
  return underLoad(
    () => [],
    async ({ pid, adminUrl, load }) => {
      const caughtUp = () => fetch(`${adminUrl}/api/requests?limit=1`).then(response => response.text());
      await caughtUp();
      const before = threads(pid);
      const { done, perSecond } = await load(requests);
      await caughtUp();
      const rows = [...threads(pid)]
        .map(([tid, micros]) => ({ main: tid === pid, micros: (micros - (before.get(tid) ?? 0)) / done }))
        .filter(({ micros }) => micros >= 0.05)
        .sort((a, b) => b.micros - a.micros);
      return { perSecond, threads: rows, micros: rows.reduce((sum, { micros }) => sum + micros, 0) };
    },
  );
}

/** Of each thread's profile: how much of what it ran went through the ledger's code, and whose thread it is. */
function shares() {
  return underLoad(
    folder => ['--cpu-prof', '--cpu-prof-dir', folder],
    async ({ profiles, load, stop }) => {
      await load(requests);
      await stop();
      return readdirSync(profiles).map(name =>
        shareOf(JSON.parse(readFileSync(join(profiles, name), 'utf8'))),
      );
    },
  );
}

function shareOf({ nodes, samples, timeDeltas }) {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id])));
  const byId = new Map(nodes.map(node => [node.id, node]));
  const through = new Map();
  const ledgerOf = id => {
    if (id === undefined) return false;
    let known = through.get(id);
    if (known === undefined) {
      const { url } = byId.get(id).callFrame;
      known = url.includes(LEDGER) || (!url.includes(PIPELINE) && ledgerOf(parents.get(id)));
      through.set(id, known);
    }
    return known;
  };
  let [all, ledger] = [0, 0];
  for (const [i, id] of samples.entries()) {
    if (byId.get(id).callFrame.functionName === '(idle)') continue;
    all += timeDeltas[i];
    if (ledgerOf(id)) ledger += timeDeltas[i];
  }
  const serves = nodes.some(({ callFrame }) => callFrame.url.includes(PIPELINE));
  const indexes = nodes.some(({ callFrame }) => callFrame.url.includes('/dist/ledger/index/'));
  return { serves, indexes, ranMs: all / 1000, ledgerMs: ledger / 1000 };
}

const cost = await spent();
const profiled = await shares();
const [serving, second] = cost.threads.filter(({ main }) => !main);
const serves = profiled.filter(one => one.serves).sort((a, b) => b.ranMs - a.ranMs)[0];
const share = serves === undefined ? null : serves.ledgerMs / serves.ranMs;
const journal = share === null ? null : share * serving.micros;
const index = profiled.some(one => one.indexes && !one.serves) ? (second?.micros ?? null) : null;
console.log(`${cost.micros.toFixed(1)} µs CPU a request in all, ${cost.perSecond.toFixed(0)} requests/s`);
for (const { main, micros } of cost.threads.slice(0, 6))
  console.log(`  ${main ? 'main' : 'thread'} ${micros.toFixed(2)} µs`);
console.log(
  `thread that serves: ${((share ?? 0) * 100).toFixed(1)} % in the journal, ${journal?.toFixed(2)} µs (bar 5)`,
);
console.log(`index: ${index?.toFixed(2)} µs`);
console.log(`journal and index: ${((journal ?? 0) + (index ?? 0)).toFixed(2)} µs (bar 14)`);
if (options.results !== undefined)
  writeFileSync(
    options.results,
    `${JSON.stringify({ ...cost, profiled, share, journal, index }, null, 2)}\n`,
  );
