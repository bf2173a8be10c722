// From the journal into the index: everything once, whatever dies when.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../../src/core/entry.js';
import { usage } from '../entries.js';
import { Box, dieAt, MONTH_BUCKET, RATE_BUCKET, settle } from './box.js';

let box: Box;

beforeEach(() => {
  box = new Box();
});

afterEach(() => {
  vi.restoreAllMocks();
  box.remove();
});

const charges = [
  { bucket: MONTH_BUCKET, amount: 1000 },
  { bucket: RATE_BUCKET, amount: 15 },
];

async function write(generation: number, thread: number, requests: number): Promise<Entry[]> {
  const journal = box.thread(generation, thread);
  const entries: Entry[] = [];
  for (let i = 0; i < requests; i++) {
    const entry = box.request();
    journal.admitted(entry, { usage: usage(10, 0), cost: null, charges: [] });
    journal.settled(entry, charges, () => {});
    entries.push(entry);
    box.nowMs += 7;
  }
  await journal.close();
  return entries;
}

/** What the ledger says of everything: it must be the same whichever way it was read. */
function account() {
  const { index } = box;
  return {
    ids: box.idsByList(),
    total: index.usage({ by: [], only: {} }).total,
    charges: [...index.charges()],
    exported: index
      .exportPage({ limit: 5000 })
      .items.map(({ record }) => record.id)
      .sort(),
    open: [...index.openRequests()].map(({ entry }) => entry.id),
    wrong: index.integrityProblems(),
  };
}

describe('catching up', () => {
  it('takes each request once, with its charges, and removes the segments', async () => {
    const entries = [...(await write(1, 0, 120)), ...(await write(1, 1, 80))];
    const caught = box.index.catchUp({ live: null });
    expect(caught).toMatchObject({
      records: 200,
      segments: 2,
      torn: 0,
      damaged: 0,
      problems: [],
      failure: null,
    });
    expect(box.segments()).toEqual([]);
    const { ids, total, charges: charged } = account();
    expect(ids).toEqual(
      entries
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    expect(total).toMatchObject({
      requests: 200,
      input_tokens: 2000,
      output_tokens: 1000,
      cost_usd: '0.000200',
    });
    expect(charged.filter(({ minute }) => minute === 0)).toEqual([
      { bucket: MONTH_BUCKET, minute: 0, amount: 200_000 },
    ]);
    expect(charged.filter(({ minute }) => minute > 0).reduce((sum, { amount }) => sum + amount, 0)).toBe(
      3000,
    );
    expect(box.index.lastGeneration()).toBe(1);
  });

  it('finds the record as it was written', async () => {
    const journal = box.thread(1);
    const entry = box.request({ endUser: 'ann', finishReason: 'stop' }, 12, 34);
    await settle(journal, entry);
    box.index.catchUp({ live: 1 });
    expect(box.index.get(entry.id)).toMatchObject({
      id: entry.id,
      outcome: 'served',
      consumer: null,
      usage: { input_tokens: 12, output_tokens: 34 },
      cost: { usd: '0.000001' },
    });
    expect(box.index.get(box.request().id)).toBeNull();
    await journal.close();
  });

  it('loses and repeats nothing when it dies at any statement', async () => {
    await write(1, 0, 51);
    await write(1, 1, 3);
    const running = box.thread(1, 2);
    running.admitted(box.request(), { usage: usage(10, 3), cost: null, charges });
    await running.close();
    box.index.state();
    box.close();
    const before = `${box.folder}-before`;
    box.copyTo(before);
    const { index } = box;
    const statements = dieAt(Number.POSITIVE_INFINITY);
    expect(index.catchUp({ live: null }).problems).toEqual([]);
    vi.restoreAllMocks();
    const expected = account();
    expect(expected).toMatchObject({ total: { requests: 54 }, wrong: [] });
    expect(expected.open).toHaveLength(1);
    const all = statements();
    expect(all).toBeGreaterThan(40);
    // Every one of them would take a minute where the disk is slow; the end, with the commit and the removal, is tried whole.
    for (let statement = 0; statement < all; statement += statement < all - 6 ? 4 : 1) {
      box.restoreFrom(before);
      const opened = box.index;
      dieAt(statement);
      const { failure } = opened.catchUp({ live: null });
      vi.restoreAllMocks();
      box.close();
      expect(failure?.code).toBe('unreachable');
      expect(box.index.catchUp({ live: null }).failure).toBeNull();
      expect(account(), `died at statement ${statement}`).toEqual(expected);
      expect(box.segments()).toEqual([]);
    }
    rmSync(before, { recursive: true });
  }, 60_000);

  it('goes on by itself after a full disk, and keeps the segments until then', async () => {
    await write(1, 0, 50);
    const index = box.index;
    dieAt(12, 'SQLITE_FULL');
    const failed = index.catchUp({ live: null });
    expect(failed.failure?.code).toBe('full');
    expect(failed.problems[0]).toContain('ledger.db cannot grow: the disk is full');
    expect(box.segments()).toHaveLength(1);
    vi.restoreAllMocks();
    expect(index.catchUp({ live: null })).toMatchObject({ records: 50, segments: 1, failure: null });
    expect(account().total.requests).toBe(50);
  });

  it('counts a request once that settles twice, in one batch or long after', async () => {
    const journal = box.thread(1);
    const twice = box.request();
    await settle(journal, twice, charges);
    await settle(journal, twice, charges);
    await journal.close();
    expect(box.index.catchUp({ live: null }).records).toBe(1);
    const later = box.thread(2);
    await settle(later, twice, charges);
    await settle(later, box.request(), charges);
    await later.close();
    expect(box.index.catchUp({ live: null }).records).toBe(1);
    const { ids, total, exported, charges: charged } = account();
    expect([ids.length, total.requests, exported.length]).toEqual([2, 2, 2]);
    expect(charged[0]).toMatchObject({ amount: 2000 });
  });

  it('takes what is missing from the segments when the database is an older copy', async () => {
    const journal = box.thread(1);
    await settle(journal, box.request(), charges);
    box.index.catchUp({ live: 1 });
    box.close();
    const copy = readFileSync(box.file);
    for (let i = 0; i < 5; i++) await settle(journal, box.request(), charges);
    box.index.catchUp({ live: 1 });
    const expected = account();
    box.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${box.file}${end}`, { force: true });
    writeFileSync(box.file, copy);
    expect(box.index.state().records).toBe(1);
    expect(box.index.catchUp({ live: 1 }).records).toBe(5);
    expect(account()).toEqual(expected);
    await journal.close();
  });

  it('reads on where a live segment goes on, and leaves it there', async () => {
    const journal = box.thread(3);
    for (let i = 1; i <= 5; i++) {
      await settle(journal, box.request());
      expect(box.index.catchUp({ live: 3 })).toMatchObject({ records: 1, segments: 0 });
      if (i === 3) box.close();
    }
    expect(box.segments()).toHaveLength(1);
    expect(box.index.state()).toMatchObject({ records: 5, segments: 1, lagBytes: 0 });
    await journal.close();
  });

  it('cuts a torn tail and says so', async () => {
    await write(1, 0, 5);
    const [file = ''] = box.segments();
    const path = join(box.journal, file);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 10));
    const caught = box.index.catchUp({ live: null });
    expect(caught).toMatchObject({ records: 4, segments: 1, damaged: 0 });
    expect(caught.torn).toBeGreaterThan(0);
    expect(caught.problems.join()).toContain('ends in the middle of an entry');
  });

  it('passes over damage in the middle, says where, and keeps the file aside', async () => {
    await write(1, 0, 50);
    const [file = ''] = box.segments();
    const path = join(box.journal, file);
    const bytes = readFileSync(path);
    bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 16);
    writeFileSync(path, bytes);
    const caught = box.index.catchUp({ live: null });
    expect(caught.records).toBeGreaterThan(45);
    expect(caught.records).toBeLessThan(51);
    expect(caught.damaged).toBeGreaterThan(0);
    expect(caught.problems.join()).toMatch(/is damaged: bytes \d+ to \d+ were passed over/);
    expect(readdirSync(box.journal)).toContain(`${file}.damaged`);
    expect(box.segments()).toEqual([]);
    expect(box.index.catchUp({ live: null })).toMatchObject({ records: 0, problems: [] });
  });

  it('lets no segment of a newer version hold up the others', async () => {
    await write(1, 0, 5);
    await write(1, 1, 5);
    const [file = ''] = box.segments();
    const bytes = readFileSync(join(box.journal, file));
    // Format 65,535 in both copies of the header, with its checksum.
    for (const at of [0, 512]) {
      bytes.writeUInt16LE(65_535, at + 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 60)), at + 60);
    }
    writeFileSync(join(box.journal, file), bytes);
    const caught = box.index.catchUp({ live: null });
    expect(caught.records).toBe(5);
    expect(caught.problems.join()).toMatch(/cannot be read and waits: .*newer Weir/);
    expect(box.segments()).toEqual([file]);
  });
});

describe('requests that never settled', () => {
  it('are told with their last progress once their generation is over', async () => {
    const journal = box.thread(1);
    const entry = box.request({ outcome: 'running' });
    journal.admitted(entry, { usage: usage(10, 0), cost: null, charges: [] });
    journal.progress(entry, { usage: usage(10, 77), cost: null, charges });
    await settle(journal, box.request());
    box.index.catchUp({ live: 1 });
    expect(box.index.state().openRequests).toBe(1);
    await journal.close();
    box.index.catchUp({ live: 2 });
    expect(box.segments()).toEqual([]);
    box.close();
    const [open, ...others] = [...box.index.openRequests(2)];
    expect(others).toEqual([]);
    expect(open?.entry.id).toBe(entry.id);
    expect(open?.progress).toMatchObject({ usage: { outputTokens: 77 }, charges });
    const recovery = box.thread(2, 999);
    await settle(recovery, box.request({ id: entry.id, outcome: 'interrupted' }));
    await recovery.close();
    box.index.catchUp({ live: 2 });
    expect([...box.index.openRequests(3)]).toEqual([]);
    expect(box.index.get(entry.id)?.outcome).toBe('interrupted');
  });

  it('are carried over segments that go while they run', async () => {
    const journal = box.thread(1, 0, {
      segmentBytes: 65_536,
      reserveBytes: 8192,
      batchBytes: 8192,
      bodyBytes: 4096,
    });
    const entry = box.request();
    journal.admitted(entry, { usage: usage(10, 0), cost: null, charges });
    for (let i = 0; i < 400; i++) await settle(journal, box.request());
    box.index.catchUp({ live: 1 });
    expect(box.segments().length).toBeLessThan(3);
    expect(box.index.state()).toMatchObject({ records: 400, openRequests: 1 });
    await settle(journal, entry, charges);
    box.index.catchUp({ live: 1 });
    expect(box.index.state()).toMatchObject({ records: 401, openRequests: 0 });
    await journal.close();
    box.index.catchUp({ live: null });
    expect([...box.index.openRequests()]).toEqual([]);
  });
});
