// The instructions that the rewriter puts into a guest's code. Each piece leaves the operand stack as it found it and opens no
// block around guest code, so that no label and no type of the guest changes.
//
// Fuel is one i64 global, kept in a fresh local between the subtraction and the test. Measured on Node 20 (ns a turn of a loop of
// five instructions, bare 0.47): i64 with the local 0.65, i64 by a second global.get 0.73 to 1.15, i32 0.72 to 1.05, f64 4.9 to 5.5,
// since the chain of subtractions goes through the store. Host calls never touch the global itself; see exports.ts.
import type { ByteWriter } from './byte-writer.js';
import { InsertKind } from './metering-plan.js';
import { FUEL_OF, Op } from './opcodes.js';
import { type MarkNames, writeRangeMark } from './written.js';

const I64_SUB = 0x7d;
const I64_MUL = 0x7e;
const I64_LT_S = 0x53;
const I64_EXTEND_I32_U = 0xad;
const I32_LE_U = 0x4d;
const I32_EQZ = 0x45;
const I32_ADD = 0x6a;
const I32_SUB = 0x6b;
const I32_OR = 0x72;
const I32_SHL = 0x74;
const SELECT = 0x1b;
const EMPTY_BLOCK = 0x40;

/** Indices of what a charge uses. */
export interface ChargeNames extends MarkNames {
  readonly fuelGlobal: number;
  readonly touchedGlobal: number;
  /** i64. */
  remainingLocal: number;
  /** i32; only in modules that throw: how deep this function was called. */
  depthLocal: number;
  readonly depthGlobal: number;
  /** Bytes of the block type that has the function's results. */
  readonly resultBlock: readonly number[];
}

/** `fuel` less; below zero the guest ends. */
export function writeCharge(out: ByteWriter, names: ChargeNames, fuel: number): void {
  out.u8(Op.globalGet);
  out.u32(names.fuelGlobal);
  out.u8(Op.i64Const);
  out.signed(fuel);
  writeSubtraction(out, names);
}

/** Before the instruction at hand: its charge by length, the mark that the instance is not as saved, the count of depth. */
export function writeInsert(out: ByteWriter, names: ChargeNames, kind: number, pagesMax: number): void {
  switch (kind) {
    case InsertKind.enter:
      writeEnter(out, names);
      return;
    case InsertKind.leave:
      out.u8(Op.end);
      writeLeave(out, names);
      return;
    case InsertKind.tailCall:
      writeLeave(out, names);
      return;
    case InsertKind.caught:
      writeCaught(out, names);
      return;
    case InsertKind.touch:
      writeTouch(out, names);
      return;
    case InsertKind.byteRange:
      writeLengthCharge(out, names, FUEL_OF.bulkByte, null, FUEL_OF.bulkNothingBit);
      writeRangeMark(out, names);
      return;
    case InsertKind.tableLength:
      writeLengthCharge(out, names, FUEL_OF.tableEntry, null);
      writeTouch(out, names);
      return;
    default:
      // Also a growth by 0 pages detaches the buffer that the host reads through.
      writeLengthCharge(out, names, FUEL_OF.memoryPage, pagesMax);
      writeTouch(out, names);
  }
}

/** One deeper; and a block around the function's body, so that whatever leaves the function comes by its end. */
function writeEnter(out: ByteWriter, names: ChargeNames): void {
  out.u8(Op.globalGet);
  out.u32(names.depthGlobal);
  out.raw(Op.i32Const, 1, I32_ADD, Op.localTee);
  out.u32(names.depthLocal);
  out.u8(Op.globalSet);
  out.u32(names.depthGlobal);
  out.raw(Op.block, ...names.resultBlock);
}

function writeLeave(out: ByteWriter, names: ChargeNames): void {
  out.u8(Op.localGet);
  out.u32(names.depthLocal);
  out.raw(Op.i32Const, 1, I32_SUB, Op.globalSet);
  out.u32(names.depthGlobal);
}

/** The frames between the throw and here are paid now, when their number is known; then the depth is this function's again. */
function writeCaught(out: ByteWriter, names: ChargeNames): void {
  out.u8(Op.globalGet);
  out.u32(names.fuelGlobal);
  out.u8(Op.globalGet);
  out.u32(names.depthGlobal);
  out.u8(Op.localGet);
  out.u32(names.depthLocal);
  out.raw(I32_SUB, I64_EXTEND_I32_U, Op.i64Const);
  out.signed(FUEL_OF.unwoundFrame);
  out.u8(I64_MUL);
  writeSubtraction(out, names);
  out.u8(Op.localGet);
  out.u32(names.depthLocal);
  out.u8(Op.globalSet);
  out.u32(names.depthGlobal);
}

function writeTouch(out: ByteWriter, names: ChargeNames): void {
  out.raw(Op.i32Const, 1, Op.globalSet);
  out.u32(names.touchedGlobal);
}

/**
 * The operand on top, unsigned, times `fuelEach`; an operand over `max` would do nothing and costs nothing. With `nothingBit`, an operand of 0
 * counts as 2 to the power of it.
 */
function writeLengthCharge(
  out: ByteWriter,
  names: ChargeNames,
  fuelEach: number,
  max: number | null,
  nothingBit: number | null = null,
): void {
  out.u8(Op.localTee);
  out.u32(names.lengthLocal);
  out.u8(Op.globalGet);
  out.u32(names.fuelGlobal);
  out.u8(Op.localGet);
  out.u32(names.lengthLocal);
  if (max !== null) {
    out.raw(Op.i32Const, 0, Op.localGet);
    out.u32(names.lengthLocal);
    out.u8(Op.i32Const);
    out.signed(max);
    out.raw(I32_LE_U, SELECT);
  }
  if (nothingBit !== null) {
    out.u8(Op.localGet);
    out.u32(names.lengthLocal);
    out.raw(I32_EQZ, Op.i32Const, nothingBit, I32_SHL, I32_OR);
  }
  out.u8(I64_EXTEND_I32_U);
  out.u8(Op.i64Const);
  out.signed(fuelEach);
  out.u8(I64_MUL);
  writeSubtraction(out, names);
}

function writeSubtraction(out: ByteWriter, names: ChargeNames): void {
  out.raw(I64_SUB, Op.localTee);
  out.u32(names.remainingLocal);
  out.u8(Op.globalSet);
  out.u32(names.fuelGlobal);
  out.u8(Op.localGet);
  out.u32(names.remainingLocal);
  out.raw(Op.i64Const, 0, I64_LT_S, Op.if, EMPTY_BLOCK, Op.unreachable, Op.end);
}
