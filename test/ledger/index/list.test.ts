// Lists and the export: nothing twice, nothing left out, whatever comes in meanwhile and whatever the clock says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CursorError } from '../../../src/ledger/export-query.js';
import type { RecordFilter } from '../../../src/ledger/matches.js';
import { CHAT } from '../entries.js';
import { Box, settle } from './box.js';

let box: Box;

beforeEach(() => {
  box = new Box();
});

afterEach(() => box.remove());

const of = (name: string) => ({ principal: { name, key: `${name}-ci …x7Qp`, tags: { project: 'p=1' } } });

function idsOf(filter: RecordFilter, limit = 3): string[] {
  const ids: string[] = [];
  for (let before: string | null | undefined; before !== null; ) {
    const page = box.index.list({ ...filter, limit, ...(before === undefined ? {} : { before }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    before = page.next;
  }
  return ids;
}

describe('a list', () => {
  it('goes on below its cursor while new records come in', async () => {
    const journal = box.thread(1);
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) {
      const entry = box.request();
      ids.unshift(entry.id);
      await settle(journal, entry);
      box.nowMs += 40_000;
    }
    box.index.catchUp({ live: 1 });
    const seen: string[] = [];
    let before: string | null = null;
    do {
      const page = box.index.list({ limit: 3, ...(before === null ? {} : { before }) });
      seen.push(...page.items.map(({ id }) => id));
      before = page.next;
      await settle(journal, box.request());
      box.index.catchUp({ live: 1 });
    } while (before !== null);
    expect(seen).toEqual(ids);
    await journal.close();
  });

  it('is in the order of ids where threads begin requests in the same millisecond', async () => {
    const threads = Array.from({ length: 8 }, (_, thread) => box.thread(1, thread));
    const boxes = threads.map(() => new Box());
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) {
      for (const [t, journal] of threads.entries()) {
        const entry = (boxes[t] ?? box).request();
        ids.push(entry.id);
        await settle(journal, entry);
      }
    }
    box.index.catchUp({ live: 1 });
    expect(idsOf({}, 7)).toEqual(ids.sort().reverse());
    for (const id of ids) expect(box.index.get(id)?.id).toBe(id);
    for (const other of boxes) other.remove();
    for (const journal of threads) await journal.close();
  });

  it('finds what is rare by the sums, also where minutes are gone', async () => {
    const journal = box.thread(1);
    const rare: string[] = [];
    for (let i = 0; i < 300; i++) {
      const entry = box.request(i % 100 === 50 ? of('rare') : of('common'));
      if (i % 100 === 50) rare.unshift(entry.id);
      await settle(journal, entry);
      box.nowMs += 3_600_000;
    }
    box.index.catchUp({ live: 1 });
    expect(idsOf({ consumer: 'rare' })).toEqual(rare);
    expect(idsOf({ consumer: 'nobody' })).toEqual([]);
    expect(idsOf({ consumer: 'rare', tags: { project: 'p=1' }, key: 'rare-ci' })).toEqual(rare);
    expect(idsOf({ consumer: 'rare', tags: { project: 'p=2' } })).toEqual([]);
    expect(idsOf({ consumer: 'rare', status: 404 })).toEqual([]);
    expect(idsOf({ outcome: 'running' })).toEqual([]);
    box.nowMs += 60 * 86_400_000;
    const kept = { retentionMs: 1000 * 86_400_000, rollupRetentionMs: 1000 * 86_400_000 };
    while (box.index.prune(box.nowMs, kept));
    expect(idsOf({ consumer: 'rare' })).toEqual(rare);
    await journal.close();
  });

  it('loses nothing of a clock that was set back, and tells times as they were told', async () => {
    const journal = box.thread(1);
    const first = box.nowMs;
    const ids: string[] = [];
    const add = async (name: string) => {
      const entry = box.request(of(name));
      ids.unshift(entry.id);
      await settle(journal, entry);
      return entry.id;
    };
    await add('a');
    box.nowMs = first - 2 * 3_600_000;
    const back = [await add('b'), await add('b')];
    box.nowMs = first + 60_000;
    await add('a');
    box.index.catchUp({ live: 1 });
    expect(idsOf({}, 1)).toEqual(ids);
    expect(idsOf({ consumer: 'b' }, 1)).toEqual([...back].reverse());
    expect(idsOf({ untilMs: first - 3_600_000 }, 1)).toEqual([...back].reverse());
    expect(idsOf({ consumer: 'b', untilMs: first - 3_600_000 }, 1)).toEqual([...back].reverse());
    expect(idsOf({ sinceMs: first })).toHaveLength(2);
    const usage = box.index.usage({ by: ['hour'], only: { consumer: 'b' } });
    expect(usage.items.map(({ by, requests }) => [by.hour, requests])).toEqual([
      ['2026-11-23T07:00:00.000Z', 2],
    ]);
    await journal.close();
  });

  it('keeps what the clock said was the future when old records go', async () => {
    const journal = box.thread(1);
    await settle(journal, box.request());
    box.nowMs += 400 * 86_400_000;
    const future = box.request();
    await settle(journal, future);
    box.nowMs -= 300 * 86_400_000;
    box.index.catchUp({ live: 1 });
    while (box.index.prune(box.nowMs, { retentionMs: 86_400_000, rollupRetentionMs: 86_400_000 }));
    expect(idsOf({})).toEqual([future.id]);
    expect(box.index.usage({ by: [], only: {} }).total.requests).toBe(1);
    await journal.close();
  });
});

describe('dimensions', () => {
  it('are bounded: models beyond a day’s worth are one, and are found all the same', async () => {
    const journal = box.thread(1);
    const model = (i: number) => ({ identification: { ...CHAT, model: `made-up-${i}` } });
    let last = '';
    for (let i = 0; i < 4200; i++) {
      const entry = box.request(model(i));
      last = entry.id;
      journal.settled(entry, [], () => {});
    }
    await settle(journal, box.request({ identification: { ...CHAT, model: 'x'.repeat(5000) } }));
    box.index.catchUp({ live: 1 });
    const { items, total } = box.index.usage({ by: ['model'], only: {} });
    expect(total.requests).toBe(4201);
    expect(items).toHaveLength(4097);
    expect(items.find(({ by }) => by.model === '(overflow)')?.requests).toBe(105);
    expect(idsOf({ model: 'made-up-4199' })).toEqual([last]);
    await journal.close();
  });
});

describe('the export', () => {
  it('goes by settlement: what was admitted early and settled late comes after the cursor', async () => {
    const journal = box.thread(1);
    const long = box.request();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      box.nowMs += 1000;
      const entry = box.request();
      ids.push(entry.id);
      await settle(journal, entry);
    }
    box.index.catchUp({ live: 1 });
    const first = box.index.exportPage({ limit: 3 });
    expect(first.more).toBe(true);
    const rest = box.index.exportPage({ limit: 100, after: first.next ?? '' });
    expect([...first.items, ...rest.items].map(({ record }) => record.id)).toEqual(ids);
    expect(rest.more).toBe(false);
    await settle(journal, long);
    box.close();
    box.index.catchUp({ live: 1 });
    const late = box.index.exportPage({ limit: 100, after: rest.next ?? '' });
    expect(late.items.map(({ record }) => record.id)).toEqual([long.id]);
    const cursors = [...first.items, ...rest.items, ...late.items].map(({ cursor }) => cursor);
    expect([...cursors].sort()).toEqual(cursors);
    expect(box.exported({ after: cursors[4] ?? '' }).map(({ record }) => record.id)).toEqual([long.id]);
    await journal.close();
  });

  it('keeps to the times of admission', async () => {
    const journal = box.thread(1);
    const entries = [];
    for (let i = 0; i < 5; i++) {
      const entry = box.request();
      entries.push(entry);
      await settle(journal, entry);
      box.nowMs += 1000;
    }
    box.index.catchUp({ live: 1 });
    const [, second, , fourth] = entries;
    const found = box.exported({ sinceMs: second?.timeMs ?? 0, untilMs: fourth?.timeMs ?? 0 }, 1);
    expect(found.map(({ record }) => record.id)).toEqual(entries.slice(1, 3).map(({ id }) => id));
    await journal.close();
  });

  it('refuses a cursor of another ledger', () => {
    expect(box.index.exportPage({ limit: 1 })).toEqual({ items: [], next: null, more: false });
    for (const after of ['x', 'zzz-0000000001-00001'])
      expect(() => box.index.exportPage({ limit: 1, after })).toThrow(CursorError);
  });
});
