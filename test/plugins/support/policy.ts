// A sample policy as the gateway would run it: the module that the build made, inspected against the grants that its README names, metered,
// configured, and asked with scenes over real bodies.
import { readFileSync } from 'node:fs';
import type { Grant } from '../../../src/core/plugin-settings.js';
import { effectiveGrants } from '../../../src/core/plugin-settings.js';
import type { HookOutcome } from '../../../src/plugin/hook.js';
import type { HostThread } from '../../../src/plugin/host-thread.js';
import { PluginFailure, PluginInstance } from '../../../src/plugin/instance.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import type { LookupTables, PreparedPlugin } from '../../../src/plugin/prepared.js';
import { prepareBytes } from '../../plugin/support/guest.js';
import { host, scene } from '../../plugin/support/scene.js';

const folder = new URL('../../../', import.meta.url);

export interface PolicyOptions {
  readonly rows?: LookupTables;
  readonly host?: HostThread;
}

/** What the sample's manifest asks for beyond the defaults. */
function wanted(name: string): Grant[] {
  const file = new URL(`plugins/${name}/manifest.json`, folder);
  const { wants } = JSON.parse(readFileSync(file, 'utf8')) as { readonly wants: Grant[] };
  return wants;
}

/** Metered and compiled once a name: a configuration changes nothing of that. */
const compiled = new Map<string, PreparedPlugin>();

export function prepared(name: string, config: unknown, rows: LookupTables = {}): PreparedPlugin {
  let known = compiled.get(name);
  if (known === undefined) {
    const bytes = readFileSync(new URL(`build/plugins/${name}.wasm`, folder));
    known = prepareBytes(bytes, { policy: name, grants: [...effectiveGrants(wanted(name))] });
    compiled.set(name, known);
  }
  const settings = { ...known.settings, configJson: JSON.stringify(config) };
  return { ...known, settings, tables: rows };
}

/** Throws where the configuration is refused. */
export function policy(name: string, config: unknown, options: PolicyOptions = {}): LoadedPlugin {
  const ready = prepared(name, config, options.rows);
  const thread = options.host ?? host();
  PluginInstance.create(ready, thread);
  return new LoadedPlugin(ready, thread);
}

/** What a policy says of a configuration that it refuses; fails where it takes it. */
export function refusal(name: string, config: unknown): string {
  try {
    PluginInstance.create(prepared(name, config), host());
  } catch (failure) {
    if (failure instanceof PluginFailure) return failure.message;
    throw failure;
  }
  throw new Error(`${name} takes ${JSON.stringify(config)}`);
}

export type Scene = Parameters<typeof scene>[0];

export function ask(loaded: LoadedPlugin, at: Scene = {}): HookOutcome {
  return loaded.run(scene({ hook: 'on_request', ...at }));
}

export function evidenceOf(outcome: HookOutcome): Record<string, string | number> {
  return Object.fromEntries(outcome.evidence);
}

export interface Message {
  readonly role: string;
  readonly content: unknown;
}

/** An OpenAI chat body of one user message, or of these. */
export function chatOf(messages: string | readonly Message[]): unknown {
  const list = typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages;
  return { model: 'gpt-4o', messages: list };
}
