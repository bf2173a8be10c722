// Mutated modules: refused with a code, or rewritten into valid ones that come back within their fuel.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Snapshot } from '../../src/plugin/snapshot.js';
import { checkModule } from '../../src/plugin/wasm/check-module.js';
import { BEGIN_EXPORT, LEFT_EXPORT } from '../../src/plugin/wasm/exports.js';
import { inspectModule } from '../../src/plugin/wasm/inspect.js';
import { meterModule } from '../../src/plugin/wasm/meter.js';
import { ModuleRefused } from '../../src/plugin/wasm/refused.js';
import { granuleShift } from '../../src/plugin/wasm/written.js';
import { type GuestMemory, Instance, Module, validate } from '../../src/plugin/wasm-api.js';
import { HOSTILE_MODULES } from '../plugin/hostile/modules.js';
import { generateProgram } from '../plugin/wasm/support/generate.js';
import { wat } from '../plugin/wat.js';
import { Mutator } from './plugin-mutate.js';

/** WEIR_FUZZ_MODULES and WEIR_FUZZ_SEED make it longer or another. */
const MODULES = Number(process.env.WEIR_FUZZ_MODULES ?? 21_000);
const SEED = Number(process.env.WEIR_FUZZ_SEED ?? 20_260_801);
const LIMITS = { memoryBytes: 1024 * 1024, startFuel: 2_000 };
const FUEL = 20_000;
/** Each instruction may get a charge of at most 27 bytes, and the added functions are about 400. */
const GROWTH_MAX = 28;
const ADDED_BYTES_MAX = 8_192;

const FEATURES = `(tag $t (param i32)) (memory (export "memory") 1) (table $x 2 funcref) (elem $e func $f) (data $d "weir")
  (global (mut v128) (v128.const i64x2 1 2)) (global $r (mut funcref) (ref.null func))
  (func $f (export "f") (param i32 i64) (result i32 i64) (local v128 f32 f64)
    (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (local.get 2) (v128.load8_lane 3 (i32.const 1) (local.get 2))))
    (block (result i32 i64) (local.get 0) (local.get 1) (br_if 0 (local.get 0))
      (loop (param i32 i64) (result i32 i64) (drop) (drop) (i32.const 1) (i64.const 2)))
    (return))
  (func (export "g") (result i32) (try (result i32) (do (throw $t (i32.const 7))) (catch $t) (catch_all (i32.const 9) (rethrow 0)))
    (try (do (drop (return_call $h (i32.const 1)))) (delegate 0)))
  (func $h (param i32) (result i32) (block (block (block (br_table 0 1 2 1 (local.get 0)))))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)) (memory.copy (i32.const 0) (i32.const 1) (i32.const 9))
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 2)) (data.drop $d) (elem.drop $e)
    (table.fill $x (i32.const 0) (ref.null func) (i32.const 1)) (drop (table.grow $x (ref.func $f) (i32.const 1)))
    (select (result i32) (i32.const 1) (i32.const 2) (i32.trunc_sat_f64_u (f64.const 1e9))))`;

function seeds(): Uint8Array[] {
  const small = HOSTILE_MODULES.map(module => module.bytes()).filter(
    ({ length }) => length > 40 && length < 600,
  );
  const generated = [1, 2, 3, 4, 5, 6].map(seed => wat(`(module ${generateProgram(seed)})`));
  // One of everything; a mutable vector and a mutable reference are refused, so once without them.
  const features = [FEATURES, FEATURES.replace(/\(global .*\n/, '')].map(text => wat(`(module ${text})`));
  const kernel = new Uint8Array(
    readFileSync(new URL('../../build/kernels/conversation.wasm', import.meta.url)),
  );
  const often = Array.from({ length: 4 }, () => [...generated, ...features]).flat();
  return [...small, ...often, features[1] ?? kernel, kernel];
}

/** What a step gives, or its refusal's code; anything else that it throws is a failure of the test. */
function refusalOf(step: () => void): string | null {
  try {
    step();
    return null;
  } catch (thrown) {
    if (!(thrown instanceof ModuleRefused)) throw thrown;
    expect(thrown.message.length).toBeLessThan(500);
    return thrown.code;
  }
}

const functions = new Proxy({}, { get: () => () => 0 });
const imports = new Proxy({}, { get: () => functions });

/** Of a memory; undefined for any other export of that name. */
function bytesOf(memory: unknown): Uint8Array | undefined {
  const { buffer } = (memory ?? {}) as Partial<GuestMemory>;
  return buffer === undefined ? undefined : new Uint8Array(buffer);
}

/** Runs all exports with little fuel: whatever they do, they come back, and what they wrote can be put back. */
function runAll(module: Uint8Array, metered: Uint8Array): number {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = new Instance(new Module(metered), imports).exports;
  } catch {
    return 0;
  }
  const shift = granuleShift(checkModule(module).memory?.initial ?? 0);
  let calls = 0;
  for (const [name, value] of Object.entries(exports).slice(0, 20)) {
    if (typeof value !== 'function' || name.startsWith('weir:')) continue;
    (exports[BEGIN_EXPORT] as (fuel: number) => number)(FUEL);
    const before = bytesOf(exports.memory)?.slice();
    try {
      value(1, 1n);
    } catch {
      // A trap, or a parameter that JavaScript cannot give.
    }
    calls++;
    // One charge may go below zero, by no more than its own block or length.
    expect((exports[LEFT_EXPORT] as () => number)()).toBeLessThanOrEqual(FUEL);
    const after = bytesOf(exports.memory);
    const written = (exports[BEGIN_EXPORT] as (fuel: number) => number)(FUEL);
    if (before === undefined || after?.length !== before.length) continue;
    new Snapshot(before, shift).restore(after, written);
    expect(Buffer.compare(after, before)).toBe(0);
  }
  return calls;
}

it(`${MODULES} mutated modules are refused by code or run metered`, { timeout: 600_000 }, () => {
  const mutator = new Mutator(seeds(), SEED);
  const codes = new Map<string, number>();
  let metered = 0;
  let calls = 0;
  for (let i = 0; i < MODULES; i++) {
    const module = mutator.next();
    refusalOf(() => inspectModule(module, null, 'fuzz.wasm'));
    const code = refusalOf(() => {
      const rewritten = meterModule(module, LIMITS);
      if (!validate(rewritten)) throw new Error(`module ${i} of seed ${SEED} is broken by the rewriter`);
      expect(rewritten.length).toBeLessThan(module.length * GROWTH_MAX + ADDED_BYTES_MAX);
      metered++;
      calls += runAll(module, rewritten);
    });
    if (code !== null) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  // The mutations must reach all of it: most are refused early, many get through.
  expect(metered).toBeGreaterThan(MODULES / 20);
  expect(calls).toBeGreaterThan(metered / 2);
  for (const code of ['malformed', 'invalid', 'unknown_opcode', 'feature_unsupported', 'too_many']) {
    expect(codes.get(code), code).toBeGreaterThan(0);
  }
});
