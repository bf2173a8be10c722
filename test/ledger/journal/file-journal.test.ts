// One thread's journal: when its writes happen, whom they release, and how segments follow one another.
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settledToEntry } from '../../../src/ledger/journal/decode-entry.js';
import { ADMITTED, PROGRESS, SETTLED } from '../../../src/ledger/journal/layout.js';
import { listSegments, segmentFileName } from '../../../src/ledger/journal/segment-name.js';
import { SegmentReader } from '../../../src/ledger/journal/segment-reader.js';
import { toRecord } from '../../../src/ledger/to-record.js';
import { entry, idOf, usage } from '../entries.js';
import { entriesIn, filesWith, folder, opened, PROGRESS_NOW } from './folder.js';

const SMALL = { segmentBytes: 64 * 1024, reserveBytes: 8 * 1024, batchBytes: 4096, bodyBytes: 16 * 1024 };
const FIRST = segmentFileName({ generation: 1, thread: 0, sequence: 1 });

describe('a journal', () => {
  it('holds what a request was at its admission, on its way and at its end, in that order', async () => {
    const path = folder();
    const { journal, settle } = opened(path);
    const one = entry(1);
    journal.admitted(one, PROGRESS_NOW);
    journal.progress(one, PROGRESS_NOW);
    one.outcome = 'served';
    await settle(one);
    const seen = entriesIn(path, true);
    expect(seen.map(({ type }) => type)).toEqual([ADMITTED, PROGRESS, SETTLED]);
    expect(seen.map(({ id }) => id)).toEqual([idOf(1), idOf(1), idOf(1)]);
  });

  it('has the settlement in the file when it calls written, and never calls it within settled', async () => {
    const path = folder();
    const { journal } = opened(path);
    let inCall = true;
    await new Promise<void>(resolve => {
      journal.settled(entry(1), [], () => {
        expect(inCall).toBe(false);
        expect(entriesIn(path, true).map(({ id }) => id)).toEqual([idOf(1)]);
        resolve();
      });
      inCall = false;
    });
  });

  it('writes all of a turn at once', async () => {
    const path = folder();
    let writes = 0;
    const files = filesWith({});
    const write: typeof files.write = (...call) => {
      writes++;
      return files.write(...call);
    };
    const { journal, settle } = opened(path, { files: { ...files, write } });
    const batch = (from: number): Promise<unknown> => {
      for (let i = from; i < from + 50; i++) journal.admitted(entry(i), PROGRESS_NOW);
      return Promise.all(Array.from({ length: 50 }, (_, i) => settle(entry(from + i))));
    };
    await batch(0);
    await batch(50);
    writes = 0;
    await batch(100);
    expect(writes).toBe(1);
    expect(entriesIn(path, true)).toHaveLength(300);
  });

  it('tells who waits for progress when it is in the file', async () => {
    const path = folder();
    const { journal } = opened(path);
    await new Promise<void>(resolve => journal.progress(entry(1), PROGRESS_NOW, resolve));
    expect(entriesIn(path, true).map(({ type }) => type)).toEqual([PROGRESS]);
  });

  it('calls written of a batch in the middle of a turn only when the turn ends', async () => {
    const { journal } = opened(folder(), { bounds: SMALL });
    let called = 0;
    for (let i = 0; i < 100; i++) journal.settled(entry(i), [], () => called++);
    expect(called).toBe(0);
    await journal.close();
    expect(called).toBe(100);
  });

  it('tells all others where one of them throws', async () => {
    const { journal, settle } = opened(folder());
    const caught = new Promise(resolve => process.once('uncaughtException', resolve));
    const listeners = process.listeners('uncaughtException').slice(0, -1);
    for (const each of listeners) process.off('uncaughtException', each);
    journal.settled(entry(1), [], () => {
      throw new Error('a bug of its own');
    });
    await settle(entry(2));
    expect(await caught).toEqual(new Error('a bug of its own'));
    for (const each of listeners) process.on('uncaughtException', each);
  });

  it('moves on to another segment when one is full, losing and repeating nothing', async () => {
    const path = folder();
    const { journal, settle } = opened(path, { bounds: SMALL });
    for (let i = 0; i < 600; i += 4) {
      const some = [0, 1, 2, 3].map(more =>
        entry(i + more, { usage: usage(i, more), path: `/v1/${i % 24}` }),
      );
      for (const each of some) journal.admitted(each, PROGRESS_NOW);
      await Promise.all(some.map(settle));
    }
    await journal.close();
    const settled = entriesIn(path).filter(({ type }) => type === SETTLED);
    expect(settled.map(({ id }) => id)).toEqual(Array.from({ length: 600 }, (_, i) => idOf(i)));
    const segments = listSegments(path);
    expect(segments.length).toBeGreaterThan(3);
    expect(segments.map(({ sequence }) => sequence)).toEqual(segments.map((_, i) => i + 1));
    for (const name of segments)
      expect(statSync(join(path, segmentFileName(name))).size).toBeLessThan(64 * 1024);
    expect(readdirSync(path).filter(file => file.endsWith('.spare'))).toEqual([]);
  });

  it('reads every record back out of each segment with its own texts', async () => {
    const path = folder();
    const { journal, settle } = opened(path, { bounds: SMALL });
    const all = Array.from({ length: 200 }, (_, i) =>
      entry(i, { path: `/v1/${i % 9}`, userAgent: `agent/${i % 5}` }),
    );
    for (const each of all) await settle(each);
    await journal.close();
    const records = [];
    for (const name of listSegments(path)) {
      const reader = SegmentReader.open(join(path, segmentFileName(name)), { live: false });
      for (let read = reader.next(); read !== null; read = reader.next())
        if (read.type === SETTLED) records.push(toRecord(settledToEntry(read.body, reader.text)));
      expect(reader.tail).toBe('end');
      reader.close();
    }
    expect(records).toEqual(all.map(toRecord));
  });

  it('leaves a segment that has become old', async () => {
    const path = folder();
    let nowMs = 1_795_000_000_000;
    const { settle, journal } = opened(path, { clock: { wallMs: () => nowMs, monotonicMs: () => 0 } });
    await settle(entry(1));
    nowMs += 3_600_001;
    await settle(entry(2));
    await settle(entry(3));
    await journal.close();
    expect(entriesIn(path).map(({ segment, id }) => [segment, id])).toEqual([
      [1, idOf(1)],
      [1, idOf(2)],
      [2, idOf(3)],
    ]);
  });

  it('keeps room ahead that is written, and gives it back at the end', async () => {
    const path = folder();
    const { journal, settle } = opened(path);
    await settle(entry(1));
    const { size, blocks } = statSync(join(path, FIRST));
    expect(size).toBeGreaterThan(1024 * 1024);
    expect(blocks * 512).toBeGreaterThan(1024 * 1024);
    await journal.close();
    expect(statSync(join(path, FIRST)).size).toBeLessThan(4096);
  });

  it('keeps entries of any length: paths of 32 KiB, hundreds of steps', async () => {
    const path = folder();
    const { settle, journal } = opened(path);
    const long = entry(1, { path: `/${'ä/'.repeat(11_000)}`, userAgent: 'x'.repeat(300) });
    const facts = {
      phase: 'gate',
      policy: 'p',
      kind: 'deny',
      mode: 'enforce',
      verdict: 'permit',
      code: 'c',
    } as const;
    for (let i = 0; i < 900; i++)
      long.steps.push({ ...facts, evidence: { n: i, said: `${i}`.repeat(60) }, micros: i });
    await settle(entry(0));
    await settle(long);
    await journal.close();
    const [, seen] = entriesIn(path);
    const reader = SegmentReader.open(join(path, FIRST), { live: false });
    while (reader.next() !== null);
    expect(toRecord(settledToEntry(seen?.body ?? Buffer.alloc(0), reader.text))).toEqual(toRecord(long));
  });

  it('leaves out what may be left out of an entry that is too long, never its numbers', async () => {
    const path = folder();
    const { settle, journal, states } = opened(path, { bounds: SMALL });
    const long = entry(1, { usage: usage(10, 20, { raw: [Buffer.alloc(20_000, 120)] }) });
    await settle(long);
    await journal.close();
    const [seen] = entriesIn(path);
    const back = settledToEntry(seen?.body ?? Buffer.alloc(0), () => null);
    expect(back.usage).toMatchObject({ inputTokens: 10, outputTokens: 20, raw: [] });
    expect(states).toEqual([]);
  });

  it('counts an entry as lost that is too long even so, and tells its request', async () => {
    const { settle, states } = opened(folder(), { bounds: SMALL });
    await settle(entry(1, { path: 'x'.repeat(20_000) }));
    expect(states).toEqual([{ full: false, reason: 'an entry is too long for the journal', lost: 1 }]);
  });

  it('goes on with texts written out when its dictionary is full', async () => {
    const path = folder();
    const { journal, settle } = opened(path);
    const texts = (i: number): string => `/v1/${'p'.repeat(200)}/${i >> 1}`;
    const all = Array.from({ length: 12_000 }, (_, i) => entry(i, { path: texts(i) }));
    for (let i = 0; i < all.length; i += 500) await Promise.all(all.slice(i, i + 500).map(settle));
    await journal.close();
    let [count, most] = [0, 0];
    for (const name of listSegments(path)) {
      const reader = SegmentReader.open(join(path, segmentFileName(name)), { live: false });
      for (let read = reader.next(); read !== null; read = reader.next()) {
        most = Math.max(most, read.number);
        if (read.type !== SETTLED) continue;
        expect(settledToEntry(read.body, reader.text).path).toBe(texts(count++));
      }
      reader.close();
    }
    expect(count).toBe(12_000);
    // Clients' texts leave a quarter of the numbers to Weir's own.
    expect(most).toBe(3071);
  });

  it('says with a sentence that a folder cannot be written', () => {
    const path = join(folder(), 'missing');
    expect(() => opened(path)).toThrow(/^the journal cannot be written to .*missing: ENOENT/);
    mkdirSync(path);
    expect(existsSync(path)).toBe(true);
    opened(path);
  });

  it('counts settlements after its end as lost, and still tells their requests', async () => {
    const { journal, settle, states } = opened(folder());
    await journal.close();
    await settle(entry(1));
    expect(states).toEqual([{ full: false, reason: 'the journal is closed', lost: 1 }]);
  });
});
