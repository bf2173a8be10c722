// One limit or budget, compiled: which bucket a request falls into, how much it asks of it, how much it came to. Hot path: per request.
import type { BudgetPolicy, Dimension, LimitPolicy } from '../config/config.js';
import { policyIdentity } from '../config/policies.js';
import { noUsage } from '../core/usage.js';
import type { LimitsKernel } from '../kernel/limits.js';
import { type Rate, rateUnits } from '../kernel/limits-rate.js';
import type { BucketKey } from '../kernel/limits-table.js';
import { fixedPrice, type Price } from '../price/price.js';
import type { When } from '../when/facts.js';
import { dimensionName, dimensionValue, isOpen, joined, OVERFLOW } from './dimensions.js';
import type { Forecast, PolicyFacts, Settlement } from './facts.js';
import type { Unit } from './unit.js';
import { NO_WINDOW, type Window, Windows } from './window.js';

/** Places remembered by their values: dropped all at once when there are too many. */
const PLACES_MAX = 4096;

/** Rates over so long a time or longer are restored after a restart: a shorter one lets through at most its burst too much, once. */
const LASTING_PER_MS = 3_600_000;

/** Where requests of some values are counted. */
export interface Place {
  /** As valuesOf() joins them. */
  readonly values: string;
  readonly key: BucketKey;
  /** As bucketName() tells it: one text for all requests, so that who looks it up hashes it once. */
  readonly bucket: string;
}

/** Places by their values, one after the other: no text has to be put together, and hashed, to find what is known. */
class Shelf {
  inner: Map<string, Shelf> | null = null;
  place: Place | null = null;
}

export class BucketRule {
  readonly kind: 'limit' | 'budget';
  readonly name: string;
  /** Codes of its steps: `limit_ok`, `budget_reached`. */
  readonly okCode: string;
  readonly reachedCode: string;
  readonly mode: 'enforce' | 'shadow';
  readonly unreadable: 'refuse' | 'pass';
  readonly when: When | null;
  readonly unit: Unit;
  /** In the unit; usd: nano-dollars. */
  readonly limit: number;
  /** What a bucket holds at most. */
  readonly capacity: number;
  /** Of a rate; 0 for quotas and permits. */
  readonly perMs: number;
  /** `1m`, `month`: as configured. */
  readonly perText: string;
  /** Null for quotas and permits. */
  readonly rate: Rate | null;
  readonly by: readonly Dimension[];
  readonly byNames: readonly string[];
  /** Weight of cached input tokens, 0 to 1. */
  readonly cached: number;
  readonly hold: 'likely' | 'worst';
  readonly overrun: 'finish' | 'stop';
  readonly unmetered: 'refuse' | 'pass';
  /** A price for models that have none, or what to do then. */
  readonly unpriced: 'refuse' | 'pass' | Price;
  /** Tells the rule's buckets from all others, also after a reload that changes no more than amounts. */
  readonly identity: string;
  /** The same as a number, for the kernel's lists. */
  readonly number: number;
  /** It counts by what a change of the target changes. */
  readonly followsTarget: boolean;
  /** What is charged outlives a restart: the ledger keeps it. Shorter rates have refilled by then, or soon after. */
  readonly lasting: boolean;
  readonly #windows: Windows | null;
  #shelf = new Shelf();
  #places = 0;
  #shelfOf: Window = NO_WINDOW;

  constructor(policy: LimitPolicy | BudgetPolicy, when: When | null, timezone: string) {
    this.kind = policy.kind;
    this.name = policy.name;
    this.okCode = `${policy.kind}_ok`;
    this.reachedCode = `${policy.kind}_reached`;
    this.mode = policy.mode;
    this.unreadable = policy.unreadable;
    this.when = when;
    this.unit = policy.unit;
    this.limit = policy.amount;
    this.by = policy.by;
    this.byNames = policy.by.map(dimensionName);
    this.cached = policy.cached;
    this.hold = policy.hold;
    this.overrun = policy.overrun;
    this.unmetered = policy.unmetered;
    this.followsTarget = policy.by.some(
      ({ kind }) => kind === 'provider' || kind === 'model' || kind === 'api',
    );
    this.perMs = policy.kind === 'limit' ? policy.perMs : 0;
    this.lasting =
      policy.kind === 'budget' || (policy.unit !== 'concurrent' && policy.perMs >= LASTING_PER_MS);
    if (policy.kind === 'limit') {
      this.capacity = policy.unit === 'concurrent' ? policy.amount : policy.burst;
      this.rate = policy.unit === 'concurrent' ? null : rateOf(policy);
      this.perText = spanText(policy.perMs);
      this.unpriced = 'pass';
      this.#windows = null;
    } else {
      this.capacity = policy.amount;
      this.rate = null;
      this.perText = policy.per.unit === 'days' ? `${policy.per.days}d` : policy.per.unit;
      this.unpriced =
        typeof policy.unpriced === 'string' ? policy.unpriced : fixedPrice(policy.name, policy.unpriced);
      this.#windows = new Windows(policy.per, timezone);
    }
    const units = this.rate === null ? '' : `${this.rate.unitsPerMs}/${this.rate.unitsPerToken}`;
    this.identity = `${policyIdentity(policy)} ${units} ${policy.mode}`;
    this.number = numberOf(this.identity);
  }

  get windowed(): boolean {
    return this.#windows !== null;
  }

  /** The window that a request admitted now belongs to; the same object as long as it lasts. */
  windowAt(wallMs: number): Window {
    return this.#windows === null ? NO_WINDOW : this.#windows.at(wallMs);
  }

  /** The values that this request is counted by, as one text. */
  valuesOf(facts: PolicyFacts): string {
    return joined(this.by.map(dimension => dimensionValue(dimension, facts)));
  }

  /** The same where the table is full: values that a caller chooses share one bucket. */
  overflowValuesOf(facts: PolicyFacts): string {
    return joined(
      this.by.map(dimension => (isOpen(dimension) ? OVERFLOW : dimensionValue(dimension, facts))),
    );
  }

  /** The bucket that this request falls into. */
  placeOf(kernel: LimitsKernel, facts: PolicyFacts, window: Window): Place {
    if (window !== this.#shelfOf || this.#places >= PLACES_MAX) {
      this.#shelf = new Shelf();
      this.#places = 0;
      this.#shelfOf = window;
    }
    let shelf = this.#shelf;
    for (let i = 0; i < this.by.length; i++) {
      const value = dimensionValue(this.by[i] as Dimension, facts);
      shelf.inner ??= new Map();
      let next = shelf.inner.get(value);
      if (next === undefined) {
        next = new Shelf();
        shelf.inner.set(value, next);
      }
      shelf = next;
    }
    return shelf.place ?? this.#newPlace(kernel, facts, window, shelf);
  }

  #newPlace(kernel: LimitsKernel, facts: PolicyFacts, window: Window, shelf: Shelf): Place {
    const values = this.valuesOf(facts);
    const key = this.keyOf(kernel, values, window);
    this.#places++;
    shelf.place = { values, key, bucket: this.bucketName(values, window.startMs) };
    return shelf.place;
  }

  /** The bucket of these values in that window. `reserved`: it finds room in a full table. */
  keyOf(kernel: LimitsKernel, values: string, window: Window, reserved = !this.by.some(isOpen)): BucketKey {
    return kernel.key(this.bucketName(values, window.startMs), reserved);
  }

  /** The text that the bucket's key is the hash of: for snapshots, which outlive the hash. */
  bucketName(values: string, windowStartMs: number): string {
    return `${this.identity}\n${windowStartMs}\n${values}`;
  }

  /** Of the prompt and what comes with it: what the request needs in any case. Null: it cannot be told. */
  leastOf(forecast: Forecast): number | null {
    switch (this.unit) {
      case 'tokens':
      case 'input_tokens':
        return forecast.inputTokens;
      case 'usd':
        return forecast.inputTokens === null ? null : this.nanosOf(forecast, forecast.inputTokens, 0);
      case 'output_tokens':
        return 0;
      default:
        return 1;
    }
  }

  /** With so many output tokens. Null: it cannot be told. */
  mostOf(forecast: Forecast, outputTokens: number): number | null {
    switch (this.unit) {
      case 'tokens':
        return forecast.inputTokens === null ? null : forecast.inputTokens + outputTokens;
      case 'usd':
        return forecast.inputTokens === null
          ? null
          : this.nanosOf(forecast, forecast.inputTokens, outputTokens);
      case 'output_tokens':
        return outputTokens;
      default:
        return this.leastOf(forecast);
    }
  }

  /** Null: a model without a price, and none in the policy. */
  nanosOf(forecast: Forecast, inputTokens: number, outputTokens: number): number | null {
    const { unpriced } = this;
    if (typeof unpriced === 'string') return forecast.worstNanos(inputTokens, outputTokens);
    const nanos = forecast.worstNanos(inputTokens, outputTokens, unpriced);
    return nanos ?? unpriced.worstOf(inputTokens, outputTokens, false, false);
  }

  /** What the request came to, a whole number from 0; `held` is charged where nothing else is known. */
  chargeOf(settlement: Settlement, held: number): number {
    if (this.unit === 'requests') return 1;
    if (this.unit === 'concurrent') return 0;
    const charge = this.unit === 'usd' ? this.#nanosFor(settlement, held) : this.#tokensFor(settlement);
    if (Number.isNaN(charge)) return held;
    const least = settlement.atLeastHeld ? held : 0;
    return Math.round(Math.min(Math.max(charge, least), Number.MAX_SAFE_INTEGER));
  }

  #tokensFor({ inputTokens, outputTokens, cachedInputTokens }: Settlement): number {
    if (this.unit === 'output_tokens') return outputTokens;
    const cached = Math.min(Math.max(cachedInputTokens, 0), inputTokens);
    const input = inputTokens - Math.round(cached * (1 - this.cached));
    return this.unit === 'tokens' ? input + outputTokens : input;
  }

  #nanosFor({ costNanos, inputTokens, outputTokens }: Settlement, held: number): number {
    if (costNanos !== null) return costNanos;
    if (this.unpriced === 'pass' || inputTokens + outputTokens === 0) return 0;
    // A price was known when it was held, and is not now: what was held is the best there is.
    if (this.unpriced === 'refuse') return held;
    return this.unpriced.costOf({ ...noUsage(), inputTokens, outputTokens }) ?? held;
  }
}

function rateOf({ amount, perMs, burst }: LimitPolicy): Rate {
  return { ...rateUnits(amount, perMs, burst), capacity: burst };
}

const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

function spanText(ms: number): string {
  for (const [unit, unitMs] of SPANS) if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  return `${ms}ms`;
}

/** FNV-1a, 31 bits: names a policy in lists, decides nothing. */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash & 0x7fffffff;
}
