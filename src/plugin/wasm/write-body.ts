// Writes one function's body anew: its locals and one to three more, its instructions as they were, and between them what the plan says.
import type { AddedNames } from './added-functions.js';
import type { BodyScan } from './body-scan.js';
import type { ByteWriter } from './byte-writer.js';
import { writeCharge, writeInsert } from './charge.js';
import { InsertKind } from './metering-plan.js';
import { Op } from './opcodes.js';

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
  const locals = {
    fuelGlobal: names.fuel,
    touchedGlobal: names.touched,
    depthGlobal: names.depth,
    remainingLocal: first,
    lengthLocal: first + 1,
    depthLocal: plan.needsLength ? first + 2 : first + 1,
    resultBlock: scan.countsDepth ? names.resultBlock(scan.type.results) : [],
  };
  const added = 1 + (plan.needsLength ? 1 : 0) + (scan.countsDepth ? 1 : 0);
  out.u32(groups + added);
  out.copy(bytes, start, codeStart);
  out.raw(1, I64);
  if (plan.needsLength) out.raw(1, I32);
  if (scan.countsDepth) out.raw(1, I32);
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
    } else {
      writeInsert(out, locals, kind, pagesMax);
    }
  }
  out.copy(bytes, from, end);
}
