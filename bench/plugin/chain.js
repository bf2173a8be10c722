// What do plugins cost a request through the whole gateway: none, one, and ten in a chain?
//
//   npm run build && node bench/plugin/chain.js [--rounds 3] [--requests 15000] [--warm-up 20000] [--chains 5] [--results file.json]
//
// A fresh gateway each time, one data-plane thread on core 0, load and upstream on core 1; CPU time of the gateway's process a request. `no-op` returns 0;
// model-tiers, with ten tiers, reads the consumer and the model and compares. Every answer must be whole. Linux only.
// Non-goals: hooks on answers (answer.js), what one hook costs without a gateway (hooks.js, samples.js).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import wabt from 'wabt';
import { cpuMicros, GATEWAY_CORE, launch, OTHER_CORE, program, runLoad } from '../gateway/processes.js';
import { circumstances } from '../gateway/report.js';
import { weir } from '../gateway/rivals/weir.js';
import { summary } from '../gateway/stats.js';
import { PATH, requestHeaders } from '../gateway/workload.js';
import { SAMPLES } from './samples-cases.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '15000' },
    'warm-up': { type: 'string', default: '20000' },
    chains: { type: 'string', default: '5' },
    results: { type: 'string' },
  },
});
const { parseWat } = await wabt();
const NOOP = parseWat(
  'no-op.wat',
  '(module (memory (export "memory") 1) (func (export "on_request") (result i32) (i32.const 0)))',
  {},
);
const TIERS = fileURLToPath(new URL('../../build/plugins/model-tiers.wasm', import.meta.url));
const tiersConfig = { ...SAMPLES.find(({ name }) => name === 'model-tiers').config, default_tier: 'tier9' };
const ALL = {
  none: { count: 0 },
  'one no-op': { count: 1 },
  'ten no-ops': { count: 10 },
  'one model-tiers': { count: 1, file: TIERS, config: tiersConfig },
  'ten model-tiers': { count: 10, file: TIERS, config: tiersConfig },
};
/** The first of them: what is measured against what. */
const CHAINS = Object.fromEntries(Object.entries(ALL).slice(0, Number(options.chains)));

function policies({ count, file, config = {} }, folder) {
  const noop = join(folder, 'no-op.wasm');
  writeFileSync(noop, NOOP.toBinary({}).buffer);
  const one = number =>
    `  - { name: chain-${number}, plugin: { file: ${file ?? noop}, grant: [lookup], config: ${JSON.stringify(config)} } }`;
  return count === 0 ? [] : ['policies:', ...Array.from({ length: count }, (_, i) => one(i))];
}

/** CPU µs of the gateway a request. */
async function measure(chain) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-chain-'));
  const upstream = await launch({ argv: [process.execPath, program('upstream'), 'json'], core: OTHER_CORE });
  const plan = await weir.start({ upstreamPort: upstream.port, folder, more: policies(chain, folder) });
  const gateway = await launch({ ...plan, core: GATEWAY_CORE });
  try {
    const url = `http://127.0.0.1:${gateway.port}${PATH}`;
    const common = { kind: 'load', mode: 'json', url, headers: requestHeaders, connections: 16 };
    await runLoad({ ...common, amount: Number(options['warm-up']) });
    const before = cpuMicros(gateway.pid);
    const { done } = await runLoad({ ...common, amount: Number(options.requests) });
    await passed(plan.adminUrl, chain.count);
    return (cpuMicros(gateway.pid) - before) / done;
  } finally {
    await gateway.stop();
    await upstream.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Else it would not be the chain that was measured. */
async function passed(adminUrl, count) {
  const { items } = await (await fetch(`${adminUrl}/api/requests?limit=1`)).json();
  const steps = items[0].steps.filter(({ kind, code }) => kind === 'plugin' && code === 'plugin_ok');
  if (steps.length !== count)
    throw new Error(`${steps.length} plugins let the request pass; ${count} are in the chain`);
}

const samples = Object.fromEntries(Object.keys(CHAINS).map(name => [name, []]));
for (let round = 0; round < Number(options.rounds); round++) {
  const order = Object.keys(CHAINS);
  for (const name of round % 2 === 0 ? order : order.toReversed())
    samples[name].push(await measure(CHAINS[name]));
}
const none = summary(samples.none).median;
const rows = Object.entries(CHAINS).map(([name, { count }]) => {
  const micros = summary(samples[name]);
  return { name, count, micros, perPlugin: count === 0 ? null : (micros.median - none) / count };
});
for (const { name, micros, perPlugin } of rows) {
  const each = perPlugin === null ? '' : `, ${perPlugin.toFixed(1)} µs a plugin`;
  console.log(
    `${name.padEnd(18)}${micros.median.toFixed(1).padStart(7)} µs a request (${micros.min.toFixed(1)}–${micros.max.toFixed(1)})${each}`,
  );
}
if (options.results !== undefined)
  writeFileSync(options.results, `${JSON.stringify({ where: circumstances(), rows }, null, 2)}\n`);
