// All functions that a guest may import, each behind the same door: it does nothing once the hook has failed, is charged, and never throws.
import assert from 'node:assert';
import { IMPORT_FUEL } from '../../core/plugin-bounds.js';
import { ABSENT_I64, IMPORTS, MODULE_NAME, REFUSED, type Signature, STUBS } from '../abi.js';
import type { Call } from '../call.js';
import type { GuestImports } from '../wasm-api.js';
import { bodyImports } from './body.js';
import { counterBridge } from './counter-bridge.js';
import { eventImports } from './events.js';
import { fieldImports } from './fields.js';
import { headerImports } from './headers.js';
import { messageImports } from './messages.js';
import { noteImports } from './notes.js';
import { ownImports } from './own.js';
import { routingImports } from './routing.js';
import { counterImports, sharedImports } from './shared.js';
import { endingImports, wasiImports } from './stubs.js';

type Value = number | bigint;
type Result = Value | undefined;
type Work = (...values: never[]) => unknown;

/** What `configure` may use beside the stubs; fields and clock are absent there (CONTRACT.md §5.2). */
const CONFIGURING: ReadonlySet<string> = new Set([
  'config_read',
  'log',
  'lookup',
  'random_i64',
  'field_i64',
  'field_str',
  'now_ms',
]);

/**
 * Paid whole at the door, before they look at anything: what they read first may be work (a count of the prompt, texts that are unescaped, a body).
 * The others pay with their first bytes, or at their end.
 */
const PAID_FIRST: ReadonlySet<string> = new Set([
  'field_i64',
  'message_count',
  'message_text',
  'body_read',
  'body_query',
  'body_replace',
  'log',
  'fd_write',
  'now_ms',
  'random_i64',
]);

const WASI = 'wasi_snapshot_preview1';

/** The imports of one instance, over its context. `used`: those of module `weir` that it has. */
export function guestImports(call: Call, used: readonly string[]): GuestImports {
  const own: Readonly<Record<string, Work>> = {
    ...fieldImports(call),
    ...messageImports(call),
    ...headerImports(call),
    ...bodyImports(call),
    ...eventImports(call),
    ...routingImports(call),
    ...sharedImports(call),
    ...noteImports(call),
    ...ownImports(call),
  };
  const wasi: Readonly<Record<string, Work>> = wasiImports(call);
  const ending = endingImports(call);
  const doors = behindDoors(call, own, IMPORTS, CONFIGURING);
  if (used.includes(COUNTER)) doors[COUNTER] = bridged(call, doors[COUNTER]);
  return {
    [MODULE_NAME]: doors,
    [WASI]: {
      ...behindDoors(call, wasi, STUBS[WASI], new Set(Object.keys(wasi))),
      proc_exit: ending.proc_exit,
    },
    env: { abort: ending.abort },
  };
}

const COUNTER = 'counter_add';

/** `exact` is its door for BigInts. */
function bridged(call: Call, exact: unknown): unknown {
  const { counter_add: work, last } = counterImports(call);
  const frame = frameOf(call, COUNTER, Number.NEGATIVE_INFINITY, true);
  return counterBridge({ exact, last, whole: wideDoor(call, work as Doored, 4, frame) });
}

function behindDoors(
  call: Call,
  works: Readonly<Record<string, Work>>,
  signatures: Readonly<Record<string, Signature>>,
  configuring: ReadonlySet<string>,
): Record<string, unknown> {
  const doors: Record<string, unknown> = {};
  for (const [name, work] of Object.entries(works)) {
    const signature = signatures[name];
    assert(signature !== undefined, `import ${name} is not in the ABI`);
    doors[name] = door(call, name, work as Doored, signature, !configuring.has(name));
  }
  return doors;
}

/** As the engine calls it: with as many values as its type has. */
type Doored = (a?: Value, b?: Value, c?: Value, d?: Value, e?: Value, f?: Value) => Result;

/** What a guest gets that is not served: all i64 are values but counts, which are never negative. */
function refusal(name: string, result: Signature['result']): Result {
  if (result === '') return undefined;
  if (result === 'i') return REFUSED;
  return name === 'count_tokens' ? BigInt(REFUSED) : ABSENT_I64;
}

/**
 * One closure a number of parameters: the engine calls one of another number through an adaptor, and rest parameters allocate
 * (bench/plugin/hooks.js).
 */
function door(
  call: Call,
  name: string,
  work: Doored,
  { params, result }: Signature,
  inHooksOnly: boolean,
): Doored {
  const frame = frameOf(call, name, refusal(name, result), inHooksOnly);
  return params.length <= 2
    ? narrowDoor(call, work, params.length, frame)
    : wideDoor(call, work, params.length, frame);
}

function frameOf(call: Call, name: string, refused: Result, inHooksOnly: boolean): Frame {
  const paidFirst = PAID_FIRST.has(name);
  return {
    refused,
    opens: () => {
      call.importName = name;
      call.owed = IMPORT_FUEL;
      if (paidFirst && !call.take(0)) return false;
      return !(inHooksOnly && call.configuring);
    },
    caught: thrown => {
      call.caught(thrown);
      return refused;
    },
  };
}

interface Frame {
  readonly refused: Result;
  /** Charged, and of use to the hook that runs. */
  opens(): boolean;
  caught(thrown: unknown): Result;
}

function narrowDoor(call: Call, work: Doored, params: number, { refused, opens, caught }: Frame): Doored {
  const none: Doored = () => {
    if (call.spent) return refused;
    try {
      const result = opens() ? work() : refused;
      return call.owed === 0 || call.take(0) ? result : refused;
    } catch (thrown) {
      return caught(thrown);
    }
  };
  const one: Doored = a => {
    if (call.spent) return refused;
    try {
      const result = opens() ? work(a) : refused;
      return call.owed === 0 || call.take(0) ? result : refused;
    } catch (thrown) {
      return caught(thrown);
    }
  };
  const two: Doored = (a, b) => {
    if (call.spent) return refused;
    try {
      const result = opens() ? work(a, b) : refused;
      return call.owed === 0 || call.take(0) ? result : refused;
    } catch (thrown) {
      return caught(thrown);
    }
  };
  return params === 0 ? none : params === 1 ? one : two;
}

function wideDoor(call: Call, work: Doored, params: number, { refused, opens, caught }: Frame): Doored {
  const three: Doored = (a, b, c) => {
    if (call.spent) return refused;
    try {
      const result = opens() ? work(a, b, c) : refused;
      return call.owed === 0 || call.take(0) ? result : refused;
    } catch (thrown) {
      return caught(thrown);
    }
  };
  const four: Doored = (a, b, c, d) => {
    if (call.spent) return refused;
    try {
      const result = opens() ? work(a, b, c, d) : refused;
      return call.owed === 0 || call.take(0) ? result : refused;
    } catch (thrown) {
      return caught(thrown);
    }
  };
  const six: Doored = (a, b, c, d, e, f) => {
    if (call.spent) return refused;
    try {
      const result = opens() ? work(a, b, c, d, e, f) : refused;
      return call.owed === 0 || call.take(0) ? result : refused;
    } catch (thrown) {
      return caught(thrown);
    }
  };
  return params === 3 ? three : params === 4 ? four : six;
}
