// The instruction table against the engine: every opcode, with the operands, immediates and results that the engine takes.
import { describe, expect, it } from 'vitest';
import { meterModule } from '../../../src/plugin/wasm/meter.js';
import { Immediate, PLAIN, SIMD } from '../../../src/plugin/wasm/opcodes.js';
import { ModuleRefused } from '../../../src/plugin/wasm/refused.js';
import { validate } from '../../../src/plugin/wasm-api.js';
import { section } from './support/binary.js';
import { LIMITS } from './support/metered.js';

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const CONSTANTS: readonly (readonly number[])[] = [
  [0x41, 0],
  [0x42, 0],
  [0x43, 0, 0, 0, 0],
  [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  [0xfd, 12, ...Array<number>(16).fill(0)],
  [0xd0, 0x70],
];
const RESULTS = [[], [0x7f], [0x7e], [0x7d], [0x7c], [0x7b], [0x70]];

/** A module with one of everything and one function with this body and these results. */
function moduleOf(body: readonly number[], results: readonly number[]): Uint8Array {
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [2, 0x60, 0, results.length, ...results, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(4, [1, 0x70, 0, 2]),
    ...section(5, [1, 0, 1]),
    ...section(13, [1, 0, 1]),
    ...section(6, [1, 0x7f, 1, 0x41, 0, 0x0b]),
    ...section(9, [1, 3, 0, 1, 0]),
    ...section(12, [1]),
    ...section(10, [1, body.length + 4, 1, 1, 0x7f, ...body, 0x0b]),
    ...section(11, [1, 1, 1, 0]),
  ]);
}

const OF_KIND: Readonly<Record<number, readonly (readonly number[])[]>> = {
  [Immediate.unknown]: [[], [0, 0]],
  [Immediate.none]: [[]],
  [Immediate.index]: [[0]],
  [Immediate.memory]: [[0, 0]],
  [Immediate.i32]: [[0]],
  [Immediate.i64]: [[0]],
  [Immediate.f32]: [Array<number>(4).fill(0)],
  [Immediate.f64]: [Array<number>(8).fill(0)],
  [Immediate.memoryAndLane]: [[0, 0, 0]],
  [Immediate.lane]: [[0]],
  [Immediate.v128]: [Array<number>(16).fill(0)],
  // A label, a list of types, a heap type, an index or two.
  [Immediate.own]: [[], [0], [0, 0], [1, 0x7f], [0x70]],
};

/** The first module with this instruction that the engine takes: up to three operands (two, where none is awaited), immediates and result are tried. */
function accepted(opcode: readonly number[], immediates: readonly (readonly number[])[]): Uint8Array | null {
  const combinations = immediates === OF_KIND[Immediate.unknown] ? 6 ** 2 + 6 + 1 : 6 ** 3 + 6 ** 2 + 6 + 1;
  for (const immediate of immediates) {
    for (let combination = 0; combination < combinations; combination++) {
      const operands: number[] = [];
      for (let rest = combination; rest > 0; rest = Math.floor((rest - 1) / 6))
        operands.push(...(CONSTANTS[(rest - 1) % 6] ?? []));
      for (const results of RESULTS) {
        const module = moduleOf([...operands, ...opcode, ...immediate], results);
        if (validate(module)) return module;
      }
    }
  }
  return null;
}

function metered(module: Uint8Array): string {
  try {
    return validate(meterModule(module, LIMITS)) ? 'metered' : 'broken';
  } catch (thrown) {
    if (thrown instanceof ModuleRefused) return thrown.code;
    throw thrown;
  }
}

const known = (table: typeof PLAIN, opcode: number) => table.immediate[opcode] !== Immediate.unknown;
/** Blocks and their parts do not stand alone; they are in the generated programs. */
const CONTROL = new Set([2, 3, 4, 5, 6, 7, 9, 0x0b, 0x12, 0x13, 0x18, 0x19, 0xfc, 0xfd]);
const OPCODES = Array.from({ length: 256 }, (_, i) => i);

describe('the instruction table', () => {
  it('knows the instructions that the engine knows, with the same immediates', () => {
    for (const opcode of OPCODES.filter(each => !CONTROL.has(each))) {
      const module = accepted([opcode], OF_KIND[PLAIN.immediate[opcode] ?? 0] ?? []);
      if (!known(PLAIN, opcode)) {
        if (module !== null)
          expect(metered(module), `0x${opcode.toString(16)}`).toMatch(/unknown_opcode|feature_unsupported/);
      } else {
        expect(module, `0x${opcode.toString(16)}`).not.toBeNull();
        expect(module && metered(module), `0x${opcode.toString(16)}`).toBe('metered');
      }
    }
  });

  it('knows the bulk instructions', () => {
    for (let opcode = 0; opcode < 24; opcode++) {
      const module = accepted([0xfc, opcode], [[], [0], [0, 0]]);
      expect(module !== null, `0xfc ${opcode}`).toBe(opcode <= 17);
      if (module !== null) expect(metered(module), `0xfc ${opcode}`).toBe('metered');
    }
  });

  it('knows the vector instructions', () => {
    for (const opcode of OPCODES) {
      const leb = opcode < 128 ? [0xfd, opcode] : [0xfd, opcode, 1];
      const module = accepted(leb, OF_KIND[SIMD.immediate[opcode] ?? 0] ?? []);
      expect(module !== null, `0xfd ${opcode}`).toBe(known(SIMD, opcode));
      if (module !== null) expect(metered(module), `0xfd ${opcode}`).toBe('metered');
    }
  });

  it('gives every instruction that does something a weight', () => {
    for (const opcode of OPCODES) {
      if (known(SIMD, opcode)) expect(SIMD.fuel[opcode], `0xfd ${opcode}`).toBeGreaterThan(0);
      const free = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x18, 0x19, 0x1a, 0xfc, 0xfd].includes(
        opcode,
      );
      if (known(PLAIN, opcode) && !free)
        expect(PLAIN.fuel[opcode], `0x${opcode.toString(16)}`).toBeGreaterThan(0);
    }
  });
});
