// What the failed tries of a request have left behind.
import type { TargetHealth } from '../route/health/target-health.js';

/** Made at the first failure. */
export interface Tried {
  /** Indices of targets that need not be looked at again. */
  readonly done: Set<number>;
  /** Tries beside the first. */
  count: number;
  /** Of them, those at a target that had failed before. */
  again: number;
  /** Faults that the request itself may have brought about; `key` null: of the target. */
  readonly suspects: { readonly health: TargetHealth; readonly key: number | null }[];
  /** It has been found out that it was the request. */
  cleared: boolean;
}
