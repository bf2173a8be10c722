// The numbers that a step shows (CONTRACT.md §4): limit, used, held, asked, available, reset_ms. Dollars as decimal strings. Hot path: per
// request and policy, so only the numbers are kept, and written out when somebody asks for the record: few ever do.
import { LateEvidence, type Step, type StepEvidence } from '../core/entry.js';
import type { Wish } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { namedValues } from './dimensions.js';
import { shown } from './unit.js';

export type Evidence = Step['evidence'];
export const NOTHING: StepEvidence = Object.freeze({});

/** What the bucket looked like before the wish, and what was asked. `available` is what was there to take. */
export class BucketEvidence extends LateEvidence {
  readonly #rule: BucketRule;
  readonly #values: string;
  readonly #available: number;
  readonly #held: number;
  readonly #asked: number;
  readonly #waitMs: number;

  constructor(rule: BucketRule, { available, heldBefore, amount, waitMs }: Wish, values: string) {
    super();
    this.#rule = rule;
    this.#values = values;
    this.#available = available;
    this.#held = heldBefore;
    this.#asked = amount;
    this.#waitMs = waitMs;
  }

  written(): StepEvidence {
    const { unit, capacity, byNames } = this.#rule;
    const [available, held] = [this.#available, this.#held];
    return {
      by: namedValues(byNames, this.#values),
      unit,
      limit: shown(unit, capacity),
      // A rate refills while it is held: what it has refilled is no longer used.
      used: shown(unit, Math.max(0, capacity - available - held)),
      held: shown(unit, held),
      asked: shown(unit, this.#asked),
      available: shown(unit, available),
      reset_ms: this.#waitMs,
    };
  }
}

/** What was held in the end, and what was charged. */
export class SettledEvidence extends LateEvidence {
  readonly #rule: BucketRule;
  readonly #held: number;
  readonly #charged: number;

  constructor(rule: BucketRule, held: number, charged: number) {
    super();
    this.#rule = rule;
    this.#held = held;
    this.#charged = charged;
  }

  written(): StepEvidence {
    const { unit } = this.#rule;
    return { unit, held: shown(unit, this.#held), charged: shown(unit, this.#charged) };
  }
}
