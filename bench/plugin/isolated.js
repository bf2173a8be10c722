// Where does a hook run cheaper: on the thread that serves, or in the worker beside it? By the size of the conversation, a policy that reads every byte
// once, and one that spends all its fuel: the CPU time of the serving thread (a hop costs some too), of all threads, and the time until the outcome.
// `run: auto` sends hooks away that can see more than INLINE_VIEW_BYTES_MAX. Reading once is cheaper than a hop at every size; the bound is for what a
// hook may do with its fuel, which grows with what it sees.
//
//   npm run build && node bench/plugin/isolated.js [--rounds 5] [--calls 60] [--results file.json]   (Linux: reads the thread's own CPU time)
//
// Hooks one after another, so that nothing waits in the queue; both sides are warmed up. Non-goals: many hooks at once, what the pipeline makes of an outcome.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import wabt from 'wabt';
import { INLINE_VIEW_BYTES_MAX } from '../../dist/core/plugin-bounds.js';
import { ConversationKernel } from '../../dist/kernel/conversation.js';
import { loadVocabulary } from '../../dist/kernel/vocabulary.js';
import { CounterTable, createCounters } from '../../dist/plugin/counters.js';
import { LoadedPlugin } from '../../dist/plugin/loaded.js';
import { NO_SCENE } from '../../dist/plugin/no-scene.js';
import { captureScene } from '../../dist/plugin/scene-data.js';
import { ConversationView } from '../../dist/plugin/view/conversation-view.js';
import { inspectModule } from '../../dist/plugin/wasm/inspect.js';
import { meterModule } from '../../dist/plugin/wasm/meter.js';
import { Module } from '../../dist/plugin/wasm-api.js';
import { IsolatedPool } from '../../dist/workers/isolated-pool.js';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string', default: '60' },
    results: { type: 'string' },
  },
});
const KIB = 1024;
const SIZES = [1, 8, 32, 128, 512].map(size => size * KIB);
const CALLS = Number(options.calls);
/** Reads the text piece by piece of 4 KiB messages and folds each byte in. */
const READS = `(module
  (import "weir" "message_text" (func $text (param i32 i32 i32) (result i32)))
  (import "weir" "message_count" (func $count (result i32)))
  (memory (export "memory") 2)
  (func (export "on_request") (result i32) (local $m i32) (local $n i32) (local $i i32) (local $len i32) (local $sum i32)
    (local.set $n (call $count))
    (block $end (loop $messages
      (br_if $end (i32.ge_s (local.get $m) (local.get $n)))
      (local.set $len (call $text (local.get $m) (i32.const 1024) (i32.const 65536)))
      (local.set $i (i32.const 0))
      (block $read (loop $bytes
        (br_if $read (i32.ge_s (local.get $i) (local.get $len)))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u offset=1024 (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $bytes)))
      (local.set $m (i32.add (local.get $m) (i32.const 1)))
      (br $messages)))
    (i32.and (local.get $sum) (i32.const 0))))`;

const SETTINGS = {
  policy: 'bench',
  file: 'bench.wasm',
  dropped: false,
  mode: 'enforce',
  sizeMax: 1e6,
  configJson: '{}',
  grants: ['messages.read'],
  fuel: 10_000_000,
  fuelPerByte: 400,
  memoryBytes: 16 * KIB * KIB,
  onFailure: 'closed',
  onOpaque: 'refuse',
  run: 'auto',
  deadlineMs: 10_000,
  reset: 'always',
  tables: {},
  tags: [],
  countersMax: 1,
};
/** As long as it may. */
const SPENDS = READS.replace(/\(i32\.and .*$/s, '(loop $on (br $on)) (i32.const 0)))');
const { parseWat } = await wabt();
const counters = createCounters(1000);
const host = {
  counters: new CounterTable(counters),
  tokens: null,
  scrub: text => text,
  holdsSecret: () => false,
};
let versions = 0;
function load(text) {
  const bytes = new Uint8Array(parseWat('bench.wat', text, {}).toBinary({}).buffer);
  const facts = inspectModule(bytes, new Set(SETTINGS.grants), SETTINGS.file);
  const limits = { memoryBytes: SETTINGS.memoryBytes, startFuel: SETTINGS.fuel };
  const module = new Module(meterModule(bytes, limits));
  return new LoadedPlugin({ settings: SETTINGS, facts, module, tables: {}, version: ++versions }, host);
}
const POLICIES = { 'reads once': load(READS), 'spends its fuel': load(SPENDS) };
const kernel = ConversationKernel.load();

/** A conversation of messages of 4 KiB. */
function sceneOf(size) {
  const content = 'a quick fox. '.repeat(316).slice(0, Math.min(size, 4 * KIB));
  const messages = Array.from({ length: Math.ceil(size / content.length) }, () => ({
    role: 'user',
    content,
  }));
  const body = Buffer.from(JSON.stringify({ model: 'gpt-4o', messages }));
  return {
    ...NO_SCENE,
    hook: 'on_request',
    body,
    messages: ConversationView.open(kernel, 'openai.chat', body, false, 1e8),
  };
}

const PLACES = {
  inline: (_pool, loaded, size) => loaded.run(sceneOf(size)),
  isolated: (pool, loaded, size) => {
    const scene = sceneOf(size);
    return new Promise(resolve => pool.run(loaded, captureScene(scene, loaded), resolve));
  },
};

/** CPU time of this thread, µs. */
const threadMicros = () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1000;

/** Microseconds a call. */
async function measure(call, calls) {
  const [thread, cpu, startMs] = [threadMicros(), process.cpuUsage(), performance.now()];
  for (let i = 0; i < calls; i++) await call();
  const { user, system } = process.cpuUsage(cpu);
  const wall = (performance.now() - startMs) * 1000;
  return { thread: (threadMicros() - thread) / calls, cpu: (user + system) / calls, wall: wall / calls };
}

/** What the making of the scene takes is taken off. */
async function round(pool) {
  const rows = {};
  for (const size of SIZES) {
    const scenes = await measure(() => sceneOf(size), CALLS);
    for (const [policy, loaded] of Object.entries(POLICIES)) {
      for (const [place, run] of Object.entries(PLACES)) {
        await measure(() => run(pool, loaded, size), 10);
        const taken = await measure(() => run(pool, loaded, size), CALLS);
        for (const what of ['thread', 'cpu', 'wall'])
          rows[`${size / KIB} KiB, ${policy}, ${place}: ${what}`] = Math.max(0, taken[what] - scenes[what]);
      }
    }
  }
  return rows;
}

const pool = new IsolatedPool(
  { vocabulary: loadVocabulary(1), region: 0, counters },
  () => [],
  console.error,
);
const outcome = await PLACES.isolated(pool, POLICIES['reads once'], KIB);
if (outcome.result !== 'go_on') throw new Error(`${outcome.failure}: ${outcome.detail}`);
const rounds = [];
for (let i = 0; i < Number(options.rounds); i++) rounds.push(await round(pool));
await pool.close();
const rows = Object.fromEntries(
  Object.keys(rounds[0]).map(name => [name, summary(rounds.map(one => one[name]))]),
);
console.log('µs a hook, median of rounds             serving thread   all threads   until the outcome');
for (const row of Object.keys(rows).filter(name => name.endsWith(': thread'))) {
  const name = row.slice(0, -': thread'.length);
  const shown = ['thread', 'cpu', 'wall'].map(what => rows[`${name}: ${what}`].median.toFixed(0));
  console.log(`${name.padEnd(38)}${shown.map(micros => micros.padStart(14)).join('')}`);
}
console.log(`run: auto sends away what sees more than ${INLINE_VIEW_BYTES_MAX / KIB} KiB`);
if (options.results !== undefined)
  writeFileSync(options.results, `${JSON.stringify({ ...circumstances(), rows }, null, 2)}\n`);
