// The export: settled entries in the order in which they settled, which is that of the chunks. A cursor says ledger, chunk and place within it.

import type { Entry } from '../../core/entry.js';
import { CursorError, type ExportItem, type ExportPage, type ExportQuery } from '../export-query.js';
import type { TextOf } from '../journal/body-reader.js';
import { settledToBrief, settledToEntry } from '../journal/decode-entry.js';
import { SettledFacts } from '../journal/settled-facts.js';
import { toRecord } from '../to-record.js';
import { bodiesOf, offsetAfter } from './chunk.js';
import type { Database, Row } from './database.js';
import type { SegmentTexts } from './segment-texts.js';

const CURSOR = /^([0-9a-z]{1,11})-(\d{10})-(\d{5})$/;
/** A page over times with nothing in them ends as well. */
const EXPORT_MS_MAX = 250;

interface Place {
  readonly chunk: number;
  /** Of the last entry that was handed out or passed over; −1: none of the chunk's. */
  readonly offset: number;
}

/** @param now monotonic ms. Throws CursorError. */
export function exportPage(
  database: Database,
  texts: SegmentTexts,
  query: ExportQuery,
  now: () => number,
): ExportPage {
  const read = (body: Buffer, of: TextOf): ExportItem['record'] => toRecord(settledToEntry(body, of));
  return pageOf(database, texts, query, now, (cursor, body, of) => ({ cursor, record: read(body, of) }));
}

/** Without what most of a record is: steps, attempts, evidence. Errors: likewise. */
export function exportBriefs(
  database: Database,
  texts: SegmentTexts,
  query: ExportQuery,
  now: () => number,
): Page<Entry> {
  return pageOf(database, texts, query, now, (_, body, of) => settledToBrief(body, of));
}

export interface Page<T> extends Omit<ExportPage, 'items'> {
  readonly items: readonly T[];
}

function pageOf<T>(
  database: Database,
  texts: SegmentTexts,
  query: ExportQuery,
  now: () => number,
  read: (cursor: string, body: Buffer, texts: TextOf) => T,
): Page<T> {
  const ledger = database.number("SELECT value FROM meta WHERE name = 'created_ms'").toString(36);
  const after = query.after === undefined ? null : placeOf(query.after, ledger);
  const facts = new SettledFacts();
  const items: T[] = [];
  const endMs = now() + EXPORT_MS_MAX;
  let at = after;
  const page = (more: boolean): Page<T> => ({
    items,
    next: at === null ? null : cursorOf(ledger, at),
    more,
  });
  for (;;) {
    const row = nextChunk(database, query, at);
    if (row === null) return page(false);
    const [chunk, segment, bytes] = [Number(row[0]), Number(row[1]), row[2] as Buffer];
    const from = at?.chunk === chunk && at.offset >= 0 ? offsetAfter(bytes, at.offset) : 0;
    for (const { offset, body } of bodiesOf(bytes, from)) {
      if (items.length === query.limit) return page(true);
      at = { chunk, offset };
      facts.read(body);
      if (facts.timeMs < (query.sinceMs ?? 0) || facts.timeMs >= (query.untilMs ?? Number.POSITIVE_INFINITY))
        continue;
      items.push(read(cursorOf(ledger, at), body, texts.of(segment)));
    }
    // Entries of requests that were there before may end a chunk.
    if (at === null || at.chunk < chunk) at = { chunk, offset: 0 };
    at = { chunk: at.chunk + 1, offset: -1 };
    if (now() > endMs) return page(true);
  }
}

/** A cursor after all that has settled so far. */
export function exportEnd(database: Database): string {
  const ledger = database.number("SELECT value FROM meta WHERE name = 'created_ms'").toString(36);
  const last = database.number("SELECT value FROM meta WHERE name = 'last_chunk'");
  return cursorOf(ledger, { chunk: last + 1, offset: -1 });
}

/** The next chunk with entries of the times asked for, from the one of `at` on. */
function nextChunk(database: Database, { sinceMs, untilMs }: ExportQuery, at: Place | null): Row | null {
  return database
    .query(
      `SELECT chunk, segment, bytes FROM chunks WHERE chunk >= ? AND newest_ms >= ? AND oldest_ms < ? ORDER BY chunk LIMIT 1`,
    )
    .get([at?.chunk ?? 0, sinceMs ?? 0, untilMs ?? Number.MAX_SAFE_INTEGER]);
}

function cursorOf(ledger: string, { chunk, offset }: Place): string {
  return `${ledger}-${String(chunk).padStart(10, '0')}-${String(offset + 1).padStart(5, '0')}`;
}

function placeOf(cursor: string, ledger: string): Place {
  const match = CURSOR.exec(cursor);
  if (match === null || match[1] !== ledger) throw new CursorError(cursor);
  return { chunk: Number(match[2]), offset: Number(match[3]) - 1 };
}
