// Pages of records: out of entries in memory, and several of them brought together. Also the few entries that a thread keeps after their end: those
// whose settlement could not be written, which the ledger does not know.
import type { Entry } from '../core/entry.js';
import type { RequestRecord } from '../core/record.js';
import { matches, type RecordFilter } from './matches.js';
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

/** A bounded number of entries; the oldest fall off. */
export class RecordRing {
  readonly #entries: Entry[] = [];
  readonly #capacity: number;
  #clientChars = 0;

  /** @param capacity entries, at least 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError(`capacity is ${capacity}; must be ≥ 1`);
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#clientChars += clientChars(entry);
    while (this.size > this.#capacity || (this.#tooLong && this.size > 1)) this.#forgetOldest();
  }

  get(id: string): Entry | null {
    return this.#entries.find(entry => entry.id === id) ?? null;
  }

  list(query: RecordQuery): RecordPage {
    return pageOf(this.#entries, query);
  }

  get #tooLong(): boolean {
    return this.#clientChars > this.#capacity * CLIENT_CHARS_PER_RECORD;
  }

  #forgetOldest(): void {
    const oldest = this.#entries.shift();
    if (oldest !== undefined) this.#clientChars -= clientChars(oldest);
  }
}

function clientChars(entry: Entry): number {
  return entry.path.length + (entry.userAgent === null ? 0 : entry.userAgent.length);
}

/**
 * The matching entries with the largest ids below the cursor, as records. Nothing is assumed about the order of the entries (clocks step back): all of
 * them are looked through, and only what may still make the page is kept.
 */
export function pageOf(entries: readonly Entry[], query: RecordQuery): RecordPage {
  const keepMax = query.limit * 2 + 64;
  let found: Entry[] = [];
  let floor = '';
  for (const entry of entries) {
    const { id } = entry;
    if (id <= floor || (query.before !== undefined && id >= query.before)) continue;
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
