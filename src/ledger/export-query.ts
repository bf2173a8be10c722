// The export of settled requests for billing: a list that only grows at its end, in the order in which requests settled, so that one cursor is all that
// an exporter must keep to get each of them once.
import type { RequestRecord } from '../core/record.js';

export interface ExportQuery {
  /** By the time of admission, ms since the epoch; inclusive. */
  readonly sinceMs?: number;
  /** Exclusive. */
  readonly untilMs?: number;
  /** A cursor of an earlier page; absent: from the oldest that is kept. */
  readonly after?: string;
  /** 1 to EXPORTED_PER_PAGE_MAX. */
  readonly limit: number;
}

export interface ExportItem {
  /** Going on after this one. `[\w.-]{1,64}`; later ones sort higher as text. */
  readonly cursor: string;
  /** Settled, never running. */
  readonly record: RequestRecord;
}

export interface ExportPage {
  readonly items: readonly ExportItem[];
  /** Where to go on, at the end as well: what settles later comes after it. Past the last item where what followed lies outside the times asked for; null: nothing has ever settled. */
  readonly next: string | null;
  /** False: this is all there is at the moment. */
  readonly more: boolean;
}

export const EXPORTED_PER_PAGE = 1000;
/** About 1 KiB of JSON each. */
export const EXPORTED_PER_PAGE_MAX = 5000;

/** A cursor that this ledger never gave. */
export class CursorError extends Error {
  override readonly name = 'CursorError';

  constructor(cursor: string) {
    super(
      `cursor ${JSON.stringify(cursor)} is not of this ledger; begin without one, and drop what has been exported already by its id`,
    );
  }
}
