// Questions about usage: what was asked, by whom, of which model, at what cost; answered out of the rollups.

export const USAGE_DIMENSIONS = [
  'consumer',
  'key',
  'end_user',
  'provider',
  'model',
  'model_served',
  'api',
  'outcome',
  'minute',
  'hour',
  'day',
  'month',
] as const;

/** `tag.<name>` stands beside the fixed ones. Times are UTC. */
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number] | `tag.${string}`;

export interface UsageQuery {
  /** In the order in which the items show them; empty: only the total. */
  readonly by: readonly UsageDimension[];
  /** ms since the epoch; inclusive, cut to the minute (to the hour or day where minutes or hours are not kept any longer). */
  readonly sinceMs?: number;
  /** Exclusive, likewise. */
  readonly untilMs?: number;
  /** Exact values by dimension; null is "none". */
  readonly only: Readonly<Partial<Record<UsageDimension, string | null>>>;
}

/** Numbers of CONTRACT.md §4. Token counts are sums of what is known. */
export interface UsageCounts {
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  /** Decimal, exact to the nano-dollar. */
  readonly cost_usd: string;
  /** Requests with usage whose price is not known. */
  readonly unpriced: number;
}

export interface UsageItem extends UsageCounts {
  /** null: the request had none. */
  readonly by: Readonly<Record<string, string | null>>;
}

export interface UsageReport {
  /** Dearest first, then by tokens, then by name; by time where the first dimension is a time. */
  readonly items: readonly UsageItem[];
  readonly total: UsageCounts;
  /** What was summed up, after cutting; RFC 3339. */
  readonly since: string | null;
  readonly until: string;
}
