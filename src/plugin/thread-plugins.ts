// The plugins of one data-plane thread over time: the current set, those that requests in flight still use, the one that waits for its turn; and what
// is counted and said of them.
import { OLD_VERSIONS_MAX } from '../core/plugin-bounds.js';
import type { HookOutcome, LogLine } from './hook.js';
import type { HostThread } from './host-thread.js';
import type { IsolatedRunner } from './isolated.js';
import type { LoadedPlugin } from './loaded.js';
import { type DroppedLines, LogGate } from './log-gate.js';
import { PluginSet, type PublishedPlugin } from './plugin-set.js';

export interface PluginCounts {
  readonly policy: string;
  /** Hooks that ran or should have. */
  readonly calls: number;
  readonly failed: number;
  readonly fuel: number;
  /** Versions that requests in flight still use, beside the current one. */
  readonly oldVersions: number;
}

/** Where a plugin's log lines go. */
export interface PluginLog {
  line(policy: string, line: LogLine, requestId: string): void;
  dropped(lines: readonly DroppedLines[]): void;
}

interface OldSet {
  readonly set: PluginSet;
  /** When its requests have had their time, monotonic ms. */
  readonly endMs: number;
}

interface Waiting {
  readonly published: readonly PublishedPlugin[];
  readonly onSwap: (() => void) | null;
}

interface Counting {
  calls: number;
  failed: number;
  fuel: number;
}

export class ThreadPlugins {
  readonly host: HostThread;
  readonly isolated: IsolatedRunner;
  readonly #log: PluginLog;
  readonly #gate = new LogGate();
  readonly #counts = new Map<string, Counting>();
  readonly #nowMs: () => number;
  readonly #drainMs: () => number;
  #current: PluginSet;
  #old: OldSet[] = [];
  #waiting: Waiting | null = null;

  constructor(parts: {
    readonly published: readonly PublishedPlugin[];
    readonly host: HostThread;
    readonly isolated: IsolatedRunner;
    readonly log: PluginLog;
    /** Monotonic. */
    readonly nowMs: () => number;
    /** How long requests keep a version that was replaced: `timeouts.drain` as it is now. */
    readonly drainMs: () => number;
  }) {
    this.host = parts.host;
    this.isolated = parts.isolated;
    this.#log = parts.log;
    this.#nowMs = parts.nowMs;
    this.#drainMs = parts.drainMs;
    this.#current = new PluginSet(parts.published, this.host, null, this.#onIdle);
  }

  /** For a request that begins now. */
  get current(): PluginSet {
    return this.#current;
  }

  /**
   * Takes up other plugins, at once or when not more than OLD_VERSIONS_MAX of any would be in use; `onSwap` runs in the same turn. What waited for its
   * turn is replaced: only its `onSwap` stays, unless there is a newer one.
   */
  publish(published: readonly PublishedPlugin[], onSwap: (() => void) | null): void {
    this.#waiting = { published, onSwap: onSwap ?? this.#waiting?.onSwap ?? null };
    this.#swap();
  }

  /** To be called now and then: ends what has had its time, and says what the log did not take. */
  sweep(nowMs: number): void {
    if (this.#old.some(({ endMs }) => nowMs >= endMs)) {
      const ended = this.#old.filter(({ endMs }) => nowMs >= endMs);
      this.#old = this.#old.filter(({ endMs }) => nowMs < endMs);
      this.#retire(ended.map(({ set }) => set));
      this.#swap();
    }
    const dropped = this.#gate.takeDropped(nowMs);
    if (dropped.length > 0) this.#log.dropped(dropped);
  }

  /** A hook has ended, in whatever way. */
  ran(policy: string, outcome: HookOutcome): void {
    let counting = this.#counts.get(policy);
    if (counting === undefined) {
      counting = { calls: 0, failed: 0, fuel: 0 };
      this.#counts.set(policy, counting);
    }
    counting.calls++;
    counting.fuel += outcome.fuel;
    if (outcome.result === 'failed') counting.failed++;
  }

  log(policy: string, line: LogLine, requestId: string): void {
    if (this.#gate.passes(policy, this.#nowMs())) this.#log.line(policy, line, requestId);
  }

  /** Lines beyond the bound of a hook. */
  logsDropped(policy: string, lines: number): void {
    this.#gate.drop(policy, lines);
  }

  counts(): PluginCounts[] {
    const policies = new Set(this.#counts.keys());
    for (const set of this.#sets())
      for (const { prepared } of set.loaded()) policies.add(prepared.settings.policy);
    return [...policies].map(policy => ({
      policy,
      ...(this.#counts.get(policy) ?? { calls: 0, failed: 0, fuel: 0 }),
      oldVersions: this.#versionsBeside(policy, this.#current).size,
    }));
  }

  readonly #onIdle = (set: PluginSet): void => {
    if (set === this.#current) {
      // Its versions make no old ones now.
      this.#swap();
      return;
    }
    const known = this.#old.length;
    this.#old = this.#old.filter(old => old.set !== set);
    // One that has had its time is forgotten already.
    if (this.#old.length === known) return;
    this.#retire([set]);
    this.#swap();
  };

  #swap(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const next = new PluginSet(waiting.published, this.host, this.#current, this.#onIdle);
    if (this.#tooManyVersions(next)) return;
    this.#waiting = null;
    const before = this.#current;
    this.#current = next;
    if (before.users > 0) this.#old.push({ set: before, endMs: this.#nowMs() + this.#drainMs() });
    else this.#retire([before]);
    waiting.onSwap?.();
  }

  #tooManyVersions(next: PluginSet): boolean {
    const changed = [...this.#current.loaded()].filter(({ prepared: { settings, version } }) => {
      return next.version(settings.policy, version) === null;
    });
    return changed.some(({ prepared }) => {
      return this.#versionsBeside(prepared.settings.policy, next).size > OLD_VERSIONS_MAX;
    });
  }

  /** Versions of a plugin that are in use, less the one that `set` has. */
  #versionsBeside(policy: string, set: PluginSet): ReadonlySet<LoadedPlugin> {
    const versions = new Set<LoadedPlugin>();
    for (const inUse of this.#sets()) {
      const entry = inUse.users > 0 ? inUse.get(policy) : null;
      if (entry !== null && !('failed' in entry) && set.get(policy) !== entry) versions.add(entry);
    }
    return versions;
  }

  *#sets(): Iterable<PluginSet> {
    for (const { set } of this.#old) yield set;
    yield this.#current;
  }

  /** Drops the instances of versions that no other set has. */
  #retire(gone: readonly PluginSet[]): void {
    const kept = new Set<LoadedPlugin>();
    for (const set of this.#sets()) for (const loaded of set.loaded()) kept.add(loaded);
    for (const set of gone) {
      for (const loaded of set.loaded()) {
        if (kept.has(loaded)) continue;
        loaded.retire();
        this.isolated.forget(loaded.prepared.version);
      }
    }
  }
}
