// Four accounts of the same thing agree: the sum of the records, the rollups, what budgets were charged, and the export. Requests of three months go through
// the journals of two threads into the index, which dies and reads things twice on the way; a ledger without a disk is told the same and asked the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Entry } from '../../src/core/entry.js';
import type { RequestRecord } from '../../src/core/record.js';
import { RequestIds } from '../../src/core/request-id.js';
import { LedgerIndex } from '../../src/ledger/index/ledger-index.js';
import type { BucketAmount } from '../../src/ledger/journal/journal.js';
import { openJournal } from '../../src/ledger/journal/open-journal.js';
import type { RecordFilter } from '../../src/ledger/matches.js';
import type { UsageDimension, UsageItem, UsageQuery, UsageReport } from '../../src/ledger/usage-query.js';
import { FakeLedger, sum } from '../admin/fake-ledger.js';
import { CHAT, usage } from './entries.js';
import { randomOf } from './random.js';

const FROM_MS = Date.UTC(2026, 7, 20);
const DAYS = 95;
const NOW_MS = FROM_MS + DAYS * 86_400_000;
const REQUESTS = 3000;
const OUTCOMES = ['served', 'served', 'served', 'aborted', 'failed', 'interrupted', 'blocked'] as const;

const random = randomOf(20_261_123);
const fake = new FakeLedger();
let folder = '';
let index: LedgerIndex;

const monthOf = (ms: number) => Date.UTC(new Date(ms).getUTCFullYear(), new Date(ms).getUTCMonth());

/** As the pipeline would have left it at its end; and what budgets are charged for it: what its record shows. */
function request(ids: RequestIds, timeMs: number): { entry: Entry; charges: BucketAmount[] } {
  const entry = new Entry(ids.next(timeMs), timeMs, 'POST', '/v1/chat/completions', '127.0.0.1', null);
  entry.outcome = random.of(OUTCOMES);
  entry.status = entry.outcome === 'blocked' ? 429 : 200;
  const consumer = random.of([null, 'team-a', 'team-b', 'team-c'] as const);
  if (consumer !== null) {
    const tags: Record<string, string> =
      random.below(2) === 0 ? {} : { env: random.of(['prod', 'test']), 'a=b': 'c\nd' };
    entry.principal = { name: consumer, key: `${random.of(['ci', 'cic'])} …x7Qp`, tags };
  }
  const model = random.of(['gpt-4o', 'gpt-4o-mini', 'claude', null] as const);
  entry.identification = { ...CHAT, model, modelServed: random.below(2) === 0 ? null : `${model}-2024` };
  if (entry.outcome === 'blocked') return { entry, charges: [] };
  entry.usage = usage(random.below(100_000), random.below(5000), {
    cachedInputTokens: random.below(2) === 0 ? null : random.below(100),
    reasoningTokens: random.below(50),
  });
  const nanos = random.below(10) === 0 ? null : random.below(5_000_000_000);
  entry.cost = { nanos, status: nanos === null ? 'unpriced' : 'computed', price: null, catalogue: null };
  if (consumer === null) return { entry, charges: [] };
  const bucket = (unit: string, windowMs: number) => `budget ${unit}\n${windowMs}\n${consumer}`;
  return {
    entry,
    charges: [
      ...(nanos === null ? [] : [{ bucket: bucket('usd', monthOf(timeMs)), amount: nanos }]),
      { bucket: bucket('requests', monthOf(timeMs)), amount: 1 },
      { bucket: bucket('rate', 0), amount: (entry.usage.inputTokens ?? 0) + (entry.usage.outputTokens ?? 0) },
    ],
  };
}

const openIndex = () =>
  LedgerIndex.open({ file: join(folder, 'ledger.db'), journal: folder, wallMs: () => NOW_MS });

/** Settles in another order than it admits, now and then twice; the index reads along, and dies twice. */
async function fill(): Promise<void> {
  const journals = [0, 1].map(thread =>
    openJournal({
      folder,
      generation: 1,
      thread,
      durability: 'os',
      clock: systemClock,
      onState: () => undefined,
      bounds: {
        segmentBytes: 128 * 1024,
        reserveBytes: 16 * 1024,
        batchBytes: 16 * 1024,
        bodyBytes: 8 * 1024,
      },
    }),
  );
  const ids = [new RequestIds(), new RequestIds()];
  const times = Array.from({ length: REQUESTS }, () => FROM_MS + random.below(DAYS * 86_400_000));
  times.sort((a, b) => a - b);
  let waiting: { entry: Entry; charges: BucketAmount[]; thread: number }[] = [];
  for (const [i, timeMs] of times.entries()) {
    const thread = random.below(2);
    waiting.push({ ...request(ids[thread] as RequestIds, timeMs), thread });
    if (waiting.length < 40 && i < REQUESTS - 1) continue;
    for (const { entry, charges, thread } of random.shuffled(waiting)) {
      const settle = () => new Promise<void>(written => journals[thread]?.settled(entry, charges, written));
      fake.settle(entry);
      const twice = random.below(100) === 0;
      await Promise.all(twice ? [settle(), settle()] : [settle()]);
    }
    waiting = [];
    if (random.below(4) === 0) index.catchUp({ live: 1, records: 100 });
    if (i === 1199 || i === 2199) {
      // Nothing that it holds in memory is kept.
      index.close();
      index = openIndex();
    }
  }
  await Promise.all(journals.map(journal => journal.close()));
  const last = index.catchUp({ live: null });
  expect([last.problems, last.more, last.lost]).toEqual([[], false, 0]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-reconcile-'));
  fake.now = new Date(NOW_MS).toISOString();
  index = openIndex();
  await fill();
});
afterAll(() => {
  index.close();
  rmSync(folder, { recursive: true });
});

const byName = (items: readonly UsageItem[]) => items.map(item => JSON.stringify(item)).sort();

async function expectSame(query: UsageQuery): Promise<UsageReport> {
  const [told, twin] = [index.usage(query), await fake.usage(query)];
  expect(told.total).toEqual(twin.total);
  expect(byName(told.items)).toEqual(byName(twin.items));
  return told;
}

function allRecords(filter: RecordFilter, limit: number): RequestRecord[] {
  const found: RequestRecord[] = [];
  for (let before: string | null = null; ; ) {
    const page = index.list({ ...filter, limit, ...(before === null ? {} : { before }) });
    found.push(...page.items);
    before = page.next;
    if (before === null) return found;
  }
}

describe('the ledger reconciles', () => {
  it('its records with its sums', () => {
    const records = allRecords({}, 71);
    expect(records.map(({ id }) => id)).toEqual(
      fake.records
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    expect(index.usage({ by: [], only: {} }).total).toEqual(sum(records));
    expect(records).toHaveLength(REQUESTS);
  });

  it('its lines with its total, whatever they are by', () => {
    for (const by of [['consumer'], ['model', 'month'], ['tag.env', 'outcome'], ['day', 'key'], ['hour']]) {
      const { items, total } = index.usage({ by: by as UsageDimension[], only: {} });
      for (const field of [
        'requests',
        'input_tokens',
        'output_tokens',
        'reasoning_tokens',
        'unpriced',
      ] as const)
        expect(items.reduce((all, item) => all + item[field], 0)).toBe(total[field]);
      const nanos = items.reduce((all, item) => all + Math.round(Number(item.cost_usd) * 1e9), 0);
      expect(nanos).toBe(Math.round(Number(total.cost_usd) * 1e9));
    }
  });

  it('its sums with those of a ledger that walks through all records', async () => {
    const dimensions: UsageDimension[] = [
      'consumer',
      'key',
      'provider',
      'model',
      'model_served',
      'api',
      'outcome',
      'tag.env',
      'tag.a=b',
      'hour',
      'day',
      'month',
    ];
    for (let question = 0; question < 60; question++) {
      const by = random.shuffled(dimensions).slice(0, random.below(4));
      const only = {
        ...(random.below(3) === 0 ? { consumer: random.of([null, 'team-a', 'nobody']) } : {}),
        ...(random.below(3) === 0 ? { model: random.of([null, 'gpt-4o']) } : {}),
        ...(random.below(4) === 0 ? { 'tag.env': random.of([null, 'prod']) } : {}),
        ...(random.below(4) === 0 ? { key: 'ci' } : {}),
      };
      const minute = () => FROM_MS + random.below(DAYS * 1440) * 60_000;
      const [sinceMs, untilMs] = [minute(), minute()].sort((a, b) => a - b) as [number, number];
      const times = random.below(2) === 0 ? {} : { sinceMs, untilMs };
      await expectSame({ by, only, ...times });
    }
  });

  it('what budgets were charged with usage by consumer and month', () => {
    const charged = new Map<string, number>();
    for (const { bucket, amount } of index.charges())
      charged.set(bucket, (charged.get(bucket) ?? 0) + amount);
    const { items } = index.usage({ by: ['consumer', 'month'], only: {} });
    const spent = items.filter(({ by }) => by.consumer !== null);
    expect(spent).toHaveLength(3 * 4);
    for (const { by, cost_usd } of spent) {
      const month = Date.parse(String(by.month));
      expect(charged.get(`budget usd\n${month}\n${by.consumer}`)).toBe(Math.round(Number(cost_usd) * 1e9));
    }
  });

  it('what long limits were charged with the tokens of their records', () => {
    let tokens = 0;
    for (const { bucket, amount } of index.charges())
      if (bucket === 'budget rate\n0\nteam-a') tokens += amount;
    const { total } = index.usage({ by: [], only: { consumer: 'team-a' } });
    expect(tokens).toBe(total.input_tokens + total.output_tokens);
  });

  it('its export with its sums, each request once and in the order of settlement', () => {
    const exported: RequestRecord[] = [];
    const cursors: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const page = index.exportPage({ limit: 37, ...(after === null ? {} : { after }) });
      exported.push(...page.items.map(({ record }) => record));
      cursors.push(...page.items.map(({ cursor }) => cursor));
      more = page.more;
      after = page.next;
    }
    expect(new Set(exported.map(({ id }) => id)).size).toBe(REQUESTS);
    expect(sum(exported)).toEqual(index.usage({ by: [], only: {} }).total);
    expect(cursors).toEqual([...cursors].sort());
    // What settled next to each other in one thread may be told in the order of threads, but never of admission.
    const ids = exported.map(({ id }) => id);
    expect(ids).not.toEqual([...ids].sort());
  });

  it('any event of the export with what comes after it', () => {
    const { items } = index.exportPage({ limit: 1000 });
    for (const place of [0, 1, 499, 998]) {
      const next = index.exportPage({ limit: 1, after: items[place]?.cursor ?? '' }).items[0];
      expect(next?.record.id).toBe(items[place + 1]?.record.id);
    }
  });

  it('its lists by filter with its sums by the same', () => {
    for (const [filter, only] of [
      [{ consumer: 'team-a' }, { consumer: 'team-a' }],
      [{ outcome: 'interrupted' }, { outcome: 'interrupted' }],
      [{ key: 'ci' }, { key: 'ci' }],
      [{ tags: { env: 'prod' } }, { 'tag.env': 'prod' }],
      [{ consumer: 'nobody' }, { consumer: 'nobody' }],
    ] as const)
      expect(sum(allRecords(filter, 100))).toEqual(index.usage({ by: [], only }).total);
  });

  it('and the file itself is sound', () => {
    expect(index.integrityProblems()).toEqual([]);
  });
});
