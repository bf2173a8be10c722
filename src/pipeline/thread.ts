// What all requests of one data-plane thread share: kernels, ids, counters, the bound on buffered bytes.
import type { Clock } from '../core/clock.js';
import type { RequestIds } from '../core/request-id.js';
import type { ClassifyKernel } from '../kernel/classify.js';
import type { Journal } from '../ledger/journal/journal.js';
import type { RecordRing } from '../ledger/ring.js';
import type { ThreadMetrics } from '../metrics/thread-metrics.js';
import type { ThreadPlugins } from '../plugin/thread-plugins.js';
import type { PolicyThread } from '../policy/run-context.js';
import type { SavedKeys } from '../route/saved-keys.js';
import type { BufferBudget } from './buffer-budget.js';
import type { PromptCounter } from './counting.js';
import type { OwnDataAsker } from './own-data.js';
import type { ResponseMeter } from './response-meter.js';
import type { Runtime } from './runtime.js';

export interface DataPlaneThread {
  readonly clock: Clock;
  readonly ids: RequestIds;
  readonly classify: ClassifyKernel;
  readonly meter: ResponseMeter;
  readonly prompts: PromptCounter;
  /** Limits that all threads share, and what their policies need of this one. */
  readonly policy: PolicyThread;
  /** What clients must not be able to know before the ledger does is written here first. */
  readonly journal: Journal;
  /** Records that have ended and that the journal could not write. */
  readonly unwritten: RecordRing;
  readonly metrics: ThreadMetrics;
  readonly buffered: BufferBudget;
  readonly plugins: ThreadPlugins;
  /** Keys that were made at run time: every runtime of this thread asks this one. */
  readonly keys: SavedKeys;
  /** What consumers ask about themselves. */
  readonly ownData: OwnDataAsker;
  /** Swapped whole by a reload, in the same turn as the plugins. */
  runtime: Runtime;
  draining: boolean;
  /** 0 ≤ x < 1: what spreads requests over targets. */
  readonly random: () => number;
  /** Monotonic ms as of the last look at the deadlines: what chunks are stamped with, instead of a clock call each. */
  coarseMs: number;
  /** Bytes of prompts that may still be counted in this sweep only to say how far streams have come. */
  countBytes: number;
  /** An error that is Weir's own fault, for the log. Never given a secret. */
  reportBug(requestId: string, thrown: unknown): void;
}
