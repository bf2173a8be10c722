// Lists of records out of as many pages as it takes: a page may be short, or empty, where the ledger looked through many records in vain.
import type { RequestRecord } from '../core/record.js';
import { RECORDS_PER_PAGE_MAX } from '../ledger/ring.js';
import { type AdminOptions, askAdmin, askAdminText } from './admin-client.js';
import { requestTable } from './request-table.js';
import { jsonText } from './terminal.js';

export interface ListOptions extends AdminOptions {
  readonly all?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

type Write = (text: string) => void;

interface Page {
  readonly items: RequestRecord[];
  readonly next: string | null;
}

/** @param wanted how many records at most; with `all` the size of a page is Weir's */
export async function listRequests(
  options: ListOptions,
  filters: URLSearchParams,
  wanted: number,
  write: Write,
): Promise<void> {
  if (options.csv) return listCsv(options, filters, wanted, write);
  if (options.all) return listAll(options, filters, write);
  const page = await collect(options, filters, wanted);
  if (options.json) return write(`${jsonText(page, 2)}\n`);
  if (page.items.length === 0) return write('No request matches.\n');
  write(requestTable(page.items));
  if (page.next !== null) write(`There are more: --cursor ${page.next}\n`);
}

async function collect(options: ListOptions, filters: URLSearchParams, wanted: number): Promise<Page> {
  const items: RequestRecord[] = [];
  let next: string | null = null;
  do {
    const page = await pageAfter(options, filters, next, wanted - items.length);
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < wanted);
  return { items, next };
}

/** A table a page, each with its head: what is read this way is looked at page by page. JSON: a record a line. */
async function listAll(options: ListOptions, filters: URLSearchParams, write: Write): Promise<void> {
  let next: string | null = null;
  let count = 0;
  do {
    const page = await pageAfter(options, filters, next, RECORDS_PER_PAGE_MAX);
    next = page.next;
    count += page.items.length;
    if (options.json) write(page.items.map(record => `${jsonText(record)}\n`).join(''));
    else if (page.items.length > 0) write(requestTable(page.items));
  } while (next !== null);
  if (count === 0 && !options.json) write('No request matches.\n');
}

async function pageAfter(
  options: ListOptions,
  filters: URLSearchParams,
  next: string | null,
  limit: number,
): Promise<Page> {
  return (await askAdmin(options, pathOf(filters, next, limit))) as Page;
}

/** One header line, whatever the number of pages. */
async function listCsv(
  options: ListOptions,
  filters: URLSearchParams,
  wanted: number,
  write: Write,
): Promise<void> {
  let next: string | null = null;
  let left = options.all ? Number.POSITIVE_INFINITY : wanted;
  let first = true;
  do {
    const path = pathOf(filters, next, Math.min(left, RECORDS_PER_PAGE_MAX));
    const { text, headers } = await askAdminText(options, path, 'text/csv');
    const rows = text.slice(text.indexOf('\n') + 1);
    write(first ? text : rows);
    first = false;
    // No cell has a line end in it.
    left -= rows.split('\n').length - 1;
    next = headers.get('x-weir-next');
  } while (next !== null && left > 0);
}

function pathOf(filters: URLSearchParams, next: string | null, limit: number): string {
  const params = new URLSearchParams(filters);
  params.set('limit', String(limit));
  if (next !== null) params.set('cursor', next);
  return `/api/requests?${params}`;
}
