// One plugin as the control plane knows it: the policy or dropped file that asks for it, what is published of it, and what came of the last try.
import type { PluginSettings } from '../core/plugin-settings.js';
import type { PreparedResult } from '../plugin/load/prepare.js';
import type { PublishedPlugin } from '../plugin/plugin-set.js';

export class PluginSlot {
  readonly within: string | null;
  settings: PluginSettings;
  /** null: nothing of it runs. */
  current: PublishedPlugin | null = null;
  /** Why the last try came to nothing; null: what runs is what was tried last. */
  reason: string | null = null;
  /** Why its file's name cannot be a policy's; null: it can. */
  nameProblem: string | null = null;
  /** RFC 3339. */
  loadedAt: string | null = null;
  loading = false;
  /** Signature of the file that was tried last; null: none was. */
  tried: string | null = null;
  /** A signature that was seen once: a file is tried when two looks agree, so that nobody is still writing it. */
  seen: string | null = null;
  /** A reason that is to be logged if the file is still the same at the next look. */
  untold: string | null = null;

  constructor(settings: PluginSettings, within: string | null) {
    this.settings = settings;
    this.within = within;
  }

  get isRunning(): boolean {
    return this.current !== null && !('failed' in this.current);
  }

  /** SHA-256 of what runs, to recognise the same content again; null where other settings are wanted, or tables may have changed. */
  get known(): string | null {
    const { current, settings } = this;
    if (current === null || 'failed' in current || Object.keys(settings.tables).length > 0) return null;
    return sameSettings(current.settings, settings) ? current.facts.sha256 : null;
  }

  /** Whether something else is to be published now. The old version stays where the new one cannot be used. */
  take(result: PreparedResult): boolean {
    switch (result.outcome) {
      case 'same':
        this.reason = null;
        return false;
      case 'ready':
        this.#publish(result.plugin, null);
        return true;
      case 'unusable':
        if (this.isRunning || this.settings.dropped) {
          this.reason = result.plugin.reason;
          return false;
        }
        this.#publish(result.plugin, result.plugin.reason);
        return true;
      case 'refused':
        this.reason = result.reason;
        return false;
    }
  }

  #publish(plugin: PublishedPlugin, reason: string | null): void {
    this.current = plugin;
    this.reason = reason;
    this.loadedAt = new Date().toISOString();
  }
}

export function sameSettings(one: PluginSettings, other: PluginSettings): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
