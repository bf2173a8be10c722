// The ring of records: bounded, newest first, pages without loss.
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entry.js';
import { mergePages, type RecordPage, type RecordQuery, RecordRing } from '../../src/ledger/ring.js';
import { toRecord } from '../../src/ledger/to-record.js';
import { CHAT, entry, idOf, START_MS } from './entries.js';

function ringOf(capacity: number, entries: readonly Entry[]): RecordRing {
  const ring = new RecordRing(capacity);
  for (const each of entries) ring.add(each);
  return ring;
}

const numbers = (page: RecordPage): number[] => page.items.map(({ id }) => Number(id.slice(4)));
const upTo = (count: number): Entry[] => Array.from({ length: count }, (_, i) => entry(i));

describe('the ring of records', () => {
  it('lists the newest first and says where to go on', () => {
    const ring = ringOf(8, upTo(5));
    const page = ring.list({ limit: 2 });
    expect(numbers(page)).toEqual([4, 3]);
    expect(page.next).toBe(idOf(3));
    expect(numbers(ring.list({ limit: 2, before: idOf(3) }))).toEqual([2, 1]);
    expect(ring.list({ limit: 2, before: idOf(1) })).toMatchObject({ items: [{ id: idOf(0) }], next: null });
  });

  it('says that nothing follows when the page ends with the last record', () => {
    expect(ringOf(8, upTo(2)).list({ limit: 2 }).next).toBeNull();
  });

  it('keeps no more than its capacity and forgets the oldest', () => {
    const ring = ringOf(4, upTo(11));
    expect(ring.size).toBe(4);
    expect(numbers(ring.list({ limit: 100 }))).toEqual([10, 9, 8, 7]);
    expect(ring.get(idOf(6))).toBeNull();
    expect(ring.get(idOf(7))?.id).toBe(idOf(7));
  });

  it('forgets earlier when callers send long paths, so that memory stays bounded', () => {
    const ring = new RecordRing(64);
    for (let i = 0; i < 1000; i++) ring.add(entry(i, { path: `/${'x'.repeat(32_000)}` }));
    expect(ring.size).toBe(2); // 64 × 1,024 characters hold two of them
    for (let i = 1000; i < 1100; i++) ring.add(entry(i));
    expect(ring.size).toBe(64);
  });

  it('shows a request as it is now, though it was added when it began', () => {
    const running = entry(1);
    const ring = ringOf(4, [running]);
    expect(ring.list({ limit: 1 }).items[0]?.outcome).toBe('running');
    running.outcome = 'served';
    expect(ring.list({ limit: 1 }).items[0]?.outcome).toBe('served');
  });

  it('goes on at the same place while new requests arrive', () => {
    const ring = ringOf(16, upTo(6));
    const first = ring.list({ limit: 3 });
    for (let i = 6; i < 10; i++) ring.add(entry(i));
    expect(numbers(ring.list({ limit: 3, before: first.next ?? '' }))).toEqual([2, 1, 0]);
  });

  it('pages by id without loss where the clock stepped back', () => {
    const order = [5, 6, 7, 1, 2, 3, 8, 4];
    const ring = ringOf(
      16,
      order.map(number => entry(number)),
    );
    const first = ring.list({ limit: 3 });
    const second = ring.list({ limit: 3, before: first.next ?? '' });
    const third = ring.list({ limit: 3, before: second.next ?? '' });
    expect([first, second, third].flatMap(numbers)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('knows that there is more, however far the page lies from the end', () => {
    expect(ringOf(1000, upTo(1000)).list({ limit: 5 }).next).toBe(idOf(995));
  });

  it('finds the newest of many in any order', () => {
    const order = Array.from({ length: 1000 }, (_, i) => (i * 617) % 1000); // 617 and 1,000 share no factor
    const page = ringOf(
      1000,
      order.map(number => entry(number)),
    ).list({ limit: 5 });
    expect(numbers(page)).toEqual([999, 998, 997, 996, 995]);
    expect(page.next).toBe(idOf(995));
  });

  const filtered: readonly (readonly [string, Partial<RecordQuery>, readonly number[]])[] = [
    ['outcome', { outcome: 'blocked' }, [1]],
    ['consumer', { consumer: 'team-a' }, [2]],
    ['model asked for', { model: 'mistral-small' }, [3]],
    ['model served', { model: 'mistral-small-2506' }, [3]],
    ['provider', { provider: 'mistral' }, [3]],
    ['api', { api: 'openai.embeddings' }, [4]],
    ['start', { sinceMs: START_MS + 3000 }, [4, 3]],
    ['end', { untilMs: START_MS + 1000 }, [1, 0]],
    ['two at once', { sinceMs: START_MS + 1000, provider: 'openai' }, [4, 2, 1]],
    ['what is not there', { consumer: 'nobody' }, []],
  ];
  it.each(filtered)('filters by %s', (_, query, expected) => {
    const mistral = {
      ...CHAT,
      provider: 'mistral',
      model: 'mistral-small',
      modelServed: 'mistral-small-2506',
    };
    const ring = ringOf(8, [
      entry(0),
      entry(1, { outcome: 'blocked' }),
      entry(2, { principal: { name: 'team-a', key: null, tags: {} } }),
      entry(3, { identification: mistral }),
      entry(4, { identification: { ...CHAT, api: 'openai.embeddings' } }),
    ]);
    expect(numbers(ring.list({ limit: 10, ...query }))).toEqual(expected);
  });

  it('refuses a capacity that holds nothing', () => {
    expect(() => new RecordRing(0)).toThrow('capacity is 0; must be ≥ 1');
  });
});

describe('pages of several threads', () => {
  const even = ringOf(
    8,
    [0, 2, 4, 6].map(number => entry(number)),
  );
  const odd = ringOf(
    8,
    [1, 3, 5].map(number => entry(number)),
  );
  const merged = (query: RecordQuery) => mergePages([even.list(query), odd.list(query)], query.limit);

  it('become one, newest first, with nothing lost between pages', () => {
    const found: number[] = [];
    let before: string | null = null;
    do {
      const page: RecordPage = merged({ limit: 2, ...(before === null ? {} : { before }) });
      found.push(...numbers(page));
      before = page.next;
    } while (before !== null);
    expect(found).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('end when every thread has given all', () => {
    expect(merged({ limit: 7 }).next).toBeNull();
    expect(mergePages([], 5)).toEqual({ items: [], next: null });
  });

  it('take a request that two tell of once, settled before running', () => {
    const running = toRecord(entry(1));
    const settled = toRecord(entry(1, { outcome: 'served' }));
    for (const pair of [
      [running, settled],
      [settled, running],
    ]) {
      const pages = pair.map(record => ({ items: [record], next: null }));
      expect(mergePages(pages, 5)).toEqual({ items: [settled], next: null });
    }
  });

  it('do not go past the place down to which one of them has looked', () => {
    const record = (number: number) => toRecord(entry(number));
    const ring = { items: [record(9), record(3)], next: null };
    const looked = { items: [record(7)], next: idOf(5) };
    expect(mergePages([ring, looked], 5)).toEqual({ items: [record(9), record(7)], next: idOf(5) });
    expect(
      mergePages(
        [
          { items: [], next: null },
          { items: [], next: idOf(5) },
        ],
        5,
      ),
    ).toEqual({
      items: [],
      next: idOf(5),
    });
  });
});
