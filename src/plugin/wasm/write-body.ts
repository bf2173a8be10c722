// Writes one function's body anew: its locals and a few more, its instructions as they were, and between them what the plan says.
import type { AddedNames } from './added-functions.js';
import type { BodyScan } from './body-scan.js';
import type { ByteWriter } from './byte-writer.js';
import { writeCharge, writeInsert } from './charge.js';
import { InsertKind, STORED } from './metering-plan.js';
import { Op } from './opcodes.js';
import { writeStoreMark } from './written.js';

const I32 = 0x7f;
const I64 = 0x7e;

/** `end` is the exclusive end of the body that `scan` has just read. */
export function writeBody(
  out: ByteWriter,
  bytes: Uint8Array,
  scan: BodyScan,
  end: number,
  names: AddedNames,
  pagesMax: number,
): void {
  const { plan } = scan;
  const { paramsAndLocals: first, start, groups, codeStart } = scan.locals;
  const lengths = plan.needsLength ? 1 : 0;
  const depths = scan.countsDepth ? 1 : 0;
  const sources = plan.needsSource ? 1 : 0;
  const addresses = plan.needsSource || plan.stored !== 0 ? 1 : 0;
  const words = lengths + depths + sources + addresses;
  const locals = {
    fuelGlobal: names.fuel,
    touchedGlobal: names.touched,
    depthGlobal: names.depth,
    writtenGlobal: names.written,
    shift: names.shift,
    remainingLocal: first,
    lengthLocal: first + 1,
    depthLocal: first + 1 + lengths,
    sourceLocal: first + 1 + lengths + depths,
    addressLocal: first + 1 + lengths + depths + sources,
    resultBlock: scan.countsDepth ? names.resultBlock(scan.type.results) : [],
  };
  const stored = STORED.filter((_, i) => (plan.stored & (1 << i)) !== 0);
  out.u32(groups + 1 + (words > 0 ? 1 : 0) + stored.length);
  out.copy(bytes, start, codeStart);
  out.raw(1, I64);
  if (words > 0) out.raw(words, I32);
  for (const type of stored) out.raw(1, type);
  let from = codeStart;
  for (let i = 0; i < plan.count; i++) {
    const kind = plan.kinds[i] as number;
    const fuel = plan.fuel[i] as number;
    if (kind === InsertKind.charge && fuel === 0) continue;
    const place = plan.places[i] as number;
    out.copy(bytes, from, place);
    from = place;
    if (kind === InsertKind.charge) {
      writeCharge(out, locals, fuel);
    } else if (kind === InsertKind.return) {
      // The block around the body is left instead of the function.
      out.u8(Op.br);
      out.u32(fuel);
      from = place + 1;
    } else if (kind >= InsertKind.store && kind < InsertKind.byteRange) {
      const before = plan.stored & ((1 << (kind - InsertKind.store)) - 1);
      writeStoreMark(out, locals, locals.addressLocal + 1 + bitCount(before), fuel);
    } else {
      writeInsert(out, locals, kind, pagesMax);
    }
  }
  out.copy(bytes, from, end);
}

/** Of the five bits of the types that are stored. */
function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left >>= 1) count += left & 1;
  return count;
}
