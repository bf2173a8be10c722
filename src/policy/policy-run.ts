// Hot path: per request. One request's way through the policies: gate, change, hold, top-ups while it streams, and the settlement, which
// happens once, however the request ends. Every policy that was asked leaves a step with its numbers, also where it let pass.
import assert from 'node:assert';
import type { WeirError } from '../core/error.js';
import { settle } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { applyCaps, type Capped, ignoreCaps } from './cap.js';
import { SettledEvidence } from './evidence.js';
import type { Forecast, PolicyFacts, Settlement } from './facts.js';
import { foresee } from './foresee.js';
import { moveAll } from './move.js';
import { askDenial, runPass, skip } from './pass.js';
import type { CapRule, PluginRule, PolicySet } from './policy-set.js';
import { type Held, type PolicyThread, RunContext, type StepSink } from './run-context.js';
import { ceilingOf, topUp } from './top-up.js';

/** An amount in one bucket: shaped as the journal takes it (ledger/journal/journal.ts). */
export interface BucketAmount {
  readonly bucket: string;
  /** In the policy's unit; usd: nano-dollars. */
  readonly amount: number;
}

export const NO_CHARGES: readonly BucketAmount[] = Object.freeze([]);

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

  /** The bucket that refused the request last; null: none did. */
  get refusing(): Held | null {
    return this.#context.refusing;
  }

  /** First pass. After a refusal nothing is held. */
  gate(): WeirError | null {
    assert(!this.#settled, 'a settled request comes to the gate');
    const context = this.#context;
    return runPass(context, 'gate', this.set.gate, rule => context.wishFor(rule, 1), this.held);
  }

  /** Second pass, where it has no plugins. `concerned`: the request has a prompt or makes text, so that caps have something to say of it. */
  change(
    inputTokens: number | null,
    outputBound: number | null,
    concerned = true,
    caps: readonly CapRule[] = this.set.caps,
  ): Capped {
    return concerned
      ? applyCaps(this.#context, caps, inputTokens, outputBound)
      : ignoreCaps(this.#context, caps);
  }

  /** Second pass, rule by rule: whether this plugin has something to say of the request. */
  applies(rule: PluginRule): 'yes' | 'no' | WeirError {
    return this.#context.applies('change', rule);
  }

  /** One before it has refused. */
  skip(rule: CapRule | PluginRule): void {
    skip(this.#context, 'change', rule);
  }

  /** A plugin has changed the request: the denials are asked again. Those that still do not apply say nothing a second time. */
  denyAgain(): WeirError | null {
    for (const rule of this.set.gate) {
      if (rule.kind !== 'deny' || rule.when === null || this.#context.isSilent(rule.when)) continue;
      const refusal = askDenial(this.#context, 'route', rule);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** Likewise, what is counted goes where the request belongs now. A refusal means that it must not go to this target. */
  moveHeld(): WeirError | null {
    return moveAll(this.#context, this.held, true);
  }

  /** Third pass: holds what the request may come to, all or none. Once per request: a retry holds nothing more. */
  hold(forecast: Forecast): WeirError | null {
    assert(!this.#settled, 'a settled request comes to hold');
    assert(this.#forecast === null, 'a request holds twice');
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
    return moveAll(this.#context, this.held);
  }

  /** The answer has reached the ceiling: takes the same again where some is left. The error says: end the stream here. */
  topUp(outputTokens: number): WeirError | null {
    const forecast = this.#forecast;
    if (forecast === null) return null;
    for (const held of this.held) {
      const stop = topUp(this.#context, held, forecast, outputTokens);
      if (stop !== null) return stop;
    }
    this.#setCeiling();
    return null;
  }

  /**
   * Ends all holds with what the request came to; null: it was refused and has used nothing. Later calls do nothing. Returns what was charged
   * to the buckets that outlive a restart.
   */
  settle(settlement: Settlement | null): readonly BucketAmount[] {
    if (this.#settled) return NO_CHARGES;
    this.#settled = true;
    this.outputCeiling = Number.POSITIVE_INFINITY;
    const { thread } = this.#context;
    const nowMs = thread.sharedMs();
    let charges: BucketAmount[] | null = null;
    for (const each of this.held) {
      const { rule, wish } = each;
      const held = wish.amount;
      const charged = chargeOf(each, settlement);
      settle(thread.limits, wish, charged, nowMs);
      if (rule.lasting && charged > 0) {
        charges ??= [];
        charges.push({ bucket: each.bucket, amount: charged });
      }
      if (rule.unit === 'requests' || rule.unit === 'concurrent' || settlement === null) continue;
      this.#context.note('settle', rule, 'permit', 'settled', new SettledEvidence(rule, held, charged));
    }
    while (this.held.length > 0) this.held.pop();
    return charges ?? NO_CHARGES;
  }

  /** What settle() would charge now to the buckets that outlive a restart; what is 0 is left out. */
  chargesOf(settlement: Settlement | null): readonly BucketAmount[] {
    let charges: BucketAmount[] | null = null;
    for (const each of this.held) {
      const amount = each.rule.lasting ? chargeOf(each, settlement) : 0;
      if (amount === 0) continue;
      charges ??= [];
      charges.push({ bucket: each.bucket, amount });
    }
    return charges ?? NO_CHARGES;
  }

  #setCeiling(): void {
    let ceiling = Number.POSITIVE_INFINITY;
    for (const held of this.held) ceiling = Math.min(ceiling, ceilingOf(held));
    this.outputCeiling = ceiling;
  }
}

function chargeOf({ rule, wish, lost, ended }: Held, settlement: Settlement | null): number {
  if (lost) return 0;
  if (settlement === null) return keptOf(rule);
  const charge = rule.chargeOf(settlement, wish.amount);
  return ended ? Math.min(charge, wish.amount) : charge;
}

/** What a request that is refused after the gate leaves in the bucket: its `requests` take at the gate, and nothing else. */
function keptOf({ kind, unit }: BucketRule): number {
  return kind === 'limit' && unit === 'requests' ? 1 : 0;
}
