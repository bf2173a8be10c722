// Pages of records, newest first: never more in memory than a page and a few chunks, and never longer than a moment.
import type { Entry } from '../../core/entry.js';
import { SettledFacts } from '../journal/settled-facts.js';
import { matches } from '../matches.js';
import type { RecordPage, RecordQuery } from '../ring.js';
import { toRecord } from '../to-record.js';
import type { Database } from './database.js';
import { KEY_EPOCH_MS, keyOf } from './key.js';
import type { RecordStore, Stored } from './record-store.js';
import { wantForRecords } from './wanted.js';
import { stretches } from './where-to-look.js';

/** A page that needs more to be filled is short, and `next` says where to go on. */
const LOOKED_AT_MAX = 50_000;
const LIST_MS_MAX = 250;

/** @param minutesFromMs minutes of usage are kept from here on  @param now monotonic ms */
export function listRecords(
  database: Database,
  store: RecordStore,
  query: RecordQuery,
  minutesFromMs: number,
  now: () => number,
): RecordPage {
  // What runs is in the journal only.
  if (query.outcome === 'running') return { items: [], next: null };
  const wanted = wantForRecords(database, query);
  const last = query.before === undefined ? null : keyOf(query.before);
  const bounds = {
    sinceMs: query.sinceMs ?? Number.NEGATIVE_INFINITY,
    untilMs: query.untilMs ?? Number.POSITIVE_INFINITY,
    lastIdMs: last === null ? Number.POSITIVE_INFINITY : last.ms + KEY_EPOCH_MS,
  };
  const facts = new SettledFacts();
  const found: Entry[] = [];
  const endMs = now() + LIST_MS_MAX;
  let lookedAt = 0;
  for (const stretch of stretches(database, bounds, wanted, minutesFromMs)) {
    for (const stored of store.walk(stretch, last, wanted)) {
      if (query.before !== undefined && stored.id >= query.before) continue;
      const entry = mayMatch(stored, query, facts) ? store.entryOf(stored) : null;
      if (entry !== null && matches(entry, query)) {
        // One more than the page, so that `next` is known.
        if (found.length === query.limit)
          return { items: found.map(toRecord), next: found.at(-1)?.id ?? null };
        found.push(entry);
      }
      lookedAt++;
      if (lookedAt >= LOOKED_AT_MAX || ((lookedAt & 255) === 0 && now() > endMs))
        return { items: found.map(toRecord), next: stored.id };
    }
  }
  return { items: found.map(toRecord), next: null };
}

/** What needs no decoding of the whole. */
function mayMatch({ body }: Stored, query: RecordQuery, facts: SettledFacts): boolean {
  const { status, minCostNanos, sinceMs, untilMs } = query;
  if ((status ?? minCostNanos ?? sinceMs ?? untilMs) === undefined) return true;
  facts.read(body);
  return (
    (status === undefined || facts.status === status) &&
    (minCostNanos === undefined || facts.costNanos >= minCostNanos) &&
    (sinceMs === undefined || facts.timeMs >= sinceMs) &&
    (untilMs === undefined || facts.timeMs <= untilMs)
  );
}
