// What a start finds of the processes before it: their journals are read to the end, and requests that were running when their process died are settled to
// what had been seen of them. Each such settlement is an entry of this generation's journal like any other, before the index takes it in: a kill at any
// moment of this leaves it to the next start, which meets the settlements first and settles nobody twice.
import { systemClock } from '../core/clock.js';
import type { Entry } from '../core/entry.js';
import type { LedgerIndex } from '../ledger/index/ledger-index.js';
import type { Journal, Progress } from '../ledger/journal/journal.js';
import { openJournal } from '../ledger/journal/open-journal.js';
import { lastGeneration, THREAD_MAX } from '../ledger/journal/segment-name.js';
import type { LedgerWorkerData, Recovered } from './ledger-protocol.js';

/** No data-plane thread has this number. */
const RECOVERY_THREAD = THREAD_MAX;
/** Between two turns of the loop, at which the journal writes. */
const SETTLED_AT_ONCE = 500;

/** Nobody else writes to the folder: its lock is held, and no data-plane thread runs yet. Errors: the file system's and the database's. */
export async function recover(
  index: LedgerIndex,
  folder: string,
  durability: LedgerWorkerData['durability'],
  onProblem: (problem: string) => void,
): Promise<Recovered> {
  const startMs = performance.now();
  const found = readAll(index, onProblem);
  // Also where all its segments are gone: a number that was used before means other texts in the index.
  const generation = Math.max(index.lastGeneration(), lastGeneration(folder)) + 1;
  const interrupted = await settleOpen(index, { folder, generation, durability });
  if (interrupted > 0) readAll(index, onProblem);
  return {
    generation,
    charges: [...index.charges()],
    segments: found.segments,
    records: found.records,
    interrupted,
    torn: found.torn,
    damaged: found.damaged,
    ms: performance.now() - startMs,
  };
}

/** Errors: DatabaseProblem. */
function readAll(
  index: LedgerIndex,
  onProblem: (problem: string) => void,
): ReturnType<LedgerIndex['catchUp']> {
  const found = index.catchUp({ live: null });
  if (found.failure !== null) throw found.failure;
  found.problems.forEach(onProblem);
  return found;
}

async function settleOpen(
  index: LedgerIndex,
  place: { folder: string; generation: number; durability: 'os' | 'fsync' },
): Promise<number> {
  let journal: Journal | null = null;
  let waiting: Promise<void>[] = [];
  let settled = 0;
  let broken: string | null = null;
  const kept = async (some: readonly Promise<void>[]): Promise<void> => {
    await Promise.all(some);
    // Nothing may be served on top of settlements that are nowhere but in memory.
    if (broken !== null) throw new Error(`requests that were running cannot be settled: ${broken}`);
  };
  for (const { entry, progress } of index.openRequests()) {
    journal ??= openJournal({
      ...place,
      thread: RECOVERY_THREAD,
      clock: systemClock,
      onState: ({ full, reason }) => {
        if (full) broken = reason ?? 'the journal cannot be written';
      },
    });
    waiting.push(settle(journal, interrupt(entry, progress), progress));
    if (++settled % SETTLED_AT_ONCE > 0) continue;
    await kept(waiting);
    waiting = [];
  }
  await kept(waiting);
  await journal?.close();
  return settled;
}

function settle(journal: Journal, entry: Entry, { charges }: Progress): Promise<void> {
  return new Promise(written => journal.settled(entry, charges, written));
}

/** The entry as it would have been written, had its process had the time to. When it ended nobody knows. */
export function interrupt(entry: Entry, { usage, cost }: Progress): Entry {
  entry.outcome = 'interrupted';
  entry.error = {
    source: 'gateway',
    code: 'weir_interrupted',
    message: 'Weir ended before this request did; it is settled to what had been seen of it by then',
  };
  entry.usage = usage;
  entry.cost = cost;
  const last = entry.attempts.at(-1);
  // The sums are over the attempts: where none has its own, the one that ran has all.
  if (last !== undefined && entry.attempts.every(attempt => attempt.usage === null)) {
    last.usage = usage;
    last.cost = cost;
  }
  return entry;
}
