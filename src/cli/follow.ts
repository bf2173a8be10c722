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
  readonly #ended: (record: RequestRecord) => boolean;
  /** Given already: id → time. Only as far back as the next list can reach. */
  readonly #given = new Map<string, number>();
  /** Still running when last seen. */
  readonly #running = new Map<string, number>();
  #sinceMs: number | null = null;
  #first = true;

  /** @param filters as in the list's query; those by how a request ended are looked at here, because what runs now has not got it yet */
  constructor(ask: Ask, filters: ReadonlyMap<string, string>) {
    this.#ask = ask;
    this.#ended = endsAs(filters);
    this.#filters = new Map([...filters].filter(([name]) => !Object.hasOwn(OF_THE_END, name)));
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
    return ended.filter(this.#ended);
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

/** Filters by what is known only of a request that has ended. */
const OF_THE_END: Readonly<Record<string, (record: RequestRecord, value: string) => boolean>> = {
  outcome: ({ outcome }, value) => outcome === value,
  status: ({ status }, value) => status === Number(value),
  code: ({ error }, value) => error?.code === value,
  policy: ({ steps }, value) =>
    steps.some(({ policy, verdict, mode }) => policy === value && verdict === 'deny' && mode === 'enforce'),
  min_cost: ({ cost }, value) => cost.usd !== null && Number(cost.usd) >= Number(value),
};

function endsAs(filters: ReadonlyMap<string, string>): (record: RequestRecord) => boolean {
  const asked = [...filters].flatMap(([name, value]) => {
    const test = Object.hasOwn(OF_THE_END, name) ? OF_THE_END[name] : undefined;
    return test === undefined ? [] : [(record: RequestRecord) => test(record, value)];
  });
  return record => asked.every(test => test(record));
}
