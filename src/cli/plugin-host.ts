// A module brought to where its hooks can be called, by the same path that the gateway's quarantine takes.
import { readFileSync } from 'node:fs';
import type { TokenKernel } from '../kernel/tokens.js';
import { CounterTable, createCounters } from '../plugin/counters.js';
import type { LogLine } from '../plugin/hook.js';
import type { HostThread } from '../plugin/host-thread.js';
import { preparePlugin } from '../plugin/load/prepare.js';
import { warmUp } from '../plugin/load/warm-up.js';
import { LoadedPlugin } from '../plugin/loaded.js';
import type { PreparedPlugin } from '../plugin/prepared.js';
import { inspectModule } from '../plugin/wasm/inspect.js';
import { type PolicyWords, settingsFor } from './plugin-policy.js';

export interface Ready {
  readonly prepared: PreparedPlugin;
  readonly loaded: LoadedPlugin;
  readonly host: HostThread;
  /** Hooks that fail on an empty request. */
  readonly warnings: readonly string[];
  /** What `configure` logged. */
  readonly logs: readonly LogLine[];
}

/** It parses, but cannot be instantiated or configured. */
export interface Unusable {
  readonly unusable: string;
  readonly logs: readonly LogLine[];
}

/** Throws an Error with the reason where the file is refused or the words are wrong. Without `grant` it gets the grants that its imports need. */
export function loadPlugin(
  file: string,
  words: PolicyWords,
  folder: string,
  tokens: TokenKernel | null,
): Ready | Unusable {
  const granted = 'grant' in words ? words : { ...words, grant: grantsNeeded(file) };
  // A module of any size that a policy may allow.
  const settings = settingsFor(file, { size: '16MiB', ...granted }, folder);
  const host = {
    counters: new CounterTable(createCounters()),
    tokens,
    scrub: (text: string) => text,
    holdsSecret: () => false,
  };
  const result = preparePlugin({ settings, within: null, version: 1, known: null }, host);
  if (result.outcome === 'refused') throw new Error(result.reason);
  if (result.outcome === 'unusable') return { unusable: result.plugin.reason, logs: [] };
  if (result.outcome === 'same') throw new Error('the module was said to be loaded already');
  const { plugin: prepared, warnings, logs } = result;
  const loaded = new LoadedPlugin(prepared, host);
  // So that the first call that is timed finds an instance; what this counted is forgotten.
  warmUp(loaded);
  host.counters = new CounterTable(createCounters());
  return { prepared, loaded, host, warnings, logs };
}

/** Of a module that can be inspected; its loading says what is wrong with any other. */
function grantsNeeded(file: string): readonly string[] {
  return inspectModule(readFileSync(file), null, file).grantsNeeded;
}
