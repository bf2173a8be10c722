// The names of buckets. The table knows keys only, which are hashes; lists need the texts. Each thread notes the texts that it
// makes keys of (once a key, not once a request), the control plane collects them and forgets those whose buckets have gone.
import type { LimitsKernel } from '../kernel/limits.js';
import type { BucketKey } from '../kernel/limits-table.js';

/** Between two visits of the control plane, which are at most some seconds apart. */
const NOTED_MAX = 65_536;
/** Some 400 bytes each. */
const NAMES_MAX = 262_144;
/** Of these, buckets that are only listed: a quarter. */
const LISTED_SHARE = 0.25;

export interface NotedNames {
  readonly texts: readonly string[];
}

/** A data-plane thread's side. Hot path: per new key. */
export class NameNotes {
  #texts: string[] = [];

  /** Notes the text of every key that this kernel makes from now on. */
  follow(limits: LimitsKernel): void {
    const key = limits.key.bind(limits);
    limits.key = (text, reserved) => {
      this.add(text);
      return key(text, reserved);
    };
  }

  add(text: string): void {
    if (this.#texts.length < NOTED_MAX) this.#texts.push(text);
  }

  take(): NotedNames {
    const texts = this.#texts;
    this.#texts = [];
    return { texts };
  }
}

export interface NamedBucket {
  readonly key: BucketKey;
  readonly name: string;
  /** Of its rule. */
  readonly identity: string;
  /** ms since the epoch; 0 where it has none. */
  readonly windowStartMs: number;
  /** As BucketRule.valuesOf() joins them. */
  readonly values: string;
  /** The last walk through the table that has met it, or that was under way when it was named. */
  walk: number;
}

/** The control plane's side. */
export class NameBook {
  readonly #limits: LimitsKernel;
  readonly #buckets = new Map<number, NamedBucket>();
  readonly #outlives: (identity: string) => boolean;
  readonly #max: number;
  #walk = 0;

  /** `outlives`: buckets of this rule are kept over restarts, so their names come first. */
  constructor(limits: LimitsKernel, outlives: (identity: string) => boolean, max = NAMES_MAX) {
    this.#limits = limits;
    this.#outlives = outlives;
    this.#max = max;
  }

  add(names: readonly NotedNames[]): void {
    for (const { texts } of names) for (const text of texts) this.name(text);
  }

  /** False: there is no room. */
  name(text: string): boolean {
    const first = text.indexOf('\n');
    const second = text.indexOf('\n', first + 1);
    if (first < 0 || second < 0) return false;
    const key = this.#limits.key(text);
    const place = placeOf(key);
    const known = this.#buckets.get(place);
    if (known !== undefined && same(known.key, key)) {
      known.walk = this.#walk;
      return true;
    }
    const identity = text.slice(0, first);
    const { size } = this.#buckets;
    if (size >= this.#max * LISTED_SHARE && (size >= this.#max || !this.#outlives(identity))) return false;
    this.#buckets.set(place, {
      key,
      name: text,
      identity,
      windowStartMs: Number(text.slice(first + 1, second)),
      values: text.slice(second + 1),
      walk: this.#walk,
    });
    return true;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** A walk makes room. */
  get crowded(): boolean {
    return this.#buckets.size >= this.#max * LISTED_SHARE;
  }

  find(key: BucketKey): NamedBucket | null {
    const known = this.#buckets.get(placeOf(key));
    return known !== undefined && same(known.key, key) ? known : null;
  }

  /** A walk through the whole table begins: met() is to be called with each bucket. */
  beginWalk(): void {
    this.#walk++;
  }

  met(bucket: NamedBucket): void {
    bucket.walk = this.#walk;
  }

  /**
   * What two walks have not met is forgotten, but only where room is wanted: a thread that has the key still tells its name no second time, and
   * the bucket may come back.
   */
  endWalk(): void {
    if (!this.crowded) return;
    for (const [place, { walk }] of this.#buckets) if (walk < this.#walk - 1) this.#buckets.delete(place);
  }
}

/** 53 bits of the hash. */
function placeOf({ a, b }: BucketKey): number {
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}

/** The lowest bit of the last word is no part of the hash. */
function same(one: BucketKey, other: BucketKey): boolean {
  return one.a === other.a && one.b === other.b && one.c === other.c && (one.d | 1) === (other.d | 1);
}
