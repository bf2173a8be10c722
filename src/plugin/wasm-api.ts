// The few words of the WebAssembly JavaScript interface that the sandbox needs: Node's typings have none of them, and the DOM's
// would bring the whole browser.
import type { CompiledModule } from './prepared.js';

/** A guest's memory; its buffer is detached and replaced when it grows. */
export interface GuestMemory {
  readonly buffer: ArrayBuffer;
}

export type GuestImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (module: CompiledModule, imports: GuestImports) => WasmInstance;
  /** What a trap is thrown as. */
  readonly RuntimeError: new (
    message: string,
  ) => Error;
  /** What a guest throws by its own `throw`. */
  readonly Exception: new (
    ...parts: never[]
  ) => object;
  validate(bytes: Uint8Array): boolean;
}

/** The engine's own; throws as the standard says. */
export const { Module, Instance, RuntimeError, Exception, validate } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
).WebAssembly;
