// The last requests of one data-plane thread, in memory and bounded: what `why`, the lists and the page look into until
// the ledger on disk answers. Entries go in at admission and change in place until they settle; the oldest fall off.
// Hot path: per request (`add` and `settled`; lookups scan, they are rare).
import type { Entry } from '../core/entry.js';
import type { RequestRecord } from '../core/record.js';
import { matches, type RecordFilter } from './matches.js';
import { PackedEntries } from './packed-entries.js';
import { toRecord } from './to-record.js';

export interface RecordQuery extends RecordFilter {
  /** Only records with a smaller id: the cursor. */
  readonly before?: string;
  /** 1 to RECORDS_PER_PAGE_MAX. */
  readonly limit: number;
}

export interface RecordPage {
  /** Newest first, which is the order of ids. */
  readonly items: readonly RequestRecord[];
  /**
   * Pass as `before` to go on; null at the end. Not below the last item's id where more may follow it directly; a ledger that has looked through as many
   * records as one question may cost gives a short page, or an empty one, and the id down to which it has looked.
   */
  readonly next: string | null;
}

export const RECORDS_PER_PAGE = 100;
/** 1,000 records are about 2 MB of JSON and a few ms of the thread that holds them. */
export const RECORDS_PER_PAGE_MAX = 1000;

/** What clients can make long (path, user agent: a head may have 32 KiB) may keep 1 KiB a record on average. */
const CLIENT_CHARS_PER_RECORD = 1024;

export class RecordRing {
  /** Running entries, and the few settled ones that do not fit the columns; null where the record is packed. */
  readonly #slots: (Entry | null)[];
  readonly #packed: PackedEntries;
  readonly #clientChars: Float64Array;
  readonly #clientCharsMax: number;
  #clientCharsAll = 0;
  /** Index of the oldest entry. */
  #oldest = 0;
  #size = 0;

  /** @param capacity entries, at least 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError(`capacity is ${capacity}; must be ≥ 1`);
    this.#slots = new Array<Entry | null>(capacity).fill(null);
    this.#packed = new PackedEntries(capacity);
    this.#clientChars = new Float64Array(capacity);
    this.#clientCharsMax = capacity * CLIENT_CHARS_PER_RECORD;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes a request in at its admission; returns the slot to give to `settled`. */
  add(entry: Entry): number {
    if (this.#size === this.#slots.length) this.#forgetOldest();
    const end = this.#oldest + this.#size;
    const slot = end < this.#slots.length ? end : end - this.#slots.length;
    this.#slots[slot] = entry;
    this.#size++;
    const chars = clientChars(entry);
    this.#clientChars[slot] = chars;
    this.#clientCharsAll += chars;
    while (this.#clientCharsAll > this.#clientCharsMax && this.#size > 1) this.#forgetOldest();
    return slot;
  }

  /** The entry is final: from here on it is kept as columns. One that fell off meanwhile is forgotten already. */
  settled(slot: number, entry: Entry): void {
    if (this.#slots[slot] === entry && this.#packed.pack(slot, entry)) this.#slots[slot] = null;
  }

  get(id: string): Entry | null {
    for (let age = 0; age < this.#size; age++) {
      const slot = this.#newest(age);
      if (this.#idOf(slot) === id) return this.#entryOf(slot);
    }
    return null;
  }

  /**
   * The matching entries with the largest ids below the cursor, as records. Nothing is assumed about the order of ids in
   * the ring (clocks step back): the whole ring is looked through, and only what may still make the page is kept.
   */
  list(query: RecordQuery): RecordPage {
    const keepMax = query.limit * 2 + 64;
    let found: Entry[] = [];
    let floor = '';
    for (let age = 0; age < this.#size; age++) {
      const slot = this.#newest(age);
      const id = this.#idOf(slot);
      if (id <= floor || (query.before !== undefined && id >= query.before)) continue;
      const entry = this.#entryOf(slot);
      if (!matches(entry, query)) continue;
      found.push(entry);
      if (found.length < keepMax) continue;
      // One more than the page is kept, so that `next` knows whether there is more.
      found = found.sort(descending).slice(0, query.limit + 1);
      floor = found.at(-1)?.id ?? '';
    }
    found.sort(descending);
    const items = found.slice(0, query.limit).map(toRecord);
    return { items, next: found.length > query.limit ? (items.at(-1)?.id ?? null) : null };
  }

  #newest(age: number): number {
    const index = this.#oldest + this.#size - 1 - age;
    return index < this.#slots.length ? index : index - this.#slots.length;
  }

  #idOf(slot: number): string {
    return this.#slots[slot]?.id ?? this.#packed.id(slot);
  }

  #entryOf(slot: number): Entry {
    return this.#slots[slot] ?? this.#packed.unpack(slot);
  }

  #forgetOldest(): void {
    const slot = this.#oldest;
    this.#clientCharsAll -= this.#clientChars[slot] ?? 0;
    this.#slots[slot] = null;
    this.#packed.clear(slot);
    this.#oldest = slot + 1 === this.#slots.length ? 0 : slot + 1;
    this.#size--;
  }
}

function clientChars(entry: Entry): number {
  return entry.path.length + (entry.userAgent === null ? 0 : entry.userAgent.length);
}

function descending(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/**
 * One page out of the pages that each thread and the ledger gave for the same query. A request that two tell of is taken once: settled before running,
 * since of the two that is the later news.
 */
export function mergePages(pages: readonly RecordPage[], limit: number): RecordPage {
  const byId = new Map<string, RequestRecord>();
  for (const record of pages.flatMap(page => page.items)) {
    const known = byId.get(record.id);
    if (known === undefined || known.outcome === 'running') byId.set(record.id, record);
  }
  // Below the `next` of any page there may be more that it has not told of.
  const floor = pages.reduce<string | null>(
    (highest, { next }) => (next !== null && (highest === null || next > highest) ? next : highest),
    null,
  );
  const known = [...byId.values()].filter(({ id }) => floor === null || id >= floor).sort(descending);
  const items = known.slice(0, limit);
  return { items, next: known.length > limit ? (items.at(-1)?.id ?? null) : floor };
}
