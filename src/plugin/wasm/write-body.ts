// Writes one function's body anew: its locals and one or two more, its instructions as they were, and between them what the plan says.
import type { AddedNames } from './added-functions.js';
import type { BodyScan } from './body-scan.js';
import type { ByteWriter } from './byte-writer.js';
import { writeCharge, writeInsert } from './charge.js';
import { InsertKind } from './metering-plan.js';

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
  const locals = {
    fuelGlobal: names.fuel,
    touchedGlobal: names.touched,
    remainingLocal: scan.paramsAndLocals,
    lengthLocal: scan.paramsAndLocals + 1,
  };
  out.u32(scan.localGroups + (plan.needsLength ? 2 : 1));
  out.copy(bytes, scan.localsStart, scan.codeStart);
  out.raw(1, I64);
  if (plan.needsLength) out.raw(1, I32);
  let from = scan.codeStart;
  for (let i = 0; i < plan.count; i++) {
    const kind = plan.kinds[i] as number;
    const fuel = plan.fuel[i] as number;
    if (kind === InsertKind.charge && fuel === 0) continue;
    const place = plan.places[i] as number;
    out.copy(bytes, from, place);
    from = place;
    if (kind === InsertKind.charge) writeCharge(out, locals, fuel);
    else writeInsert(out, locals, kind, pagesMax);
  }
  out.copy(bytes, from, end);
}
