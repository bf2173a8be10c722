// Records out of two places: the threads, which know what runs and what the journal could not write, and the ledger, which knows all that has settled.
import type { RequestRecord } from '../core/record.js';
import { mergePages, type RecordPage, type RecordQuery } from '../ledger/ring.js';

export interface RecordSource {
  list(query: RecordQuery): Promise<RecordPage>;
  get(id: string): Promise<RequestRecord | null>;
}

/** @param ledger takes in what has settled before it answers: a record that its thread has let go of meanwhile is in it */
export function bothSources(threads: RecordSource, ledger: RecordSource): RecordSource {
  return {
    async list(query) {
      // In this order: what settles and is let go of between the two questions is told by the second.
      const live = await threads.list(query);
      return mergePages([live, await ledger.list(query)], query.limit);
    },
    async get(id) {
      const live = await threads.get(id);
      if (live !== null && live.outcome !== 'running') return live;
      return (await ledger.get(id)) ?? live;
    },
  };
}
