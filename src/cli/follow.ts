// Requests as they end, from an API that lists them as they begin: what was running is asked for again, each is given once.
import type { RequestRecord } from '../core/record.js';

/** One GET of the admin API; null for 404. */
export type Ask = (path: string) => Promise<unknown>;

/** A thread may tell of a request a little after a newer one of another thread was seen. */
const OVERLAP_MS = 5000;
/** Single questions a poll: many open streams shall not turn one follower into a load. */
const ASKED_AGAIN_MAX = 50;
const LISTED_MAX = '1000';

export class Follower {
  readonly #ask: Ask;
  readonly #filters: ReadonlyMap<string, string>;
  readonly #outcome: string | null;
  /** Given already: id → time. Only as far back as the next list can reach. */
  readonly #given = new Map<string, number>();
  /** Still running when last seen. */
  readonly #running = new Map<string, number>();
  #sinceMs: number | null = null;
  #first = true;

  /** @param filters as in the list's query; `outcome` is looked at here, because what runs now has not got it yet */
  constructor(ask: Ask, filters: ReadonlyMap<string, string>) {
    this.#ask = ask;
    this.#outcome = filters.get('outcome') ?? null;
    this.#filters = new Map([...filters].filter(([name]) => name !== 'outcome'));
  }

  /** What has ended since the last call, oldest first. The first call gives the newest `limit` of before. */
  async poll(): Promise<RequestRecord[]> {
    const params = new URLSearchParams([...this.#filters]);
    if (!this.#first) params.set('limit', LISTED_MAX);
    if (this.#sinceMs !== null) params.set('since', new Date(this.#sinceMs).toISOString());
    this.#first = false;
    const page = (await this.#ask(`/api/requests?${params}`)) as { items: RequestRecord[] };
    const listed = new Set(page.items.map(record => record.id));
    const again = await this.#askAgain(listed);
    const ended = [...page.items.toReversed(), ...again].filter(record => this.#isNews(record));
    this.#forget(page.items);
    return ended.filter(record => this.#outcome === null || record.outcome === this.#outcome);
  }

  async #askAgain(listed: ReadonlySet<string>): Promise<RequestRecord[]> {
    const ids = [...this.#running.keys()].filter(id => !listed.has(id)).slice(0, ASKED_AGAIN_MAX);
    const records = await Promise.all(
      ids.map(id => this.#ask(`/api/requests/${id}`) as Promise<RequestRecord | null>),
    );
    // Deleted and set again by #isNews, those that still run go to the end of the line.
    for (const id of ids) this.#running.delete(id);
    return records.filter(record => record !== null);
  }

  #isNews(record: RequestRecord): boolean {
    if (this.#given.has(record.id)) return false;
    const timeMs = Date.parse(record.time);
    if (record.outcome === 'running') {
      this.#running.set(record.id, timeMs);
      return false;
    }
    this.#running.delete(record.id);
    this.#given.set(record.id, timeMs);
    return true;
  }

  #forget(listed: readonly RequestRecord[]): void {
    const newest = listed[0];
    if (newest !== undefined)
      this.#sinceMs = Math.max(this.#sinceMs ?? 0, Date.parse(newest.time) - OVERLAP_MS);
    for (const [id, timeMs] of this.#given) if (timeMs < (this.#sinceMs ?? 0)) this.#given.delete(id);
  }
}
