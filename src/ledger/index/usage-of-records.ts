// Usage by end user: summed up from the records themselves. Callers name any number of users, so that sums kept by them would grow with each; records are there
// anyway. Hence for as long as records are kept, and for so many of them.
import type { Entry } from '../../core/entry.js';
import { TAG_PREFIX } from '../params.js';
import type { UsageDimension, UsageQuery, UsageReport } from '../usage-query.js';
import { LEVELS, unitOf, unitStartMs } from './calendar.js';
import type { Database } from './database.js';
import type { RecordStore } from './record-store.js';
import { type Group, reportOf, UsageTooWideError } from './usage.js';
import { addCounts, type Counts, newCounts } from './usage-counts.js';
import { type Kept, spanOf } from './usage-parts.js';
import { wantForUsage } from './wanted.js';
import { stretches } from './where-to-look.js';

/** Some 1.5 s. */
const RECORDS_MAX = 200_000;
/** Other questions wait meanwhile. */
const MS_MAX = 3000;
const GROUPS_MAX = 50_000;
const NANOS_PER_DOLLAR = 1_000_000_000;

/** Whether a question can only be answered from the records. */
export function needsRecords({ by, only }: UsageQuery): boolean {
  return by.includes('end_user') || only.end_user !== undefined;
}

/** @param now monotonic ms  @param nowMs wall clock. Throws UsageTooWideError. */
export function usageOfRecords(
  database: Database,
  store: RecordStore,
  query: UsageQuery,
  kept: Kept,
  nowMs: number,
  now: () => number,
): UsageReport {
  const span = spanOf(query.sinceMs, query.untilMs, 'month', kept, nowMs);
  const wanted = wantForUsage(database, query.only);
  const bounds = { sinceMs: span.fromMs, untilMs: span.toMs - 1, lastIdMs: Number.POSITIVE_INFINITY };
  const groups = new Map<string, Group>();
  const total = newCounts();
  const endMs = now() + MS_MAX;
  let lookedAt = 0;
  for (const stretch of stretches(database, bounds, wanted, kept.minutesFromMs)) {
    for (const stored of store.walk(stretch, null, wanted)) {
      if (++lookedAt > RECORDS_MAX || ((lookedAt & 255) === 0 && now() > endMs))
        throw new UsageTooWideError(
          `usage by end_user is summed up from the records, at most ${RECORDS_MAX} at once; ask for a shorter time or for one consumer`,
        );
      const entry = store.entryOf(stored);
      if (entry.timeMs < span.fromMs || entry.timeMs >= span.toMs) continue;
      if (query.only.end_user !== undefined && entry.endUser !== query.only.end_user) continue;
      const counts = countsOf(entry);
      addCounts(total, counts);
      addTo(groups, query, entry, counts);
    }
  }
  return reportOf([...groups.values()], total, query, span, nowMs);
}

function addTo(groups: Map<string, Group>, { by }: UsageQuery, entry: Entry, counts: Counts): void {
  const values = Object.fromEntries(by.map(name => [name, dimensionOf(entry, name)]));
  const name = JSON.stringify(values);
  const group = groups.get(name);
  const finest = LEVELS.find(level => by.includes(level));
  if (group !== undefined) addCounts(group.counts, counts);
  else if (groups.size >= GROUPS_MAX) throw new UsageTooWideError();
  else
    groups.set(name, {
      by: values,
      unit: finest === undefined ? 0 : unitOf(finest, entry.timeMs),
      counts: { ...counts, tokens: [...counts.tokens] },
    });
}

function countsOf({ usage, cost }: Entry): Counts {
  const nanos = Math.max(0, cost?.nanos ?? 0);
  const known = usage !== null && (usage.inputTokens !== null || usage.outputTokens !== null);
  return {
    requests: 1,
    tokens: [
      usage?.inputTokens ?? 0,
      usage?.outputTokens ?? 0,
      usage?.cachedInputTokens ?? 0,
      usage?.cacheWriteTokens ?? 0,
      usage?.reasoningTokens ?? 0,
    ],
    dollars: Math.floor(nanos / NANOS_PER_DOLLAR),
    nanos: nanos % NANOS_PER_DOLLAR,
    unpriced: known && (cost?.nanos ?? null) === null ? 1 : 0,
  };
}

function dimensionOf(entry: Entry, name: UsageDimension): string | null {
  const { principal, identification: ai } = entry;
  if (name.startsWith(TAG_PREFIX)) return principal?.tags[name.slice(TAG_PREFIX.length)] ?? null;
  switch (name) {
    case 'end_user':
      return entry.endUser;
    case 'consumer':
      return principal?.name ?? null;
    case 'key':
      return principal?.key ?? null;
    case 'provider':
      return ai.provider;
    case 'model':
      return ai.model;
    case 'model_served':
      return ai.modelServed;
    case 'api':
      return ai.api;
    case 'outcome':
      return entry.outcome;
    default: {
      const level = LEVELS.find(known => known === name) ?? 'minute';
      return new Date(unitStartMs(level, unitOf(level, entry.timeMs))).toISOString();
    }
  }
}
