// Which requests hold something in which buckets, on one thread.
import { expect, it } from 'vitest';
import { BucketKey } from '../../src/kernel/limits-table.js';
import type { Held } from '../../src/policy/run-context.js';
import { findHolds, type Holding } from '../../src/workers/find-holds.js';

/** Holds something in these slots, in buckets of key (a, 2). */
function holder(requestId: string, slots: readonly number[], a = 1, lost = false): Holding {
  const held = slots.map(slot => ({ wish: { slot, key: new BucketKey(a, 2, 3, 4) }, lost }));
  return slots.length === 0 ? null : { requestId, held: held as unknown as Held[] };
}

const place = (at: number, slot: number) => ({ at, slot, a: 1, b: 2 });

it('finds holders by slot and key, and leaves out buckets of others and holds that count for nothing', () => {
  const holders = [
    holder('req_1', [5, 9]),
    holder('req_2', []),
    holder('req_3', [9]),
    holder('req_4', [9], 7),
    holder('req_5', [5], 1, true),
  ];
  expect(findHolds(holders, [place(0, 9), place(1, 5), place(2, 77)])).toEqual([
    { at: 0, ids: ['req_1', 'req_3'] },
    { at: 1, ids: ['req_1'] },
  ]);
});

it('names at most a hundred of a bucket', () => {
  const many = Array.from({ length: 150 }, (_, i) => holder(`req_${i}`, [5]));
  expect(findHolds(many, [place(0, 5)])[0]?.ids).toHaveLength(100);
});
