// Compiles a metered module whole, here and now. V8 compiles each function at its first call, on the thread that calls it: a hostile module would cost the
// data plane what quarantine is there to bound (measured: 165 ms at a first call, 0.04 ms after this). The code goes with the module to other threads.
import { setFlagsFromString } from 'node:v8';
import type { CompiledModule } from '../prepared.js';
import { Module } from '../wasm-api.js';

/** Errors: what the engine throws, which no metered module should make it do. */
export function compileWhole(metered: Uint8Array): CompiledModule {
  // A flag of the process: nothing else compiles modules once it has begun to serve.
  setFlagsFromString('--no-wasm-lazy-compilation');
  try {
    return new Module(metered);
  } finally {
    setFlagsFromString('--wasm-lazy-compilation');
  }
}
