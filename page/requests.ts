// The searchable list. The newest page is live: after the first question only what is new since is asked for, so that a rare
// filter is not looked for in the whole ledger again and again.
import type { Page, RequestItem } from './answers.js';
import { ApiProblem, ask, messageOf } from './ask.js';
import { byId, setText } from './dom.js';
import { count, when } from './format.js';
import { showRows } from './request-rows.js';

/** A page of the list. */
const ROWS = 50;
/** Questions a search asks one after the other: each looks through 50,000 records of the ledger, or for a quarter of a second. */
const QUESTIONS_MAX = 12;
/** How far a request may have begun before another that settled earlier, ms; beyond it "Newest" shows it. */
const OVERLAP_MS = 15_000;
const TYPING_MS = 250;

interface List {
  records: RequestItem[];
  /** Where to go on; null: there is nothing older. */
  next: string | null;
  live: boolean;
  /** What the next live question begins at, ms since the epoch. */
  sinceMs: number;
}

let list: List = { records: [], next: null, live: true, sinceMs: 0 };
/** Ends the search under way when another begins. */
let search = new AbortController();
let searching = false;
let typing = 0;

export function startRequests(): void {
  const form = byId<HTMLFormElement>('filters');
  form.addEventListener('submit', event => {
    event.preventDefault();
    restart();
  });
  form.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(restart, TYPING_MS);
  });
  form.addEventListener('reset', () => setTimeout(restart));
  byId('newest').addEventListener('click', restart);
  byId('older').addEventListener('click', () => void find(list.next, true));
}

/** Sets the filters and shows what fits. */
export function lookFor(filters: Readonly<Record<string, string>>): void {
  const form = byId<HTMLFormElement>('filters');
  form.reset();
  for (const [name, value] of Object.entries(filters)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
  }
  byId('requests-title').focus();
  restart();
}

function restart(): void {
  clearTimeout(typing);
  void find(null, true);
}

/** What came since; called by the page's clock. Throws what asking throws. */
export async function refreshRequests(): Promise<void> {
  if (list.sinceMs === 0) return await find(null, false);
  if (!list.live || searching) return;
  const controller = search;
  const askedMs = Date.now();
  const since = new Date(Math.min(list.sinceMs, oldestRunningMs()) - OVERLAP_MS).toISOString();
  const params = filters();
  if (!params.has('since') || params.get('since') === '') params.set('since', since);
  const page = await ask<Page<RequestItem>>(pathOf(params, null), controller.signal).catch(error => {
    if (controller.signal.aborted) return null;
    throw error;
  });
  if (page === null || controller !== search) return;
  list.sinceMs = askedMs;
  merge(page);
  show(false);
}

function merge({ items, next }: Page<RequestItem>): void {
  if (next !== null && items.length >= ROWS) {
    list.records = [...items];
    list.next = next;
    return;
  }
  const byIdentity = new Map(list.records.map(record => [record.id, record]));
  for (const record of items) byIdentity.set(record.id, record);
  // Ids sort by time.
  const sorted = [...byIdentity.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  list.records = sorted.slice(0, ROWS);
  if (sorted.length > ROWS) list.next = list.records.at(-1)?.id ?? null;
}

function oldestRunningMs(): number {
  return Math.min(
    ...list.records.filter(({ outcome }) => outcome === 'running').map(({ time }) => Date.parse(time)),
    Number.MAX_SAFE_INTEGER,
  );
}

/** @param cursor null: from the newest on  @param told say what was found: somebody asked for it */
async function find(cursor: string | null, told: boolean): Promise<void> {
  search.abort();
  search = new AbortController();
  const { signal } = search;
  searching = true;
  if (told) setText(byId('found'), 'Searching…');
  const found: List = { records: [], next: cursor, live: cursor === null, sinceMs: Date.now() };
  try {
    const params = filters();
    const id = params.get('id');
    if (id !== null) await findOne(found, id, signal);
    else await findMany(found, params, signal);
  } catch (error) {
    if (signal.aborted) return;
    searching = false;
    if (error instanceof ApiProblem && error.status === 400) setText(byId('found'), error.message);
    else if (told) setText(byId('found'), `The search failed: ${messageOf(error)}.`);
    if (!told) throw error;
    return;
  }
  searching = false;
  list = found;
  show(told);
}

async function findOne(found: List, id: string, signal: AbortSignal): Promise<void> {
  found.next = null;
  found.live = false;
  try {
    found.records = [await ask<RequestItem>(`/api/requests/${encodeURIComponent(id)}`, signal)];
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 404)) throw error;
  }
}

async function findMany(found: List, params: URLSearchParams, signal: AbortSignal): Promise<void> {
  for (let asked = 0; asked < QUESTIONS_MAX; asked++) {
    const page: Page<RequestItem> = await ask(pathOf(params, found.next), signal);
    found.records.push(...page.items);
    found.next = page.next;
    if (found.next === null || found.records.length >= ROWS) break;
  }
  if (found.records.length <= ROWS) return;
  found.records.length = ROWS;
  found.next = found.records.at(-1)?.id ?? null;
}

function filters(): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(byId<HTMLFormElement>('filters')))
    if (typeof value === 'string' && value.trim() !== '') params.set(name, value.trim());
  return params;
}

function pathOf(params: URLSearchParams, cursor: string | null): string {
  const all = new URLSearchParams(params);
  all.set('limit', String(ROWS));
  if (cursor !== null) all.set('cursor', cursor);
  return `/api/requests?${all}`;
}

function show(told: boolean): void {
  const { records, next, live } = list;
  showRows(records);
  const isFiltered = [...filters()].length > 0;
  const empty = byId('empty');
  empty.hidden = records.length > 0;
  const more = next === null ? '' : ' as far as was looked; older ones may';
  setText(empty, isFiltered ? `No request fits${more}.` : 'No request has come yet.');
  byId('older').hidden = next === null;
  setText(byId('older'), next !== null && records.length < ROWS ? 'Search further back' : 'Older');
  byId('newest').hidden = live;
  if (told) setText(byId('found'), sentence(records, next, live));
}

function sentence(records: readonly RequestItem[], next: string | null, live: boolean): string {
  const { length } = records;
  const last = records.at(-1);
  const how = live ? 'new ones appear by themselves' : 'not live';
  if (last === undefined)
    return next === null ? 'No request fits.' : 'None found yet; it can be searched further back.';
  const more = next === null ? '' : ', and there may be more';
  return `${count(length)} ${length === 1 ? 'request' : 'requests'}, back to ${when(last.time)}${more}; ${how}.`;
}
