// A module that does something a plugin should not, and what that must come to.
import type { Grant } from '../../../src/core/plugin-settings.js';
import type { HookName } from '../../../src/plugin/abi.js';
import type { HookFailure } from '../../../src/plugin/hook.js';
import type { RefusalCode } from '../../../src/plugin/wasm/refused.js';
import { wat } from '../wat.js';

export type HostileEnd =
  /** The file is not taken. */
  | { readonly at: 'load'; readonly code: RefusalCode }
  /** It is taken, and cannot be instantiated. */
  | { readonly at: 'instantiate' }
  /** The hook fails, with one of these. */
  | { readonly at: 'hook'; readonly failures: readonly HookFailure[] }
  /** The hook returns, and Weir goes on. */
  | { readonly at: 'hook'; readonly result: 'go_on' | 'deny' };

export interface HostileModule {
  readonly name: string;
  /** Made at the first call and kept. */
  bytes(): Uint8Array;
  /** The hook to call. */
  readonly hook: HookName;
  /** Beside the defaults. */
  readonly grants: readonly Grant[];
  /** The policy's `memory:`; null is the default. */
  readonly memoryBytes: number | null;
  readonly ends: HostileEnd;
}

export interface HostileOptions {
  readonly hook?: HookName;
  readonly grants?: readonly Grant[];
  readonly memoryBytes?: number;
}

/** Of bytes that are made when asked for. */
export function hostileBytes(
  name: string,
  ends: HostileEnd,
  make: () => Uint8Array,
  options: HostileOptions = {},
): HostileModule {
  let made: Uint8Array | null = null;
  return {
    name,
    hook: options.hook ?? 'on_request',
    grants: options.grants ?? [],
    memoryBytes: options.memoryBytes ?? null,
    ends,
    bytes: () => (made ??= make()),
  };
}

/** Of the text inside `(module …)`. */
export function hostile(
  name: string,
  ends: HostileEnd,
  text: string,
  options: HostileOptions = {},
): HostileModule {
  return hostileBytes(name, ends, () => wat(`(module ${text})`), options);
}

/** A module of one page whose `on_request` is this body; what else it has stands in `rest`. */
export function hook(body: string, rest = ''): string {
  return `${rest} (memory (export "memory") 1) (func (export "on_request") (result i32) ${body})`;
}

export const refused = (code: RefusalCode): HostileEnd => ({ at: 'load', code });
export const fails = (...failures: HookFailure[]): HostileEnd => ({ at: 'hook', failures });
export const returns = (result: 'go_on' | 'deny'): HostileEnd => ({ at: 'hook', result });
export const cannotStart: HostileEnd = { at: 'instantiate' };
