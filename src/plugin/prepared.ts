// A plugin module that has been checked, metered and compiled, with the settings of the policy that uses it. Made once in quarantine, then sent
// to every data-plane thread and compute worker: everything here can be cloned between threads.
import type { Grant, PluginSettings } from '../core/plugin-settings.js';
import type { HookName } from './abi.js';

/** A compiled `WebAssembly.Module`: threads share its code. */
export type CompiledModule = object;

/** What a module is, as its steps and `weir plugin inspect` name it. */
export interface ModuleIdentity {
  /** From the manifest, else the file's name without `.wasm`. */
  readonly name: string;
  /** From the manifest. */
  readonly version: string | null;
  /** Lower-case hex of the file as it was given. */
  readonly sha256: string;
}

export interface ModuleFacts extends ModuleIdentity {
  /** Of the file. */
  readonly bytes: number;
  readonly hooks: readonly HookName[];
  readonly hasConfigure: boolean;
  readonly hasInitialize: boolean;
  /** Of module `weir`, by name. */
  readonly imports: readonly string[];
  /** What these need beyond the defaults. */
  readonly grantsNeeded: readonly Grant[];
  readonly memoryPages: number;
  /** Maximum that the file itself declares; null: none. */
  readonly memoryPagesMax: number | null;
  readonly functions: number;
  /** Mutable globals of the module's own, exported by the rewriter as `weir:g0`, `weir:g1`, … */
  readonly mutableGlobals: readonly ('i32' | 'i64' | 'f32' | 'f64')[];
  readonly description: string | null;
}

/** Rows of a policy's `tables:`; first column → the rest of the line. */
export type LookupTables = Readonly<Record<string, ReadonlyMap<string, string>>>;

export interface PreparedPlugin {
  readonly settings: PluginSettings;
  readonly facts: ModuleFacts;
  readonly module: CompiledModule;
  readonly tables: LookupTables;
  /** Counts up with every version that was published in this process, over all plugins. */
  readonly version: number;
}
