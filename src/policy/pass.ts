// One pass over denials and buckets, in the order of the configuration (CONTRACT.md §3): the first enforced denial ends it, and what was taken in it
// before goes back, so that a refused request has taken nothing. Shadow rules take by themselves, from buckets of their own.
// Hot path: per request.
import type { Phase } from '../core/entry.js';
import { WeirError } from '../core/error.js';
import { FULL } from '../kernel/limits.js';
import { holdAll, settle, type Wish } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { evidenceOf } from './evidence.js';
import type { DenyRule, Rule } from './policy-set.js';
import { exhausted, refused } from './refusal.js';
import { type Held, namedValues, type OpenStep, type RunContext } from './run-context.js';

/** What a rule wants of its bucket; a refusal without asking it; or null: nothing. */
export type WishFor = (rule: BucketRule) => Held | WeirError | null;

/** A wish and the step that will tell its answer. */
interface Asked {
  readonly held: Held;
  readonly step: OpenStep;
}

/** Runs the pass: what is held goes to `into`; the first refusal comes back, and then nothing of the pass is held. */
export function runPass(
  context: RunContext,
  phase: 'gate' | 'hold',
  rules: readonly (DenyRule | BucketRule)[],
  wishFor: WishFor,
  into: Held[],
): WeirError | null {
  const asked: Asked[] = [];
  const shadows: Held[] = [];
  let refusal: WeirError | null = null;
  let reached = 0;
  while (reached < rules.length && refusal === null) {
    const rule = rules[reached++] as DenyRule | BucketRule;
    if (rule.kind === 'deny') refusal = askDenial(context, phase, rule);
    else refusal = askBucket(context, phase, rule, wishFor, asked, shadows);
  }
  const failed = takeAll(context, asked);
  if (refusal === null && failed === null) {
    for (const { held } of asked) into.push(held);
    for (const held of shadows) into.push(held);
    return null;
  }
  if (failed === null)
    giveBack(
      context,
      asked.map(({ held }) => held),
    );
  giveBack(context, shadows);
  for (; reached < rules.length; reached++) skip(context, phase, rules[reached] as Rule);
  return failed ?? refusal;
}

export function skip(context: RunContext, phase: Phase, rule: Rule): void {
  context.note(phase, rule, 'skipped', 'earlier_denial');
}

export function askDenial(context: RunContext, phase: Phase, rule: DenyRule): WeirError | null {
  const applies = context.applies(phase, rule);
  if (applies === 'no') return null;
  if (applies === 'yes') context.note(phase, rule, 'deny', 'denied', { status: rule.status });
  if (rule.mode === 'shadow') return null;
  if (applies !== 'yes') return applies;
  return refused(
    'weir_denied',
    rule.name,
    rule.message ?? `policy ${rule.name} denies this request`,
    rule.status,
  );
}

function askBucket(
  context: RunContext,
  phase: 'gate' | 'hold',
  rule: BucketRule,
  wishFor: WishFor,
  asked: Asked[],
  shadows: Held[],
): WeirError | null {
  const applies = context.applies(phase, rule);
  if (applies === 'no') return null;
  const wanted = applies === 'yes' ? wishFor(rule) : applies;
  if (wanted === null) return null;
  if (wanted instanceof WeirError) {
    if (wanted !== applies)
      context.note(phase, rule, 'deny', wanted.code.replace('weir_', ''), detailOf(wanted));
    return rule.mode === 'shadow' ? null : wanted;
  }
  const step = context.note(phase, rule, 'skipped', 'earlier_denial');
  if (rule.mode === 'enforce') asked.push({ held: wanted, step });
  else if (takeAll(context, [{ held: wanted, step }]) === null) shadows.push(wanted);
  return null;
}

function detailOf({ detail }: WeirError): OpenStep['evidence'] {
  const { by, asked, available } = detail;
  if (typeof by !== 'string' || asked === undefined || available === undefined) return {};
  return { by, asked: String(asked), limit: String(available) };
}

/** Takes all wishes or none; the refusal of the first that fails. */
function takeAll(context: RunContext, asked: readonly Asked[]): WeirError | null {
  if (asked.length === 0) return null;
  const wishes = asked.map(({ held }) => held.wish);
  const refusing = takeOrOverflow(context, asked, wishes);
  for (let i = 0; i < asked.length && (refusing < 0 || i <= refusing); i++)
    tell(asked[i] as Asked, i === refusing);
  return refusing < 0 ? null : refusalOf(context, (asked[refusing] as Asked).held);
}

/** In a full table, new values of the caller's choice share one bucket. */
function takeOrOverflow(context: RunContext, asked: readonly Asked[], wishes: readonly Wish[]): number {
  const { limits } = context.thread;
  for (;;) {
    const refusing = holdAll(limits, wishes, wishes.length, context.thread.sharedMs());
    if (refusing < 0 || wishes[refusing]?.outcome !== FULL) return refusing;
    const { held } = asked[refusing] as Asked;
    const values = held.rule.overflowValuesOf(context.facts);
    if (values === held.values) return refusing;
    held.values = values;
    held.wish.key = held.rule.keyOf(limits, values, held.window, true);
  }
}

function tell({ held, step }: Asked, denied: boolean): void {
  const { rule, wish, values } = held;
  step.verdict = denied ? 'deny' : 'permit';
  step.code = `${rule.kind}_${denied ? 'reached' : 'ok'}`;
  step.evidence = evidenceOf(rule, wish, namedValues(rule, values));
}

export function refusalOf(context: RunContext, { rule, wish, values }: Held): WeirError {
  const whose = namedValues(rule, values);
  if (wish.outcome === FULL) {
    const what = `policy ${rule.name} has no room to count ${whose}: the table of limits is full`;
    return refused('weir_overloaded', rule.name, what);
  }
  const numbers = {
    asked: wish.amount,
    available: wish.available,
    held: wish.heldBefore,
    waitMs: wish.waitMs,
  };
  return exhausted(rule, whose, numbers, context.thread.wallMs());
}

function giveBack(context: RunContext, all: readonly Held[]): void {
  const nowMs = context.thread.sharedMs();
  for (const { wish } of all) settle(context.thread.limits, wish, 0, nowMs);
}
