// Generated programs compute the same metered as bare, and need exactly the fuel that they used.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Instance, Module } from '../../../src/plugin/wasm-api.js';
import { wat } from '../wat.js';
import { generateProgram } from './support/generate.js';
import { type GuestExports, type GuestFunction, runMetered, startMetered } from './support/metered.js';

const PROGRAMS = 150;
/** Far more than any needs, and a rewriter that makes one endless still comes back. */
const ENOUGH = 1e8;
const ARGUMENTS: readonly (readonly [number, bigint])[] = [
  [0, 0n],
  [-7, 123_456_789_012n],
];

/** What a run left: its result or trap, its globals, its memory. */
function left(exports: GuestExports, end: unknown): readonly unknown[] {
  const memory = createHash('sha256').update(new Uint8Array(exports.memory.buffer)).digest('hex');
  const value = (name: string) => (exports[name] as unknown as { readonly value: unknown }).value;
  return [end, value('g'), value('h'), exports.memory.buffer.byteLength, memory];
}

function runPlain(bytes: Uint8Array): (readonly unknown[])[] {
  const exports = new Instance(new Module(bytes), {}).exports as unknown as GuestExports;
  return ARGUMENTS.map(args => {
    try {
      return left(exports, (exports.run as GuestFunction)(...args));
    } catch (thrown) {
      return left(exports, thrown instanceof Error ? thrown.message : 'exception');
    }
  });
}

describe('generated programs', () => {
  it(`give the same metered, and need all of their fuel (${PROGRAMS})`, () => {
    let trapped = 0;
    let fuelAll = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const bytes = wat(`(module ${generateProgram(seed)})`);
      const plain = runPlain(bytes);
      // weir:begin puts globals back, so each call gets an instance that has made the calls before it.
      ARGUMENTS.forEach((_, last) => {
        const guest = startMetered(bytes);
        let fuel = 0;
        const { exports } = guest;
        exports['weir:refuel'](ENOUGH);
        let end: unknown;
        for (const args of ARGUMENTS.slice(0, last + 1)) {
          try {
            end = (exports.run as GuestFunction)(...args);
          } catch (thrown) {
            end = thrown instanceof Error ? thrown.message : 'exception';
          }
        }
        fuel = ENOUGH - exports['weir:left']();
        expect(left(exports, end), `program ${seed}`).toEqual(plain[last]);
        fuelAll += fuel;
      });
      const [first] = ARGUMENTS;
      const whole = runMetered(startMetered(bytes), 'run', ENOUGH, [...(first ?? [])]);
      if ('failed' in whole) trapped++;
      expect(runMetered(startMetered(bytes), 'run', whole.fuel, [...(first ?? [])])).toEqual(whole);
      expect(runMetered(startMetered(bytes), 'run', whole.fuel - 1, [...(first ?? [])])).toMatchObject({
        failed: 'fuel',
      });
    }
    // The generator makes programs that trap and programs that return.
    expect(trapped).toBeGreaterThan(PROGRAMS / 20);
    expect(trapped).toBeLessThan(PROGRAMS / 1.3);
    expect(fuelAll).toBeGreaterThan(PROGRAMS * 100);
  });
});
