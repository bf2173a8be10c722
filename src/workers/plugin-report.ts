// What the log says of the loading of plugins: each file that is taken or refused, once.
import type { Logger } from 'pino';
import type { PreparedResult } from '../plugin/load/prepare.js';
import type { PluginSlot } from './plugin-slot.js';

export type PluginLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

export class PluginReport {
  readonly #log: PluginLogger;

  constructor(log: PluginLogger) {
    this.#log = log;
  }

  /** A refusal is told at the next look, if the file is still the same then: perhaps somebody is still writing it. */
  tried(slot: PluginSlot, result: PreparedResult): void {
    const { policy, file } = slot.settings;
    if (result.outcome === 'same') return;
    if (result.outcome !== 'ready') {
      slot.untold = slot.reason;
      return;
    }
    slot.untold = null;
    const { facts, version: load } = result.plugin;
    const { name: module, version, sha256, hooks } = facts;
    this.#log.info({ plugin: policy, file, module, version, sha256, hooks, load }, 'plugin loaded');
    for (const warning of result.warnings)
      this.#log.warn({ plugin: policy, file, warning }, 'plugin loaded with a doubt');
    for (const { text } of result.logs) this.#log.info({ plugin: policy, text }, 'plugin configured');
  }

  unchanged(slot: PluginSlot): void {
    if (slot.untold === null) return;
    const { policy, file } = slot.settings;
    const kept = slot.isRunning
      ? 'plugin refused; the old version stays'
      : slot.current === null
        ? 'plugin refused'
        : 'plugin cannot be used; its policy fails for every request';
    this.#log.error({ plugin: policy, file, reason: slot.untold }, kept);
    slot.untold = null;
  }

  badName(slot: PluginSlot): void {
    const { policy, file } = slot.settings;
    this.#log.error({ plugin: policy, file, reason: slot.nameProblem }, 'plugin refused');
  }

  removed({ settings: { policy, file } }: PluginSlot): void {
    this.#log.info({ plugin: policy, file }, 'plugin removed');
  }

  folder(problem: string): void {
    this.#log.error({ problem }, 'plugins_dir is left as it was');
  }

  missingFolder(folder: string): void {
    this.#log.warn({ plugins_dir: folder }, 'plugins_dir is not there yet');
  }

  bug(cause: unknown): void {
    this.#log.error({ bug: String(cause) }, 'plugins could not be looked at');
  }
}
