// The control plane's care for plugins: loads what policies name and what lies in `plugins_dir`, notices changed files within a second, has each tried in
// quarantine, and publishes what can be used. Files are looked at rather than watched: file systems that tell of no change are common where modules lie.
import type { Config } from '../config/config.js';
import { isName } from '../config/leaves.js';
import { configSecrets } from '../config/load.js';
import { droppedSettings } from '../config/plugins.js';
import type { PluginSettings } from '../core/plugin-settings.js';
import { type DroppedFile, lookIntoFolder } from '../plugin/load/folder.js';
import type { PreparedResult } from '../plugin/load/prepare.js';
import { ABSENT, signatureOf } from '../plugin/load/signature.js';
import type { PublishedPlugin } from '../plugin/plugin-set.js';
import { type PluginLogger, PluginReport } from './plugin-report.js';
import { PluginSlot, sameSettings } from './plugin-slot.js';
import type { Quarantine } from './quarantine.js';

/** Two looks and the loading of a module of 1 MiB are well within a second. */
const LOOK_MS = 200;

export interface KeeperOptions {
  readonly quarantine: Quarantine;
  readonly log: PluginLogger;
  /** Another version of some plugin is to be used from now on, under the configuration in force. */
  readonly publish: (plugins: readonly PublishedPlugin[]) => void;
}

export type Replaced =
  | { readonly ok: true; readonly plugins: readonly PublishedPlugin[] }
  /** Sentences. Nothing has changed. */
  | { readonly ok: false; readonly problems: readonly string[] };

export class PluginKeeper {
  readonly #options: KeeperOptions;
  readonly #report: PluginReport;
  #source: Pick<Config, 'policies' | 'pluginsDir'> = { policies: [], pluginsDir: null };
  #secrets: readonly string[] = [];
  /** By the policy's name. */
  #configured = new Map<string, PluginSlot>();
  /** By the file's name without its ending. */
  #dropped = new Map<string, PluginSlot>();
  #version = 0;
  #folderProblem: string | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #started = false;
  #stopped = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#report = new PluginReport(options.log);
  }

  /** Of policies and dropped files, in the order in which requests meet them. */
  slots(): PluginSlot[] {
    return [...this.#configured.values(), ...this.#inOrder()];
  }

  /**
   * Loads for another configuration (the first one too), whose policies the plugins are to be published with. A module that a policy names must be one that
   * can be loaded; where it cannot be instantiated, the first configuration runs all the same, and its policy fails for every request.
   */
  replace(config: Config): Promise<Replaced> {
    return this.#inTurn(() => this.#replace(config));
  }

  /** Looks for changed files from now on. */
  watch(): void {
    this.#timer = setTimeout(() => {
      void this.#inTurn(() => this.look())
        .catch((cause: unknown) => this.#report.bug(cause))
        .then(() => {
          if (!this.#stopped) this.watch();
        });
    }, LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#options.quarantine.close();
  }

  /** One look at all files; publishes what has changed. */
  async look(): Promise<void> {
    const changed = await this.#lookAtAll();
    if (changed && !this.#stopped) this.#options.publish(this.#published());
  }

  async #replace(source: Config): Promise<Replaced> {
    const secrets = configSecrets(source);
    const isFirst = !this.#started;
    const problems: string[] = [];
    const slots = new Map<string, PluginSlot>();
    for (const policy of source.policies) {
      if (policy.kind !== 'plugin') continue;
      const slot = this.#slotFor(policy.settings);
      slots.set(policy.name, slot);
      const problem = await this.#tryForConfiguration(slot, isFirst, secrets);
      if (problem !== null) problems.push(`policy ${policy.name}: ${policy.settings.file}: ${problem}`);
    }
    const folder = source.pluginsDir === null ? null : await lookIntoFolder(source.pluginsDir);
    if (folder?.problem != null) problems.push(folder.problem);
    if (problems.length > 0) return { ok: false, problems };
    if (folder?.missing) this.#report.missingFolder(source.pluginsDir ?? '');
    if (source.pluginsDir !== this.#source.pluginsDir) this.#dropped = new Map();
    this.#started = true;
    this.#source = source;
    this.#secrets = secrets;
    this.#configured = slots;
    await this.#takeFolder(folder?.files ?? [], true);
    return { ok: true, plugins: this.#published() };
  }

  /** A copy of the slot that was, so that a refused configuration leaves no trace. */
  #slotFor(settings: PluginSettings): PluginSlot {
    const slot = new PluginSlot(settings, null);
    const before = this.#configured.get(settings.policy);
    if (before !== undefined) Object.assign(slot, before, { settings });
    return slot;
  }

  async #tryForConfiguration(
    slot: PluginSlot,
    isFirst: boolean,
    secrets: readonly string[],
  ): Promise<string | null> {
    const signature = await signatureOf(slot.settings.file, slot.settings.tables);
    const sameWish = slot.current !== null && sameSettings(slot.current.settings, slot.settings);
    if (sameWish && slot.tried === signature) return null;
    const result = await this.#prepare(slot, signature, secrets);
    const usable =
      result.outcome === 'ready' || result.outcome === 'same' || (result.outcome === 'unusable' && isFirst);
    if (usable) {
      slot.take(result);
      this.#report.tried(slot, result);
      return null;
    }
    const reason = result.outcome === 'unusable' ? result.plugin.reason : result.reason;
    // The file has gone bad on its own: that is no mistake of the configuration.
    if (!sameWish) return reason;
    slot.reason = slot.untold = reason;
    return null;
  }

  async #lookAtAll(): Promise<boolean> {
    let changed = false;
    for (const slot of this.#configured.values()) if (await this.#lookAt(slot)) changed = true;
    const { pluginsDir } = this.#source;
    if (pluginsDir === null) return changed;
    const { files, problem } = await lookIntoFolder(pluginsDir);
    if (problem !== this.#folderProblem) {
      this.#folderProblem = problem;
      if (problem !== null) this.#report.folder(problem);
    }
    // What runs of a folder that cannot be trusted any more goes on running.
    if (problem !== null && files.length === 0) return changed;
    return (await this.#takeFolder(files, false)) || changed;
  }

  /** Whether something else is to be published. At the start files are taken as they are: whoever wrote them is done. */
  async #takeFolder(files: readonly DroppedFile[], atStart: boolean): Promise<boolean> {
    let changed = false;
    for (const { name, file } of files) {
      let slot = this.#dropped.get(name);
      if (slot === undefined) {
        slot = new PluginSlot(droppedSettings(name, file), this.#source.pluginsDir);
        this.#dropped.set(name, slot);
      }
      this.#judgeName(slot, name);
      if (slot.nameProblem !== null) continue;
      if (atStart ? await this.#tryNow(slot) : await this.#lookAt(slot)) changed = true;
    }
    const there = new Set(files.map(({ name }) => name));
    for (const [name, slot] of this.#dropped) {
      if (there.has(name)) continue;
      if (slot.seen !== ABSENT && !atStart) {
        slot.seen = ABSENT;
        continue;
      }
      this.#dropped.delete(name);
      if (slot.current === null) continue;
      changed = true;
      this.#report.removed(slot);
    }
    return changed;
  }

  #nameProblem(name: string): string | null {
    if (!isName(name))
      return `${name}.wasm gives no name of a policy; allowed: a-z, A-Z, 0-9, "-", "_" and ".", up to 64 characters`;
    const taken = this.#source.policies.some(policy => policy.name === name);
    return taken
      ? `a policy of the configuration has the name ${name} already; give the file another name`
      : null;
  }

  #judgeName(slot: PluginSlot, name: string): void {
    const before = slot.nameProblem;
    slot.nameProblem = this.#nameProblem(name);
    if (slot.nameProblem !== null && slot.nameProblem !== before) this.#report.badName(slot);
  }

  /** Tries a file that has changed and has stood still for a look. True: something else is to be published. */
  async #lookAt(slot: PluginSlot): Promise<boolean> {
    const { file, tables } = slot.settings;
    const signature = await signatureOf(file, tables);
    if (signature === slot.tried) {
      slot.seen = signature;
      this.#report.unchanged(slot);
      return false;
    }
    if (signature !== slot.seen) {
      slot.seen = signature;
      this.#options.quarantine.wake();
      return false;
    }
    return await this.#tryFile(slot, signature);
  }

  async #tryNow(slot: PluginSlot): Promise<boolean> {
    const signature = await signatureOf(slot.settings.file, slot.settings.tables);
    return signature === slot.tried ? false : await this.#tryFile(slot, signature);
  }

  async #tryFile(slot: PluginSlot, signature: string): Promise<boolean> {
    const result = await this.#prepare(slot, signature, this.#secrets);
    const changed = slot.take(result);
    this.#report.tried(slot, result);
    return changed;
  }

  async #prepare(slot: PluginSlot, signature: string, secrets: readonly string[]): Promise<PreparedResult> {
    const { settings, within, known } = slot;
    slot.tried = signature;
    slot.loading = true;
    const result = await this.#options.quarantine.prepare(
      { settings, within, known, version: ++this.#version },
      secrets,
    );
    slot.loading = false;
    return result;
  }

  #published(): PublishedPlugin[] {
    const dropped = this.#inOrder().filter(({ nameProblem }) => nameProblem === null);
    return [...this.#configured.values(), ...dropped].flatMap(({ current }) =>
      current === null ? [] : [current],
    );
  }

  #inOrder(): PluginSlot[] {
    return [...this.#dropped.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slot]) => slot);
  }

  /** One thing at a time: a look must not meet a configuration that is half replaced. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
