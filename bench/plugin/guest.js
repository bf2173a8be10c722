// WebAssembly text → a plugin as a data-plane thread has it, metered and with generous settings, for the benchmarks of the sandbox.
import wabt from 'wabt';
import { CounterTable, createCounters } from '../../dist/plugin/counters.js';
import { compileWhole } from '../../dist/plugin/load/compile.js';
import { LoadedPlugin } from '../../dist/plugin/loaded.js';
import { inspectModule } from '../../dist/plugin/wasm/inspect.js';
import { meterModule } from '../../dist/plugin/wasm/meter.js';

const { parseWat } = await wabt();
const FEATURES = {
  exceptions: true,
  tail_call: true,
  simd: true,
  bulk_memory: true,
  reference_types: true,
  multi_value: true,
};

export const SETTINGS = {
  policy: 'bench',
  file: 'bench.wasm',
  dropped: false,
  mode: 'enforce',
  configJson: '{}',
  grants: ['counters'],
  fuel: 10_000_000,
  fuelPerByte: 400,
  memoryBytes: 16 << 20,
  run: 'inline',
  reset: 'always',
  tags: [],
  countersMax: 10_000,
};

export function assemble(text) {
  if (text instanceof Uint8Array) return text;
  const module = parseWat('bench.wat', text, FEATURES);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** As the quarantine makes it. */
export function prepare(bytes, changes = {}) {
  const settings = { ...SETTINGS, ...changes };
  const facts = inspectModule(bytes, new Set(settings.grants), settings.file);
  const module = compileWhole(
    meterModule(bytes, { memoryBytes: settings.memoryBytes, startFuel: settings.fuel }),
  );
  return { settings, facts, module, tables: {}, version: 1 };
}

export const thread = () => ({
  counters: new CounterTable(createCounters()),
  tokens: null,
  scrub: text => text,
});

export const load = (text, changes = {}) => new LoadedPlugin(prepare(assemble(text), changes), thread());
