// The combinations of consumer, key, tags, provider, model, api and outcome that requests have: a number for each, by which records are
// filtered and usage is summed up. Models are named by clients, so new combinations are bounded: beyond, their models are one.
import type { Database } from './database.js';

/** Combinations that one UTC day may add: sums by hour grow by as many rows an hour at most. */
const NEW_PER_DAY_MAX = 4096;
/** No model is called so. */
const MODEL_CHARS_MAX = 256;
/** Some 20 MB of names; forgotten all together. */
const KNOWN_MAX = 65_536;
/** Stands for models beyond the bounds. */
export const OVERFLOW = '(overflow)';

export interface Dimension {
  readonly consumer: string | null;
  readonly key: string | null;
  /** Sorted `name=value` lines (journal/tags-text.ts). */
  readonly tags: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly modelServed: string | null;
  readonly api: string | null;
  readonly outcome: string;
}

export class DimensionBook {
  readonly #database: Database;
  readonly #known = new Map<string, number>();
  #day = -1;
  #newToday = 0;
  readonly #newPerDayMax: number;

  constructor(database: Database, newPerDayMax = NEW_PER_DAY_MAX) {
    this.#database = database;
    this.#newPerDayMax = newPerDayMax;
  }

  /** Within a transaction: a new one is written. @param day since 1970, of the index's own clock */
  numberOf(dimension: Dimension, day: number): number {
    const { model, modelServed } = dimension;
    const bounded = {
      ...dimension,
      model: model !== null && model.length > MODEL_CHARS_MAX ? OVERFLOW : model,
      modelServed: modelServed !== null && modelServed.length > MODEL_CHARS_MAX ? OVERFLOW : modelServed,
    };
    const found = this.#find(bounded) ?? (this.#mayAdd(day) ? this.#add(bounded) : null);
    if (found !== null) return found;
    const overflow = {
      ...bounded,
      model: model === null ? null : OVERFLOW,
      modelServed: modelServed === null ? null : OVERFLOW,
    };
    return this.#find(overflow) ?? this.#add(overflow);
  }

  /** After a transaction that was rolled back, or rows that were deleted. */
  forget(): void {
    this.#known.clear();
  }

  #mayAdd(day: number): boolean {
    if (day !== this.#day) {
      this.#day = day;
      this.#newToday = 0;
    }
    return this.#newToday < this.#newPerDayMax;
  }

  #find(dimension: Dimension): number | null {
    const identity = identityOf(dimension);
    const known = this.#known.get(identity);
    if (known !== undefined) return known;
    const row = this.#database.query('SELECT dimension FROM dimensions WHERE identity = ?').get([identity]);
    return row === null ? null : this.#remember(identity, Number(row[0]));
  }

  #add(dimension: Dimension): number {
    const identity = identityOf(dimension);
    const { consumer, key, tags, provider, model, modelServed, api, outcome } = dimension;
    this.#newToday++;
    const row = this.#database
      .query(
        `INSERT INTO dimensions (identity, consumer, key, tags, provider, model, model_served, api, outcome)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING dimension`,
      )
      .all([identity, consumer, key, tags, provider, model, modelServed, api, outcome])[0];
    return this.#remember(identity, Number(row?.[0]));
  }

  #remember(identity: string, number: number): number {
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(identity, number);
    return number;
  }
}

function identityOf(d: Dimension): string {
  return JSON.stringify([d.consumer, d.key, d.tags, d.provider, d.model, d.modelServed, d.api, d.outcome]);
}
