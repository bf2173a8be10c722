// What is written to the journal of a request reads back as the same record, whatever the request was.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cost, type Entry, LateEvidence, type StepEvidence } from '../../../src/core/entry.js';
import { noUsage, type Usage } from '../../../src/core/usage.js';
import { putBody, WHOLE } from '../../../src/ledger/journal/body-encoder.js';
import { BodyWriter } from '../../../src/ledger/journal/body-writer.js';
import {
  entryId,
  openToEntry,
  settledCharges,
  settledToEntry,
} from '../../../src/ledger/journal/decode-entry.js';
import { Dictionary } from '../../../src/ledger/journal/dictionary.js';
import { encodeSettled } from '../../../src/ledger/journal/encode-settled.js';
import type { BucketAmount } from '../../../src/ledger/journal/journal.js';
import { ADMITTED, SETTLED } from '../../../src/ledger/journal/layout.js';
import { toRecord } from '../../../src/ledger/to-record.js';
import { entry } from '../entries.js';
import { anyCharges, anyCost, anyEntry, anyUsage } from './arbitrary.js';

const NO_TEXTS = (): null => null;

class Late extends LateEvidence {
  written(): StepEvidence {
    return { limit: '0.002030', used: 3, left: -1.5, over: false, why: null };
  }
}

describe('a body of the journal', () => {
  it('gives back the record and the charges that it was made of, without a dictionary', () => {
    fc.assert(
      fc.property(anyEntry, anyCharges, (entry, charges) => {
        const body = encodeSettled(entry, charges);
        expect(toRecord(settledToEntry(body, NO_TEXTS))).toEqual(toRecord(entry));
        expect(settledCharges(body, NO_TEXTS)).toEqual(charges);
        expect(entryId(body)).toBe(entry.id);
      }),
      { numRuns: 300 },
    );
  });

  it('gives them back with one dictionary for many', () => {
    const dictionary = new Dictionary();
    const writer = new BodyWriter(64, dictionary);
    const bodies = fc.array(fc.tuple(anyEntry, anyCharges), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bodies, many => {
        for (const [entry, charges] of many) {
          const body = written(writer, SETTLED, entry, entry.usage, entry.cost, charges);
          const texts = dictionary.texts();
          const back = settledToEntry(body, number => texts[number] ?? null);
          expect(toRecord(back)).toEqual(toRecord(entry));
        }
      }),
      { numRuns: 100 },
    );
    expect(dictionary.size).toBeGreaterThan(10);
  });

  it('gives back a request that runs, and what it would settle to', () => {
    fc.assert(
      fc.property(anyEntry, anyUsage, anyCost, anyCharges, (entry, usage, cost, charges) => {
        const writer = new BodyWriter(64, new Dictionary(true));
        const running = Object.assign(entry, { outcome: 'running', usage: null, cost: null });
        const body = written(writer, ADMITTED, running, usage, cost, charges);
        const open = openToEntry(body, NO_TEXTS);
        expect(toRecord(open.entry)).toEqual(toRecord(running));
        const raw = usage.raw.map(bytes => Buffer.from(bytes));
        expect(open.progress).toEqual({ usage: { ...usage, raw }, cost, charges });
      }),
    );
  });

  it('writes evidence out that is kept as numbers', () => {
    const one = entry(1);
    const facts = { phase: 'hold', policy: 'p', kind: 'limit', mode: 'shadow', verdict: 'deny' } as const;
    one.steps.push({ ...facts, code: 'limit_reached', evidence: new Late(), micros: 7 });
    const [step] = settledToEntry(encodeSettled(one, []), NO_TEXTS).steps;
    expect(step).toEqual({ ...facts, code: 'limit_reached', evidence: new Late().written(), micros: 7 });
  });

  it('knows that an attempt has the usage of its record', () => {
    const one = entry(1, { usage: noUsage(), cost: null });
    const times = { startedMs: 0, firstByteMs: null, totalMs: null };
    one.attempts.push({ target: 'a', status: 200, error: null, ...times, usage: one.usage, cost: null });
    const back = settledToEntry(encodeSettled(one, []), NO_TEXTS);
    expect(back.attempts[0]?.usage).toBe(back.usage);
  });

  it('says where a text of it was lost, and keeps its numbers', () => {
    const dictionary = new Dictionary();
    const one = entry(1, { principal: { name: 'team-a', key: null, tags: {} }, requestBytes: 99 });
    const body = written(new BodyWriter(64, dictionary), SETTLED, one, null, null, []);
    const back = settledToEntry(body, NO_TEXTS);
    expect(back.principal?.name).toBe('(lost)');
    expect(back).toMatchObject({ id: one.id, requestBytes: 99, timeMs: one.timeMs });
  });

  it('is refused where a later version wrote it', () => {
    const body = encodeSettled(entry(1), []);
    body[0] = 2;
    expect(() => settledToEntry(body, NO_TEXTS)).toThrow(
      /written by a newer Weir \(format 2; this one reads up to 1\)/,
    );
  });

  it('is refused at any length but its own, without another error', () => {
    const body = encodeSettled(entry(1, { usage: noUsage(), userAgent: 'curl/8' }), [
      { bucket: 'b', amount: 1 },
    ]);
    for (let length = 26; length < body.length; length++)
      expect(() => settledToEntry(body.subarray(0, length), NO_TEXTS)).toThrow(RangeError);
  });
});

function written(
  writer: BodyWriter,
  type: number,
  entry: Entry,
  usage: Usage | null,
  cost: Cost | null,
  charges: readonly BucketAmount[],
): Buffer {
  for (;;) {
    writer.at = 0;
    putBody(writer, type, entry, usage, cost, charges, WHOLE);
    if (!writer.overrun) return Buffer.from(writer.bytes.subarray(0, writer.at));
    writer.grow(0, writer.at);
  }
}
