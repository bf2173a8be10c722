// Segments cut at every byte, with bits flipped and parts torn out: what is whole is read, and nothing else.
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type EvidenceSink, LateEvidence, type StepEvidence } from '../../../src/core/entry.js';
import { settledToEntry } from '../../../src/ledger/journal/decode-entry.js';
import { ENTRIES_AT, FRAME_BYTES, SETTLED } from '../../../src/ledger/journal/layout.js';
import { segmentFileName } from '../../../src/ledger/journal/segment-name.js';
import { cutSegment, SegmentReader } from '../../../src/ledger/journal/segment-reader.js';
import { toRecord } from '../../../src/ledger/to-record.js';
import { entry, idOf, usage } from '../entries.js';
import { entriesOf, folder, opened, PROGRESS_NOW, type Seen } from './folder.js';

const NAME = segmentFileName({ generation: 1, thread: 0, sequence: 1 });
const COUNT = 4;

class Late extends LateEvidence {
  override get names(): string {
    return 'by\nunit\nlimit';
  }

  written(): StepEvidence {
    return { by: 'consumer=a', unit: 'usd', limit: '0.002030' };
  }

  override tell(sink: EvidenceSink): void {
    sink.value('consumer=a');
    sink.value('usd');
    sink.usd(2_030_000);
  }
}

/** A whole segment, closed; a copy of its bytes in a folder of its own. */
async function segment(): Promise<{ file: string; bytes: Buffer; seen: Seen[]; records: unknown[] }> {
  const path = folder();
  const { journal, settle } = opened(path);
  const all = Array.from({ length: COUNT }, (_, i) =>
    entry(i, { usage: usage(i, 7), userAgent: `agent ${i >> 1}` }),
  );
  for (const each of all) {
    const facts = { phase: 'hold', policy: 'p', kind: 'limit', mode: 'enforce', verdict: 'permit' } as const;
    each.steps.push({ ...facts, code: 'limit_ok', evidence: new Late(), micros: 3 });
    journal.admitted(each, PROGRESS_NOW);
    await settle(each);
  }
  await journal.close();
  const file = join(path, NAME);
  return { file, bytes: readFileSync(file), seen: entriesOf(file).seen, records: all.map(toRecord) };
}

/** Settled records, and how the file ended. */
function read(file: string): { records: unknown[]; reader: SegmentReader } {
  const reader = SegmentReader.open(file, { live: false });
  const records: unknown[] = [];
  for (let each = reader.next(); each !== null; each = reader.next())
    if (each.type === SETTLED) records.push(toRecord(settledToEntry(each.body, reader.text)));
  reader.close();
  return { records, reader };
}

describe('a segment', () => {
  it('that is cut anywhere ends at its last whole entry, and says what was torn', async () => {
    const { file, bytes, seen, records } = await segment();
    // Every length at which entries stand, and some of the header's.
    for (let length = bytes.length; length >= 0; length -= length > ENTRIES_AT ? 1 : 32) {
      truncateSync(file, length);
      const { records: found, reader } = read(file);
      const whole = seen.filter(({ type, end }) => type === SETTLED && end <= length).length;
      expect(found).toEqual(records.slice(0, whole));
      expect(reader.damage).toEqual([]);
      if (length < ENTRIES_AT) continue;
      if (reader.tail === 'torn') expect(reader.torn).toMatchObject({ from: reader.position });
      expect(reader.position).toBeLessThanOrEqual(length);
    }
  });

  it('that was cut at its torn tail is whole', async () => {
    const { file, bytes } = await segment();
    writeFileSync(file, Buffer.concat([bytes.subarray(0, bytes.length - 9), Buffer.alloc(5000)]));
    const { reader } = read(file);
    expect(reader.tail).toBe('torn');
    expect(reader.torn).toEqual({ from: reader.position, to: bytes.length - 9 });
    cutSegment(file, reader.torn?.from ?? 0);
    expect(read(file).reader.tail).toBe('end');
  });

  it('with a bit turned anywhere never gives a wrong record, and all the others', async () => {
    const { file, bytes, seen, records } = await segment();
    const bits = bytes.length * 8;
    // Every third byte, and each time another bit of it: all of them take too long.
    for (let bit = 0; bit < bits; bit += 25) {
      const broken = Buffer.from(bytes);
      const at = bit >> 3;
      broken[at] = (broken[at] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(file, broken);
      const { records: found, reader } = read(file);
      const hit = seen.find(each => each.at <= at && at < each.end);
      const inText = at >= ENTRIES_AT && hit === undefined;
      if (inText) {
        // The numbers of a record whose text is lost are right.
        expect(found.map(each => (each as { id: string }).id)).toEqual(ids(COUNT));
        for (const [i, each] of found.entries())
          expect(each).toMatchObject({ usage: { input_tokens: i, output_tokens: 7 } });
        expect(JSON.stringify(found)).toMatch(/\(lost\)/);
      } else {
        const lost = hit?.type === SETTLED ? [hit.id] : [];
        expect(found).toEqual(records.filter(each => !lost.includes((each as { id: string }).id)));
      }
      if (at < ENTRIES_AT) continue;
      expect(reader.damage.length + (reader.torn === null ? 0 : 1)).toBe(1);
    }
  });

  it('with a hole in its middle is read on behind it, and the hole told', async () => {
    const { file, bytes, seen, records } = await segment();
    const [from, to] = [seen[3]?.at ?? 0, seen[3]?.end ?? 0];
    bytes.fill(0, from + 3, to);
    writeFileSync(file, bytes);
    const { records: found, reader } = read(file);
    expect(reader.damage).toMatchObject([{ from }]);
    expect(reader.torn).toBeNull();
    expect(reader.tail).toBe('end');
    expect(found.length).toBe(COUNT - 1);
    expect(found.at(-1)).toEqual(records.at(-1));
    const later = SegmentReader.open(file, { live: false, from: reader.damage[0]?.to ?? 0 });
    expect(later.damage).toEqual([]);
    later.close();
  });

  it('takes nothing for an entry that a client sent, not even a whole one of another segment', async () => {
    const other = await segment();
    const { bytes: foreign, seen: theirs } = other;
    const [last] = theirs.slice(-1);
    const smuggled = foreign.subarray(last?.at, last?.end);
    const path = folder();
    const { journal, settle } = opened(path);
    await settle(
      entry(70, { usage: usage(1, 1, { raw: [Buffer.concat([Buffer.alloc(50, 32), smuggled])] }) }),
    );
    await settle(entry(71));
    await journal.close();
    const file = join(path, NAME);
    const bytes = readFileSync(file);
    const [first] = entriesOf(file).seen;
    bytes[(first?.at ?? 0) + 30] = 255;
    writeFileSync(file, bytes);
    expect(entriesOf(file).seen.map(({ id }) => id)).toEqual([idOf(71)]);
  });

  it('survives the loss of one copy of its header, and is told as damage without both', async () => {
    const { file, bytes, records } = await segment();
    bytes.fill(255, 0, 512);
    writeFileSync(file, bytes);
    expect(read(file).records).toEqual(records);
    bytes.fill(255, 512, 1024);
    writeFileSync(file, bytes);
    const { records: found, reader } = read(file);
    expect([found, reader.damage]).toEqual([[], [{ from: 0, to: bytes.length }]]);
  });

  it('of a newer format is refused with a sentence', async () => {
    const { file, bytes } = await segment();
    bytes.writeUInt16LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
    writeFileSync(file, bytes);
    expect(() => SegmentReader.open(file, { live: false })).toThrow(
      /journal was written by a newer Weir \(format 2; this one reads up to 1\): start that version again/,
    );
  });

  it('is read on from a stored position, with the texts that came before it', async () => {
    const { file, seen, records } = await segment();
    const from = seen[3]?.end ?? 0;
    const reader = SegmentReader.open(file, { live: false, from });
    const found: unknown[] = [];
    for (let each = reader.next(); each !== null; each = reader.next())
      if (each.type === SETTLED) found.push(toRecord(settledToEntry(each.body, reader.text)));
    expect(found).toEqual(records.slice(2));
    expect(reader.readAt(seen[1]?.at ?? 0)).toEqual(seen[1]?.body);
    expect(() => reader.readAt((seen[1]?.at ?? 0) + 1)).toThrow(RangeError);
    reader.close();
  });

  it('is followed while it is written, each entry once', async () => {
    const path = folder();
    const { journal, settle } = opened(path);
    const reader = SegmentReader.open(join(path, NAME), { live: true });
    const found: string[] = [];
    const follow = (): void => {
      for (let each = reader.next(); each !== null; each = reader.next())
        if (each.type === SETTLED) found.push(settledToEntry(each.body, reader.text).id);
    };
    for (let i = 0; i < 300; i += 3) {
      follow();
      await Promise.all([
        settle(entry(i)),
        settle(entry(i + 1, { path: `/${'x'.repeat(i * 90)}` })),
        settle(entry(i + 2)),
      ]);
      expect(reader.tail).toBe('open');
    }
    await journal.close();
    reader.live = false;
    follow();
    expect(found).toEqual(ids(300));
    expect([reader.tail, reader.damage]).toEqual(['end', []]);
    reader.close();
  });

  it('is judged only when its writer is done: half an entry is waited for', async () => {
    const { file, bytes, seen } = await segment();
    const half = (seen.at(-1)?.at ?? 0) + FRAME_BYTES + 10;
    const copy = join(folder(), NAME);
    writeFileSync(copy, Buffer.concat([bytes.subarray(0, half), Buffer.alloc(9000)]));
    const reader = SegmentReader.open(copy, { live: true });
    let count = 0;
    while (reader.next() !== null) count++;
    expect([reader.tail, reader.torn]).toEqual(['open', null]);
    copyFileSync(file, copy);
    expect(reader.next()?.body).toEqual(seen.at(-1)?.body);
    expect(count).toBeGreaterThan(5);
    reader.close();
  });

  it('that holds nothing is at its end', () => {
    const path = folder();
    mkdirSync(join(path, 'empty'));
    const file = join(path, 'empty', NAME);
    writeFileSync(file, '');
    expect(statSync(file).size).toBe(0);
    expect(read(file).reader.tail).toBe('end');
  });
});

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, i) => idOf(i));
}
