// Hostile modules against the rewriter alone: refused by their code, or ended by their fuel.
import { describe, expect, it } from 'vitest';
import { MEMORY_BYTES_DEFAULT } from '../../../src/core/plugin-bounds.js';
import { effectiveGrants } from '../../../src/core/plugin-settings.js';
import { inspectModule } from '../../../src/plugin/wasm/inspect.js';
import { meterModule } from '../../../src/plugin/wasm/meter.js';
import { ModuleRefused } from '../../../src/plugin/wasm/refused.js';
import type { HostileModule } from '../hostile/hostile-module.js';
import { HOSTILE_MODULES } from '../hostile/modules.js';
import { runMetered, startMetered } from './support/metered.js';

function load(module: HostileModule): ModuleRefused | null {
  const memoryBytes = module.memoryBytes ?? MEMORY_BYTES_DEFAULT;
  try {
    inspectModule(module.bytes(), effectiveGrants(module.grants), 'hostile.wasm');
    meterModule(module.bytes(), { memoryBytes, startFuel: 0 });
    return null;
  } catch (thrown) {
    if (thrown instanceof ModuleRefused) return thrown;
    throw thrown;
  }
}

const unloadable = HOSTILE_MODULES.filter(({ ends }) => ends.at === 'load');
const loadable = HOSTILE_MODULES.filter(({ ends }) => ends.at !== 'load');

describe('files that must not be taken', () => {
  it.each(unloadable.map(module => [module.name, module] as const))('%s is refused', (_, module) => {
    const refusal = load(module);
    expect(refusal?.code).toBe(module.ends.at === 'load' ? module.ends.code : '');
    expect(refusal?.message.length).toBeGreaterThan(20);
    expect(refusal?.message.length).toBeLessThan(400);
  });
});

describe('hostile modules that load', () => {
  it.each(loadable.map(module => [module.name, module] as const))('%s ends within its fuel', (_, module) => {
    expect(load(module)).toBeNull();
    const fuel = 2_000_000;
    const run = () => {
      const guest = startMetered(module.bytes(), module.memoryBytes ?? MEMORY_BYTES_DEFAULT);
      return runMetered(guest, module.hook, fuel);
    };
    if (module.ends.at === 'instantiate') {
      if (/configure|_initialize/.test(module.name)) run();
      else expect(run).toThrow();
      return;
    }
    const end = run();
    if ('failures' in module.ends && module.ends.failures.join() === 'fuel') {
      expect(end).toMatchObject({ failed: 'fuel' });
    }
  });
});
