// The globals and functions that the rewriter appends, and how the functions are exported: see exports.ts. They stand behind the
// module's own, so no guest instruction can name them, and they are not charged.
//
//   globals:   …the module's own | fuel i64 | touched i32 | saved pages i32 | depth of calls i32 | written i32 | a shadow for each mutable global of its own
//   types:     …the module's own | those of the functions below | of modules that throw: one for each list of several results
import { ByteWriter } from './byte-writer.js';
import {
  BEGIN_EXPORT,
  DIRTY_EXPORT,
  LEFT_EXPORT,
  REFUEL_EXPORT,
  SAVE_EXPORT,
  TAKE_EXPORT,
} from './exports.js';
import { Op } from './opcodes.js';
import type { ParsedModule, ValueLetter } from './parsed-module.js';
import { ModuleRefused } from './refused.js';
import { granuleShift } from './written.js';

const I32 = 0x7f;
const I64 = 0x7e;
const F64 = 0x7c;
const EMPTY_BLOCK = 0x40;
const I32_NE = 0x47;
const I32_OR = 0x72;
const I64_LT_S = 0x53;
const I64_SUB = 0x7d;
const I64_EXTEND_I32_U = 0xad;
const F64_CONVERT_I64_S = 0xb9;
/** i64.trunc_sat_f64_s */
const TRUNCATE = [0xfc, 6];

/** Types by number among the added ones. */
export const ADDED_TYPES: readonly (readonly number[])[] = [
  [0x60, 1, I32, 1, I32],
  [0x60, 0, 1, F64],
  [0x60, 1, F64, 0],
  [0x60, 0, 0],
  [0x60, 0, 1, I32],
  [0x60, 1, F64, 1, I32],
];

export const TYPE_BYTES: Readonly<Record<ValueLetter, number>> = {
  i: I32,
  l: I64,
  f: 0x7d,
  d: F64,
  v: 0x7b,
  r: 0x70,
  x: 0x6f,
};

export interface AddedFunction {
  readonly name: string;
  /** In ADDED_TYPES. */
  readonly type: number;
  /** Its body, locals first, without the last `end`. */
  readonly write: (out: ByteWriter, names: AddedNames) => void;
}

/** Indices of the added globals, and which globals are kept. */
export class AddedNames {
  readonly fuel: number;
  readonly touched: number;
  readonly savedPages: number;
  readonly depth: number;
  readonly written: number;
  /** Bytes of a granule of memory as a power of two, see written.ts. */
  readonly shift: number;
  readonly firstShadow: number;
  /** Indices of the module's own mutable globals. */
  readonly kept: readonly number[];
  readonly keptTypes: readonly ValueLetter[];
  readonly hasMemory: boolean;
  readonly #typesBefore: number;
  readonly #resultTypes = new Map<string, number>();

  constructor(module: ParsedModule) {
    const { globals, importedGlobals } = module;
    this.fuel = globals.length;
    this.touched = this.fuel + 1;
    this.savedPages = this.fuel + 2;
    this.depth = this.fuel + 3;
    this.written = this.fuel + 4;
    this.firstShadow = this.fuel + 5;
    this.shift = granuleShift(module.memory?.initial ?? 0);
    const kept: number[] = [];
    globals.forEach((global, i) => {
      if (i >= importedGlobals && global.mutable) kept.push(i);
    });
    this.kept = kept;
    this.keptTypes = kept.map(i => globals[i]?.type ?? 'i');
    this.hasMemory = module.memory !== null;
    this.#typesBefore = module.types.length + ADDED_TYPES.length;
    if (module.tags.length === 0) return;
    for (const { results } of module.functions.slice(module.importedFunctions)) {
      if (results.length > 1 && !this.#resultTypes.has(results)) {
        this.#resultTypes.set(results, this.#resultTypes.size);
      }
    }
  }

  /** Lists of results, each to become a type without parameters. */
  get resultLists(): readonly string[] {
    return [...this.#resultTypes.keys()];
  }

  /** A block type's bytes. */
  resultBlock(results: string): readonly number[] {
    const first = results[0] as ValueLetter | undefined;
    if (first === undefined) return [EMPTY_BLOCK];
    if (results.length === 1) return [TYPE_BYTES[first]];
    const index = new ByteWriter(8);
    index.signed(this.#typesBefore + (this.#resultTypes.get(results) ?? 0));
    return [...index.written];
  }

  get count(): number {
    return 5 + this.kept.length;
  }
}

/** Numeric types' byte, and the zero that a shadow starts from. */
const ZEROS: Readonly<Partial<Record<ValueLetter, readonly number[]>>> = {
  i: [I32, 1, 0x41, 0],
  l: [I64, 1, 0x42, 0],
  f: [0x7d, 1, 0x43, 0, 0, 0, 0],
  d: [F64, 1, 0x44, 0, 0, 0, 0, 0, 0, 0, 0],
};

export function refuseGlobalTypes(names: AddedNames): void {
  names.keptTypes.forEach((type, i) => {
    if (ZEROS[type] !== undefined) return;
    const what = type === 'v' ? 'a vector (v128)' : 'a reference';
    throw new ModuleRefused(
      'global_type',
      `the mutable global ${names.kept[i]} is ${what}; mutable globals are i32, i64, f32 or f64`,
    );
  });
}

export function writeAddedGlobals(out: ByteWriter, names: AddedNames, startFuel: number): void {
  out.raw(I64, 1, Op.i64Const);
  out.signed(startFuel);
  out.u8(Op.end);
  for (let i = 0; i < 4; i++) out.raw(I32, 1, Op.i32Const, 0, Op.end);
  for (const type of names.keptTypes) out.raw(...(ZEROS[type] ?? []), Op.end);
}

export const ADDED_FUNCTIONS: readonly AddedFunction[] = [
  { name: TAKE_EXPORT, type: 0, write: writeTake },
  { name: LEFT_EXPORT, type: 1, write: writeLeft },
  { name: REFUEL_EXPORT, type: 2, write: writeRefuel },
  { name: SAVE_EXPORT, type: 3, write: writeSave },
  { name: BEGIN_EXPORT, type: 5, write: writeBegin },
  { name: DIRTY_EXPORT, type: 4, write: writeDirty },
];

function globalTo(out: ByteWriter, opcode: number, index: number): void {
  out.u8(opcode);
  out.u32(index);
}

/** One local of type i64: what would be left. */
function writeTake(out: ByteWriter, names: AddedNames): void {
  out.raw(1, 1, I64);
  globalTo(out, Op.globalGet, names.fuel);
  out.raw(Op.localGet, 0, I64_EXTEND_I32_U, I64_SUB, Op.localTee, 1, Op.i64Const, 0, I64_LT_S);
  out.raw(Op.if, EMPTY_BLOCK, Op.i32Const, 0, Op.return, Op.end, Op.localGet, 1);
  globalTo(out, Op.globalSet, names.fuel);
  out.raw(Op.i32Const, 1);
}

function writeLeft(out: ByteWriter, names: AddedNames): void {
  out.u8(0);
  globalTo(out, Op.globalGet, names.fuel);
  out.u8(F64_CONVERT_I64_S);
}

function writeRefuel(out: ByteWriter, names: AddedNames): void {
  out.raw(0, Op.localGet, 0, ...TRUNCATE);
  globalTo(out, Op.globalSet, names.fuel);
}

function clearCounts(out: ByteWriter, names: AddedNames): void {
  for (const global of [names.touched, names.depth, names.written]) {
    out.raw(Op.i32Const, 0);
    globalTo(out, Op.globalSet, global);
  }
}

function writeSave(out: ByteWriter, names: AddedNames): void {
  out.u8(0);
  names.kept.forEach((global, i) => {
    globalTo(out, Op.globalGet, global);
    globalTo(out, Op.globalSet, names.firstShadow + i);
  });
  clearCounts(out, names);
  if (!names.hasMemory) return;
  out.raw(Op.memorySize, 0);
  globalTo(out, Op.globalSet, names.savedPages);
}

function writeBegin(out: ByteWriter, names: AddedNames): void {
  out.u8(0);
  globalTo(out, Op.globalGet, names.written);
  names.kept.forEach((global, i) => {
    globalTo(out, Op.globalGet, names.firstShadow + i);
    globalTo(out, Op.globalSet, global);
  });
  clearCounts(out, names);
  out.raw(Op.localGet, 0, ...TRUNCATE);
  globalTo(out, Op.globalSet, names.fuel);
}

function writeDirty(out: ByteWriter, names: AddedNames): void {
  out.u8(0);
  globalTo(out, Op.globalGet, names.touched);
  if (!names.hasMemory) return;
  out.raw(Op.memorySize, 0);
  globalTo(out, Op.globalGet, names.savedPages);
  out.raw(I32_NE, I32_OR);
}
