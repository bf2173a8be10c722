// Takes what a request wants of its buckets, all or none, and tells the steps what came of it. Hot path: per request.
import type { WeirError } from '../core/error.js';
import { FULL } from '../kernel/limits.js';
import { holdAll } from '../kernel/limits-hold.js';
import { namedValues } from './dimensions.js';
import { BucketEvidence } from './evidence.js';
import { exhausted, refused } from './refusal.js';
import type { Held, OpenStep, RunContext } from './run-context.js';

/**
 * Takes all: -1; or none, and says which one was refused. In a full table, new values of the caller's choice share one bucket. Without `keep`
 * it only looks.
 */
export function takeAll(context: RunContext, all: readonly Held[], keep = true): number {
  if (all.length === 0) return -1;
  const { limits } = context.thread;
  const wishes = all.map(({ wish }) => wish);
  for (;;) {
    const refusing = holdAll(limits, wishes, wishes.length, context.thread.sharedMs(), keep);
    if (refusing < 0 || wishes[refusing]?.outcome !== FULL) return refusing;
    const held = all[refusing] as Held;
    const values = held.rule.overflowValuesOf(context.facts);
    if (values === held.values) return refusing;
    held.values = values;
    held.bucket = held.rule.bucketName(values, held.window.startMs);
    held.wish.key = held.rule.keyOf(limits, values, held.window, true);
  }
}

/** Writes the bucket's answer into its step. */
export function tell(step: OpenStep, { rule, wish, values }: Held, denied: boolean): void {
  step.verdict = denied ? 'deny' : 'permit';
  step.code = wish.outcome === FULL ? 'table_full' : denied ? rule.reachedCode : rule.okCode;
  step.evidence = new BucketEvidence(rule, wish, values);
}

export function refusalOf(context: RunContext, held: Held): WeirError {
  const { rule, wish, values } = held;
  const whose = namedValues(rule.byNames, values);
  if (wish.outcome === FULL) {
    const what = `policy ${rule.name} has no room to count ${whose}: the table of limits is full`;
    return refused('weir_overloaded', rule.name, what);
  }
  context.refusing = held;
  const { amount: asked, available, heldBefore, waitMs } = wish;
  return exhausted(rule, whose, { asked, available, held: heldBefore, waitMs }, context.thread.wallMs());
}
