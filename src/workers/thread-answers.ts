// What a data-plane thread answers when the control plane asks.
import type { Entry } from '../core/entry.js';
import { pageOf } from '../ledger/ring.js';
import { toRecord } from '../ledger/to-record.js';
import type { Exchange } from '../pipeline/exchange.js';
import type { Flow } from '../pipeline/flow.js';
import { holdCounts } from '../pipeline/holds-count.js';
import type { LiveList } from '../pipeline/live-list.js';
import { holdsOf } from '../pipeline/settle-policies.js';
import type { DataPlaneThread } from '../pipeline/thread.js';
import type { NameNotes } from './bucket-names.js';
import { findHolds } from './find-holds.js';
import type { FromThread, Question } from './protocol.js';

export type AnswerValue = Extract<FromThread, { type: 'answer' }>['value'];

export function answer(
  thread: DataPlaneThread,
  flows: LiveList<Flow>,
  names: NameNotes,
  question: Question,
): AnswerValue {
  const running = flows.snapshot().map(({ exchange }) => exchange);
  switch (question.kind) {
    case 'list':
      return pageOf(entriesOf(thread, running), question.query);
    case 'get': {
      const entry = entriesOf(thread, running).find(({ id }) => id === question.id);
      return entry === undefined ? null : toRecord(entry);
    }
    case 'metrics':
      return thread.metrics.snapshot();
    case 'factors':
      return thread.prompts.factors.takeSamples();
    case 'names':
      return names.take();
    case 'held':
      return holdCounts(running.map(holdsOf));
    case 'targets':
      return thread.runtime.health.snapshot(thread.clock.monotonicMs());
    case 'plugins':
      return thread.plugins.counts();
    case 'keys':
      thread.keys.take(question.change);
      return true;
    case 'holds':
      return findHolds(running.map(holdsOf), question.places);
  }
}

/** What the ledger does not know, or not to its end. */
function entriesOf({ unwritten }: DataPlaneThread, running: readonly Exchange[]): Entry[] {
  return [...unwritten.entries, ...running.map(({ entry }) => entry)];
}
