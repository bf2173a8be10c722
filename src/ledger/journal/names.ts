// The numbers under which the journal keeps names from short lists. They are on disk: only ever add at an end, never reorder.
import type { ErrorSource } from '../../core/codes.js';
import type { Cost, Outcome } from '../../core/entry.js';
import type { UsageSource } from '../../core/usage.js';

export const OUTCOMES: readonly Outcome[] = [
  'running',
  'served',
  'blocked',
  'failed',
  'aborted',
  'interrupted',
];
/** At most 4: two bits. */
export const SOURCES: readonly UsageSource[] = ['provider', 'counted', 'estimated', 'none'];
export const COST_STATUSES: readonly Cost['status'][] = ['reported', 'computed', 'estimated', 'unpriced'];
export const ERROR_SOURCES: readonly ErrorSource[] = ['client', 'provider', 'plugin', 'policy', 'gateway'];
