// What all parts of a request's way through the policies share: the thread's kernel and clocks, the request's facts, its steps.
import type { Phase, StepKind, Verdict } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import type { LimitsKernel } from '../kernel/limits.js';
import { Wish } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { split } from './dimensions.js';
import { type Evidence, NOTHING } from './evidence.js';
import type { PolicyFacts } from './facts.js';
import type { Rule } from './policy-set.js';
import type { RecentOutputs } from './recent-outputs.js';
import { refused } from './refusal.js';
import type { Window } from './window.js';

/** What of a thread a run needs. */
export interface PolicyThread {
  readonly limits: LimitsKernel;
  readonly recent: RecentOutputs;
  /** Monotonic, common to all threads, ms. */
  sharedMs(): number;
  wallMs(): number;
}

/** A step that may still be corrected: a bucket's answer comes after the step has its place. */
export interface OpenStep {
  verdict: Verdict;
  code: string;
  evidence: Evidence;
}

export type StepSink = (
  phase: Phase,
  policy: string,
  kind: StepKind,
  mode: 'enforce' | 'shadow',
  verdict: Verdict,
  code: string,
  evidence: Evidence,
) => OpenStep;

/** One bucket that the request holds something in. */
export interface Held {
  readonly rule: BucketRule;
  readonly wish: Wish;
  values: string;
  readonly window: Window;
  /** Output tokens that the hold allows for; 0 where the output is no matter of it, or nothing more is to be taken. */
  outputTokens: number;
  /** What a top-up adds to that. */
  readonly stepTokens: number;
}

export class RunContext {
  readonly thread: PolicyThread;
  readonly facts: PolicyFacts;
  readonly #sink: StepSink;
  /** The body should have told something and could not be read. */
  readonly #opaque: () => boolean;

  constructor(thread: PolicyThread, facts: PolicyFacts, opaque: () => boolean, sink: StepSink) {
    this.thread = thread;
    this.facts = facts;
    this.#opaque = opaque;
    this.#sink = sink;
  }

  note(phase: Phase, rule: Rule, verdict: Verdict, code: string, evidence: Evidence = NOTHING): OpenStep {
    return this.#sink(phase, rule.name, rule.kind, rule.mode, verdict, code, evidence);
  }

  /** `no`: the rule has nothing to say of this request. An error: what it asks for cannot be read. */
  applies(phase: Phase, rule: Rule): 'yes' | 'no' | WeirError {
    const { when, name } = rule;
    if (when === null) return 'yes';
    if (when.usesBody && this.#opaque()) {
      const pass = rule.unreadable === 'pass';
      this.note(phase, rule, pass ? 'skipped' : 'deny', 'unreadable');
      if (pass) return 'no';
      return refused(
        'weir_opaque_request',
        name,
        `policy ${name} asks for what the body says, and it cannot be read`,
      );
    }
    const result = when.test(this.facts);
    if (result === 'true') return 'yes';
    if (result === 'error') {
      // What it would have said is unknown, and it can refuse: it counts as true.
      this.note(phase, rule, 'failed', 'when_error', { reason: when.lastError });
      return 'yes';
    }
    this.note(phase, rule, 'permit', 'not_matched');
    return 'no';
  }

  /** A wish of `amount` from the request's bucket of that rule, not yet taken. */
  wishFor(rule: BucketRule, amount: number, outputTokens: number): Held {
    const values = rule.valuesOf(this.facts);
    const window = rule.windowAt(this.thread.wallMs());
    const wish = this.wish(rule, values, window, amount);
    return { rule, wish, values, window, outputTokens, stepTokens: outputTokens };
  }

  wish(rule: BucketRule, values: string, window: Window, amount: number): Wish {
    const { thread } = this;
    const wish = new Wish(rule.keyOf(thread.limits, values, window));
    wish.policy = rule.number;
    wish.amount = amount;
    wish.rate = rule.rate;
    wish.limit = rule.capacity;
    wish.window = window.startMs;
    // The kernel's clock is monotonic: the window's end on it, as the wall clock says now.
    if (window.endMs > 0) wish.endsMs = thread.sharedMs() + Math.max(1, window.endMs - thread.wallMs());
    return wish;
  }
}

/** `consumer=team-a, model=gpt-4o`. */
export function namedValues(rule: BucketRule, values: string): string {
  if (rule.byNames.length === 0) return '';
  return split(values)
    .map((value, i) => `${rule.byNames[i]}=${value}`)
    .join(', ');
}
