// How the host learns which parts of its memory a guest wrote, so that it puts back those alone: writing all 64 KiB anew before every hook took longer
// than most hooks. Memory is seen as granules; before each store the rewritten code sets the bit of the granule that the store begins in. A store may
// reach 15 bytes into the next granule, which whoever puts memory back must allow for. No branches: each would cost compile time by the number of locals.
import type { ByteWriter } from './byte-writer.js';
import { Op } from './opcodes.js';

/** Bits of the mask. Granule `g` has bit `g % 32`, since `configure` may have grown memory beyond what the size of a granule goes by. */
export const GRANULES = 32;
/** The most that a store reaches beyond the granule it begins in. */
export const STORE_OVERHANG = 15;
const SMALLEST_SHIFT = 11;

const I32_SUB = 0x6b;
const I32_ADD = 0x6a;
const I32_OR = 0x72;
const I32_SHL = 0x74;
const I32_SHR_U = 0x76;
const I32_ROTL = 0x77;
const I32_LT_U = 0x49;
const SELECT = 0x1b;

/** Bytes of a granule as a power of two, for a module that starts with so many pages: a 32nd of its memory. */
export function granuleShift(pages: number): number {
  return SMALLEST_SHIFT + Math.max(0, Math.ceil(Math.log2(pages)));
}

export interface MarkNames {
  readonly writtenGlobal: number;
  readonly shift: number;
  /** i32. */
  addressLocal: number;
  /** i32; what a range's length is kept in. */
  lengthLocal: number;
  /** i32: the value of a fill, the source of a copy. */
  sourceLocal: number;
}

/** Before a store whose value is on top of its address. `valueLocal` has the value's type. */
export function writeStoreMark(out: ByteWriter, names: MarkNames, valueLocal: number, offset: number): void {
  local(out, 0x21, valueLocal);
  local(out, Op.localTee, names.addressLocal);
  out.u8(Op.globalGet);
  out.u32(names.writtenGlobal);
  out.raw(Op.i32Const, 1);
  local(out, Op.localGet, names.addressLocal);
  // Where the sum leaves 32 bits the store traps, and the instance is thrown away.
  if (offset > 0) {
    out.u8(Op.i32Const);
    out.signed(offset);
    out.u8(I32_ADD);
  }
  granule(out, names);
  out.raw(I32_SHL, I32_OR, Op.globalSet);
  out.u32(names.writtenGlobal);
  local(out, Op.localGet, valueLocal);
}

/**
 * Before memory.fill, copy and init, whose operands are the destination, a value or source, and a length: all bits from the first granule's
 * to that of the byte behind the last, around the end of the mask where it comes to that.
 */
export function writeRangeMark(out: ByteWriter, names: MarkNames): void {
  local(out, 0x21, names.lengthLocal);
  local(out, 0x21, names.sourceLocal);
  local(out, Op.localTee, names.addressLocal);
  out.u8(Op.globalGet);
  out.u32(names.writtenGlobal);
  // rotl((2 << min(last - first, 31)) - 1, first)
  out.raw(Op.i32Const, 2);
  span(out, names);
  out.raw(Op.i32Const, 31);
  span(out, names);
  out.raw(Op.i32Const, 31, I32_LT_U, SELECT, I32_SHL, Op.i32Const, 1, I32_SUB);
  local(out, Op.localGet, names.addressLocal);
  granule(out, names);
  out.raw(I32_ROTL, I32_OR, Op.globalSet);
  out.u32(names.writtenGlobal);
  local(out, Op.localGet, names.sourceLocal);
  local(out, Op.localGet, names.lengthLocal);
}

/** Granules from that of the address to that of the byte behind the range. */
function span(out: ByteWriter, names: MarkNames): void {
  local(out, Op.localGet, names.addressLocal);
  local(out, Op.localGet, names.lengthLocal);
  out.u8(I32_ADD);
  granule(out, names);
  local(out, Op.localGet, names.addressLocal);
  granule(out, names);
  out.u8(I32_SUB);
}

function granule(out: ByteWriter, names: MarkNames): void {
  out.u8(Op.i32Const);
  out.signed(names.shift);
  out.u8(I32_SHR_U);
}

function local(out: ByteWriter, opcode: number, index: number): void {
  out.u8(opcode);
  out.u32(index);
}
