// What lists of limits show, and what of limits outlives a restart.
import { describe, expect, it } from 'vitest';
import { cursorOf, placeIn } from '../../src/policy/limits-view.js';
import { budget, limit } from '../policy/scene.js';
import { Machine } from './limits-scene.js';

const consumer = { kind: 'consumer' } as const;
const DAY = budget({ name: 'day', unit: 'input_tokens', amount: 1000, by: [consumer] });
const HOURLY = limit({
  name: 'hourly',
  unit: 'input_tokens',
  amount: 3600,
  perMs: 3_600_000,
  by: [consumer],
});
const MINUTE = limit({ name: 'minute', unit: 'requests', amount: 600, by: [consumer] });

describe('the list of limits', () => {
  it('tells each bucket by its values and numbers, the fullest first', async () => {
    const process = new Machine().start([DAY, MINUTE]);
    process.use(300, { consumerName: 'team-a' });
    process.use(400, { consumerName: 'team-b' });
    const items = await process.list();
    expect(items.map(({ policy, used }) => [policy, used])).toEqual([
      ['day', 400],
      ['day', 300],
      ['minute', 1],
      ['minute', 1],
    ]);
    expect(items[0]).toEqual({
      policy: 'day',
      kind: 'budget',
      mode: 'enforce',
      unit: 'input_tokens',
      allows: '1000 input tokens per day',
      by: { consumer: 'team-b' },
      limit: 1000,
      used: 400,
      held: 0,
      available: 600,
      reset_ms: 43_200_000,
      window: '2026-06-10T00:00:00.000Z',
      holds: [],
    });
  });

  it('names the requests that hold something', async () => {
    const process = new Machine().start([DAY]);
    process.begin('req_1', {}, 100);
    process.begin('req_2', {}, 50);
    process.begin('req_3', { consumerName: 'team-b' }, 50);
    process.end('req_3');
    const [first, second] = await process.list();
    expect([first?.used, first?.held, first?.holds]).toEqual([0, 150, ['req_1', 'req_2']]);
    expect([second?.used, second?.held, second?.holds]).toEqual([100, 0, []]);
    process.end('req_1', 10);
    expect((await process.list({ policy: 'day' })).map(({ held }) => held)).toEqual([0, 50]);
  });

  it('tells dollars as decimal strings, and permits', async () => {
    const usd = budget({ name: 'usd', unit: 'usd', amount: 5_000_000 });
    const streams = limit({ name: 'streams', unit: 'concurrent', amount: 4 });
    const process = new Machine().start([usd, streams]);
    process.use(1500);
    process.begin('req_1', {}, 1000);
    expect(await process.list()).toMatchObject([
      { policy: 'usd', by: {}, limit: '0.005000', used: '0.001500', available: '0.002400', holds: ['req_1'] },
      { policy: 'streams', by: {}, limit: 4, used: 0, held: 1, available: 3, reset_ms: 0, holds: ['req_1'] },
    ]);
  });

  it('gives every bucket once over its pages, or the fullest of each policy', async () => {
    const process = new Machine().start([DAY, MINUTE]);
    for (let i = 0; i < 25; i++) process.use(i % 5, { consumerName: `team-${i}` });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await process.page({ limit: 7, after: cursor === null ? null : placeIn(cursor) });
      seen.push(...page.items.map(({ policy, by }) => `${policy} ${by?.consumer}`));
      cursor = page.next;
    } while (cursor !== null);
    expect([seen.length, new Set(seen).size]).toEqual([50, 50]);
    const top = await process.list({ top: 2 });
    expect(top.map(({ policy, used }) => [policy, used])).toEqual([
      ['day', 4],
      ['day', 4],
      ['minute', 1],
      ['minute', 1],
    ]);
  });

  it('leaves out windows that are over, unless somebody still holds something in them', async () => {
    const machine = new Machine();
    const process = machine.start([DAY]);
    process.use(300);
    process.begin('late', { consumerName: 'team-b' });
    machine.pass(86_400_000);
    expect(await process.list()).toMatchObject([
      { by: { consumer: 'team-b' }, holds: ['late'], reset_ms: 0 },
    ]);
  });

  it('shows a bucket whose name nobody knows without its values', async () => {
    const process = new Machine().start([DAY]);
    process.use(300);
    process.threads.takeNames = async () => [];
    expect(await process.list()).toMatchObject([{ policy: 'day', by: null, used: 300 }]);
  });

  it('reads its own cursors only', () => {
    for (const share of [0, 0.3, 1e-9, -2.5, 1 / 3]) {
      const key = { a: -5, b: 7, c: 0, d: 0, slot: 1 };
      const seen = { share, key } as Parameters<typeof cursorOf>[0];
      expect(placeIn(cursorOf(seen))).toEqual({ share, a: -5, b: 7 });
    }
    for (const text of ['', 'x', '0.5', '._0000000000000000', '0.5_00000000'])
      expect(placeIn(text)).toBeNull();
  });
});

describe('over a restart', () => {
  it('budgets and limits of an hour or more keep what was used, and holds are gone', async () => {
    const machine = new Machine();
    const first = machine.start([DAY, HOURLY, MINUTE]);
    first.use(300);
    first.begin('never ends', {}, 200);
    machine.pass(120_000);
    const items = await machine.start([DAY, HOURLY, MINUTE]).list();
    expect(items.map(({ policy, used, held, by }) => [policy, used, held, by?.consumer])).toEqual([
      ['day', 300, 0, 'team-a'],
      ['hourly', 240, 0, 'team-a'],
    ]);
  });

  it('a limit has refilled since the end of the minute that it was charged in, and not at all where the clock went back', async () => {
    for (const [passedMs, used] of [
      [0, 300],
      [60_000, 300],
      [160_000, 200],
      [460_000, 0],
      [-7_200_000, 300],
    ] as const) {
      const machine = new Machine();
      const first = machine.start([HOURLY]);
      first.use(300);
      machine.wallMs += passedMs;
      // The monotonic clock of another boot.
      machine.sharedMs = 5000;
      expect((await machine.start([HOURLY]).list())[0]?.used ?? 0).toBe(used);
    }
  });

  it('a budget that was overrun stays overrun', async () => {
    const machine = new Machine();
    const first = machine.start([DAY]);
    first.begin('a', {}, 900);
    first.end('a', 1700);
    const second = machine.start([DAY]);
    expect(await second.list()).toMatchObject([{ used: 1700, available: -700 }]);
    expect(second.use(1)).toBe(false);
  });

  it('a changed amount keeps what was used; another unit, dimension or name begins anew', async () => {
    const machine = new Machine();
    const first = machine.start([DAY]);
    first.use(300);
    const used = async (changed: object): Promise<unknown> =>
      (await machine.start([{ ...DAY, ...changed }]).list())[0]?.used ?? 0;
    expect(await used({ amount: 5000 })).toBe(300);
    expect(await used({ hold: 'worst', when: 'true' })).toBe(300);
    expect(await used({ unit: 'tokens' })).toBe(0);
    expect(await used({ by: [] })).toBe(0);
    expect(await used({ name: 'other' })).toBe(0);
    expect(await used({ mode: 'shadow' })).toBe(0);
  });

  it('a window that has ended meanwhile is forgotten, one that the clock has not come to is kept', async () => {
    const machine = new Machine();
    const monthly = budget({ name: 'monthly', unit: 'requests', amount: 3, per: { unit: 'month' } });
    machine.wallMs = Date.UTC(2026, 5, 30, 23, 59);
    const june = machine.start([monthly]);
    june.use(1);
    machine.wallMs = Date.UTC(2026, 5, 1);
    expect(await machine.start([monthly]).list()).toMatchObject([{ used: 1 }]);
    machine.wallMs = Date.UTC(2026, 4, 31);
    const early = machine.start([monthly]);
    expect(await early.list()).toEqual([]);
    early.use(1);
    const again = machine.start([monthly]);
    expect(await again.list()).toMatchObject([{ window: '2026-05-01T00:00:00.000Z', used: 1 }]);
    machine.pass(86_400_000);
    expect(await again.list()).toMatchObject([{ window: '2026-06-01T00:00:00.000Z', used: 1 }]);
    machine.wallMs = Date.UTC(2026, 6, 1);
    expect(await machine.start([monthly]).list()).toEqual([]);
  });

  it('values that share a bucket in a full table find it again', async () => {
    const user = { kind: 'end_user' } as const;
    const machine = new Machine();
    const policy = budget({ name: 'users', unit: 'requests', amount: 1000, by: [user] });
    const first = machine.start([policy], 'UTC', 16);
    for (let i = 0; i < 40; i++) expect(first.use(1, { endUser: `u${i}` })).toBe(true);
    const items = await machine.start([policy]).list();
    expect(items.reduce((sum, { used }) => sum + Number(used), 0)).toBe(40);
    expect(items[0]?.by).toEqual({ end_user: '(overflow)' });
    const second = machine.start([policy], 'UTC', 16);
    for (let i = 0; i < 40; i++) second.use(1, { endUser: `u${i}` });
    expect((await second.list()).reduce((sum, { used }) => sum + Number(used), 0)).toBe(80);
  });

  it('a limit is lived through minute by minute', async () => {
    const machine = new Machine();
    const first = machine.start([HOURLY]);
    first.use(100);
    // Full again: what comes later is all that is owed.
    machine.pass(600_000);
    first.use(500);
    machine.pass(300_000);
    first.use(30);
    machine.pass(60_000);
    // 500 less four minutes' refill, and 30.
    expect(await machine.start([HOURLY]).list()).toMatchObject([{ used: 500 - 240 + 30 - 60 }]);
  });

  it('a table without room for all of them says so', () => {
    const machine = new Machine();
    const first = machine.start([DAY]);
    for (let i = 0; i < 200; i++) first.use(1, { consumerName: `team-${i}` });
    const { problems } = machine.start([DAY], 'UTC', 16);
    expect(problems).toEqual([expect.stringContaining('budgets and limits found no room in the table')]);
  });
});
