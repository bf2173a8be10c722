// What does Weir cost, in CPU time per request and per streamed event, beside the smallest proxy that could do its job?
// Usage: npm run bench -- [--mode json,sse0,sse2] [--rounds 5] [--seconds 5] [--only weir,bare] [--name local-gateway]
//        [--out bench/results] [--connections 64]. How it measures and how to read it: bench/README.md.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuMicros, GATEWAY_CORE, launch, OTHER_CORE, program, runLoad } from './processes.js';
import { circumstances, markdown, store } from './report.js';
import { bare } from './rivals/bare.js';
import { nginx } from './rivals/nginx.js';
import { portkey } from './rivals/portkey.js';
import { upstream } from './rivals/upstream.js';
import { weir } from './rivals/weir.js';
import { weirFull } from './rivals/weir-full.js';
import { summarise, verdict, verdictOfAll } from './stats.js';
import { MODES, PATH, workHash } from './workload.js';

const RIVALS = [upstream, bare, weir, weirFull, nginx, portkey];
/**
 * Until V8 has compiled the hot paths for good: with everything on that took 20 s and as many thousand requests, and what is measured before costs up
 * to twice as much. The first load that ends also throws optimised code away, since clients leave for the first time: so in several loads.
 */
const WARM_UP = { unitsPerSecond: 6000, loadSeconds: 2, slowest: 3 };

const settings = readSettings();
const skipped = {};
const rivals = RIVALS.filter(rival => settings.only.includes(rival.name) && isThere(rival));
await main().catch(error => fail(error.message, 1));

async function main() {
  const modes = {};
  for (const mode of settings.modes) modes[mode] = await measureMode(mode);
  const { out: _out, ...shown } = settings; // a folder of this machine is no part of the result
  const result = { where: circumstances(), settings: shown, work: workHash(settings.modes), skipped, modes };
  store(settings.out, settings.name, result);
  console.log(markdown(settings.name, result));
}

function isThere(rival) {
  const why =
    process.platform === 'linux' ? rival.missing() : 'CPU time is read from /proc, which only Linux has';
  if (why === null) return true;
  skipped[rival.name] = why;
  console.error(`skipping ${rival.name}: ${why}`);
  return false;
}

async function measureMode(mode) {
  const variants = Object.fromEntries(rivals.map(({ name, title }) => [name, { title, samples: [] }]));
  for (let round = 0; round < settings.rounds; round += 1) {
    const order = round % 2 === 0 ? rivals : [...rivals].reverse();
    for (const rival of order) {
      const sample = await measure(rival, mode).catch(cause => {
        throw new Error(`void: ${rival.name} in ${mode}, round ${round + 1}: ${cause.message}`, { cause });
      });
      variants[rival.name].samples.push(sample);
      console.error(
        `${mode} ${round + 1}/${settings.rounds} ${rival.name}: ${sample.cpuMicros.toFixed(1)} µs per ${MODES[mode].unit}`,
      );
    }
  }
  for (const variant of Object.values(variants)) variant.summary = summarise(variant.samples);
  return { variants, verdict: verdict(mode, variants), verdictOfAll: verdictOfAll(mode, variants) };
}

/** One rival, fresh processes: warm up, load, look at its CPU time, then the unloaded time to the first byte. */
async function measure(rival, mode) {
  const folder = mkdtempSync(join(os.tmpdir(), 'weir-bench-'));
  const running = [];
  const run = async options => {
    const started = await launch(options);
    running.unshift(started); // the gateway ends before its upstream
    return started;
  };
  try {
    const alone = rival.start === upstream.start;
    const provider = await run({
      argv: [process.execPath, program('upstream'), mode],
      core: alone ? GATEWAY_CORE : OTHER_CORE,
    });
    const plan = await rival.start({ upstreamPort: provider.port, folder });
    const gateway = plan === null ? provider : await run({ ...plan, core: GATEWAY_CORE });
    return await loadAndLook(gateway, provider, mode, plan?.headers ?? {});
  } finally {
    for (const started of running) await started.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loadAndLook(gateway, provider, mode, headers) {
  const url = `http://127.0.0.1:${gateway.port}${PATH}`;
  const common = { kind: 'load', url, mode, headers, connections: settings.connections };
  const perSecondWarm = await warmUp(common, mode);
  const amount = Math.max(settings.connections, Math.round(perSecondWarm * settings.seconds));
  const before = cpuMicros(gateway.pid);
  const { done, perSecond, p50Ms, p99Ms } = await runLoad({ ...common, amount });
  const cpu = (cpuMicros(gateway.pid) - before) / done / MODES[mode].units;
  const sample = { requests: done, cpuMicros: cpu, perSecond, p50Ms, p99Ms, addedMicros: null };
  const samples = MODES[mode].ttfbSamples;
  if (gateway === provider || samples === 0) return sample;
  const direct = `http://127.0.0.1:${provider.port}${PATH}`;
  return { ...sample, ...(await runLoad({ kind: 'ttfb', url, direct, mode, headers, samples })) };
}

/** Loads until the work is done and some time has passed, or the time is up; returns requests/s of the last load. */
async function warmUp(common, mode) {
  const units = settings.warmUp * WARM_UP.unitsPerSecond;
  const seconds = Math.min(WARM_UP.loadSeconds, settings.warmUp);
  const startMs = Date.now();
  for (let sent = 0; ; ) {
    const { done, perSecond } = await runLoad({ ...common, seconds });
    sent += done * MODES[mode].units;
    const passed = (Date.now() - startMs) / 1000;
    if (sent >= units && passed >= settings.warmUp) return perSecond;
    if (passed >= settings.warmUp * WARM_UP.slowest) return perSecond;
  }
}

function readSettings() {
  const results = fileURLToPath(new URL('../results', import.meta.url));
  const values = parse({
    mode: { type: 'string', default: Object.keys(MODES).join(',') },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: RIVALS.map(({ name }) => name).join(',') },
    name: { type: 'string', default: 'local-gateway' }, // git ignores local-*
    out: { type: 'string', default: results },
  });
  const [modeNames, only] = [values.mode.split(','), values.only.split(',')];
  refuseUnknown('--mode', modeNames, Object.keys(MODES));
  refuseUnknown(
    '--only',
    only,
    RIVALS.map(({ name }) => name),
  );
  const numbers = Object.fromEntries(
    ['rounds', 'seconds', 'connections'].map(name => [name, positive(name, values[name])]),
  );
  const warmUp = positive('warm-up', values['warm-up']);
  return { modes: modeNames, only, name: values.name, out: values.out, warmUp, ...numbers };
}

function parse(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message, 2);
  }
}

function refuseUnknown(option, names, known) {
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length > 0) fail(`${option}: ${unknown.join(', ')} is not one of ${known.join(', ')}`, 2);
}

function positive(name, text) {
  const number = Number(text);
  if (!(Number.isInteger(number) && number > 0))
    fail(`--${name} is ${text}; must be a whole number from 1`, 2);
  return number;
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
