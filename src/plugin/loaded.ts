// One version of one plugin on one thread: keeps an instance, makes a new one where the last is dead, remembers that none can be made.
// Hot path: per hook call.
import { INLINE_MEMORY_BYTES_MAX, INLINE_VIEW_BYTES_MAX, PAGE_BYTES } from '../core/plugin-bounds.js';
import type { HookName } from './abi.js';
import { hookFuel, type Sight, visibleBytes } from './allowance.js';
import type { HookOutcome, HookScene, LogLine } from './hook.js';
import type { HostThread } from './host-thread.js';
import { PluginFailure, PluginInstance, sightOf } from './instance.js';
import { failedOutcome } from './outcome.js';
import type { PreparedPlugin } from './prepared.js';

export class LoadedPlugin {
  readonly prepared: PreparedPlugin;
  readonly #host: HostThread;
  readonly #hooks: ReadonlySet<HookName>;
  readonly #sight: Sight;
  #instance: PluginInstance | null = null;
  #unusable: PluginFailure | null = null;
  #retired = false;
  /** The most that an instance has had here. */
  #memoryBytes: number;

  constructor(prepared: PreparedPlugin, host: HostThread) {
    this.prepared = prepared;
    this.#host = host;
    this.#hooks = new Set(prepared.facts.hooks);
    this.#sight = sightOf(prepared.facts);
    this.#memoryBytes = prepared.facts.memoryPages * PAGE_BYTES;
  }

  /** The module exports it. */
  wants(hook: HookName): boolean {
    return this.#hooks.has(hook);
  }

  /** It imports functions of `message_*`. */
  get needsMessages(): boolean {
    return this.#sight.needsMessages;
  }

  /** It imports functions of `body_*`. */
  get needsBody(): boolean {
    return this.#sight.needsBody;
  }

  /** What `configure` logged in the instance that stands now. */
  get configureLogs(): readonly LogLine[] {
    return this.#instance?.logs ?? [];
  }

  /** Whether the hook is to run on this thread. */
  inline(scene: HookScene): boolean {
    const { run } = this.prepared.settings;
    if (run !== 'auto') return run === 'inline';
    if (this.#memoryBytes > INLINE_MEMORY_BYTES_MAX) return false;
    return visibleBytes(scene, this.#sight) <= INLINE_VIEW_BYTES_MAX;
  }

  fuelFor(scene: HookScene): number {
    return hookFuel(this.prepared.settings, scene, this.#sight);
  }

  /** Runs the scene's hook on this thread; the module must have it. Never throws for what a guest does. */
  run(scene: HookScene): HookOutcome {
    if (this.#retired)
      return failedOutcome('version_gone', 'this version of the plugin is not kept any longer', 0);
    if (this.#unusable !== null) return failedOutcome('instantiate', this.#unusable.message, 0);
    const instance = this.#instance ?? this.#make();
    if (instance instanceof PluginFailure)
      return failedOutcome(instance.failure, instance.message, instance.fuel);
    // Whatever ends the call, also a bug of the host: only what is whole is kept.
    this.#instance = null;
    const outcome = instance.call(scene);
    if (instance.dead) this.#memoryBytes = Math.max(this.#memoryBytes, instance.memoryBytes);
    else this.#instance = instance;
    return outcome;
  }

  /** No request may use it any more. */
  get retired(): boolean {
    return this.#retired;
  }

  /** No request may use this version any more. */
  retire(): void {
    this.#retired = true;
    this.#instance = null;
  }

  #make(): PluginInstance | PluginFailure {
    try {
      const instance = PluginInstance.create(this.prepared, this.#host);
      this.#memoryBytes = Math.max(this.#memoryBytes, instance.memoryBytes);
      return instance;
    } catch (failure) {
      if (!(failure instanceof PluginFailure)) throw failure;
      // A process without memory may have some later.
      if (failure.failure === 'instantiate') this.#unusable = failure;
      return failure;
    }
  }
}
