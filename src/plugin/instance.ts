// One instance of a plugin on one thread: makes it, calls its hooks, puts it back as configured between them. Hot path: call, per hook.
// An instance whose hook failed is dead: nobody knows what state its code was left in.
import assert from 'node:assert';
import { type HookName, RESULT_DENY, RESULT_GO_ON, RESULT_HOLD } from './abi.js';
import { configureFuel, hookFuel, type Sight } from './allowance.js';
import { Call, isStackOverflow, STACK_EXHAUSTED } from './call.js';
import { cutBytes, printable } from './guest-text.js';
import type { HookFailure, HookOutcome, HookScene, LogLine } from './hook.js';
import type { HostThread } from './host-thread.js';
import { guestImports } from './imports/table.js';
import { failedOutcome, Outcome } from './outcome.js';
import type { ModuleFacts, PreparedPlugin } from './prepared.js';
import { Snapshot } from './snapshot.js';
import {
  BEGIN_EXPORT,
  DIRTY_EXPORT,
  LEFT_EXPORT,
  type MeteredExports,
  REFUEL_EXPORT,
  SAVE_EXPORT,
} from './wasm/exports.js';
import { granuleShift } from './wasm/written.js';
import { Exception, type GuestMemory, Instance, RuntimeError } from './wasm-api.js';

type Hook = () => unknown;

interface GuestExports extends MeteredExports, Partial<Record<HookName | 'configure' | '_initialize', Hook>> {
  readonly memory: GuestMemory;
}

const DETAIL_BYTES_MAX = 512;
const ENGINE_OUT_OF_MEMORY = /out of memory|could not allocate/i;

/** A module that could not be brought to where its hooks can be called. */
export class PluginFailure extends Error {
  override readonly name = 'PluginFailure';

  constructor(
    readonly failure: HookFailure,
    detail: string,
    /** Used by then. */
    readonly fuel: number,
    /** Of the function that failed. */
    readonly logs: readonly LogLine[] = [],
  ) {
    super(detail);
  }
}

export class PluginInstance {
  /** What `configure` logged. */
  readonly logs: readonly LogLine[];
  /** Not to be called again. */
  dead = false;
  readonly #call: Call;
  readonly #exports: GuestExports;
  readonly #sight: Sight;
  readonly #snapshot: Snapshot | null;
  #running = false;

  private constructor(prepared: PreparedPlugin, call: Call, exports: GuestExports) {
    this.#call = call;
    this.#exports = exports;
    this.#sight = sightOf(prepared.facts);
    this.logs = call.effects?.logs ?? [];
    exports[SAVE_EXPORT]();
    call.takeWritten();
    const resets = prepared.settings.reset === 'always';
    const shift = granuleShift(prepared.facts.memoryPages);
    this.#snapshot = resets ? new Snapshot(new Uint8Array(exports.memory.buffer), shift) : null;
  }

  /**
   * Instantiates, initialises and configures. Throws PluginFailure: `instantiate` for whatever the module did, `memory` where the process had none,
   * which may pass.
   */
  static create(prepared: PreparedPlugin, host: HostThread): PluginInstance {
    const { facts, settings } = prepared;
    const call = new Call(prepared, host);
    const exports = instantiate(prepared, call);
    call.bind(exports.memory, exports);
    if (facts.hasInitialize) runEarly('_initialize', settings.fuel, call, exports);
    if (facts.hasConfigure) {
      const result = runEarly('configure', configureFuel(settings, call.config.length), call, exports);
      if (result !== RESULT_GO_ON) throw unusable(`configure returned ${String(result)}`, 0, call);
    }
    return new PluginInstance(prepared, call, exports);
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Never throws for anything that the guest does. The module must export the scene's hook. */
  call(scene: HookScene): HookOutcome {
    assert(!this.dead, 'a dead instance was called');
    assert(!this.#running, 'an instance was called from within its own hook');
    const hook = this.#exports[scene.hook];
    assert(hook !== undefined, `the module has no ${scene.hook}`);
    const fuel = hookFuel(this.#call.settings, scene, this.#sight);
    this.#reset(fuel);
    this.#call.begin(scene);
    this.#running = true;
    try {
      const result = hook();
      const left = this.#exports[LEFT_EXPORT]();
      if (!this.#call.spent && left >= 0) return this.#ended(result, scene.hook, fuel - left);
      return this.#failed(fuel, null);
    } catch (thrown) {
      return this.#failed(fuel, thrown);
    } finally {
      this.#running = false;
    }
  }

  #reset(fuel: number): void {
    if (this.#snapshot === null) {
      this.#exports[REFUEL_EXPORT](fuel);
      return;
    }
    const written = this.#exports[BEGIN_EXPORT](fuel) | this.#call.takeWritten();
    if (written !== 0) this.#snapshot.restore(this.#call.bytes, written);
  }

  #ended(result: unknown, hook: HookName, fuel: number): HookOutcome {
    const { effects } = this.#call;
    // Only a fresh instance can be as configure left it.
    if (this.#snapshot !== null && this.#exports[DIRTY_EXPORT]() !== 0) this.dead = true;
    if (result === RESULT_GO_ON || hook === 'on_end') return new Outcome('go_on', null, null, fuel, effects);
    if (result === RESULT_DENY) return new Outcome('deny', null, null, fuel, effects);
    if (result === RESULT_HOLD && hook === 'on_event') return new Outcome('hold', null, null, fuel, effects);
    this.dead = true;
    const allowed = hook === 'on_event' ? '0, 1 or 2' : '0 or 1';
    return failedOutcome(
      'bad_result',
      `${hook} returned ${String(result)}; allowed: ${allowed}`,
      fuel,
      effects,
    );
  }

  #failed(fuel: number, thrown: unknown): HookOutcome {
    this.dead = true;
    const ending = endingOf(this.#call, fuel, thrown);
    return failedOutcome(ending.failure, ending.detail, ending.fuel, this.#call.effects);
  }
}

/** Which parts of a scene a module can ask for. */
export function sightOf(facts: ModuleFacts): Sight {
  return {
    needsMessages: facts.imports.some(name => name.startsWith('message_')),
    needsBody: facts.imports.some(name => name.startsWith('body_')),
  };
}

function instantiate({ module, facts }: PreparedPlugin, call: Call): GuestExports {
  try {
    const { exports } = new Instance(module, guestImports(call, facts.imports));
    if (call.failure !== null) throw new PluginFailure('instantiate', call.detail ?? '', 0);
    return exports as unknown as GuestExports;
  } catch (thrown) {
    if (thrown instanceof PluginFailure) throw thrown;
    const said = sentence(thrown);
    throw new PluginFailure(ENGINE_OUT_OF_MEMORY.test(said) ? 'memory' : 'instantiate', said, 0);
  }
}

function runEarly(
  name: 'configure' | '_initialize',
  fuel: number,
  call: Call,
  exports: GuestExports,
): unknown {
  const run = exports[name];
  assert(run !== undefined, `the module has no ${name}`);
  call.begin(null);
  exports[REFUEL_EXPORT](fuel);
  let thrown: unknown = null;
  try {
    const result = run();
    if (!call.spent && exports[LEFT_EXPORT]() >= 0) return result;
  } catch (trap) {
    thrown = trap;
  }
  const ending = endingOf(call, fuel, thrown);
  throw unusable(`${name} failed (${ending.failure}): ${ending.detail}`, ending.fuel, call);
}

/** With what the guest said of it, so that whoever wrote the configuration learns what is wrong there. */
function unusable(sentence: string, fuel: number, call: Call): PluginFailure {
  const logs = call.effects?.logs ?? [];
  const said = logs.length === 0 ? '' : `: ${logs.map(({ text }) => text).join('; ')}`;
  return new PluginFailure('instantiate', cutBytes(sentence + said, DETAIL_BYTES_MAX), fuel, logs);
}

interface Ending {
  readonly failure: HookFailure;
  readonly detail: string;
  readonly fuel: number;
}

/** How a call ended that did not end well. Throws what the host itself did wrong. */
function endingOf(call: Call, fuel: number, thrown: unknown): Ending {
  if (call.bug !== undefined) throw call.bug;
  const left = call.fuelLeft ?? call.left();
  if (call.failure !== null) {
    return {
      failure: call.failure,
      detail: cutBytes(call.detail ?? '', DETAIL_BYTES_MAX),
      fuel: fuel - Math.max(left, 0),
    };
  }
  if (left < 0) return { failure: 'fuel', detail: `all ${fuel} units of fuel were used`, fuel };
  return {
    failure: 'trap',
    detail: cutBytes(call.host.scrub(sentence(thrown)), DETAIL_BYTES_MAX),
    fuel: fuel - left,
  };
}

/** What the engine says of a trap. Throws what is none. */
function sentence(thrown: unknown): string {
  if (isStackOverflow(thrown)) return STACK_EXHAUSTED;
  if (thrown instanceof RuntimeError || thrown instanceof RangeError) return printable(thrown.message);
  if (thrown instanceof Exception) return 'the guest threw an exception that nobody caught';
  throw thrown;
}
