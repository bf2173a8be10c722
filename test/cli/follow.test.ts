// Following without a clock: each ended request once, however the polls fall.
import { describe, expect, it } from 'vitest';
import { type Ask, Follower } from '../../src/cli/follow.js';
import type { Outcome } from '../../src/core/entry.js';
import { queryFromParams } from '../../src/ledger/query.js';
import { RecordRing } from '../../src/ledger/ring.js';
import { toRecord } from '../../src/ledger/to-record.js';
import { entry, START_MS } from '../ledger/entries.js';

/** A ring that answers as the admin API does. */
function following(filters: readonly [string, string][] = [], capacity = 4096) {
  const ring = new RecordRing(capacity);
  const asked: string[] = [];
  const ask: Ask = async path => {
    asked.push(path);
    const url = new URL(path, 'http://x');
    const one = /^\/api\/requests\/(.+)$/.exec(url.pathname)?.[1];
    if (one !== undefined) {
      const found = ring.get(one);
      return found === null ? null : toRecord(found);
    }
    const query = queryFromParams(url.searchParams, START_MS);
    if ('problem' in query) throw new Error(query.problem);
    return ring.list(query);
  };
  const follower = new Follower(ask, new Map([['limit', '10'], ...filters]));
  const add = (number: number, outcome: Outcome) => {
    const added = entry(number, { outcome });
    ring.add(added);
    return added;
  };
  const numbers = async () => (await follower.poll()).map(({ id }) => Number(id.slice(4)));
  return { add, numbers, asked };
}

describe('following requests', () => {
  it('gives each ended request once, oldest first', async () => {
    const { add, numbers } = following();
    add(0, 'served');
    add(1, 'blocked');
    expect(await numbers()).toEqual([0, 1]);
    expect(await numbers()).toEqual([]);
    add(2, 'served');
    add(3, 'failed');
    expect(await numbers()).toEqual([2, 3]);
  });

  it('gives the newest few of what was before', async () => {
    const { add, numbers } = following();
    for (let i = 0; i < 30; i++) add(i, 'served');
    expect(await numbers()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('gives a long stream when it ends, however much has come since', async () => {
    const { add, numbers } = following();
    const stream = add(0, 'running');
    expect(await numbers()).toEqual([]);
    for (let i = 1; i < 100; i++) add(i, 'served');
    expect(await numbers()).toHaveLength(99);
    expect(await numbers()).toEqual([]);
    stream.outcome = 'served';
    expect(await numbers()).toEqual([0]);
    expect(await numbers()).toEqual([]);
  });

  it('looks at the outcome when it is known', async () => {
    const { add, numbers } = following([['outcome', 'failed']]);
    const stream = add(0, 'running');
    add(1, 'served');
    expect(await numbers()).toEqual([]);
    stream.outcome = 'failed';
    expect(await numbers()).toEqual([0]);
  });

  it('drops a running request that the gateway has forgotten', async () => {
    const { add, numbers, asked } = following([], 8);
    add(0, 'running');
    await numbers();
    for (let i = 20; i < 30; i++) add(i, 'served');
    await numbers();
    asked.length = 0;
    await numbers();
    expect(asked).toHaveLength(1);
  });

  it('asks again for a bounded number of running requests, each in its turn', async () => {
    const { add, numbers, asked } = following([['limit', '1000']]);
    const streams = Array.from({ length: 120 }, (_, i) => add(i, 'running'));
    for (let i = 200; i < 210; i++) add(i, 'served');
    await numbers();
    for (const stream of streams) stream.outcome = 'served';
    asked.length = 0;
    const found = [await numbers(), await numbers(), await numbers(), await numbers()];
    expect(found.map(list => list.length)).toEqual([50, 50, 20, 0]);
    expect(asked).toHaveLength(124);
  });

  it.each([
    ['status', '429'],
    ['code', 'weir_limit_reached'],
    ['policy', 'rpm'],
    ['min_cost', '0.5'],
  ])('looks at %s when a request has ended, which none has that runs', async (name, value) => {
    const { add, numbers } = following([[name, value]]);
    const [fits, other] = [add(0, 'running'), add(1, 'running')];
    expect(await numbers()).toEqual([]);
    fits.status = 429;
    fits.error = { source: 'policy', code: 'weir_limit_reached', message: '' };
    fits.cost = { nanos: 500_000_000, status: 'computed', price: null, catalogue: null };
    fits.steps.push({
      phase: 'gate',
      policy: 'rpm',
      kind: 'limit',
      mode: 'enforce',
      verdict: 'deny',
      code: 'limit_reached',
      evidence: {},
      micros: 1,
    });
    for (const each of [fits, other]) each.outcome = 'blocked';
    expect(await numbers()).toEqual([0]);
  });
});
