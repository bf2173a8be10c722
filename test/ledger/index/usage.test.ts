// Sums: those of the records, exactly, whichever units they are taken from; and what is left when old ones go.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/core/entry.js';
import { unitStartMs } from '../../../src/ledger/index/calendar.js';
import { periodMsOf } from '../../../src/ledger/index/charges.js';
import { UsageTooWideError } from '../../../src/ledger/index/usage.js';
import { partsOf, spanOf } from '../../../src/ledger/index/usage-parts.js';
import type { UsageQuery } from '../../../src/ledger/usage-query.js';
import { CHAT } from '../entries.js';
import { Box, MONTH_BUCKET, RATE_BUCKET, settle } from './box.js';

const DAY_MS = 86_400_000;
let box: Box;

beforeEach(() => {
  box = new Box();
});

afterEach(() => box.remove());

const usageOf = (query: Partial<UsageQuery>) => box.index.usage({ by: [], only: {}, ...query });

describe('sums', () => {
  it('are those of the records: nulls, two threads, generations, settled twice', async () => {
    const tokens = fc.option(fc.nat(100_000));
    const one = fc.record({
      minutes: fc.nat(90 * 1440),
      model: fc.constantFrom('a', 'b', null),
      input: tokens,
      output: tokens,
      nanos: fc.option(fc.nat(2 ** 40)),
      twice: fc.boolean(),
      thread: fc.nat(1),
    });
    const [since, until] = [fc.nat(100 * 1440), fc.nat(100 * 1440)];
    let generation = 0;
    const from = box.nowMs;
    const entries: Entry[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 12 }), since, until, async (requests, a, b) => {
        generation++;
        const threads = [box.thread(generation, 0), box.thread(generation, 1)] as const;
        for (const { minutes, model, input, output, nanos, twice, thread } of requests) {
          box.nowMs = from + minutes * 60_000;
          const cost = {
            nanos,
            status: nanos === null ? 'unpriced' : 'computed',
            price: null,
            catalogue: null,
          };
          const special = { identification: { ...CHAT, model }, cost } as Partial<Entry>;
          const entry = box.request(special, input, output);
          entries.push(entry);
          for (let i = twice ? 2 : 1; i > 0; i--) await settle(threads[thread === 0 ? 0 : 1], entry);
        }
        for (const journal of threads) await journal.close();
        box.nowMs = from + 200 * DAY_MS;
        expect(box.index.catchUp({ live: null })).toMatchObject({ failure: null, records: requests.length });
        const [sinceMs, untilMs] = [from + Math.min(a, b) * 60_000, from + Math.max(a, b) * 60_000];
        const asked = entries.filter(({ timeMs }) => timeMs >= sinceMs && timeMs < untilMs);
        expect(usageOf({ sinceMs, untilMs }).total).toMatchObject(sumOf(asked));
        for (const by of ['model', 'minute', 'day', 'month'] as const) {
          const { items, total } = usageOf({ by: [by], sinceMs, untilMs });
          expect(total).toMatchObject(sumOf(asked));
          expect(items.reduce((sum, item) => sum + item.requests, 0)).toBe(asked.length);
          if (by !== 'model') continue;
          for (const item of items)
            expect(item).toMatchObject(
              sumOf(asked.filter(({ identification }) => identification.model === item.by.model)),
            );
        }
      }),
      { numRuns: 25, seed: 6 },
    );
  });

  it('of money beyond 2^53 nano-dollars are exact', async () => {
    const journal = box.thread(1);
    const cost = {
      nanos: Number.MAX_SAFE_INTEGER,
      status: 'computed',
      price: null,
      catalogue: null,
    } as const;
    for (let i = 0; i < 3; i++) await settle(journal, box.request({ cost }));
    box.index.catchUp({ live: 1 });
    expect(usageOf({}).total.cost_usd).toBe('27021597.764222973');
    expect(usageOf({ by: ['model'] }).items[0]?.cost_usd).toBe('27021597.764222973');
    await journal.close();
  });

  it('are refused where the answer would have too many items', async () => {
    const journal = box.thread(1);
    for (let i = 0; i < 260; i++) {
      journal.settled(box.request({ identification: { ...CHAT, model: `m${i % 250}` } }), [], () => {});
      box.nowMs += 1000 * 60;
    }
    await settle(journal, box.request());
    box.index.catchUp({ live: 1 });
    expect(usageOf({ by: ['minute', 'model'] }).items).toHaveLength(261);
    expect(new UsageTooWideError().message).toContain('more than 50000 items');
    await journal.close();
  });
});

describe('parts of a span', () => {
  it('cover it, without a gap or a double, by units that are not cut', () => {
    const ms = fc.integer({ min: 0, max: 60 * 365 * 1440 }).map(minutes => minutes * 60_000);
    const levels = fc.constantFrom('minute', 'hour', 'day', 'month');
    fc.assert(
      fc.property(ms, ms, levels, (a, b, finest) => {
        const span = { fromMs: Math.min(a, b), toMs: Math.max(a, b) };
        let at = span.fromMs;
        for (const { level, from, to } of partsOf(span, finest)) {
          expect(unitStartMs(level, from)).toBe(at);
          at = unitStartMs(level, to);
        }
        expect(at).toBe(span.toMs);
      }),
      { numRuns: 500 },
    );
  });

  it('are cut to hours where minutes are gone, and begin where sums are kept', () => {
    const at = (text: string) => Date.parse(`2026-${text}:00Z`);
    const kept = { minutesFromMs: at('10-20T00:00'), daysFromMs: at('01-05T00:00') };
    const spanFrom = (since: string, until: string) =>
      spanOf(at(since), at(until), 'month', kept, at('11-23T09:30'));
    expect(spanFrom('10-01T10:20', '11-01T10:20')).toEqual({
      fromMs: at('10-01T10:00'),
      toMs: at('11-01T10:20'),
    });
    expect(spanFrom('01-01T10:20', '10-01T10:50')).toEqual({
      fromMs: at('01-05T00:00'),
      toMs: at('10-01T10:00'),
    });
    // Until now is all there is, also of the minute that runs.
    expect(spanFrom('11-23T09:00', '11-23T09:30').toMs).toBe(at('11-23T09:30'));
    expect(spanOf(0, at('11-23T09:30') + 1, 'month', kept, at('11-23T09:30')).toMs).toBe(at('11-23T09:31'));
  });
});

describe('what is old', () => {
  it('goes by its retention, a little at a time, and sums stay longer than records', async () => {
    const journal = box.thread(1);
    const from = box.nowMs;
    const long = `budget team usd 60d consumer  enforce\n${from}\nteam-a`;
    for (let day = 0; day < 50; day++) {
      box.nowMs = from + day * DAY_MS;
      for (let i = 0; i < 250; i++) journal.settled(box.request(), [], () => {});
      await settle(journal, box.request({}, 10, 5), [
        { bucket: MONTH_BUCKET, amount: 1 },
        { bucket: long, amount: 1 },
        { bucket: RATE_BUCKET, amount: 1 },
      ]);
    }
    await journal.close();
    box.index.catchUp({ live: null });
    const retention = { retentionMs: 10 * DAY_MS, rollupRetentionMs: 45 * DAY_MS };
    let steps = 1;
    while (box.index.prune(box.nowMs, retention)) steps++;
    expect(steps).toBeGreaterThan(1);
    expect(box.index.state().records).toBe(11 * 251);
    expect(box.idsByList(1000)).toHaveLength(11 * 251);
    expect(usageOf({ by: ['day'] }).items).toHaveLength(46);
    expect(usageOf({}).total.requests).toBe(46 * 251);
    expect(usageOf({}).since).toBe(new Date(from + 4 * DAY_MS - (from % DAY_MS)).toISOString());
    const charges = [...box.index.charges()];
    expect(charges.find(({ bucket }) => bucket === long)?.amount).toBe(50);
    // Its month is over.
    expect(charges.find(({ bucket }) => bucket === MONTH_BUCKET)).toBeUndefined();
    // A rate of an hour needs no more than the last of its charges.
    expect(charges.filter(({ bucket }) => bucket === RATE_BUCKET)).toHaveLength(2);
    expect(box.exported().length).toBeLessThan(13 * 251);
    expect(box.index.integrityProblems()).toEqual([]);
    box.nowMs += 400 * DAY_MS;
    while (box.index.prune(box.nowMs, retention));
    expect([box.index.state().records, usageOf({}).total.requests]).toEqual([0, 0]);
    expect([...box.index.charges()]).toEqual([]);
    const late = box.thread(2);
    await settle(late, box.request({}, 7, 7), [{ bucket: RATE_BUCKET, amount: 3 }]);
    box.index.catchUp({ live: 2 });
    expect(usageOf({ by: ['model'] }).items).toMatchObject([{ by: { model: 'gpt-4o' }, requests: 1 }]);
    expect([...box.index.charges()]).toMatchObject([{ bucket: RATE_BUCKET, amount: 3 }]);
    await late.close();
  });

  it.each([
    ['budget b usd month consumer  enforce\n1\n', 32],
    ['budget b usd 30d consumer  enforce\n1\n', 31],
    ['limit l tokens 172800000ms consumer 1/1 enforce\n0\n', 2],
    ['something else\n1\n', 3660],
  ])('%j is needed for %i days at most', (name, days) => {
    expect(periodMsOf(name)).toBe(days * DAY_MS);
  });
});

function sumOf(entries: readonly Entry[]) {
  let [input, output, unpriced, nanos] = [0, 0, 0, 0n];
  for (const { usage, cost } of entries) {
    input += usage?.inputTokens ?? 0;
    output += usage?.outputTokens ?? 0;
    nanos += BigInt(cost?.nanos ?? 0);
    const known = usage?.inputTokens !== null || usage?.outputTokens !== null;
    if (known && cost?.nanos === null) unpriced++;
  }
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0{1,3}$/, '');
  const counts = { requests: entries.length, input_tokens: input, output_tokens: output, unpriced };
  return { ...counts, cost_usd: `${nanos / 1_000_000_000n}.${fraction}` };
}
