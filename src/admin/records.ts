// Records out of two places: the threads' rings, which know what runs and what has just ended, and the ledger, which knows all that has settled.
import type { RequestRecord } from '../core/record.js';
import { mergePages, type RecordPage, type RecordQuery } from '../ledger/ring.js';

export interface RecordSource {
  list(query: RecordQuery): Promise<RecordPage>;
  get(id: string): Promise<RequestRecord | null>;
}

/** @param ledger takes in what has settled before it answers: a record that fell out of a ring meanwhile is in it */
export function bothSources(rings: RecordSource, ledger: RecordSource): RecordSource {
  return {
    async list(query) {
      // In this order: what settles and is forgotten by its ring between the two questions is told by the second.
      const live = await rings.list(query);
      return mergePages([live, await ledger.list(query)], query.limit);
    },
    async get(id) {
      const live = await rings.get(id);
      if (live !== null && live.outcome !== 'running') return live;
      return (await ledger.get(id)) ?? live;
    },
  };
}
