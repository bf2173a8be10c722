// Requests that were admitted and have not settled: where their last entry stands in its segment. Only when a segment goes are those of it
// written to the database: nearly every request settles long before, and two writes for each would cost more than its record.

import { ID_AT } from '../journal/body-encoder.js';
import { entryId } from '../journal/decode-entry.js';
import { ID_BYTES } from '../journal/entry-id.js';
import type { Database } from './database.js';

export interface OpenRequest {
  readonly id: string;
  readonly generation: number;
  /** For openToEntry(). */
  readonly body: Buffer;
  readonly texts: (number: number) => string | null;
}

interface Place {
  segment: number;
  at: number;
  /** There is a row of it in open_requests, maybe of an older entry. */
  carried: boolean;
}

export class OpenRequests {
  readonly #database: Database;
  readonly #places = new Map<string, Place>();

  constructor(database: Database) {
    this.#database = database;
  }

  get size(): number {
    return this.#places.size;
  }

  /** From the database, when reading begins. */
  load(): void {
    for (const [body, segment] of this.#database.query('SELECT body, segment FROM open_requests').all())
      this.#places.set(keyOf(body as Buffer), { segment: Number(segment), at: -1, carried: true });
  }

  /** An admitted or progress entry: the last one counts. */
  opened(segment: number, at: number, body: Buffer): void {
    const key = keyOf(body);
    const place = this.#places.get(key);
    if (place === undefined) {
      this.#places.set(key, { segment, at, carried: false });
    } else {
      place.segment = segment;
      place.at = at;
    }
  }

  /** Within a transaction. */
  settled(body: Buffer): void {
    const key = keyOf(body);
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#places.delete(key);
    if (place.carried) this.#database.query('DELETE FROM open_requests WHERE id = ?').run([entryId(body)]);
  }

  /** The same of a settlement that is in the database already. */
  settledBefore(body: Buffer): void {
    this.#places.delete(keyOf(body));
  }

  /** Within a transaction: the segment goes; its entries are read with `readAt`. */
  carryOver(segment: number, readAt: (at: number) => Buffer): void {
    for (const place of this.#places.values()) {
      if (place.segment !== segment || place.at < 0) continue;
      const body = readAt(place.at);
      this.#database
        .query('INSERT OR REPLACE INTO open_requests VALUES (?, ?, ?)')
        .run([entryId(body), segment, body]);
      place.carried = true;
      place.at = -1;
    }
  }

  forget(): void {
    this.#places.clear();
  }
}

/** The 16 bytes of the id, one a character. */
function keyOf(body: Buffer): string {
  return body.toString('latin1', ID_AT, ID_AT + ID_BYTES);
}
