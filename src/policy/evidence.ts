// The numbers that a step shows (CONTRACT.md §4): limit, used, held, asked, available, reset_ms. Dollars as decimal strings. Hot path: per
// request and policy, so only the numbers are kept, and written out when somebody asks for the record: few ever do.
import { type EvidenceSink, LateEvidence, type Step, type StepEvidence } from '../core/entry.js';
import type { Wish } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { namedValues } from './dimensions.js';
import { shown, type Unit } from './unit.js';

export type Evidence = Step['evidence'];
const BUCKET_NAMES = 'by\nunit\nlimit\nused\nheld\nasked\navailable\nreset_ms';
const SETTLED_NAMES = 'unit\nheld\ncharged';
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
      by: byText(byNames, this.#values),
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

  override get names(): string {
    return BUCKET_NAMES;
  }

  override tell(sink: EvidenceSink): void {
    const { unit, capacity, byNames } = this.#rule;
    const [available, held] = [this.#available, this.#held];
    sink.value(byText(byNames, this.#values));
    sink.value(unit);
    tellAmount(sink, unit, capacity);
    tellAmount(sink, unit, Math.max(0, capacity - available - held));
    tellAmount(sink, unit, held);
    tellAmount(sink, unit, this.#asked);
    tellAmount(sink, unit, available);
    sink.value(this.#waitMs);
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

  override get names(): string {
    return SETTLED_NAMES;
  }

  override tell(sink: EvidenceSink): void {
    const { unit } = this.#rule;
    sink.value(unit);
    tellAmount(sink, unit, this.#held);
    tellAmount(sink, unit, this.#charged);
  }
}

function tellAmount(sink: EvidenceSink, unit: Unit, amount: number): void {
  if (unit === 'usd') sink.usd(amount);
  else sink.value(amount);
}

/** Texts of namedValues(), by the names that they begin with: they are asked for at each request's end, and few differ. */
const byTexts = new WeakMap<readonly string[], Map<string, string>>();
const BY_TEXTS_MAX = 1024;

function byText(names: readonly string[], values: string): string {
  const texts = byTexts.get(names) ?? new Map<string, string>();
  if (texts.size === 0) byTexts.set(names, texts);
  let text = texts.get(values);
  if (text === undefined) {
    if (texts.size >= BY_TEXTS_MAX) texts.clear();
    text = namedValues(names, values);
    texts.set(values, text);
  }
  return text;
}
