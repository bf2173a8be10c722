// What does it cost to load a plugin, per 100 KB of module? Reading and inspecting, metering, compiling whole, instantiating; and all of it as the
// quarantine does it, its worker's hop included. Modules of sizes that differ, made of functions with loops, branches and memory traffic.
//
//   npm run build && node bench/plugin/load.js [--rounds 5] [--results file.json]
//
// Bar: 100 ms per 100 KB in all, so that a dropped module of 1 MiB is in use within a second. Non-goals: the files of plugins_dir being noticed (twice 200 ms).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import wabt from 'wabt';
import { droppedSettings } from '../../dist/config/plugins.js';
import { loadVocabulary } from '../../dist/kernel/vocabulary.js';
import { CounterTable, createCounters } from '../../dist/plugin/counters.js';
import { compileWhole } from '../../dist/plugin/load/compile.js';
import { LoadedPlugin } from '../../dist/plugin/loaded.js';
import { NO_SCENE } from '../../dist/plugin/no-scene.js';
import { inspectModule } from '../../dist/plugin/wasm/inspect.js';
import { meterModule } from '../../dist/plugin/wasm/meter.js';
import { Quarantine } from '../../dist/workers/quarantine.js';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';

const BAR_MS = 100;
const FUNCTIONS = [50, 500, 5000];
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, results: { type: 'string' } },
});
const { parseWat } = await wabt();

/** Some 180 bytes each. */
const body = number => `(func $f${number} (param i32 i32) (result i32) (local i32 i32)
  (loop $again
    (local.set 2 (i32.add (local.get 2) (i32.load8_u offset=${number % 1000} (local.get 3))))
    (if (i32.gt_u (local.get 2) (i32.const ${number * 77777}))
      (then (local.set 2 (i32.mul (local.get 2) (i32.const ${number * 31337}))))
      (else (i32.store offset=${(number * 7) % 1000} (local.get 3) (i32.rotl (local.get 2) (i32.const ${number % 32})))))
    (local.set 3 (i32.and (i32.add (local.get 3) (i32.const 1)) (i32.const 4095)))
    (br_if $again (i32.lt_u (local.get 3) (local.get 0))))
  (block $a (block $b (block $c (br_table $a $b $c (i32.and (local.get 1) (i32.const 3)))) (local.set 2 (i32.const ${number + 1000})))
    (local.set 2 (i32.xor (local.get 2) (i32.const ${number + 70000}))))
  (local.get 2))`;

function moduleOf(functions) {
  const bodies = Array.from({ length: functions }, (_, number) => body(number)).join('\n');
  const calls =
    '(func (export "on_request") (result i32) (i32.and (call $f0 (i32.const 1) (i32.const 1)) (i32.const 0)))';
  return new Uint8Array(
    parseWat('bench.wat', `(module (memory (export "memory") 1) ${bodies} ${calls})`, {}).toBinary({}).buffer,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-load-'));
const host = {
  counters: new CounterTable(createCounters(1000)),
  tokens: null,
  scrub: text => text,
  holdsSecret: () => false,
};
const quarantine = new Quarantine(loadVocabulary(1), 0, console.error);
const modules = FUNCTIONS.map((functions, i) => {
  const file = join(folder, `${functions}.wasm`);
  const bytes = moduleOf(functions);
  writeFileSync(file, bytes);
  return { bytes, settings: { ...droppedSettings(`bench${i}`, file), sizeMax: 16 * 1024 * 1024 } };
});

async function load({ bytes, settings }) {
  const grants = new Set(settings.grants);
  const marks = [performance.now()];
  const mark = () => marks.push(performance.now());
  const facts = inspectModule(bytes, grants, settings.file);
  mark();
  const metered = meterModule(bytes, { memoryBytes: settings.memoryBytes, startFuel: settings.fuel });
  mark();
  const module = compileWhole(metered);
  mark();
  new LoadedPlugin({ settings, facts, module, tables: {}, version: 1 }, host).run({
    ...NO_SCENE,
    hook: 'on_request',
  });
  mark();
  const result = await quarantine.prepare({ settings, within: null, version: 1, known: null });
  if (result.outcome !== 'ready') throw new Error(JSON.stringify(result));
  mark();
  const [inspect, meter, compile, first, all] = marks.slice(1).map((at, i) => at - marks[i]);
  return { inspect, meter, compile, 'first hook': first, 'in quarantine': all };
}

const samples = modules.map(() => []);
for (const module of modules) await load(module);
for (let round = 0; round < Number(options.rounds); round++)
  for (const [i, module] of modules.entries()) samples[i].push(await load(module));
await quarantine.close();
rmSync(folder, { recursive: true });

const rows = {};
let met = true;
for (const [i, { bytes }] of modules.entries()) {
  const name = `${Math.round(bytes.length / 1000)} KB`;
  rows[name] = Object.fromEntries(
    Object.keys(samples[i][0]).map(what => [what, summary(samples[i].map(one => one[what]))]),
  );
  const shown = Object.entries(rows[name]).map(([what, { median }]) => `${what} ${median.toFixed(1)}`);
  const per100 = (rows[name]['in quarantine'].median / bytes.length) * 1e5;
  if (bytes.length >= 1e5 && per100 > BAR_MS) met = false;
  console.log(`${name}: ${shown.join(', ')} ms; ${per100.toFixed(1)} ms per 100 KB`);
}
console.log(`bar ${BAR_MS} ms per 100 KB: ${met ? 'met' : 'missed'}`);
if (options.results !== undefined)
  writeFileSync(options.results, `${JSON.stringify({ ...circumstances(), rows }, null, 2)}\n`);
