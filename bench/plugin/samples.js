// What does each sample policy cost a hook call, what of that is metering, and how much fuel does it use?
//
//   npm run build && node bench/plugin/samples.js [--rounds 5] [--millis 300] [--results file.json]
//
// µs: the host's whole hook call, memory put back included; the policy's part by hand: the module's own code under a bare host that answers
// imports from plain values, metered and as the compiler left it, in turns. A fresh process a round; CPU time of the process, medians.
// Bars: model-tiers at most 3 µs a request, pii-redact at most 60 µs for a conversation of 2 KB. Non-goals: what the pipeline does around a hook.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { effectiveGrants } from '../../dist/core/plugin-settings.js';
import { ConversationKernel } from '../../dist/kernel/conversation.js';
import { CounterTable, createCounters } from '../../dist/plugin/counters.js';
import { LoadedPlugin } from '../../dist/plugin/loaded.js';
import { NO_SCENE } from '../../dist/plugin/no-scene.js';
import { ConversationView } from '../../dist/plugin/view/conversation-view.js';
import { inspectModule } from '../../dist/plugin/wasm/inspect.js';
import { meterModule } from '../../dist/plugin/wasm/meter.js';
import { Module } from '../../dist/plugin/wasm-api.js';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';
import { bareMicros } from './samples-bare.js';
import { SAMPLES } from './samples-cases.js';

const BARS = { 'model-tiers': 3, 'pii-redact': 60 };
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    millis: { type: 'string', default: '300' },
    results: { type: 'string' },
    round: { type: 'string' },
  },
});
const kernel = ConversationKernel.load();
const host = {
  counters: new CounterTable(createCounters()),
  tokens: null,
  scrub: text => text,
  holdsSecret: () => false,
};

function sceneOf({ hook, body, texts, integers, event }) {
  const bytes = body === null ? null : Buffer.from(JSON.stringify(body));
  return {
    ...NO_SCENE,
    hook,
    integer: field => integers[field] ?? null,
    text: field => texts[field] ?? null,
    messages: ConversationView.open(kernel, 'openai.chat', bytes, false, 1 << 20),
    body: bytes,
    eventText: event === null ? null : Buffer.from(event),
    eventKind: event === null ? null : 'text',
    nowMs: 1_760_000_000_000,
    targetAllowed: () => true,
  };
}

function preparedOf({ name, config }) {
  const bytes = readFileSync(new URL(`../../build/plugins/${name}.wasm`, import.meta.url));
  const manifest = JSON.parse(
    readFileSync(new URL(`../../plugins/${name}/manifest.json`, import.meta.url), 'utf8'),
  );
  const settings = {
    policy: name,
    file: `${name}.wasm`,
    configJson: JSON.stringify(config),
    grants: [...effectiveGrants(manifest.wants)],
    fuel: 10_000_000,
    fuelPerByte: 400,
    memoryBytes: 16 << 20,
    run: 'inline',
    reset: 'always',
    tags: [],
    countersMax: 10_000,
  };
  const facts = inspectModule(bytes, new Set(settings.grants), settings.file);
  const metered = meterModule(bytes, { memoryBytes: settings.memoryBytes, startFuel: settings.fuel });
  const plugin = { settings, facts, module: new Module(metered), tables: {}, version: 1 };
  return { plugin, metered: plugin.module, plain: new Module(bytes), facts };
}

/** CPU µs a call: as often as fits into the time, after half of it that does not count. */
function hostMicros(loaded, scene, millis) {
  for (const share of [0.5, 1]) {
    const before = process.cpuUsage();
    const end = performance.now() + millis * share;
    let calls = 0;
    while (performance.now() < end) {
      for (let i = 0; i < 64; i++) loaded.run(scene);
      calls += 64;
    }
    const { user, system } = process.cpuUsage(before);
    if (share === 1) return (user + system) / calls;
  }
  return Number.NaN;
}

function measure(sample, millis) {
  const scene = sceneOf(sample);
  const { plugin, metered, plain, facts } = preparedOf(sample);
  const loaded = new LoadedPlugin(plugin, host);
  const outcome = loaded.run(scene);
  if (outcome.result === 'failed') throw new Error(`${sample.title}: ${outcome.failure}: ${outcome.detail}`);
  const said = [outcome.result, outcome.evidence, [...(outcome.messages ?? [])], outcome.model];
  return {
    title: sample.title,
    bar: BARS[sample.name] ?? null,
    micros: hostMicros(loaded, scene, millis),
    fuel: outcome.fuel,
    bytes: facts.bytes,
    pages: facts.memoryPages,
    ...bareMicros({ metered, plain }, sample, scene, millis),
    said: createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 12),
  };
}

function run() {
  const samples = SAMPLES.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    const order = SAMPLES.map((_, i) => i);
    for (const i of round % 2 === 0 ? order : order.toReversed()) {
      const args = [fileURLToPath(import.meta.url), '--round', String(i), '--millis', options.millis];
      samples[i].push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  }
  const rows = samples.map(of => {
    if (new Set(of.map(one => `${one.said} ${one.fuel}`)).size > 1)
      throw new Error(`${of[0].title} did different work`);
    const { title, bar, fuel, bytes, pages, said } = of[0];
    const median = key => summary(of.map(one => one[key]));
    return {
      title,
      bar,
      fuel,
      bytes,
      pages,
      said,
      micros: median('micros'),
      plain: median('plainMicros'),
      overhead: summary(of.map(one => (one.meteredMicros / one.plainMicros - 1) * 100)),
    };
  });
  return { where: circumstances(), rows };
}

function tell({ rows }) {
  const fixed = (value, digits = 1) => value.toFixed(digits).padStart(8);
  for (const { title, bar, fuel, bytes, pages, micros, plain, overhead, said } of rows) {
    const verdict =
      bar === null ? '' : micros.median <= bar ? `, bar ${bar} met` : `, over its bar of ${bar}`;
    console.log(
      `${title.padEnd(44)}${fixed(micros.median, 2)} µs (${micros.min.toFixed(2)}–${micros.max.toFixed(2)}${verdict}), ` +
        `fuel ${fuel}, own code ${plain.median.toFixed(2)} µs, metering ${overhead.median.toFixed(0)} % ` +
        `(${overhead.min.toFixed(0)}–${overhead.max.toFixed(0)}), ${(bytes / 1024).toFixed(0)} KiB, ${pages} pages, did ${said}`,
    );
  }
}

if (options.round !== undefined)
  console.log(JSON.stringify(measure(SAMPLES[Number(options.round)], Number(options.millis))));
else {
  const results = run();
  tell(results);
  if (options.results !== undefined) writeFileSync(options.results, `${JSON.stringify(results, null, 2)}\n`);
  if (results.rows.some(({ bar, micros }) => bar !== null && micros.median > bar)) process.exitCode = 1;
}
