// The numbers under which packed records keep names that come from short lists. Order matters only within one process.
import type { Outcome, Phase, StepKind, Verdict } from '../core/entry.js';
import type { UsageSource } from '../core/usage.js';

export const OUTCOMES: readonly Outcome[] = [
  'running',
  'served',
  'blocked',
  'failed',
  'aborted',
  'interrupted',
];
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
export const VERDICTS: readonly Verdict[] = ['permit', 'deny', 'change', 'skipped', 'failed'];
export const SOURCES: readonly UsageSource[] = ['provider', 'counted', 'estimated', 'none'];
