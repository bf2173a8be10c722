// The one mutable context that an instance's imports share: what the running hook may still spend, sees and has asked for.
// Hot path: per import call. Imports never throw, since a guest's catch_all would catch it: a failed one leaves the guest without fuel and sets `spent`,
// and from then on every import returns without work.
import { IMPORT_FUEL_PER_BYTE } from '../core/plugin-bounds.js';
import type { PluginSettings } from '../core/plugin-settings.js';
import { type HookName, REFUSED } from './abi.js';
import { Effects } from './effects.js';
import { GuestStrings } from './guest-strings.js';
import type { HookFailure, HookScene } from './hook.js';
import type { HostThread } from './host-thread.js';
import { NO_SCENE } from './no-scene.js';
import type { LookupTables, PreparedPlugin } from './prepared.js';
import { Random } from './random.js';
import { LEFT_EXPORT, type MeteredExports, REFUEL_EXPORT, TAKE_EXPORT } from './wasm/exports.js';
import { GRANULES, granuleShift } from './wasm/written.js';
import type { GuestMemory } from './wasm-api.js';

/** Copies up to here are cheaper as a loop than as a call of `set`. */
const LOOP_BYTES = 32;
/** Of texts kept as UTF-8 for the rest of the hook; the last may go beyond. */
const ENCODED_BYTES_MAX = 1024 * 1024;
const NANOS_PER_MS = 1_000_000;
const TWO_TO_32 = 2 ** 32;
/** Below any charge's reach: the next metered instruction traps. */
const NO_FUEL = -1;

export class Call {
  readonly settings: PluginSettings;
  readonly tables: LookupTables;
  readonly config: Uint8Array;
  readonly host: HostThread;
  /** Counters of a policy in shadow mode stand apart. */
  readonly counterSpace: string;
  scene: HookScene = NO_SCENE;
  hook: HookName | 'configure' = 'configure';
  configuring = true;
  /** The hook has failed. Also while the module is being instantiated, when there is neither memory nor fuel to reach. */
  spent = true;
  failure: HookFailure | null = null;
  detail: string | null = null;
  /** When it failed; null: not known. */
  fuelLeft: number | null = null;
  /** What the host itself threw within an import; undefined: nothing. */
  bug: unknown = undefined;
  /** The import that was called last, for sentences about it. */
  importName = '';
  /** What that import costs and has not paid yet: goes with its first charge, since each crosses into the module. */
  owed = 0;
  effects: Effects | null = null;
  /** The scene's lazy parts were made while there was stack enough. */
  #sceneReady = false;
  #now: bigint | null = null;
  #random: Random | null = null;
  readonly #strings = new GuestStrings();
  /** Texts that this hook was given, as UTF-8. */
  readonly #encoded = new Map<string, Buffer>();
  #encodedBytes = 0;
  #memory: GuestMemory = { buffer: new ArrayBuffer(0) };
  #bytes: Buffer = Buffer.alloc(0);
  /** Of the same. */
  #view = new DataView(new ArrayBuffer(0));
  /** Granules of memory that the host wrote, see wasm/written.ts. */
  #written = 0;
  readonly #shift: number;
  #take: MeteredExports[typeof TAKE_EXPORT] = () => 0;
  #left: MeteredExports[typeof LEFT_EXPORT] = () => 0;
  #refuel: MeteredExports[typeof REFUEL_EXPORT] = () => undefined;

  constructor(prepared: PreparedPlugin, host: HostThread) {
    const { settings } = prepared;
    this.settings = settings;
    this.tables = prepared.tables;
    this.config = Buffer.from(settings.configJson);
    this.host = host;
    this.#shift = granuleShift(prepared.facts.memoryPages);
    this.counterSpace = settings.mode === 'shadow' ? `${settings.policy}\u0000shadow` : settings.policy;
  }

  /** Once the module is instantiated. */
  bind(memory: GuestMemory, exports: MeteredExports): void {
    this.#memory = memory;
    this.#take = exports[TAKE_EXPORT];
    this.#left = exports[LEFT_EXPORT];
    this.#refuel = exports[REFUEL_EXPORT];
  }

  /** Before each hook; `scene` null: `configure`. */
  begin(scene: HookScene | null): void {
    this.scene = scene ?? NO_SCENE;
    this.hook = scene === null ? 'configure' : scene.hook;
    this.configuring = scene === null;
    this.spent = false;
    this.owed = 0;
    this.failure = null;
    this.detail = null;
    this.fuelLeft = null;
    this.effects = null;
    this.#sceneReady = false;
    this.#now = null;
    this.#random = null;
    if (this.#encodedBytes > 0) this.#forget();
  }

  /** The guest's memory as it is now. Valid until the guest runs again. */
  get bytes(): Buffer {
    // A buffer is detached when its memory grows, and then has no length.
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  #renew(): void {
    const { buffer } = this.#memory;
    this.#bytes = Buffer.from(buffer);
    this.#view = new DataView(buffer);
  }

  /** Before the host writes to a place that `within` has allowed: what it writes is put back before the next hook. */
  writes(at: number, length: number): void {
    const first = at >>> this.#shift;
    const last = (at + length) >>> this.#shift;
    if (last === first) this.#written |= 1 << first;
    else for (let i = first; i <= last && i - first < GRANULES; i++) this.#written |= 1 << i;
  }

  /** What the host wrote since this was asked last. */
  takeWritten(): number {
    const written = this.#written;
    this.#written = 0;
    return written;
  }

  /** Charges before the work is done, with what is owed. False: fewer units are left, and the hook has failed. */
  take(cost: number): boolean {
    const whole = cost + this.owed;
    this.owed = 0;
    if (this.#take(whole) !== 0) return true;
    this.fail('fuel', `${this.importName} costs ${whole} units of fuel, and fewer were left`);
    return false;
  }

  takeBytes(bytes: number): boolean {
    return (bytes === 0 && this.owed === 0) || this.take(bytes * IMPORT_FUEL_PER_BYTE);
  }

  /** Whether the guest's memory has `length` bytes at `at`; else the hook has failed. Both as they came: i32. */
  within(at: number, length: number): boolean {
    const size = this.bytes.length;
    if ((at >>> 0) + (length >>> 0) <= size) return true;
    this.fail(
      'bad_pointer',
      `${this.importName} was given pointer ${at >>> 0} and length ${length >>> 0}; the memory has ${size} bytes`,
    );
    return false;
  }

  /** Text at a place that `within` has allowed, at most `max` bytes of it; charged. Null: the hook has failed. */
  text(at: number, length: number, max: number): string | null {
    const taken = Math.min(length, max);
    return this.takeBytes(taken) ? this.peek(at, taken) : null;
  }

  /** The same for the first `length` bytes, not charged: a name that is looked at before it is paid with what follows, or what is paid already. */
  peek(at: number, length: number): string {
    const { bytes } = this;
    return this.#strings.read(bytes, this.#view, at, length);
  }

  /** Writes `source` from `from` on to a place that `within` has allowed, charged; the source's full length. */
  give(source: Uint8Array, at: number, capacity: number, from = 0): number {
    const length = Math.min(source.length - from, capacity);
    if (!this.takeBytes(length)) return REFUSED;
    const { bytes } = this;
    this.writes(at, length);
    if (length <= LOOP_BYTES) for (let i = 0; i < length; i++) bytes[at + i] = source[from + i] ?? 0;
    else bytes.set(length === source.length ? source : source.subarray(from, from + length), at);
    return source.length;
  }

  /** A copy of what is at a place that `within` has allowed; charged. Null: the hook has failed. */
  copy(at: number, length: number): Uint8Array | null {
    if (!this.takeBytes(length)) return null;
    const { bytes } = this;
    const copied = new Uint8Array(length);
    if (length <= LOOP_BYTES) for (let i = 0; i < length; i++) copied[i] = bytes[at + i] ?? 0;
    else copied.set(bytes.subarray(at, at + length));
    return copied;
  }

  giveText(text: string, at: number, capacity: number): number {
    const { length } = text;
    if (length > LOOP_BYTES) return this.give(this.#utf8(text), at, capacity);
    for (let i = 0; i < length; i++)
      if (text.charCodeAt(i) > 0x7f) return this.give(this.#utf8(text), at, capacity);
    const written = Math.min(length, capacity);
    if (!this.takeBytes(written)) return REFUSED;
    const { bytes } = this;
    this.writes(at, written);
    for (let i = 0; i < written; i++) bytes[at + i] = text.charCodeAt(i);
    return length;
  }

  /** Once a hook: a guest that asks for the length of a long text again and again is charged for no byte of it. */
  #utf8(text: string): Buffer {
    const known = this.#encoded.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text);
    if (this.#encodedBytes > ENCODED_BYTES_MAX) this.#forget();
    this.#encodedBytes += bytes.length;
    this.#encoded.set(text, bytes);
    return bytes;
  }

  #forget(): void {
    this.#encoded.clear();
    this.#encodedBytes = 0;
  }

  /** What this hook has asked for. */
  effect(): Effects {
    this.effects ??= new Effects();
    return this.effects;
  }

  get now(): bigint {
    this.#now ??= BigInt(this.scene.nowMs);
    return this.#now;
  }

  /** The low half of the same in ns. */
  get nanosLow(): number {
    return Math.imul(this.scene.nowMs % TWO_TO_32, NANOS_PER_MS) >>> 0;
  }

  get nanosHigh(): number {
    // Both products stay below 2^53.
    const low = (this.scene.nowMs % TWO_TO_32) * NANOS_PER_MS;
    return (Math.floor(this.scene.nowMs / TWO_TO_32) * NANOS_PER_MS + Math.floor(low / TWO_TO_32)) >>> 0;
  }

  /** Before what makes a scene's lazy parts: a guest that recurses to the stack's end must not leave them half made. */
  needScene(): void {
    if (this.#sceneReady) return;
    needStack();
    this.#sceneReady = true;
  }

  /** The same for an import that pays with its bytes: it pays first where there is anything to be made. False: the hook has failed. */
  reachScene(): boolean {
    if (!this.#sceneReady && this.owed > 0 && !this.take(0)) return false;
    this.needScene();
    return true;
  }

  /** Seeded by request, policy and hook, and by the piece of an answer. */
  random(): Random {
    if (this.#random === null) {
      const { scene, hook, settings } = this;
      const event = hook === 'on_event' ? (scene.integer('event_index') ?? 0) : 0;
      this.#random = new Random(
        [scene.text('request_id') ?? '', settings.policy, hook, event].join('\u0000'),
      );
    }
    return this.#random;
  }

  /** The hook has failed, whatever the guest makes of it. Only the first failure counts. */
  fail(failure: HookFailure, detail: string): void {
    // An import that cannot be paid has failed by that, whatever it was given.
    if (this.failure !== null || (this.owed > 0 && !this.take(0))) return;
    this.spent = true;
    this.failure = failure;
    this.detail = detail;
    this.fuelLeft = failure === 'fuel' ? 0 : this.#left();
    this.#refuel(NO_FUEL);
  }

  /** For what is thrown within an import. */
  caught(thrown: unknown): void {
    this.spent = true;
    this.owed = 0;
    if (!isStackOverflow(thrown)) this.bug ??= thrown;
    // No calls from here on: the stack may have ended.
    this.failure ??= 'trap';
    this.detail ??= STACK_EXHAUSTED;
  }

  left(): number {
    return this.#left();
  }
}

/** Throws where less stack is left than kernels and views use (8 KiB); about 0.4 µs. */
export const needStack: () => unknown = (() => undefined).bind(null, ...(new Array(1024).fill(0) as []));

export const STACK_EXHAUSTED = 'the call stack is exhausted';

/** V8's one RangeError for it. */
export function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message === 'Maximum call stack size exceeded';
}
