// How the ledger is: what an operator looks at before he believes its sums.

export interface LedgerState {
  readonly durability: 'os' | 'fsync';
  readonly on_full: 'refuse' | 'serve';
  /** Some thread can write nothing at the moment. */
  readonly full: boolean;
  /** Why, in words; null where it can. */
  readonly reason: string | null;
  /** Settlements since the start that found no room on the disk nor in memory. */
  readonly lost: number;
  /** Records in the index. */
  readonly records: number;
  /** RFC 3339, of the oldest record kept; null where there is none. */
  readonly oldest: string | null;
  /** Journal files that are there. */
  readonly segments: number;
  /** Bytes of journal that the index has not taken in yet. */
  readonly lag_bytes: number;
  /** Journal and index together, on disk. */
  readonly size_bytes: number;
  /** Days; of records, and of sums by hour and day. */
  readonly retention_days: number;
  readonly rollup_retention_days: number;
  /** Since the start: torn tails that were cut, damage that was skipped, each a sentence. */
  readonly problems: readonly string[];
}
