// Loads a kernel: one compiled module a process thread and name, as many instances as asked for.
// Release by default; WEIR_KERNELS=debug takes the build with asserts, so that tests can run over both.
import { readFileSync } from 'node:fs';

/** A compiled module; what is in it is the kernels' matter. */
export type KernelModule = object;

// Node's typings do not give these constructors, and the DOM's would bring the whole browser.
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (module: KernelModule, imports: KernelImports) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedKernelMemory;
}
const { Module, Instance, Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi })
  .WebAssembly;

type KernelImport = ((...args: number[]) => number | undefined) | SharedKernelMemory;
type KernelImports = Readonly<Record<string, Readonly<Record<string, KernelImport>>>>;

/** A memory that the process's threads share; its buffer is always the same object. */
export interface SharedKernelMemory {
  readonly buffer: SharedArrayBuffer;
}

const PAGE_BYTES = 65_536;

/** A shared memory of at least `bytes`, all zero; it never grows. Pages that nobody writes cost nothing. Throws RangeError over 2 GiB. */
export function sharedKernelMemory(bytes: number): SharedKernelMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new Memory({ initial: pages, maximum: pages, shared: true });
}

/** A kernel's exported memory: `buffer` is another object after each grow, so views are re-checked before use. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  /** Grows by pages of 64 KiB; returns the pages there were. Throws RangeError at the maximum. */
  grow(pages: number): number;
}

const compiled = new Map<string, KernelModule>();

/** What a failed assert in a debug kernel, or an explicit `abort`, becomes. */
export class KernelAbort extends Error {
  override readonly name = 'KernelAbort';
}

/** The module `build/kernels/<name>.wasm`, compiled once per thread. Throws with the path where it was not built. */
export function kernelModule(name: string): KernelModule {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const suffix = process.env.WEIR_KERNELS === 'debug' ? '.debug.wasm' : '.wasm';
  // The same relative place from src/kernel (tests) and dist/kernel (the product).
  const url = new URL(`../../build/kernels/${name}${suffix}`, import.meta.url);
  const module = new Module(readFileSync(url));
  compiled.set(name, module);
  return module;
}

/**
 * A fresh instance's exports, which the caller describes by `T` (integers in and out, `memory` among them).
 * `imports` are further functions under `env`, beside `abort`, and the `memory` of a kernel that imports it.
 */
export function instantiateKernel<T>(name: string, imports: KernelImports[string] = {}): T {
  const abort = (_message: number, _file: number, line: number, column: number): never => {
    throw new KernelAbort(`kernel ${name} aborted at ${line >>> 0}:${column >>> 0}`);
  };
  return new Instance(kernelModule(name), { env: { abort, ...imports } }).exports as T;
}
