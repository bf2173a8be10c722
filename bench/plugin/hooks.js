// What does a hook call cost, and is any import cheaper in fuel than in time? A hook that returns 0, with the reset and without; one that writes a byte
// into one or each 32nd of its memory, so that as much as there can be is put back, by memory size, zeros and a page full of data; then every import in a loop against the tight loop (`loop br 0`, which runs until its fuel ends), in ns a unit of fuel.
//
//   npm run build && node bench/plugin/hooks.js [--rounds 5] [--millis 200] [--results file.json]
//
// A fresh process a round; CPU time of the whole process; each case is warmed up for half as long before it counts, so that both compilers have
// done their work. Bars: 1.5 µs a hook beside the reset, 1.5 µs a reset for 64 KiB, no import over 4 times the tight loop's ns a unit.
// Non-goals: what the pipeline makes of an outcome, and the making of a scene.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import wabt from 'wabt';
import { ConversationKernel } from '../../dist/kernel/conversation.js';
import { TokenKernel } from '../../dist/kernel/tokens.js';
import { loadVocabulary } from '../../dist/kernel/vocabulary.js';
import { IMPORTS, STUBS } from '../../dist/plugin/abi.js';
import { CounterTable, createCounters } from '../../dist/plugin/counters.js';
import { LoadedPlugin } from '../../dist/plugin/loaded.js';
import { NO_SCENE } from '../../dist/plugin/no-scene.js';
import { holdsSecret, scrub } from '../../dist/plugin/scrub.js';
import { ConversationView } from '../../dist/plugin/view/conversation-view.js';
import { inspectModule } from '../../dist/plugin/wasm/inspect.js';
import { meterModule } from '../../dist/plugin/wasm/meter.js';
import { Module } from '../../dist/plugin/wasm-api.js';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';

const COMPUTES = '(local.set $x (i32.xor (i32.mul (local.get $x) (i32.const 31)) (local.get $i)))';
const BARS = { hookMicros: 1.5, resetMicrosPer64KiB: 1.5, timesLoop: 4 };
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    millis: { type: 'string', default: '200' },
    results: { type: 'string' },
    round: { type: 'string' },
  },
});
const { parseWat } = await wabt();
const PAGES = [1, 2, 4, 16];
const TURNS = 20_000;
const KIB = 1024;
const TEXT_AT = 1024;
const OUT_AT = 8192;

/** Arguments of each import: what a policy would ask, small and, where bytes are moved, 1 KiB too. `kib` is in front of the row's name. */
const small = {
  at: `(i32.const ${OUT_AT})`,
  cap: '(i32.const 32)',
  key: `(i32.const ${TEXT_AT}) (i32.const 8)`,
};
const kib = {
  at: `(i32.const ${OUT_AT})`,
  cap: '(i32.const 1024)',
  text: `(i32.const ${TEXT_AT}) (i32.const 1024)`,
};
const MODEL_FIELD = '(i32.const 3)';
const CASES = [
  ['field_i64', 'on_request', '(i32.const 34)'],
  ['field_str', 'on_request', `${MODEL_FIELD} ${small.at} ${small.cap}`],
  ['tag_get', 'on_request', `${small.key} ${small.at} ${small.cap}`],
  ['message_count', 'on_request', ''],
  ['message_role', 'on_request', `(i32.const 0) ${small.at} ${small.cap}`],
  ['message_text', 'on_request', `(i32.const 0) ${small.at} ${small.cap}`],
  ['message_text', 'on_request', `(i32.const 1) ${kib.at} ${kib.cap}`, 'of 1 KiB'],
  ['message_set_text', 'on_request', `(i32.const 0) ${small.key}`],
  ['message_set_text', 'on_request', `(i32.const 0) ${kib.text}`, 'of 1 KiB'],
  ['header_get', 'on_request', `${small.key} ${small.at} ${small.cap}`],
  ['header_set', 'on_request', `${small.key} ${small.key}`],
  ['header_remove', 'on_request', small.key],
  ['body_read', 'on_request', `(i32.const 0) ${small.at} ${small.cap}`],
  ['body_read', 'on_request', `(i32.const 0) ${kib.at} ${kib.cap}`, 'of 1 KiB'],
  ['body_query', 'on_request', `(i32.const 2048) (i32.const 6) ${small.at} ${small.cap}`],
  ['body_replace', 'on_request', kib.text, 'of 1 KiB'],
  ['event_text', 'on_event', `${small.at} ${small.cap}`],
  ['event_replace', 'on_event', small.key],
  ['held_append', 'on_event', `(i32.const 0) (i32.const 0) (i32.const ${TEXT_AT}) (i32.const 1)`],
  ['set_model', 'on_request', small.key],
  ['set_target', 'on_request', small.key],
  ['counter_add', 'on_request', `${small.key} (i64.const 1) (i64.const 60000)`],
  ['lookup', 'on_request', `${small.key} ${small.key} ${small.at} ${small.cap}`],
  ['deny', 'on_request', `(i32.const 403) ${small.key} ${small.key} (i32.const 0)`],
  ['state_get', 'on_request', `${small.at} ${small.cap}`],
  ['state_set', 'on_request', small.key],
  ['evidence_i64', 'on_request', `${small.key} (i64.const 1)`],
  ['evidence_str', 'on_request', `${small.key} ${small.key}`],
  ['tag', 'on_request', `${small.key} ${small.key}`],
  ['log', 'on_request', `(i32.const 1) ${small.key}`],
  ['config_read', 'on_request', `${small.at} ${small.cap}`],
  ['count_tokens', 'on_request', small.key],
  ['count_tokens', 'on_request', kib.text, 'of 1 KiB'],
  ['now_ms', 'on_request', ''],
  ['random_i64', 'on_request', ''],
  ['fd_write', 'on_request', '(i32.const 1) (i32.const 512) (i32.const 1) (i32.const 0)'],
  ['clock_time_get', 'on_request', '(i32.const 0) (i64.const 0) (i32.const 0)'],
  ['random_get', 'on_request', `${small.at} ${small.cap}`],
  ['random_get', 'on_request', `${kib.at} ${kib.cap}`, 'of 1 KiB'],
  ['environ_get', 'on_request', '(i32.const 0) (i32.const 0)'],
  ['environ_sizes_get', 'on_request', '(i32.const 0) (i32.const 4)'],
  ['args_get', 'on_request', '(i32.const 0) (i32.const 0)'],
  ['args_sizes_get', 'on_request', '(i32.const 0) (i32.const 4)'],
];

const SETTINGS = {
  policy: 'bench',
  file: 'bench.wasm',
  dropped: false,
  mode: 'enforce',
  configJson: JSON.stringify({ models: ['gpt-4o', 'gpt-4o-mini'] }),
  grants: [...new Set(Object.values(IMPORTS).map(({ grant }) => grant))].filter(grant => grant !== null),
  fuel: 1e12,
  fuelPerByte: 400,
  memoryBytes: 16 * KIB * KIB,
  run: 'inline',
  reset: 'always',
  tags: ['keykeyke'],
  countersMax: 10_000,
};
const SECRETS = ['a', 'b', 'c', 'd'].map(letter => `sk-${letter.repeat(40)}`);
const HOST = {
  counters: new CounterTable(createCounters()),
  tokens: TokenKernel.load(loadVocabulary(1), 0),
  scrub: text => scrub(text, SECRETS),
  holdsSecret: value => holdsSecret(value, SECRETS),
};
const BODY = Buffer.from(
  JSON.stringify({
    model: 'gpt-4o',
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'user', content: 'words '.repeat(300) },
    ],
  }),
);
/** As the pipeline's own scene answers. */
function textOf(field) {
  switch (field) {
    case 'model':
      return 'gpt-4o';
    case 'consumer':
      return 'team-a';
    case 'request_id':
      return 'req_1';
    default:
      return null;
  }
}
const REQUEST = {
  ...NO_SCENE,
  hook: 'on_request',
  integer: () => 200_000,
  text: textOf,
  messages: ConversationView.open(ConversationKernel.load(), 'openai.chat', BODY, false, 1e6),
  body: BODY,
  hasHeaders: true,
  header: () => 'a header value',
  tag: () => 'gold',
  state: Buffer.from('some state'),
  nowMs: 1_760_000_000_000,
  targetAllowed: () => true,
};
const EVENT = {
  ...REQUEST,
  hook: 'on_event',
  eventText: Buffer.from(' a piece'),
  eventKind: 'text',
  held: [{ kind: 'text', choice: 0 }],
};
const EMPTY = { ...NO_SCENE, hook: 'on_request' };

function load(text, changes = {}) {
  const module = parseWat('bench.wat', text);
  const bytes = module.toBinary({}).buffer;
  module.destroy();
  const settings = { ...SETTINGS, ...changes };
  const facts = inspectModule(bytes, new Set(settings.grants), settings.file);
  const metered = meterModule(bytes, { memoryBytes: settings.memoryBytes, startFuel: 1e6 });
  const tables = { keykeyke: new Map([['keykeyke', 'a row of a table']]) };
  return new LoadedPlugin({ settings, facts, module: new Module(metered), tables, version: 1 }, HOST);
}

const LETTERS = { i: 'i32', l: 'i64' };

function declared(name) {
  for (const [from, table] of [['weir', IMPORTS], ...Object.entries(STUBS)]) {
    const type = table[name];
    if (type === undefined) continue;
    const result = type.result === '' ? '' : `(result ${LETTERS[type.result]})`;
    const params = [...type.params].map(letter => LETTERS[letter]).join(' ');
    return {
      text: `(import "${from}" "${name}" (func $f (param ${params}) ${result}))`,
      drops: type.result !== '',
    };
  }
  throw new Error(`no import ${name}`);
}

/** A loop over `work` in the hook, with texts to point at. */
function looping(hook, imports, work) {
  return load(`(module ${imports} (memory (export "memory") 1)
    (data (i32.const ${TEXT_AT}) "${'keykeyke'.repeat(128)}") (data (i32.const 2048) "/model")
    (data (i32.const 512) "\\00\\04\\00\\00\\08\\00\\00\\00")
    (func (export "${hook}") (result i32) (local $i i32) (local $x i32)
      (local.set $i (i32.const ${TURNS}))
      (loop $turn ${work} (br_if $turn (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (i32.const 0)))`);
}

/** CPU ns a call of `call`, in batches of `batch`. */
function measure(call, batch) {
  const millis = Number(options.millis);
  const spin = micros => {
    const before = process.cpuUsage();
    for (let calls = 0; ; ) {
      for (let i = 0; i < batch; i++) call();
      calls += batch;
      const { user, system } = process.cpuUsage(before);
      if (user + system >= micros) return ((user + system) * 1000) / calls;
    }
  };
  spin(millis * 500);
  return spin(millis * 1000);
}

const PARTS = 32;

/** A hook that writes a byte into the first `parts` of 32 parts of its memory, which is zero, or as much of it data. */
function writing(pages, parts, reset, data = '') {
  const stores = Array.from(
    { length: parts },
    (_, i) => `(i32.store8 (i32.const ${(i * pages * 64 * KIB) / PARTS}) (i32.const 1))`,
  );
  const loaded = load(
    `(module (memory (export "memory") ${pages}) ${data}
      (func (export "on_request") (result i32) ${stores.join(' ')} (i32.const 0)))`,
    { reset },
  );
  return measure(() => loaded.run(EMPTY), 1000);
}

/** The loop that does nothing until its fuel ends; its instance is made anew each time, which is nothing beside it. */
function tightLoop() {
  const fuel = 100_000_000;
  const loaded = load(
    '(module (memory (export "memory") 1) (func (export "on_request") (result i32) (loop $turn (br $turn)) (i32.const 0)))',
    { fuel },
  );
  const nanos = measure(() => loaded.run(EMPTY), 1);
  return { perCall: nanos, perUnit: nanos / fuel };
}

function perUnit(loaded, scene) {
  const outcome = loaded.run(scene);
  if (outcome.result !== 'go_on') throw new Error(`${outcome.failure}: ${outcome.detail}`);
  const nanos = measure(() => loaded.run(scene), 1);
  return { perCall: nanos / TURNS, perUnit: nanos / outcome.fuel };
}

/** In a process of its own: every row's figures. */
function round(reversed) {
  const rows = {};
  const jobs = [
    ...PAGES.map(pages => [
      `hook over ${pages * 64} KiB`,
      () => ({ perCall: writing(pages, PARTS, 'always') }),
    ]),
    [
      'hook over 64 KiB of data',
      () => ({
        perCall: writing(1, PARTS, 'always', `(data (i32.const 0) "${'w'.repeat(64 * KIB)}")`),
      }),
    ],
    ['hook that writes 2 of 64 KiB', () => ({ perCall: writing(1, 1, 'always') })],
    ['hook with reset', () => ({ perCall: writing(1, 0, 'always') })],
    ['hook without reset', () => ({ perCall: writing(1, 0, 'never') })],
    ['tight loop', tightLoop],
    ['loop that computes', () => perUnit(looping('on_request', '', COMPUTES), REQUEST)],
    ...CASES.map(([name, hook, values, variant]) => [
      variant === undefined ? name : `${name} ${variant}`,
      () => {
        const { text, drops } = declared(name);
        const call = `(call $f ${values})`;
        return perUnit(
          looping(hook, text, drops ? `(drop ${call})` : call),
          hook === 'on_event' ? EVENT : REQUEST,
        );
      },
    ]),
  ];
  for (const [name, job] of reversed ? jobs.toReversed() : jobs) rows[name] = job();
  return rows;
}

function run() {
  const rounds = Array.from({ length: Number(options.rounds) }, (_, i) =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [fileURLToPath(import.meta.url), '--round', String(i), '--millis', options.millis],
        { encoding: 'utf8' },
      ),
    ),
  );
  const of = (name, key) => summary(rounds.map(rows => rows[name][key]));
  const bare = of('hook without reset', 'perCall').median;
  const loop = of('tight loop', 'perUnit').median;
  console.log(`Node ${process.version}, ${options.rounds} rounds, median (smallest–largest) of CPU time`);
  const met = (ok, text) => `${text} ${ok ? 'met' : 'MISSED'}`;
  const micros = ({ median, min, max }) =>
    `${(median / 1000).toFixed(2)} µs (${(min / 1000).toFixed(2)}–${(max / 1000).toFixed(2)})`;
  console.log(
    `hook without reset    ${micros(of('hook without reset', 'perCall'))} ${met(bare <= BARS.hookMicros * 1000, 'bar 1.5 µs:')}`,
  );
  for (const name of ['hook with reset', 'hook that writes 2 of 64 KiB', 'hook over 64 KiB of data']) {
    const hook = of(name, 'perCall');
    console.log(`${name.padEnd(29)} ${micros(hook)}, reset ${((hook.median - bare) / 1000).toFixed(2)} µs`);
  }
  for (const pages of PAGES) {
    const hook = of(`hook over ${pages * 64} KiB`, 'perCall');
    const reset = (hook.median - bare) / pages / 1000;
    const bar = met(reset <= BARS.resetMicrosPer64KiB, 'bar 1.5 µs:');
    console.log(
      `hook over ${String(pages * 64).padStart(4)} KiB    ${micros(hook)}, reset ${reset.toFixed(2)} µs per 64 KiB, ${bar}`,
    );
  }
  console.log(
    `\n${'import'.padEnd(28)}${'ns a call'.padStart(10)}${'ns a unit'.padStart(11)}${'× loop'.padStart(8)}`,
  );
  for (const name of Object.keys(rounds[0])) {
    if (name.startsWith('hook')) continue;
    const perUnit = of(name, 'perUnit').median;
    const times = perUnit / loop;
    console.log(
      `${name.padEnd(28)}${of(name, 'perCall').median.toFixed(1).padStart(10)}${perUnit.toFixed(3).padStart(11)}${times.toFixed(2).padStart(8)}${times > BARS.timesLoop ? '  MISSED' : ''}`,
    );
  }
  if (options.results !== undefined) {
    writeFileSync(
      options.results,
      `${JSON.stringify({ where: circumstances(), bars: BARS, rounds }, null, 2)}\n`,
    );
  }
}

if (options.round === undefined) run();
else console.log(JSON.stringify(round(Number(options.round) % 2 === 1)));
