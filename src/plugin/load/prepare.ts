// A file → a PreparedPlugin, or why not: read, inspected, metered, compiled, instantiated, configured, warmed up. Runs guest code: for the quarantine's
// worker and the author's commands alone, never for a thread that serves.
import { createHash } from 'node:crypto';
import type { Grant, PluginSettings } from '../../core/plugin-settings.js';
import { CounterTable, createCounters } from '../counters.js';
import type { LogLine } from '../hook.js';
import type { HostThread } from '../host-thread.js';
import { PluginFailure, PluginInstance } from '../instance.js';
import { LoadedPlugin } from '../loaded.js';
import type { FailedPlugin } from '../plugin-set.js';
import type { CompiledModule, LookupTables, ModuleFacts, PreparedPlugin } from '../prepared.js';
import { readTable, TABLE_BYTES_MAX, TableRefused } from '../tables.js';
import { inspectModule } from '../wasm/inspect.js';
import { meterModule } from '../wasm/meter.js';
import { ModuleRefused } from '../wasm/refused.js';
import { compileWhole } from './compile.js';
import { FileRefused, readBounded } from './read-file.js';
import { warmUp } from './warm-up.js';

/** What is to be prepared. Plain data. */
export interface LookAt {
  readonly settings: PluginSettings;
  /** `plugins_dir` of a dropped file. */
  readonly within: string | null;
  /** The version that it will be. */
  readonly version: number;
  /** SHA-256 of what is loaded: the same content is not loaded again; null: it is in any case. */
  readonly known: string | null;
}

/** Plain data, but for the compiled module, which threads share. */
export type PreparedResult =
  | {
      readonly outcome: 'ready';
      readonly plugin: PreparedPlugin;
      /** Hooks that fail on an empty request. */
      readonly warnings: readonly string[];
      /** What `configure` logged. */
      readonly logs: readonly LogLine[];
    }
  | { readonly outcome: 'same' }
  /** It parses, and cannot be instantiated or configured. */
  | { readonly outcome: 'unusable'; readonly plugin: FailedPlugin }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string };

/** Throws only what is Weir's own fault. */
export function preparePlugin(at: LookAt, host: HostThread): PreparedResult {
  const { settings, version } = at;
  try {
    const bytes = readBounded({ file: settings.file, bytesMax: settings.sizeMax, within: at.within });
    if (at.known !== null && createHash('sha256').update(bytes).digest('hex') === at.known)
      return { outcome: 'same' };
    const facts = inspectModule(bytes, new Set<Grant>(settings.grants), settings.file);
    const module = compile(bytes, settings);
    return instantiated({ settings, facts, module, tables: readTables(settings), version }, host);
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    return { outcome: 'refused', code: cause.code, reason: cause.message };
  }
}

/** What a start says of a module first: nothing of it runs. null: it can be loaded. `within`: `plugins_dir` of a dropped file. */
export function inspectFile(settings: PluginSettings, within: string | null = null): string | null {
  try {
    const bytes = readBounded({ file: settings.file, bytesMax: settings.sizeMax, within });
    inspectModule(bytes, new Set<Grant>(settings.grants), settings.file);
    meterModule(bytes, limitsOf(settings));
    return null;
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    return cause.message;
  }
}

export interface Tried {
  /** null: it can be used. */
  readonly reason: string | null;
  /** Hooks that fail on an empty request. */
  readonly warnings: readonly string[];
}

/**
 * What `weir check` says beyond that: it instantiates, configures and warms up the module in this process, which must not serve anybody. Where the
 * fuel is very large and the module hangs, so does this.
 */
export function tryFile(settings: PluginSettings, within: string | null = null): Tried {
  const reason = inspectFile(settings, within);
  if (reason !== null) return { reason, warnings: [] };
  const host = {
    counters: new CounterTable(createCounters(1)),
    tokens: null,
    scrub: (text: string) => text,
    holdsSecret: () => false,
  };
  const result = preparePlugin({ settings, within, version: 1, known: null }, host);
  switch (result.outcome) {
    case 'refused':
      return { reason: result.reason, warnings: [] };
    case 'unusable':
      return { reason: result.plugin.reason, warnings: [] };
    case 'ready':
      return { reason: null, warnings: result.warnings };
    case 'same':
      return { reason: null, warnings: [] };
  }
}

function instantiated(plugin: PreparedPlugin, host: HostThread): PreparedResult {
  let logs: readonly LogLine[];
  try {
    logs = PluginInstance.create(plugin, host).logs;
  } catch (cause) {
    if (!(cause instanceof PluginFailure)) throw cause;
    const { settings, facts } = plugin;
    return { outcome: 'unusable', plugin: { failed: true, settings, facts, reason: cause.message } };
  }
  return { outcome: 'ready', plugin, warnings: warmUp(new LoadedPlugin(plugin, host)), logs };
}

function isRefusal(cause: unknown): cause is ModuleRefused | FileRefused {
  return cause instanceof ModuleRefused || cause instanceof FileRefused;
}

function compile(bytes: Uint8Array, settings: PluginSettings): CompiledModule {
  const metered = meterModule(bytes, limitsOf(settings));
  try {
    return compileWhole(metered);
  } catch (cause) {
    const reason = `${settings.file} could not be compiled: ${(cause as Error).message}`;
    throw new FileRefused('not_compiled', reason);
  }
}

function limitsOf({ memoryBytes, fuel }: PluginSettings): { memoryBytes: number; startFuel: number } {
  return { memoryBytes, startFuel: fuel };
}

function readTables({ tables }: PluginSettings): LookupTables {
  return Object.fromEntries(Object.entries(tables).map(([name, file]) => [name, tableOf(file)]));
}

function tableOf(file: string): ReadonlyMap<string, string> {
  const csv = readBounded({ file, bytesMax: TABLE_BYTES_MAX, within: null });
  try {
    return readTable(csv);
  } catch (cause) {
    if (!(cause instanceof TableRefused)) throw cause;
    throw new FileRefused('table', `${file}: ${cause.message}`);
  }
}

/** For those who tell of a module that was not loaded. */
export function factsOf(result: PreparedResult): ModuleFacts | null {
  return result.outcome === 'ready' || result.outcome === 'unusable' ? result.plugin.facts : null;
}
