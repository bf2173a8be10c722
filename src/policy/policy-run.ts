// Hot path: per request. One request's way through the policies: gate, change, hold, top-ups while it streams, and the settlement, which
// happens once, however the request ends. Every policy that was asked leaves a step with its numbers, also where it let pass.
import type { WeirError } from '../core/error.js';
import { FORCE, TAKE } from '../kernel/limits.js';
import { grow, holdAll, settle } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { applyCaps, type Capped } from './cap.js';
import { evidenceOf } from './evidence.js';
import type { Forecast, PolicyFacts, Settlement } from './facts.js';
import { foresee } from './foresee.js';
import { askDenial, refusalOf, runPass } from './pass.js';
import type { PolicySet } from './policy-set.js';
import { refused } from './refusal.js';
import { type Held, namedValues, type PolicyThread, RunContext, type StepSink } from './run-context.js';

const NOTHING_USED: Settlement = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  costNanos: 0,
  unknown: false,
});

export class PolicyRun {
  readonly set: PolicySet;
  /** What the request holds now. */
  readonly held: Held[] = [];
  /** Counted output tokens at which topUp() is to be asked; Infinity: never. */
  outputCeiling = Number.POSITIVE_INFINITY;
  readonly #context: RunContext;
  #forecast: Forecast | null = null;
  #settled = false;

  constructor(
    set: PolicySet,
    thread: PolicyThread,
    facts: PolicyFacts,
    opaque: () => boolean,
    sink: StepSink,
  ) {
    this.set = set;
    this.#context = new RunContext(thread, facts, opaque, sink);
  }

  /** First pass. After a refusal nothing is held. */
  gate(): WeirError | null {
    return runPass(
      this.#context,
      'gate',
      this.set.gate,
      rule => this.#context.wishFor(rule, 1, 0),
      this.held,
    );
  }

  /** Second pass. */
  change(inputTokens: number | null, outputBound: number | null): Capped {
    return applyCaps(this.#context, this.set.change, inputTokens, outputBound);
  }

  /** Third pass: holds what the request may come to, all or none. */
  hold(forecast: Forecast): WeirError | null {
    this.#forecast = forecast;
    const wishFor = (rule: BucketRule): Held | WeirError | null => foresee(this.#context, rule, forecast);
    const refusal = runPass(this.#context, 'hold', this.set.hold, wishFor, this.held);
    if (refusal === null) this.#setCeiling();
    return refusal;
  }

  /**
   * Another target: asks the denials again that look at it, and moves what is counted by it to its new buckets. A refusal means that the
   * request must not go to this target; what it holds stays where it was.
   */
  retarget(): WeirError | null {
    for (const rule of this.set.gate) {
      if (rule.kind !== 'deny' || rule.when?.usesTarget !== true) continue;
      const refusal = askDenial(this.#context, 'route', rule);
      if (refusal !== null) return refusal;
    }
    for (const held of this.held) {
      const refusal = held.rule.followsTarget ? this.#move(held) : null;
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** The answer has reached the ceiling: takes the same again where some is left. The error says: end the stream here. */
  topUp(outputTokens: number): WeirError | null {
    for (const held of this.held) {
      if (held.outputTokens === 0 || outputTokens < held.outputTokens) continue;
      const stop = this.#topUp(held, outputTokens);
      if (stop !== null) return stop;
    }
    this.#setCeiling();
    return null;
  }

  /** Ends all holds with what the request came to; null: it was refused and has used nothing. Later calls do nothing. */
  settle(settlement: Settlement | null): void {
    if (this.#settled) return;
    this.#settled = true;
    this.outputCeiling = Number.POSITIVE_INFINITY;
    const { thread } = this.#context;
    const nowMs = thread.sharedMs();
    for (const { rule, wish } of this.held) {
      const held = wish.amount;
      const charged = Math.max(0, rule.chargeOf(settlement ?? NOTHING_USED, held));
      settle(thread.limits, wish, charged, nowMs);
      if (rule.unit === 'requests' || rule.unit === 'concurrent' || settlement === null) continue;
      this.#context.note('settle', rule, 'permit', 'settled', { held, charged });
    }
    this.held.length = 0;
  }

  #move(held: Held): WeirError | null {
    const { rule, wish, window } = held;
    const context = this.#context;
    const values = rule.valuesOf(context.facts);
    if (values === held.values) return null;
    const { limits } = context.thread;
    const moved = context.wish(rule, values, window, wish.amount);
    const nowMs = context.thread.sharedMs();
    const refused = holdAll(limits, [moved], 1, nowMs) >= 0;
    const evidence = evidenceOf(rule, moved, namedValues(rule, values));
    context.note(
      'route',
      rule,
      refused ? 'deny' : 'permit',
      refused ? `${rule.kind}_reached` : 'moved',
      evidence,
    );
    if (refused) return rule.mode === 'shadow' ? null : refusalOf(context, { ...held, wish: moved, values });
    settle(limits, wish, 0, nowMs);
    wish.key = moved.key;
    held.values = values;
    return null;
  }

  #topUp(held: Held, outputTokens: number): WeirError | null {
    const { rule, wish, stepTokens } = held;
    const { limits } = this.#context.thread;
    const nowMs = this.#context.thread.sharedMs();
    const more = Math.max(1, this.#worthOf(rule, stepTokens));
    if (grow(limits, wish, more, nowMs, TAKE)) {
      held.outputTokens = Math.max(held.outputTokens, outputTokens) + stepTokens;
      return null;
    }
    const stops = rule.overrun === 'stop';
    const evidence = { asked: more, available: limits.available, output_tokens: outputTokens };
    this.#context.note('forward', rule, stops ? 'deny' : 'permit', 'overrun', evidence);
    held.outputTokens = 0;
    if (stops && rule.mode === 'enforce') {
      const whose = namedValues(rule, held.values);
      const what = `policy ${rule.name} has nothing left${whose === '' ? '' : ` for ${whose}`}`;
      return refused(
        'weir_limit_reached',
        rule.name,
        `${what}: the answer was ended after ${outputTokens} output tokens`,
      );
    }
    // It lets the answer end, and the bucket owes what comes: taken now, so that others see it.
    grow(limits, wish, more, nowMs, FORCE);
    held.outputTokens = Math.max(outputTokens, 1) + stepTokens;
    return null;
  }

  /** What so many more output tokens come to in the rule's unit. */
  #worthOf(rule: BucketRule, outputTokens: number): number {
    const forecast = this.#forecast;
    if (rule.unit !== 'usd' || forecast === null) return outputTokens;
    const input = forecast.inputTokens ?? 0;
    const whole = rule.nanosOf(forecast, input, outputTokens) ?? 0;
    return whole - (rule.nanosOf(forecast, input, 0) ?? 0);
  }

  #setCeiling(): void {
    let ceiling = Number.POSITIVE_INFINITY;
    for (const { outputTokens } of this.held) {
      if (outputTokens > 0 && outputTokens < ceiling) ceiling = outputTokens;
    }
    this.outputCeiling = ceiling;
  }
}
