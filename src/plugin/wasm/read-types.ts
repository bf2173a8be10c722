// Value types, limits and constant expressions of the binary format; what Weir does not take of them is refused by name.
import { TYPE_VALUES_MAX } from './bounds.js';
import type { ByteReader } from './byte-reader.js';
import type { FunctionType, Limits, TableEntry, ValueLetter } from './parsed-module.js';
import { ModuleRefused, refuseOver } from './refused.js';

const LETTERS: ReadonlyMap<number, ValueLetter> = new Map([
  [0x7f, 'i'],
  [0x7e, 'l'],
  [0x7d, 'f'],
  [0x7c, 'd'],
  [0x7b, 'v'],
  [0x70, 'r'],
  [0x6f, 'x'],
]);

const FUNCTION_FORM = 0x60;

export function unsupported(feature: string): ModuleRefused {
  return new ModuleRefused('feature_unsupported', `the module uses ${feature}, which plugins may not`);
}

export function readValueType(reader: ByteReader): ValueLetter {
  const byte = reader.u8();
  const letter = LETTERS.get(byte);
  if (letter === undefined) {
    throw unsupported(`the value type 0x${byte.toString(16)} (garbage collection, typed references)`);
  }
  return letter;
}

function readLetters(reader: ByteReader): string {
  const count = reader.count(1);
  refuseOver('too_many', 'parameters or results in one type', count, TYPE_VALUES_MAX);
  let letters = '';
  for (let i = 0; i < count; i++) letters += readValueType(reader);
  return letters;
}

export function readFunctionType(reader: ByteReader): FunctionType {
  const form = reader.u8();
  if (form !== FUNCTION_FORM) {
    throw unsupported(`a type of form 0x${form.toString(16)} (structs, arrays, recursive groups)`);
  }
  return { params: readLetters(reader), results: readLetters(reader) };
}

/** Flags of a memory: 1 has a maximum, 2 shared, 4 64-bit, 8 a page size of its own. */
export function readMemory(reader: ByteReader): Limits {
  const flags = reader.u8();
  if (flags & 2) throw unsupported('shared memory (threads)');
  if (flags & 4) throw unsupported('64-bit memory (memory64)');
  if (flags > 1) throw unsupported(`a memory with the flags ${flags}`);
  return readLimits(reader, flags);
}

export function readTable(reader: ByteReader): TableEntry {
  const elementType = reader.u8();
  if (elementType === 0x40) throw unsupported('a table with an initial value (typed references)');
  if (elementType !== 0x70 && elementType !== 0x6f) {
    throw unsupported(`a table of type 0x${elementType.toString(16)} (typed references)`);
  }
  const flags = reader.u8();
  if (flags > 1) throw unsupported(`a table with the flags ${flags} (shared or 64-bit)`);
  return { elementType, ...readLimits(reader, flags) };
}

function readLimits(reader: ByteReader, flags: number): Limits {
  const initial = reader.u32();
  return { initial, maximum: flags & 1 ? reader.u32() : null };
}

/** Passes the expression that initialises a global; it ends behind its `end`. */
export function skipConstantExpression(reader: ByteReader): void {
  for (;;) {
    const opcode = reader.u8();
    switch (opcode) {
      case 0x0b:
        return;
      case 0x23: // global.get
      case 0xd2: // ref.func
      case 0x41: // i32.const
      case 0xd0: // ref.null
        reader.skipLeb(5);
        break;
      case 0x42: // i64.const
        reader.skipLeb(10);
        break;
      case 0x43: // f32.const
        reader.skip(4);
        break;
      case 0x44: // f64.const
        reader.skip(8);
        break;
      case 0x6a: // add, sub, mul of i32 and i64: extended constant expressions
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break;
      case 0xfd:
        if (reader.u32() !== 12) throw unsupported('a vector instruction in a constant expression');
        reader.skip(16);
        break;
      default:
        throw unsupported(`the instruction 0x${opcode.toString(16)} in a constant expression`);
    }
  }
}
