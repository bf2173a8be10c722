// The plugins of one moment on one thread: what a request finds when it begins and keeps to its end. Immutable; a set that follows takes over the
// LoadedPlugins of versions that stay. Hot path: per request (acquire, get, release).
import assert from 'node:assert';
import type { PluginSettings } from '../core/plugin-settings.js';
import type { HostThread } from './host-thread.js';
import { LoadedPlugin } from './loaded.js';
import type { ModuleFacts, PreparedPlugin } from './prepared.js';

/** A module that parses and cannot be instantiated: its policy fails for every request (CONTRACT.md §5.9). Plain data. */
export interface FailedPlugin {
  readonly failed: true;
  readonly settings: PluginSettings;
  readonly facts: ModuleFacts | null;
  /** One sentence. */
  readonly reason: string;
}

/** What the control plane publishes, in the order of the policies, dropped modules behind them in the order of their names. */
export type PublishedPlugin = PreparedPlugin | FailedPlugin;

export class PluginSet {
  /** Modules of `plugins_dir` in the order of their names. */
  readonly dropped: readonly LoadedPlugin[];
  readonly #entries: ReadonlyMap<string, LoadedPlugin | FailedPlugin>;
  readonly #onIdle: (set: PluginSet) => void;
  #users = 0;

  /** `before` gives its LoadedPlugins of the same versions; `onIdle` is told each time the last user has gone. */
  constructor(
    published: readonly PublishedPlugin[],
    host: HostThread,
    before: PluginSet | null = null,
    onIdle: (set: PluginSet) => void = () => undefined,
  ) {
    const entries = new Map<string, LoadedPlugin | FailedPlugin>();
    const dropped: LoadedPlugin[] = [];
    for (const one of published) {
      const { policy } = one.settings;
      assert(!entries.has(policy), `two plugins of the name ${policy}`);
      const entry =
        'failed' in one ? one : (before?.version(policy, one.version) ?? new LoadedPlugin(one, host));
      entries.set(policy, entry);
      if (one.settings.dropped && entry instanceof LoadedPlugin) dropped.push(entry);
    }
    this.#entries = entries;
    this.#onIdle = onIdle;
    this.dropped = dropped;
  }

  /** By the policy's name; null where no such plugin is published. */
  get(policy: string): LoadedPlugin | FailedPlugin | null {
    return this.#entries.get(policy) ?? null;
  }

  acquire(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    assert(this.#users >= 0, 'a plugin set was released more often than acquired');
    if (this.#users === 0) this.#onIdle(this);
  }

  get users(): number {
    return this.#users;
  }

  /** All that can run. */
  *loaded(): Iterable<LoadedPlugin> {
    for (const entry of this.#entries.values()) if (entry instanceof LoadedPlugin) yield entry;
  }

  version(policy: string, version: number): LoadedPlugin | null {
    const entry = this.get(policy);
    return entry instanceof LoadedPlugin && entry.prepared.version === version ? entry : null;
  }
}
