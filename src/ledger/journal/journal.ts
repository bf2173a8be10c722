// What a data-plane thread tells its journal of a request, and when it may let an answer end (DESIGN.md: "the journal is the truth").
import type { Cost, Entry } from '../../core/entry.js';
import type { Usage } from '../../core/usage.js';

/** An amount in one bucket of a budget or of a limit that outlives a restart; `bucket` is BucketRule.bucketName(). */
export interface BucketAmount {
  readonly bucket: string;
  /** In the policy's unit; usd: nano-dollars. */
  readonly amount: number;
}

/** What a running request would settle to if it were cut off now. */
export interface Progress {
  readonly usage: Usage;
  readonly cost: Cost | null;
  /** What its holds would be charged then. */
  readonly charges: readonly BucketAmount[];
}

export interface Journal {
  /** Nothing can be written at the moment, for want of room or for another reason: requests under enforced budgets are refused by `on_full: refuse`. */
  readonly full: boolean;
  /** Before the request goes upstream, once for each target that it goes to; the last one counts. Written by the end of the loop's turn. */
  admitted(entry: Entry, progress: Progress): void;
  /** While an answer streams; at most once a second, or per 256 tokens. `written` as for `settled`: told where somebody waits for it. */
  progress(entry: Entry, progress: Progress, written?: () => void): void;
  /**
   * The end of every request, also of one that never went upstream: the entry is final. `written` is called once, never within this call, when the
   * settlement is in the file (`durability: fsync`: on the disk), or kept in memory for want of room. The bytes that complete an answer wait for it.
   */
  settled(entry: Entry, charges: readonly BucketAmount[], written: () => void): void;
  /** Writes what waits, now; resolves when all of it is as safe as `durability` says. */
  close(): Promise<void>;
}
