// One segment of the journal that is being read: its reader, its number in the database, and what its dictionary's numbers stand for there.
// Hot path: `dimensionOf` and `bucketOf`, per record.
import { OUTCOMES } from '../journal/names.js';
import type { SegmentName } from '../journal/segment-name.js';
import type { SegmentReader } from '../journal/segment-reader.js';
import { NO_TEXT, type SettledFacts, type TextRef } from '../journal/settled-facts.js';
import type { ChargeBook } from './charges.js';
import type { DimensionBook } from './dimensions.js';

/** Texts of a dictionary are fewer than 4,096; 0 is none. */
const TEXTS = 8192;
const OUTCOMES_MAX = 16;
/** Combinations of one segment; beyond, they are forgotten all together. */
const KNOWN_MAX = 8192;

export class SegmentTail {
  readonly name: SegmentName;
  readonly file: string;
  /** Its number in the database. */
  readonly segment: number;
  readonly reader: SegmentReader;
  /** What ends here or before is in the database: only open requests are gathered from it. */
  readonly indexedTo: number;
  newestMs = 0;
  /** Read to its end for now. */
  atEnd = false;
  /** Nothing more will come, and all of it is in the batch. */
  finished = false;
  touched = false;
  damageTold = 0;
  /** It cannot be read on: it waits as it is. */
  refused = false;
  readonly #dimensions = new Map<number, Map<number, number>>();
  readonly #buckets: number[] = [];
  #known = 0;

  constructor(name: SegmentName, file: string, segment: number, reader: SegmentReader, indexedTo: number) {
    this.name = name;
    this.file = file;
    this.segment = segment;
    this.reader = reader;
    this.indexedTo = indexedTo;
  }

  dimensionOf(facts: SettledFacts, book: DimensionBook, day: number): number {
    const { consumer, key, provider, model, modelServed, tags, api, outcome } = facts;
    // A text that is written out has no number to remember it by.
    if (Math.min(consumer, key, provider, model, modelServed, tags, api) < NO_TEXT)
      return book.numberOf(this.#textsOf(facts), day);
    const first = ((consumer + 1) * TEXTS + key + 1) * TEXTS * TEXTS + (provider + 1) * TEXTS + model + 1;
    const second = (((modelServed + 1) * TEXTS + tags + 1) * TEXTS + api + 1) * OUTCOMES_MAX + outcome;
    let seconds = this.#dimensions.get(first);
    const known = seconds?.get(second);
    if (known !== undefined) return known;
    if (this.#known++ >= KNOWN_MAX) this.forget();
    const number = book.numberOf(this.#textsOf(facts), day);
    seconds = this.#dimensions.get(first);
    if (seconds === undefined) this.#dimensions.set(first, new Map([[second, number]]));
    else seconds.set(second, number);
    return number;
  }

  /** Null: the bucket's name was lost to damage. */
  bucketOf(ref: TextRef, facts: SettledFacts, book: ChargeBook): number | null {
    const known = ref >= 0 ? this.#buckets[ref] : undefined;
    if (known !== undefined) return known;
    const name = facts.text(ref, this.reader.text);
    if (name === null) return null;
    const number = book.numberOf(name);
    if (ref >= 0) this.#buckets[ref] = number;
    return number;
  }

  /** After rows that were deleted: their numbers mean nothing any more. */
  forget(): void {
    this.#dimensions.clear();
    this.#buckets.length = 0;
    this.#known = 0;
  }

  #textsOf(facts: SettledFacts) {
    const { text } = this.reader;
    return {
      consumer: facts.text(facts.consumer, text),
      key: facts.text(facts.key, text),
      tags: facts.text(facts.tags, text),
      provider: facts.text(facts.provider, text),
      model: facts.text(facts.model, text),
      modelServed: facts.text(facts.modelServed, text),
      api: facts.text(facts.api, text),
      outcome: OUTCOMES[facts.outcome] ?? 'running',
    };
  }
}
