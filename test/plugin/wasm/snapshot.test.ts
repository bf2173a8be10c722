// What the host puts back before every hook, how it learns what it cannot put back, and the caps on growth.
import { describe, expect, it } from 'vitest';
import { BEGIN_EXPORT, DIRTY_EXPORT, SAVE_EXPORT } from '../../../src/plugin/wasm/exports.js';
import { wat } from '../wat.js';
import { type GuestFunction, startMetered } from './support/metered.js';

const ENOUGH = 1e9;
const GLOBALS = `(global $i (mut i32) (i32.const 1)) (global $l (mut i64) (i64.const 2)) (global $f (mut f32) (f32.const 3))
  (global $d (mut f64) (f64.const 4)) (global $c i32 (i32.const 5))
  (func (export "set") (param i32 i64 f32 f64)
    (global.set $i (local.get 0)) (global.set $l (local.get 1)) (global.set $f (local.get 2)) (global.set $d (local.get 3)))
  (func (export "get") (result i32 i64 f32 f64) (global.get $i) (global.get $l) (global.get $f) (global.get $d))`;

const touching = (name: string, body: string) => `(func (export "${name}") ${body})`;
const STATE = `(memory (export "memory") 1 4) (table $t 2 9 funcref) (data $d "x") (elem $e func $g) (func $g)
  ${touching('nothing', '(i32.store (i32.const 0) (i32.const 1)) (drop (table.get $t (i32.const 0)))')}
  ${touching('grow', '(drop (memory.grow (i32.const 1)))')}
  ${touching('growByNothing', '(drop (memory.grow (i32.const 0)))')}
  ${touching('tableSet', '(table.set $t (i32.const 0) (ref.null func))')}
  ${touching('tableGrow', '(drop (table.grow $t (ref.null func) (i32.const 1)))')}
  ${touching('tableFill', '(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))')}
  ${touching('tableCopy', '(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1))')}
  ${touching('tableInit', '(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))')}
  ${touching('dataDrop', '(data.drop $d)')}
  ${touching('elemDrop', '(elem.drop $e)')}`;

describe('the snapshot of a guest', () => {
  it('puts mutable globals back bit for bit', () => {
    const { exports } = startMetered(wat(`(module (memory (export "memory") 1) ${GLOBALS})`));
    const set = exports.set as GuestFunction;
    const get = () => (exports.get as GuestFunction)();
    exports[BEGIN_EXPORT](ENOUGH);
    set(-7, -(2n ** 63n), 1.5, Number.NEGATIVE_INFINITY);
    exports[SAVE_EXPORT]();
    set(9, 9n, 9, 9);
    expect(get()).toEqual([9, 9n, 9, 9]);
    exports[BEGIN_EXPORT](ENOUGH);
    expect(get()).toEqual([-7, -(2n ** 63n), 1.5, Number.NEGATIVE_INFINITY]);
    exports[BEGIN_EXPORT](ENOUGH);
    expect(get()).toEqual([-7, -(2n ** 63n), 1.5, Number.NEGATIVE_INFINITY]);
  });

  it.each([
    ['nothing', false],
    ['grow', true],
    ['growByNothing', true],
    ['tableSet', true],
    ['tableGrow', true],
    ['tableFill', true],
    ['tableCopy', true],
    ['tableInit', true],
    ['dataDrop', true],
    ['elemDrop', true],
  ] as const)('after %s is dirty: %s', (name, dirty) => {
    const { exports } = startMetered(wat(`(module ${STATE})`));
    exports[SAVE_EXPORT]();
    exports[BEGIN_EXPORT](ENOUGH);
    expect(exports[DIRTY_EXPORT]()).toBe(0);
    (exports[name] as GuestFunction)();
    expect(exports[DIRTY_EXPORT]() !== 0).toBe(dirty);
    exports[SAVE_EXPORT]();
    expect(exports[DIRTY_EXPORT]()).toBe(0);
  });

  it('counts what was grown before it was saved as its own', () => {
    const { exports } = startMetered(wat(`(module ${STATE})`));
    exports[BEGIN_EXPORT](ENOUGH);
    (exports.grow as GuestFunction)();
    exports[SAVE_EXPORT]();
    exports[BEGIN_EXPORT](ENOUGH);
    (exports.nothing as GuestFunction)();
    expect(exports[DIRTY_EXPORT]()).toBe(0);
  });
});

describe('bounds that the rewriter sets', () => {
  const pages = (text: string, memoryBytes: number, by: number) => {
    const { exports } = startMetered(
      wat(`(module ${text} (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`),
      memoryBytes,
    );
    exports[BEGIN_EXPORT](ENOUGH);
    return (exports.grow as GuestFunction)(by);
  };

  it('cap memory at the policy, below what the module declares', () => {
    expect(pages('(memory (export "memory") 1)', 3 * 65_536, 2)).toBe(1);
    expect(pages('(memory (export "memory") 1)', 3 * 65_536, 3)).toBe(-1);
    expect(pages('(memory (export "memory") 1 65536)', 3 * 65_536, 3)).toBe(-1);
    expect(pages('(memory (export "memory") 1 2)', 3 * 65_536, 2)).toBe(-1);
    expect(pages('(memory (export "memory") 1 2)', 3 * 65_536, 1)).toBe(1);
  });

  it('cap tables at 10,000 entries', () => {
    const { exports } = startMetered(
      wat(`(module (memory (export "memory") 1) (table $t 1 10000000 funcref)
        (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`),
    );
    exports[BEGIN_EXPORT](ENOUGH);
    expect((exports.grow as GuestFunction)(10_000)).toBe(-1);
    expect((exports.grow as GuestFunction)(9_999)).toBe(1);
  });
});
