// What fuel is charged, to the unit, and the functions by which the host takes and gives it.
import { describe, expect, it } from 'vitest';
import { BEGIN_EXPORT, LEFT_EXPORT, REFUEL_EXPORT, TAKE_EXPORT } from '../../../src/plugin/wasm/exports.js';
import { meterModule } from '../../../src/plugin/wasm/meter.js';
import { wat } from '../wat.js';
import { type GuestFunction, LIMITS, runMetered, startMetered } from './support/metered.js';

const ENOUGH = 1_000_000_000;
const guest = (text: string) => startMetered(wat(`(module ${text})`));

function used(text: string, ...args: number[]): number {
  const end = runMetered(guest(text), 'run', ENOUGH, args);
  return 'failed' in end ? -1 : end.fuel;
}

const run = (body: string, rest = '') => `${rest} (func (export "run") (param i32) (result i32) ${body})`;
const LEAF = '(func $leaf)';

// Entry 2, parameter 1, result 1, charge 2 and a constant 1 weigh 7 in each of them; a unit is a weight of 4, rounded up at each charge.
const GOLDEN: readonly (readonly [string, string, number, number])[] = [
  ['an empty function', '(func (export "run") (param i32))', 0, 2],
  ['a constant', run('(i32.const 1)'), 0, 2],
  [
    'a thousand locals',
    run('(i32.const 1)', '').replace('(result i32)', `(result i32) (local ${'i64 '.repeat(1_000)})`),
    0,
    252,
  ],
  ['addition', run('(i32.add (local.get 0) (i32.const 1))'), 0, 3],
  ['division', run('(i32.div_u (local.get 0) (i32.const 1))'), 0, 6],
  ['a load', run('(i32.load (local.get 0))', '(memory 1)'), 0, 3],
  ['an unused arm that is cheap is paid ahead', run('(if (local.get 0) (then nop)) (i32.const 1)'), 0, 3],
  [
    'an arm that is dear is paid when taken',
    run(`(if (local.get 0) (then ${'(drop (i32.const 1))'.repeat(150)})) (i32.const 1)`),
    1,
    41,
  ],
  [
    'an arm that is dear is not paid when not taken',
    run(`(if (local.get 0) (then ${'(drop (i32.const 1))'.repeat(150)})) (i32.const 1)`),
    0,
    3,
  ],
  [
    'ten turns of a loop',
    run('(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 1)'),
    10,
    22,
  ],
  ['a call', run('(call $leaf) (i32.const 1)', LEAF), 0, 5],
  [
    'a call through a table',
    run('(call_indirect (i32.const 0)) (i32.const 1)', `${LEAF} (table funcref (elem $leaf))`),
    0,
    9,
  ],
  [
    'a fill of 1,000 bytes',
    run('(memory.fill (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 1)', '(memory 1)'),
    1_000,
    1_028,
  ],
  [
    'a fill of nothing',
    run('(memory.fill (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 1)', '(memory 1)'),
    0,
    540,
  ],
  [
    'a copy of nothing',
    run('(memory.copy (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 1)', '(memory 1)'),
    0,
    540,
  ],
  [
    'a fill of one byte',
    run('(memory.fill (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 1)', '(memory 1)'),
    1,
    29,
  ],
  ['growth by 3 pages', run('(memory.grow (local.get 0))', '(memory 1)'), 3, 16_002],
  ['growth that cannot be', run('(memory.grow (local.get 0))', '(memory 1 2)'), 3, 1_002],
  ['table growth by 5', run('(table.grow (ref.null func) (local.get 0))', '(table 1 funcref)'), 5, 432],
  ['an exception caught here', run('(try (do (throw $t)) (catch_all)) (i32.const 1)', '(tag $t)'), 0, 1_503],
  [
    'an exception through ten frames',
    run(
      '(try (do (call $deep (local.get 0))) (catch_all)) (i32.const 1)',
      `(tag $t) (func $deep (param i32) (if (i32.eqz (local.get 0)) (then (throw $t)))
         (call $deep (i32.sub (local.get 0) (i32.const 1))))`,
    ),
    9,
    // 5 here, 6 in each of ten frames, 1,501 for the throw, and 250 for each frame that it passes.
    4_066,
  ],
];

describe('fuel', () => {
  it.each(GOLDEN)('of %s is the same on every machine', (_, text, argument, fuel) => {
    expect(used(text, argument)).toBe(fuel);
    expect(used(text, argument)).toBe(fuel);
  });

  it('ends a guest that needs one unit more than there is', () => {
    const module = guest(run('(i32.const 5)'));
    expect(runMetered(module, 'run', 2, [0])).toEqual({ returned: 5, fuel: 2 });
    expect(runMetered(module, 'run', 1, [0])).toEqual({ failed: 'fuel', fuel: 2 });
  });

  it('is charged before a bulk instruction runs', () => {
    const module = guest(
      run(
        '(memory.fill (i32.const 0) (i32.const 7) (i32.const 65536)) (i32.const 1)',
        '(memory (export "memory") 1)',
      ),
    );
    expect(runMetered(module, 'run', 60_000, [0])).toMatchObject({ failed: 'fuel' });
    expect(new Uint8Array(module.exports.memory.buffer)[0]).toBe(0);
  });

  it('of the start function is what was baked in', () => {
    const module = wat(
      '(module (start $s) (func $s (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))))',
    );
    const start = (startFuel: number) => () => {
      const engine = (
        globalThis as unknown as {
          WebAssembly: { Instance: new (m: object) => object; Module: new (b: Uint8Array) => object };
        }
      ).WebAssembly;
      return new engine.Instance(new engine.Module(meterModule(module, { ...LIMITS, startFuel })));
    };
    expect(start(2_000)).not.toThrow();
    expect(start(200)).toThrow('unreachable');
  });

  it('does not go up while a guest runs on', () => {
    const module = guest(
      run('(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 1)'),
    );
    const fuels = [1, 2, 3, 10, 100, 1_000].map(turns => runMetered(module, 'run', ENOUGH, [turns]).fuel);
    expect(fuels).toEqual([...fuels].sort((a, b) => a - b));
    expect(new Set(fuels).size).toBe(fuels.length);
  });
});

describe('functions for the host', () => {
  const { exports } = guest('(memory (export "memory") 1) (func (export "run"))');

  it('take what is there and nothing where too little is there', () => {
    exports[REFUEL_EXPORT](100);
    expect(exports[TAKE_EXPORT](60)).toBe(1);
    expect(exports[LEFT_EXPORT]()).toBe(40);
    expect(exports[TAKE_EXPORT](41)).toBe(0);
    expect(exports[LEFT_EXPORT]()).toBe(40);
    expect(exports[TAKE_EXPORT](40)).toBe(1);
    expect(exports[TAKE_EXPORT](0)).toBe(1);
    expect(exports[LEFT_EXPORT]()).toBe(0);
  });

  it('read a cost as unsigned', () => {
    exports[REFUEL_EXPORT](5_000_000_000);
    expect(exports[TAKE_EXPORT](0xffff_ffff)).toBe(1);
    expect(exports[LEFT_EXPORT]()).toBe(5_000_000_000 - 0xffff_ffff);
    expect(exports[TAKE_EXPORT](-1)).toBe(0);
  });

  it('take nothing once fuel is below zero', () => {
    exports[REFUEL_EXPORT](0);
    expect(() => (exports.run as GuestFunction)()).toThrow('unreachable');
    expect(exports[LEFT_EXPORT]()).toBeLessThan(0);
    expect(exports[TAKE_EXPORT](0)).toBe(0);
    exports[BEGIN_EXPORT](10);
    expect(exports[LEFT_EXPORT]()).toBe(10);
  });
});
