// What does good traffic feel of a plugin that loops until its fuel ends, 20 times a second, and does one hook's length explain it?
//
//   npm run build && node bench/plugin/beside.js [--seconds 30] [--window 5] [--rate 300] [--bad 20] [--only NAME,…] [--results file.json]
//
// One gateway with one data-plane thread on core 0; load and upstream on core 1. Good requests come at random moments, well below what the thread can
// do; bad ones have a header that a policy's `when` asks for. For each bad plugin short windows in turn, alone and beside, on the same gateway: medians
// over the windows and the worst of them. One window of 30 s says nothing where the host takes the core away or the collector of the engine, whose
// helpers share that core, marks the heap (100 to 250 ms, alone as well as beside).
// Where 20 a second of an inline hook would keep the thread busy for more than 40 % of the time, as many as fill 40 %, and that is said.
// Bar: the p99 of the good traffic rises by no more than one hook (its step's own µs) and the queue behind it. Every good request must be answered whole,
// every bad one must have failed for a reason that is on record; afterwards threads and memory are looked at. Linux only.
// Non-goals: throughput at saturation. Of isolated hooks the worker shares the gateway's one core here, as on a machine that has no other.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  cpuMicros,
  GATEWAY_CORE,
  launch,
  OTHER_CORE,
  program,
  runLoad,
  runPinned,
} from '../gateway/processes.js';
import { circumstances } from '../gateway/report.js';
import { weir } from '../gateway/rivals/weir.js';
import { PATH, requestHeaders } from '../gateway/workload.js';
import { GUESTS, guestBytes } from './beside-guests.js';
import { expectedQuantile, inWords, latencies, longestWaitMs, quantile, shareMet } from './waits.js';
import { inFigures, isDisturbed, summary, sums, watched } from './windows.js';

const MILLION = 1_000_000;
const FILL_MAX = 0.4;
const PROBES = 5;
const IDLE_WORKERS_END_MS = 60_000;
const variant = (guest, fuel, run, deadline = '10s') => ({
  name: `${guest}, fuel ${fuel / MILLION} M, ${run}`,
  guest,
  fuel,
  run,
  deadline,
});
const VARIANTS = [
  variant('tight loop', 10 * MILLION, 'inline'),
  variant('tight loop', MILLION, 'inline'),
  variant('tight loop', 10 * MILLION, 'isolated'),
  variant('hops through 16 MiB', 10 * MILLION, 'isolated', '250ms'),
  variant('hops through 16 MiB', 10 * MILLION, 'auto', '250ms'),
  variant('hops through 16 MiB', 10 * MILLION, 'inline'),
  variant('counter_add', 10 * MILLION, 'inline'),
  variant('counter_add, new keys', 10 * MILLION, 'inline'),
  variant('fills of 1 MiB', 10 * MILLION, 'inline'),
].map((one, i) => ({ ...one, model: `bad-${i}` }));

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    window: { type: 'string', default: '5' },
    rate: { type: 'string', default: '300' },
    bad: { type: 'string', default: '20' },
    'warm-up': { type: 'string', default: '20000' },
    only: { type: 'string', default: VARIANTS.map(({ name }) => name).join(';') },
    results: { type: 'string' },
  },
});
const [seconds, rate, badRate, window] = [options.seconds, options.rate, options.bad, options.window].map(
  Number,
);
const windowSeconds = Math.min(window, seconds);
/** Pairs of windows of each bad plugin. */
const pairs = Math.max(1, Math.round(seconds / windowSeconds));
const chosen = options.only.split(';').map(name => {
  const found = VARIANTS.find(one => one.name === name);
  if (found === undefined)
    throw new Error(`${name} is not one of ${VARIANTS.map(one => one.name).join('; ')}`);
  return found;
});

function policies(folder) {
  const lines = chosen.map(({ guest, fuel, run, deadline, model }) => {
    const file = join(folder, `${model}.wasm`);
    writeFileSync(file, guestBytes(guest));
    const plugin = `file: ${file}, fuel: ${fuel}, run: ${run}, deadline: ${deadline}, grant: [${GUESTS[guest].grants.join(', ')}]`;
    return `  - { name: ${model}, when: 'request.headers["x-bad"] == "${model}"', plugin: { ${plugin} } }`;
  });
  return ['policies:', ...lines];
}

const loadFile = fileURLToPath(new URL('./beside-load.js', import.meta.url));

function taken(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const residentMiB = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  return { threads: readdirSync(`/proc/${pid}/task`).length, residentMiB };
}

/** Steps of the bad requests' plugin: how long each hook took, and why it failed. */
async function stepsOf(adminUrl, { model }, wanted) {
  for (const endMs = Date.now() + 10_000; ; ) {
    const response = await fetch(`${adminUrl}/api/requests?model=${model}&limit=1000`);
    const { items } = await response.json();
    const steps = items.flatMap(item =>
      item.steps.filter(step => step.kind === 'plugin' && step.policy === model),
    );
    const failed = steps.filter(({ verdict }) => verdict === 'failed');
    if (failed.length >= Math.min(wanted, 1000) || Date.now() > endMs)
      return failed.map(({ micros, evidence }) => ({
        micros,
        failure: evidence.failure,
        fuel: evidence.fuel,
      }));
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** The gateway under one load. `variant` null: good traffic alone. */
class Bench {
  /** Good latencies of the first load. */
  #alone = null;
  #serviceMs = 0;
  #sent = new Map();

  constructor(gateway, adminUrl) {
    this.gateway = gateway;
    this.adminUrl = adminUrl;
    this.url = `http://127.0.0.1:${gateway.port}${PATH}`;
  }

  async #run(spec, one) {
    const bad = one === null ? null : { headers: { 'x-bad': one.model }, model: one.model };
    const result = await runPinned(loadFile, { url: this.url, rate: 0, badRate: 0, bad, ...spec });
    const { goodAnswers, incomplete } = result;
    if (incomplete > 0 || Object.keys(goodAnswers).some(name => name !== '200'))
      throw new Error(
        `good traffic failed beside ${one?.name}: ${JSON.stringify(goodAnswers)}, ${incomplete} incomplete`,
      );
    if (one !== null) this.#sent.set(one, (this.#sent.get(one) ?? 0) + result.badMs.length);
    return result;
  }

  async alone() {
    const before = cpuMicros(this.gateway.pid);
    const { goodMs } = await this.#run({ seconds, rate }, null);
    const cpuMicrosEach = (cpuMicros(this.gateway.pid) - before) / goodMs.length;
    if (this.#alone === null) {
      this.#alone = goodMs;
      this.#serviceMs = cpuMicrosEach / 1000;
    }
    return { requests: goodMs.length, cpuMicros: cpuMicrosEach, ...latencies(goodMs) };
  }

  /** How many a second of it the thread can bear, found by a few of them. */
  async #bearable(one) {
    await this.#run({ seconds: 1, badRate: PROBES }, one);
    const probed = await stepsOf(this.adminUrl, one, this.#sent.get(one));
    const hookMs = quantile(
      probed.map(({ micros }) => micros / 1000),
      0.5,
    );
    const fits = Math.floor((FILL_MAX * 1000) / hookMs);
    return { hookMs, perSecond: one.run === 'inline' ? Math.max(1, Math.min(badRate, fits)) : badRate };
  }

  /** Windows alone and beside, one after another. */
  async #inTurn(one, perSecond) {
    const [alone, beside] = [[], []];
    for (let i = 0; i < pairs; i++) {
      const spec = { seconds: windowSeconds, rate };
      alone.push(await watched(this.gateway.pid, () => this.#run(spec, null)));
      beside.push(await watched(this.gateway.pid, () => this.#run({ ...spec, badRate: perSecond }, one)));
    }
    return [alone, beside];
  }

  async beside(one) {
    const { hookMs: probedMs, perSecond } = await this.#bearable(one);
    const [alone, beside] = await this.#inTurn(one, perSecond);
    const sent = this.#sent.get(one);
    const steps = await stepsOf(this.adminUrl, one, sent);
    const reasons = {};
    for (const { failure } of steps) reasons[failure] = (reasons[failure] ?? 0) + 1;
    const hooksMs = steps.map(({ micros }) => micros / 1000);
    const own = summary(alone);
    const aloneMs = alone.flatMap(({ goodMs }) => goodMs);
    const inline = one.run === 'inline';
    const hookMs = quantile(hooksMs, 0.5);
    const met = inline ? shareMet(hookMs, perSecond, own.p50) : null;
    const waitMs = inline ? longestWaitMs(quantile(hooksMs, 0.99), rate, this.#serviceMs) : null;
    const found = summary(beside);
    const badMs = beside.flatMap(window => window.badMs);
    const row = {
      name: one.name,
      perSecond,
      probedMs,
      hookMs,
      requests: beside.reduce((sum, { goodMs }) => sum + goodMs.length, 0),
      ...found,
      alone: own,
      disturbed: [own, found].some(figures => isDisturbed(figures, windowSeconds)),
      badAnswers: sums(beside.map(({ badAnswers }) => badAnswers)),
      badP50: quantile(badMs, 0.5),
      reasons,
      fuels: [...new Set(steps.map(({ fuel }) => fuel))],
      onRecord: steps.length,
      sent,
      met,
      waitMs,
      riseMs: found.p99 - own.p99,
    };
    if (!inline) return row;
    const expectedRiseMs = expectedQuantile(aloneMs, { met, waitMs }, 0.99) - quantile(aloneMs, 0.99);
    return { ...row, expectedRiseMs, ...inWords({ ...row, expectedRiseMs }) };
  }
}

async function afterwards(gateway, bench, before) {
  const endMs = Date.now() + IDLE_WORKERS_END_MS;
  while (taken(gateway.pid).threads > before.threads && Date.now() < endMs)
    await new Promise(resolve => setTimeout(resolve, 250));
  const again = await bench.alone();
  return { again, before, after: taken(gateway.pid) };
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-beside-'));
  const running = [];
  const started = async options => {
    running.push(await launch(options));
    return running.at(-1);
  };
  try {
    const argv = [process.execPath, program('upstream'), 'json'];
    const upstream = await started({ argv, core: OTHER_CORE });
    const plan = await weir.start({ upstreamPort: upstream.port, folder, more: policies(folder) });
    const gateway = await started({ ...plan, core: GATEWAY_CORE });
    return await measure(gateway, plan.adminUrl);
  } finally {
    // Also where the gateway did not start.
    for (const one of running.toReversed()) await one.stop();
    rmSync(folder, { recursive: true });
  }
}

async function measure(gateway, adminUrl) {
  const bench = new Bench(gateway, adminUrl);
  await runLoad({
    kind: 'load',
    mode: 'json',
    url: bench.url,
    headers: requestHeaders,
    connections: 16,
    amount: Number(options['warm-up']),
  });
  const before = taken(gateway.pid);
  const alone = await bench.alone();
  tellAlone('alone', alone);
  const rows = [];
  for (const one of chosen) {
    rows.push(await bench.beside(one));
    tell(rows.at(-1));
  }
  const end = await afterwards(gateway, bench, before);
  tellAlone('alone again', end.again);
  const { after } = end;
  console.log(
    `threads ${before.threads} before and ${after.threads} after; resident ${before.residentMiB.toFixed(0)} MiB before and ${after.residentMiB.toFixed(0)} MiB after`,
  );
  return {
    where: circumstances(),
    settings: { seconds, windowSeconds, rate, badRate },
    alone,
    rows,
    ...end,
  };
}

const ms = value => value.toFixed(2).padStart(8);

function tellAlone(name, { p50, p99, p999, requests, cpuMicros: micros }) {
  console.log(
    `${name.padEnd(46)} p50${ms(p50)} p99${ms(p99)} p99.9${ms(p999)} ms of ${requests}; CPU ${micros.toFixed(0)} µs a request`,
  );
}

function tell(row) {
  const { name, p50, p99, requests, perSecond, badAnswers, reasons, onRecord, sent, sentence, hookMs } = row;
  console.log(`${name.padEnd(46)} p50${ms(p50)} p99${ms(p99)} ms of ${requests}`);
  console.log(`  alone:  ${inFigures(row.alone)}`);
  console.log(`  beside: ${inFigures(row)}`);
  if (row.disturbed)
    console.log('  DISTURBED: others had the core for over 5 % of the time; run it again on a quiet machine');
  const fewer =
    perSecond < badRate
      ? ` (${badRate} a second would fill ${((badRate * hookMs) / 10).toFixed(0)} % of the thread: ${perSecond} a second instead)`
      : '';
  console.log(
    `  bad: ${JSON.stringify(badAnswers)}, on record ${onRecord} of ${sent}: ${JSON.stringify(reasons)}${fewer}`,
  );
  if (sentence !== undefined) console.log(`  ${sentence}`);
}

const result = await main();
if (options.results !== undefined) writeFileSync(options.results, `${JSON.stringify(result, null, 2)}\n`);
