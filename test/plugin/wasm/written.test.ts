// Whatever a guest writes is put back: the mask of written granules covers every store, wherever it lands.
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../../src/core/plugin-bounds.js';
import { Snapshot } from '../../../src/plugin/snapshot.js';
import { BEGIN_EXPORT, SAVE_EXPORT } from '../../../src/plugin/wasm/exports.js';
import { Immediate, PLAIN, SIMD } from '../../../src/plugin/wasm/opcodes.js';
import { granuleShift } from '../../../src/plugin/wasm/written.js';
import { wat } from '../wat.js';
import { generateProgram, randomFrom } from './support/generate.js';
import { type GuestExports, type GuestFunction, startMetered } from './support/metered.js';

const ENOUGH = 1e9;

/** Instruction, and a value that is nowhere 0 nor what stood there. */
const STORES: readonly (readonly [string, string])[] = [
  ...['i32.store', 'i32.store8', 'i32.store16'].map(name => [name, '(i32.const -1)'] as const),
  ...['i64.store', 'i64.store8', 'i64.store16', 'i64.store32'].map(name => [name, '(i64.const -1)'] as const),
  ['f32.store', '(f32.const -1.5e-9)'],
  ['f64.store', '(f64.const -1.23456789e-99)'],
  ['v128.store', '(v128.const i64x2 -1 -1)'],
  ...[8, 16, 32, 64].map(bits => [`v128.store${bits}_lane`, '(v128.const i64x2 -1 -1)'] as const),
];

/** A function for each store, once with its address alone and once with an offset. */
const storing = (offset: number) =>
  STORES.map(([name, value]) => {
    const lane = name.endsWith('_lane') ? ' 0' : '';
    return `(func (export "${name} ${offset}") (param i32) (${name} offset=${offset}${lane} (local.get 0) ${value}))`;
  }).join('\n');

/** Half of the memory is full, half zero, with a module of so many pages. */
function startFull(pages: number, functions: string): { exports: GuestExports; check: () => void } {
  const { exports } = startMetered(wat(`(module (memory (export "memory") ${pages}) ${functions})`));
  const memory = new Uint8Array(exports.memory.buffer);
  for (let i = 0; i < memory.length / 2; i++) memory[i] = (i % 251) + 1;
  exports[SAVE_EXPORT]();
  const before = memory.slice();
  const snapshot = new Snapshot(memory, granuleShift(pages));
  return {
    exports,
    check: () => {
      snapshot.restore(memory, exports[BEGIN_EXPORT](ENOUGH));
      expect(Buffer.compare(memory, before)).toBe(0);
    },
  };
}

/** Around every border between granules, at the ends, in the middle. */
function places(pages: number, bytes: number): number[] {
  const granule = 2 ** granuleShift(pages);
  const length = pages * PAGE_BYTES;
  const borders = Array.from({ length: length / granule + 1 }, (_, i) => i * granule);
  const around = borders.flatMap(border => [-16, -15, -9, -8, -4, -3, -2, -1, 0, 1].map(by => border + by));
  return around.filter(at => at >= 0 && at + bytes <= length);
}

const PAGES = [1, 2, 3, 5] as const;

describe('the mask of what was written', () => {
  it('knows every instruction that takes an address and a value', () => {
    const storesOf = (table: typeof PLAIN) =>
      [...table.immediate.keys()].filter(
        op =>
          (table.immediate[op] === Immediate.memory || table.immediate[op] === Immediate.memoryAndLane) &&
          table.heightChange[op] === -2,
      );
    expect(storesOf(PLAIN)).toEqual([0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e]);
    expect(storesOf(SIMD)).toEqual([11, 88, 89, 90, 91]);
    expect(STORES).toHaveLength(9 + 5);
  });

  it.each(PAGES)('covers every store in %i pages', pages => {
    for (const offset of [0, 7, 70_000].filter(by => by < pages * PAGE_BYTES)) {
      const { exports, check } = startFull(pages, storing(offset));
      exports[BEGIN_EXPORT](ENOUGH);
      for (const [name] of STORES) {
        for (const at of places(pages, 16)) {
          if (at < offset) continue;
          (exports[`${name} ${offset}`] as GuestFunction)(at - offset);
          check();
        }
      }
    }
  });

  it.each(PAGES)('covers ranges that are filled, copied and initialised in %i pages', pages => {
    const length = pages * PAGE_BYTES;
    const { exports, check } = startFull(
      pages,
      `(data $d "${'\\ff'.repeat(5_000)}")
       (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 255) (local.get 1)))
       (func (export "copy") (param i32 i32) (memory.copy (local.get 0) (i32.const 77) (local.get 1)))
       (func (export "init") (param i32 i32) (memory.init $d (local.get 0) (i32.const 0) (local.get 1)))`,
    );
    const random = randomFrom(pages);
    const lengths = [0, 1, 2, 16, 2_047, 2_048, 2_049, 5_000, length / 2, length - 77];
    exports[BEGIN_EXPORT](ENOUGH);
    for (const name of ['fill', 'copy', 'init']) {
      for (const bytes of lengths) {
        if (name === 'init' && bytes > 5_000) continue;
        const ends = places(pages, bytes);
        for (let i = 0; i < 60; i++) {
          (exports[name] as GuestFunction)(ends[random(ends.length)] as number, bytes);
          check();
        }
      }
    }
    (exports.fill as GuestFunction)(0, length);
    check();
  });

  it('names no more than the granule of a store', () => {
    const { exports, check } = startFull(1, storing(0));
    const store = exports['i32.store 0'] as GuestFunction;
    exports[BEGIN_EXPORT](ENOUGH);
    expect(exports[BEGIN_EXPORT](ENOUGH)).toBe(0);
    store(3 * 2048 + 5);
    expect(exports[BEGIN_EXPORT](ENOUGH)).toBe(1 << 3);
    store(3 * 2048 + 5);
    check();
  });

  it('wraps around in a memory that has grown before it was saved', () => {
    const { exports } = startMetered(
      wat(`(module (memory (export "memory") 1 4) ${storing(0)}
        (func (export "grow") (drop (memory.grow (i32.const 2)))))`),
    );
    (exports.grow as GuestFunction)();
    exports[SAVE_EXPORT]();
    const memory = new Uint8Array(exports.memory.buffer);
    const before = memory.slice();
    const snapshot = new Snapshot(memory, granuleShift(1));
    for (const at of places(3, 16)) {
      (exports['v128.store 0'] as GuestFunction)(at);
      snapshot.restore(memory, exports[BEGIN_EXPORT](ENOUGH));
      expect(Buffer.compare(memory, before)).toBe(0);
    }
  });

  it('covers what generated programs write', () => {
    let wrote = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const { exports } = startMetered(wat(`(module ${generateProgram(seed)})`));
      exports[SAVE_EXPORT]();
      const before = new Uint8Array(exports.memory.buffer).slice();
      const snapshot = new Snapshot(before, granuleShift(1));
      exports[BEGIN_EXPORT](ENOUGH);
      try {
        (exports.run as GuestFunction)(3, 12n);
      } catch {
        // A trap: what was written before it counts all the same.
      }
      const memory = new Uint8Array(exports.memory.buffer);
      // One that has grown is thrown away.
      if (memory.length !== before.length) continue;
      if (Buffer.compare(memory, before) !== 0) wrote++;
      snapshot.restore(memory, exports[BEGIN_EXPORT](ENOUGH));
      expect(Buffer.compare(memory, before), `program ${seed}`).toBe(0);
    }
    expect(wrote).toBeGreaterThan(20);
  });
});
