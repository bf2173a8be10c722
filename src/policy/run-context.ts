// What all parts of a request's way through the policies share: the thread's kernel and clocks, the request's facts, its steps.
import type { Phase, StepKind, Verdict } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import type { LimitsKernel } from '../kernel/limits.js';
import { Wish } from '../kernel/limits-hold.js';
import type { BucketKey } from '../kernel/limits-table.js';
import type { When } from '../when/facts.js';
import type { BucketRule } from './bucket-rule.js';
import { type Evidence, NOTHING } from './evidence.js';
import type { PolicyFacts } from './facts.js';
import type { Rule } from './policy-set.js';
import type { RecentOutputs } from './recent-outputs.js';
import { refused } from './refusal.js';
import { NO_WINDOW, type Window } from './window.js';

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
  wish: Wish;
  values: string;
  /** The bucket's name (BucketRule.bucketName). */
  bucket: string;
  readonly window: Window;
  /** Output tokens that the hold allows for. */
  outputTokens: number;
  /** What a top-up adds to that; 0 where the output is no matter of the hold. */
  readonly stepTokens: number;
  /** Output tokens that the request itself allows; Infinity: it sets no bound. */
  readonly boundTokens: number;
  /** A top-up found nothing left, and a step says so. */
  overran: boolean;
  /** A shadow policy would have ended the stream: what comes after counts for nothing. */
  ended: boolean;
  /** A shadow policy would have refused the target that serves: the request counts for nothing. */
  lost: boolean;
}

/** Output tokens and what more may come of them; all 0 and Infinity where the output is no matter. */
export interface HeldOutput {
  readonly tokens: number;
  readonly step: number;
  readonly bound: number;
}

export const NO_OUTPUT: HeldOutput = Object.freeze({ tokens: 0, step: 0, bound: Number.POSITIVE_INFINITY });

export class RunContext {
  readonly thread: PolicyThread;
  readonly facts: PolicyFacts;
  /** Steps of the current pass. */
  noted: OpenStep[] = [];
  /** The bucket that has refused the request. */
  refusing: Held | null = null;
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
    const step = this.#sink(phase, rule.name, rule.kind, rule.mode, verdict, code, evidence);
    this.noted.push(step);
    return step;
  }

  /** `no`: the rule has nothing to say of this request. An error: what it asks for cannot be read. */
  applies(phase: Phase, rule: Rule): 'yes' | 'no' | WeirError {
    const { when } = rule;
    if (when?.usesBody === true && this.#opaque()) {
      if (rule.kind !== 'limit' && rule.kind !== 'budget') return this.#unreadable(phase, rule);
      // Limits are told by `unmetered` what to do then; whether they apply is unknown, and they can refuse.
      this.note(phase, rule, 'failed', 'unreadable');
      return 'yes';
    }
    const result = when === null ? 'true' : when.test(this.facts);
    if (result === 'false') {
      this.note(phase, rule, 'permit', 'not_matched');
      return 'no';
    }
    // What it would have said is unknown, and it can refuse: it counts as true.
    if (result === 'error')
      this.note(phase, rule, 'failed', 'when_error', { reason: when?.lastError ?? null });
    // A cap's bounds are themselves a question about the body.
    return rule.kind === 'cap' && this.#opaque() ? this.#unreadable(phase, rule) : 'yes';
  }

  /** An expression that is false beyond doubt. */
  isSilent(when: When): boolean {
    return !(when.usesBody && this.#opaque()) && when.test(this.facts) === 'false';
  }

  #unreadable(phase: Phase, rule: Rule): 'no' | WeirError {
    const { name, unreadable } = rule;
    const pass = unreadable === 'pass';
    this.note(phase, rule, pass ? 'skipped' : 'deny', 'unreadable');
    if (pass) return 'no';
    const what = `policy ${name} asks for what the body says, and it cannot be read`;
    return refused('weir_opaque_request', name, what);
  }

  /** A wish of `amount` from the request's bucket of that rule, not yet taken. */
  wishFor(rule: BucketRule, amount: number, output = NO_OUTPUT): Held {
    const { thread, facts } = this;
    const window = rule.windowed ? rule.windowAt(thread.wallMs()) : NO_WINDOW;
    const { values, key, bucket } = rule.placeOf(thread.limits, facts, window);
    return {
      rule,
      wish: this.wish(rule, key, window, amount),
      values,
      bucket,
      window,
      outputTokens: output.tokens,
      stepTokens: output.step,
      boundTokens: output.bound,
      overran: false,
      ended: false,
      lost: false,
    };
  }

  wish(rule: BucketRule, key: BucketKey, window: Window, amount: number): Wish {
    const { thread } = this;
    const wish = new Wish(key);
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
