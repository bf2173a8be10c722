// Is any instruction cheaper in fuel than in time, and what does a module at the bounds of what may be loaded take? Every class of instructions in a loop until its
// fuel ends, in ns a unit against the tight loop; then modules at each bound: loading whole, making an instance, a hook, and a hook that fails for fuel.
//
//   npm run build && node bench/plugin/limits.js [--rounds 3] [--results file.json]
//
// A fresh process a round; CPU time. Bars: no class over 4 times the tight loop's ns a unit; no load over 1 s, which the quarantine's worker takes off the threads
// that serve. The imports' figures are hooks.js'. No bar for loads that miss the caches (no weight mends them): they are printed.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LoadedPlugin } from '../../dist/plugin/loaded.js';
import { NO_SCENE } from '../../dist/plugin/no-scene.js';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';
import { assemble, load, prepare, thread } from './guest.js';
import { AT_BOUNDS, CACHE_MISSES, INSTRUCTIONS } from './limits-guests.js';

const BARS = { timesLoop: 4, loadMs: 1000 };
const TIGHT =
  '(module (memory (export "memory") 1) (func (export "on_request") (result i32) (loop $l (br $l)) (i32.const 0)))';
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    fuel: { type: 'string', default: '10000000' },
    results: { type: 'string' },
    round: { type: 'string' },
  },
});
const SCENE = { ...NO_SCENE, hook: 'on_request' };
/** The first warms up what compiles in time. */
const HOOKS = 4;

function cpuNanos(work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { nanos: (user + system) * 1000, result };
}

const median = values => summary(values).median;

/** ns a unit of fuel, of a hook that runs until it ends. */
function perUnit(name, text) {
  const fuel = Number(options.fuel);
  const loaded = load(text, { fuel });
  const took = [];
  for (let n = 0; n < HOOKS; n++) {
    const { nanos, result } = cpuNanos(() => loaded.run(SCENE));
    if (result.failure !== 'fuel')
      throw new Error(`${name} did not run until its fuel ended: ${result.failure} ${result.detail}`);
    if (n > 0) took.push(nanos / fuel);
  }
  return median(took);
}

/** µs of each of many calls. */
function microsEach(work, calls) {
  work();
  return (
    cpuNanos(() => {
      for (let n = 0; n < calls; n++) work();
    }).nanos /
    calls /
    1000
  );
}

function bound(text) {
  const bytes = assemble(text);
  const { nanos, result: prepared } = cpuNanos(() => prepare(bytes));
  const loaded = new LoadedPlugin(prepared, thread());
  const { nanos: firstNanos, result } = cpuNanos(() => loaded.run(SCENE));
  if (result.result !== 'go_on') throw new Error(`${result.failure}: ${result.detail}`);
  const hookMicros = microsEach(() => loaded.run(SCENE), 200);
  // Too little for a hook: each call needs an instance anew, and nothing of that is charged.
  const starved = new LoadedPlugin({ ...prepared, settings: { ...prepared.settings, fuel: 1 } }, thread());
  const failedMicros = microsEach(() => starved.run(SCENE), 50);
  return {
    bytes: bytes.length,
    loadMs: nanos / 1e6,
    firstHookMs: firstNanos / 1e6,
    hookMicros,
    fuel: result.fuel,
    failedMicros,
  };
}

function round(reversed) {
  const loops = Object.entries({ 'tight loop': TIGHT, ...INSTRUCTIONS, ...CACHE_MISSES });
  const units = {};
  for (const [name, text] of reversed ? loops.toReversed() : loops) units[name] = perUnit(name, text);
  const bounds = {};
  for (const [name, text] of Object.entries(AT_BOUNDS)) bounds[name] = bound(text);
  return { units, bounds };
}

function run() {
  const file = fileURLToPath(import.meta.url);
  const rounds = Array.from({ length: Number(options.rounds) }, (_, n) =>
    JSON.parse(
      execFileSync(process.execPath, [file, '--round', String(n), '--fuel', options.fuel], {
        encoding: 'utf8',
      }),
    ),
  );
  const of = (name, pick) => summary(rounds.map(one => pick(one, name)));
  const loop = of('tight loop', ({ units }, name) => units[name]).median;
  const units = Object.keys({ ...INSTRUCTIONS, ...CACHE_MISSES }).map(name => {
    const nanos = of(name, one => one.units[name]);
    const timesLoop = nanos.median / loop;
    return { name, nanos, timesLoop, met: name in CACHE_MISSES ? null : timesLoop <= BARS.timesLoop };
  });
  const bounds = Object.keys(AT_BOUNDS).map(name => {
    const [{ bytes, fuel }] = rounds.map(one => one.bounds[name]);
    const figures = ['loadMs', 'firstHookMs', 'hookMicros', 'failedMicros'].map(key => [
      key,
      of(name, one => one.bounds[name][key]),
    ]);
    const row = { name, bytes, fuel, ...Object.fromEntries(figures) };
    return { ...row, met: row.loadMs.median <= BARS.loadMs };
  });
  return {
    where: circumstances(),
    bars: BARS,
    tightLoop: of('tight loop', one => one.units['tight loop']),
    units,
    bounds,
  };
}

function tell({ tightLoop, units, bounds }) {
  console.log(
    `tight loop: ${tightLoop.median.toFixed(2)} ns a unit of fuel\n${'ns a unit'.padStart(49)}${'× loop'.padStart(8)}`,
  );
  for (const { name, nanos, timesLoop, met } of units)
    console.log(
      `${name.padEnd(40)}${nanos.median.toFixed(2).padStart(9)}${timesLoop.toFixed(2).padStart(8)}${met === null ? '  (no bar)' : met ? '' : '  MISSED'}`,
    );
  console.log(
    `\n${'KB'.padStart(46)}${'load ms'.padStart(9)}${'1st ms'.padStart(8)}${'hook µs'.padStart(9)}${'fuel'.padStart(8)}${'failed µs'.padStart(11)}`,
  );
  for (const { name, bytes, loadMs, firstHookMs, hookMicros, fuel, failedMicros, met } of bounds)
    console.log(
      `${name.padEnd(40)}${(bytes / 1000).toFixed(0).padStart(6)}${loadMs.median.toFixed(1).padStart(9)}${firstHookMs.median.toFixed(1).padStart(8)}` +
        `${hookMicros.median.toFixed(1).padStart(9)}${String(fuel).padStart(8)}${failedMicros.median.toFixed(0).padStart(11)}${met ? '' : '  MISSED'}`,
    );
}

if (options.round !== undefined) console.log(JSON.stringify(round(Number(options.round) % 2 === 1)));
else {
  const results = run();
  tell(results);
  if (options.results !== undefined) writeFileSync(options.results, `${JSON.stringify(results, null, 2)}\n`);
}
