// The numbers under which the journal keeps names from short lists. They are on disk: only ever add at an end, never reorder.
import type { ErrorSource } from '../../core/codes.js';
import type { Cost, Outcome, Phase, StepKind, Verdict } from '../../core/entry.js';
import type { UsageSource } from '../../core/usage.js';

export const OUTCOMES: readonly Outcome[] = [
  'running',
  'served',
  'blocked',
  'failed',
  'aborted',
  'interrupted',
];
/** At most 16: four bits. */
export const PHASES: readonly Phase[] = [
  'identify',
  'authenticate',
  'gate',
  'change',
  'route',
  'hold',
  'forward',
  'settle',
];
/** At most 16: four bits. */
export const KINDS: readonly StepKind[] = [
  null,
  'limit',
  'budget',
  'cap',
  'deny',
  'plugin',
  'route',
  'usage_opt_in',
];
/** At most 16: four bits. */
export const VERDICTS: readonly Verdict[] = ['permit', 'deny', 'change', 'skipped', 'failed'];
/** At most 4: two bits. */
export const SOURCES: readonly UsageSource[] = ['provider', 'counted', 'estimated', 'none'];
export const COST_STATUSES: readonly Cost['status'][] = ['reported', 'computed', 'estimated', 'unpriced'];
export const ERROR_SOURCES: readonly ErrorSource[] = ['client', 'provider', 'plugin', 'policy', 'gateway'];
