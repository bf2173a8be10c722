// One pass over denials and buckets, in the order of the configuration (CONTRACT.md §3): the first enforced denial ends it, and a refused
// request has taken nothing in it. Shadow rules take by themselves, from buckets of their own. Hot path: per request.
import type { Phase } from '../core/entry.js';
import { WeirError } from '../core/error.js';
import type { BucketRule } from './bucket-rule.js';
import { NOTHING } from './evidence.js';
import type { DenyRule, Rule } from './policy-set.js';
import { refused } from './refusal.js';
import type { Held, OpenStep, RunContext } from './run-context.js';
import { refusalOf, takeAll, tell } from './take.js';

/** What a rule wants of its bucket; a refusal without asking it; or null: nothing. */
export type WishFor = (rule: BucketRule) => Held | WeirError | null;

/** A wish and the step that will tell its answer. */
interface Asked {
  readonly held: Held;
  readonly step: OpenStep;
}

function isEnforced({ held }: Asked): boolean {
  return held.rule.mode === 'enforce';
}

/** Runs the pass: what is held goes to `into`; the first refusal comes back, and then nothing of the pass is held. */
export function runPass(
  context: RunContext,
  phase: 'gate' | 'hold',
  rules: readonly (DenyRule | BucketRule)[],
  wishFor: WishFor,
  into: Held[],
): WeirError | null {
  context.noted = [];
  const { noted } = context;
  const asked: Asked[] = [];
  let refusal: WeirError | null = null;
  let reached = 0;
  while (reached < rules.length && refusal === null) {
    const rule = rules[reached++] as DenyRule | BucketRule;
    if (rule.kind === 'deny') refusal = askDenial(context, phase, rule);
    else refusal = askBucket(context, phase, rule, wishFor, asked);
  }
  const enforced = asked.every(isEnforced) ? asked : asked.filter(isEnforced);
  const refusing = takeEnforced(context, enforced, refusal === null);
  if (refusal === null && refusing === null) {
    keepAll(context, asked, into);
    return null;
  }
  const end = refusing === null ? noted.length : noted.indexOf(refusing.step) + 1;
  for (const { held, step } of asked) {
    if (held.rule.mode === 'shadow' && noted.indexOf(step) < end)
      tell(step, held, takeAll(context, [held], false) >= 0);
  }
  for (const step of noted.slice(end)) skipLate(step);
  for (; reached < rules.length; reached++) skip(context, phase, rules[reached] as Rule);
  return refusing === null ? refusal : refusalOf(context, refusing.held);
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
): WeirError | null {
  const applies = context.applies(phase, rule);
  if (applies === 'no') return null;
  const wanted = applies === 'yes' ? wishFor(rule) : applies;
  if (wanted === null) return null;
  if (wanted instanceof WeirError) {
    if (wanted !== applies)
      context.note(phase, rule, 'deny', wanted.code.replace('weir_', ''), detailOf(rule, wanted));
    return rule.mode === 'shadow' ? null : wanted;
  }
  asked.push({ held: wanted, step: context.note(phase, rule, 'skipped', 'earlier_denial') });
  return null;
}

function detailOf({ unit }: BucketRule, { detail }: WeirError): OpenStep['evidence'] {
  const { by, asked, available } = detail;
  if (typeof by !== 'string' || asked === undefined || available === undefined) return NOTHING;
  if (typeof asked === 'object' || typeof available === 'object') return NOTHING;
  return { by, unit, asked, limit: available };
}

/** Takes all or none (none at all without `keep`) and tells their steps; the first that refuses. */
function takeEnforced(context: RunContext, asked: readonly Asked[], keep: boolean): Asked | null {
  const refusing = takeAll(
    context,
    asked.map(({ held }) => held),
    keep,
  );
  const told = refusing < 0 ? asked.length : refusing + 1;
  for (let i = 0; i < told; i++) {
    const { step, held } = asked[i] as Asked;
    tell(step, held, i === refusing);
  }
  return refusing < 0 ? null : (asked[refusing] as Asked);
}

/** The enforced ones are taken; of the shadows, those that their buckets grant. */
function keepAll(context: RunContext, asked: readonly Asked[], into: Held[]): void {
  for (const { held, step } of asked) {
    if (held.rule.mode === 'shadow') {
      const denied = takeAll(context, [held]) >= 0;
      tell(step, held, denied);
      if (denied) continue;
    }
    into.push(held);
  }
}

/** What was noted of rules after the one that has refused: they have not been asked. */
function skipLate(step: OpenStep): void {
  if (step.verdict === 'failed') return;
  step.verdict = 'skipped';
  step.code = 'earlier_denial';
  step.evidence = NOTHING;
}
