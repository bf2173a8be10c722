// Whether an entry is one of those that a list asks for: one meaning for the threads and the ledger on disk.
import type { Entry } from '../core/entry.js';

/** All that are given must hold. Texts are exact; times are ms since the epoch, inclusive. */
export interface RecordFilter {
  readonly outcome?: string;
  readonly consumer?: string;
  /** Asked for or served. */
  readonly model?: string;
  readonly provider?: string;
  readonly api?: string;
  /** Its name, or as a record shows it: `ci …x7Qp`. */
  readonly key?: string;
  /** What was sent to the client. */
  readonly status?: number;
  /** Of the error: `weir_limit_reached`. */
  readonly code?: string;
  /** One whose enforced verdict was deny. */
  readonly policy?: string;
  readonly endUser?: string;
  /** Name and value; all of them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Known to have cost at least that many nano-dollars. */
  readonly minCostNanos?: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export function matches(entry: Entry, filter: RecordFilter): boolean {
  const ai = entry.identification;
  return (
    (filter.sinceMs === undefined || entry.timeMs >= filter.sinceMs) &&
    (filter.untilMs === undefined || entry.timeMs <= filter.untilMs) &&
    (filter.outcome === undefined || entry.outcome === filter.outcome) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.consumer === undefined || entry.principal?.name === filter.consumer) &&
    (filter.model === undefined || ai.model === filter.model || ai.modelServed === filter.model) &&
    (filter.provider === undefined || ai.provider === filter.provider) &&
    (filter.api === undefined || ai.api === filter.api) &&
    (filter.code === undefined || entry.error?.code === filter.code) &&
    (filter.endUser === undefined || entry.endUser === filter.endUser) &&
    (filter.key === undefined || isKey(entry.principal?.key ?? null, filter.key)) &&
    (filter.minCostNanos === undefined || (entry.cost?.nanos ?? -1) >= filter.minCostNanos) &&
    (filter.tags === undefined || hasTags(entry, filter.tags)) &&
    (filter.policy === undefined || isDeniedBy(entry, filter.policy))
  );
}

/** @param shown how a record shows the key: `ci …x7Qp`; of anonymous callers a hash */
export function isKey(shown: string | null, asked: string): boolean {
  return shown !== null && (shown === asked || shown.startsWith(`${asked} …`));
}

function hasTags({ principal }: Entry, tags: Readonly<Record<string, string>>): boolean {
  for (const name of Object.keys(tags)) if (principal?.tags[name] !== tags[name]) return false;
  return true;
}

function isDeniedBy({ steps }: Entry, policy: string): boolean {
  return steps.some(step => step.policy === policy && step.verdict === 'deny' && step.mode === 'enforce');
}
