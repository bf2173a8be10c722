// Runs metered modules without the plugin host: imports that charge 50 and do nothing, so that only the rewriter is under test.
import {
  BEGIN_EXPORT,
  LEFT_EXPORT,
  type MeteredExports,
  TAKE_EXPORT,
} from '../../../../src/plugin/wasm/exports.js';
import { meterModule } from '../../../../src/plugin/wasm/meter.js';
import type { GuestMemory, WasmInstance } from '../../../../src/plugin/wasm-api.js';
import { Instance, Module } from '../../../../src/plugin/wasm-api.js';

export type GuestFunction = (...args: (number | bigint)[]) => unknown;
export type GuestExports = MeteredExports &
  Readonly<Record<string, GuestFunction>> & { readonly memory: GuestMemory };

export const LIMITS = { memoryBytes: 16 * 1024 * 1024, startFuel: 1_000_000 } as const;
export const HOST_FUEL = 50;

export interface MeteredGuest {
  readonly exports: GuestExports;
  /** A host call found too little fuel: nothing that the guest does counts any more. */
  spent(): boolean;
}

/** Every import there is returns 0 of its type, after it took its fuel. */
export function startMetered(bytes: Uint8Array, memoryBytes: number = LIMITS.memoryBytes): MeteredGuest {
  let exports: GuestExports | null = null;
  let spent = false;
  const zero = (name: string) => (name.endsWith('64') || name.endsWith('_ms') ? 0n : 0);
  const host = (name: string) => () => {
    // A start function runs before its exports are there.
    if (exports !== null && exports[TAKE_EXPORT](HOST_FUEL) === 0) spent = true;
    return name === 'count_tokens' || name === 'counter_add' ? 0n : zero(name);
  };
  const functions = new Proxy({}, { get: (_, name) => host(String(name)) });
  const imports = new Proxy({}, { get: () => functions });
  const metered = meterModule(bytes, { ...LIMITS, memoryBytes });
  const instance: WasmInstance = new Instance(new Module(metered), imports);
  exports = instance.exports as unknown as GuestExports;
  return { exports, spent: () => spent };
}

export type RunEnd =
  | { readonly returned: unknown; readonly fuel: number }
  | { readonly failed: string; readonly fuel: number };

/** Calls an export with so much fuel. Fuel below zero, or a host call that found too little, is a failure whatever came back. */
export function runMetered(
  guest: MeteredGuest,
  name: string,
  fuel: number,
  args: (number | bigint)[] = [],
): RunEnd {
  const { exports } = guest;
  exports[BEGIN_EXPORT](fuel);
  try {
    const returned = (exports[name] as GuestFunction)(...args);
    const left = exports[LEFT_EXPORT]();
    if (left < 0 || guest.spent()) return { failed: 'fuel', fuel: fuel - left };
    return { returned, fuel: fuel - left };
  } catch (thrown) {
    const left = exports[LEFT_EXPORT]();
    const failed =
      left < 0 || guest.spent() ? 'fuel' : thrown instanceof Error ? thrown.message : 'exception';
    return { failed, fuel: fuel - left };
  }
}
