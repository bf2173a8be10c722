// What a model's own tokenizer makes of a text, learned: tokens that providers report ÷ tokens that Weir counted, per model
// and side, with its spread. A model that nobody has used yet borrows from its family, the family from the shipped priors.
// Samples fade, so that a changed model is relearned; each is bounded, so that one odd prompt changes little.
// Hot path: `of` and `learn` once a request: a few Map reads and multiplications.
import { type FactorSamples, type FactorState, type FactorSums, readFactorState } from './factor-state.js';
import { modelName } from './model-name.js';
import { priorOf } from './priors.js';

export type Side = 'input' | 'output';

export interface Factor {
  /** Multiplies Weir's count. */
  readonly factor: number;
  /** Mean of |reported ÷ estimate − 1| over requests: 0.05 = usually within 5 %. */
  readonly spread: number;
  /** Requests that this model's own figure was learned from; 0 = borrowed. */
  readonly samples: number;
}

/** Each new sample leaves 99 % of the older ones' weight: the last 100 or so decide. */
const FADE = 0.99;
/** A borrowed figure weighs as much as this many samples of average size. */
const BORROWED_WEIGHT = 2;
/** A prompt of 10 tokens says little about a tokenizer and one of a million is one sample: tokens are bounded to this as weight. */
const WEIGHT_TOKENS_MAX = 4000;
/** Below this, fixed overheads drown the tokenizer: nothing is learned. */
const LEARN_TOKENS_MIN = 4;
/** A ratio counts as at most this many times, or one over it, of what is believed. */
const OUTLIER = 3;
export const MODELS_MAX = 1000;

export class FactorTable {
  /** By `input:name` or `output:name`; the order is that of use. */
  readonly #models = new Map<string, FactorSums>();
  readonly #families = new Map<string, FactorSums>();
  #newModels = new Map<string, FactorSums>();
  #newFamilies = new Map<string, FactorSums>();
  readonly #modelsMax: number;

  constructor(modelsMax: number = MODELS_MAX) {
    this.#modelsMax = modelsMax;
  }

  /**
   * Only for prompts of which everything was counted, and answers that arrived whole.
   * @param counted tokens by Weir's tokenizer, before any factor; @param reported by the provider.
   */
  learn(model: string, side: Side, counted: number, reported: number): void {
    if (
      !(counted >= LEARN_TOKENS_MIN && reported > 0 && Number.isFinite(counted) && Number.isFinite(reported))
    )
      return;
    const { name, family } = modelName(model);
    const believed = this.of(model, side).factor;
    const ratio = Math.min(Math.max(reported / counted, believed / OUTLIER), believed * OUTLIER);
    const weight = Math.min(counted, WEIGHT_TOKENS_MAX);
    const sample: FactorSums = {
      reported: ratio * weight,
      counted: weight,
      deviation: Math.abs(ratio / believed - 1),
      requests: 1,
      samples: 1,
    };
    const modelKey = `${side}:${name}`;
    const familyKey = `${side}:${family}`;
    this.#put(modelKey, faded(this.#models.get(modelKey), sample));
    this.#families.set(familyKey, faded(this.#families.get(familyKey), sample));
    put(this.#newModels, modelKey, faded(this.#newModels.get(modelKey), sample), this.#modelsMax);
    this.#newFamilies.set(familyKey, faded(this.#newFamilies.get(familyKey), sample));
  }

  of(model: string | null, side: Side): Factor {
    const { name, family } = modelName(model);
    const prior = priorOf(family, side);
    const ofFamily = blended(prior, this.#families.get(`${side}:${family}`));
    const key = `${side}:${name}`;
    const own = this.#models.get(key);
    if (own === undefined) return { factor: ofFamily.factor, spread: ofFamily.spread, samples: 0 };
    this.#models.delete(key);
    this.#models.set(key, own);
    return blended(ofFamily, own);
  }

  /** What was learned since the last take; plain data for a message to another thread. */
  takeSamples(): FactorSamples {
    const samples = { models: [...this.#newModels], families: [...this.#newFamilies] };
    this.#newModels = new Map();
    this.#newFamilies = new Map();
    return samples;
  }

  /** Adds what another thread learned. Not part of this table's own samples. */
  merge(samples: FactorSamples): void {
    for (const [key, sums] of samples.models) this.#put(key, faded(this.#models.get(key), sums));
    for (const [key, sums] of samples.families) this.#families.set(key, faded(this.#families.get(key), sums));
  }

  /** Takes over another table's state, beside what was learned here and not taken yet. */
  replace(all: FactorState): void {
    this.#models.clear();
    this.#families.clear();
    this.merge(all);
    this.merge({ models: [...this.#newModels], families: [...this.#newFamilies] });
  }

  /** Everything, to be kept as JSON; `readFactorState` reads it back. */
  state(): FactorState {
    return { version: 1, models: [...this.#models], families: [...this.#families] };
  }

  #put(key: string, sums: FactorSums): void {
    put(this.#models, key, sums, this.#modelsMax);
  }
}

/** Reads what `state()` wrote; the message of the error says what is wrong with it. */
export function factorTable(state: unknown): FactorTable {
  const table = new FactorTable();
  table.replace(readFactorState(state));
  return table;
}

function put(map: Map<string, FactorSums>, key: string, sums: FactorSums, max: number): void {
  map.delete(key);
  if (map.size >= max) map.delete(map.keys().next().value ?? '');
  map.set(key, sums);
}

/** Older sums fade by as many steps as the newer ones are of samples. */
function faded(older: FactorSums | undefined, newer: FactorSums): FactorSums {
  if (older === undefined) return newer;
  const keep = FADE ** newer.samples;
  return {
    reported: older.reported * keep + newer.reported,
    counted: older.counted * keep + newer.counted,
    deviation: older.deviation * keep + newer.deviation,
    requests: older.requests * keep + newer.requests,
    samples: older.samples + newer.samples,
  };
}

/** The borrowed figure counts as a few samples of this model's average size. */
function blended(borrowed: Factor, own: FactorSums | undefined): Factor {
  if (own === undefined || own.requests <= 0) return borrowed;
  const average = own.counted / own.requests;
  const weight = BORROWED_WEIGHT * average;
  return {
    factor: (own.reported + weight * borrowed.factor) / (own.counted + weight),
    spread: (own.deviation + BORROWED_WEIGHT * borrowed.spread) / (own.requests + BORROWED_WEIGHT),
    samples: own.samples,
  };
}
