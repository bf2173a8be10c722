// Does a token bucket of kernel `limits` drift? Asks for more than there is for so many operations, and compares what it granted with
// the closed form: capacity + floor(limit * elapsed / per), to the last token. Exits 1 where they differ.
//
//   node bench/kernel/limits-drift.js [--operations 1000000000]
//
// Half of the operations are takes of one token, half are holds of three that settle to one, until the bucket refuses; then the clock
// moves on by a millisecond. Limits that no millisecond divides: each refill leaves a fraction of a token.
import { parseArgs } from 'node:util';
import { HOLD, LimitsKernel, TAKE, TAKEN } from '../../dist/kernel/limits.js';
import { rateUnits } from '../../dist/kernel/limits-rate.js';
import { createLimitsTable } from '../../dist/kernel/limits-table.js';

const START_MS = 123_456_789;
const { values } = parseArgs({ options: { operations: { type: 'string', default: '1000000000' } } });
const operations = Number(values.operations);

function drift(limit, perMs, count) {
  const kernel = LimitsKernel.load(createLimitsTable(16));
  const rate = { capacity: 1000, ...rateUnits(limit, perMs) };
  const key = kernel.key('drift');
  let done = 0;
  let granted = 0;
  let nowMs = START_MS;
  for (; done < count; nowMs++) {
    let taken = true;
    while (taken) {
      done += 1;
      const holds = done % 2 === 0 && kernel.takeRate(key, 0, 3, rate, nowMs, HOLD) === TAKEN;
      if (holds) kernel.settleRate(key.slot, 3, 1, rate, nowMs);
      taken = holds || kernel.takeRate(key, 0, 1, rate, nowMs, TAKE) === TAKEN;
      if (taken) granted += 1;
    }
  }
  const elapsed = BigInt(nowMs - 1 - START_MS);
  const expected = 1000n + (BigInt(limit) * elapsed) / BigInt(perMs);
  return { limit, perMs, operations: done, granted, expected: Number(expected) };
}

const results = [
  [1_000_003, 60_000],
  [7_654_321, 86_400],
].map(([limit, perMs]) => drift(limit, perMs, operations / 2));
console.log(JSON.stringify(results));
process.exitCode = results.every(({ granted, expected }) => granted === expected) ? 0 : 1;
