// Reads the instructions behind the prefix 0xfc: saturating conversions, and those on whole ranges of memories and tables.
import type { ByteReader } from './byte-reader.js';
import type { MeteringPlan } from './metering-plan.js';
import { InsertKind } from './metering-plan.js';
import { BulkOp, FUEL_OF, Op } from './opcodes.js';
import { refusedOpcode } from './refused-opcodes.js';

/** Returns the change of the stack's height; `plan` is null where the code cannot be reached. `place` is the instruction's first byte. */
export function scanBulk(
  reader: ByteReader,
  plan: MeteringPlan | null,
  point: number,
  place: number,
): number {
  const opcode = reader.u32();
  if (opcode <= BulkOp.truncLast) {
    plan?.spend(point, FUEL_OF.truncSat);
    return 0;
  }
  if (opcode > BulkOp.tableFill) throw refusedOpcode(Op.bulkPrefix, reader, place);
  reader.u32();
  switch (opcode) {
    case BulkOp.tableSize:
      plan?.spend(point, 1);
      return 1;
    case BulkOp.dataDrop:
    case BulkOp.elemDrop:
      plan?.add(place, InsertKind.touch);
      plan?.spend(point, FUEL_OF.segmentDrop);
      return 0;
    case BulkOp.tableGrow:
      plan?.add(place, InsertKind.tableLength);
      plan?.spend(point, FUEL_OF.tableGrow);
      return -1;
    case BulkOp.memoryFill:
      plan?.add(place, InsertKind.byteRange);
      break;
    case BulkOp.memoryInit:
    case BulkOp.memoryCopy:
      reader.u32();
      plan?.add(place, InsertKind.byteRange);
      break;
    case BulkOp.tableFill:
      plan?.add(place, InsertKind.tableLength);
      break;
    default: // table.init, table.copy
      reader.u32();
      plan?.add(place, InsertKind.tableLength);
  }
  plan?.spend(point, FUEL_OF.bulkCall);
  return -3;
}
