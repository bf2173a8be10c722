// A journal in a folder of its own, and what stands in it afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Cost, Entry } from '../../../src/core/entry.js';
import type { RequestRecord } from '../../../src/core/record.js';
import { noUsage } from '../../../src/core/usage.js';
import { entryId, settledToEntry } from '../../../src/ledger/journal/decode-entry.js';
import type { Journal } from '../../../src/ledger/journal/journal.js';
import { type JournalFiles, systemFiles } from '../../../src/ledger/journal/journal-files.js';
import type { JournalOptions, JournalState } from '../../../src/ledger/journal/journal-options.js';
import { LOST, SETTLED, TEXT } from '../../../src/ledger/journal/layout.js';
import { openJournal } from '../../../src/ledger/journal/open-journal.js';
import { listSegments, segmentFileName } from '../../../src/ledger/journal/segment-name.js';
import { SegmentReader } from '../../../src/ledger/journal/segment-reader.js';
import { toRecord } from '../../../src/ledger/to-record.js';

export const PROGRESS_NOW = { usage: noUsage(), cost: null as Cost | null, charges: [] };

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'weir-journal-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface Opened {
  readonly journal: Journal;
  readonly states: JournalState[];
  /** Resolves when `written` was called. */
  settle(entry: Entry): Promise<void>;
  /** Resolves at a state that fits. */
  state(fits: (state: JournalState) => boolean): Promise<JournalState>;
}

export function opened(path: string, special: Partial<JournalOptions> = {}): Opened {
  const states: JournalState[] = [];
  const watching: (() => void)[] = [];
  const journal = openJournal({
    folder: path,
    generation: 1,
    thread: 0,
    durability: 'os',
    clock: { wallMs: () => 1_795_000_000_000, monotonicMs: () => 0 },
    onState: state => {
      states.push(state);
      for (const look of watching) look();
    },
    ...special,
  });
  onTestFinished(() => journal.close());
  return {
    journal,
    states,
    settle: entry => new Promise<void>(resolve => journal.settled(entry, [], resolve)),
    state: fits =>
      new Promise(resolve => {
        const look = (): void => {
          const last = states.at(-1);
          if (last !== undefined && fits(last)) resolve(last);
        };
        watching.push(look);
        look();
      }),
  };
}

export interface Seen {
  readonly segment: number;
  readonly type: number;
  /** Empty for texts and lost ones. */
  readonly id: string;
  readonly lost: number;
  readonly at: number;
  readonly end: number;
  readonly body: Buffer;
}

/** All entries but texts of all segments, as somebody sees them who reads now. */
export function entriesIn(path: string, live = false): Seen[] {
  return listSegments(path).flatMap(name => entriesOf(join(path, segmentFileName(name)), live).seen);
}

export function entriesOf(file: string, live = false): { seen: Seen[]; reader: SegmentReader } {
  const reader = SegmentReader.open(file, { live });
  const seen: Seen[] = [];
  for (let entry = reader.next(); entry !== null; entry = reader.next()) {
    const { type, at, end, body, lost } = entry;
    if (type === TEXT) continue;
    const id = type === LOST ? '' : entryId(body);
    seen.push({ segment: reader.name.sequence, type, id, lost, at, end, body: Buffer.from(body) });
  }
  reader.close();
  return { seen, reader };
}

/** The settled records of all segments, each with the texts of its own. */
export function recordsIn(path: string): RequestRecord[] {
  return listSegments(path).flatMap(name => {
    const { seen, reader } = entriesOf(join(path, segmentFileName(name)));
    const settled = seen.filter(({ type }) => type === SETTLED);
    return settled.map(({ body }) => toRecord(settledToEntry(body, reader.text)));
  });
}

/** The system's, but for what a test lays over it. */
export function filesWith(special: Partial<JournalFiles>): JournalFiles {
  return { ...systemFiles, ...special };
}
