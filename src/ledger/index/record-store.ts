// Records as they stand in the tables: by place, by id, and as a walk from new to old.
import type { Entry } from '../../core/entry.js';
import { entryId, settledToEntry } from '../journal/decode-entry.js';
import { bodyAt, chunkOf, offsetOf } from './chunk.js';
import type { Database } from './database.js';
import { GROUP_KEYS, KEY_EPOCH_MS, type Key, keyOf, LOW_BITS } from './key.js';
import type { SegmentTexts } from './segment-texts.js';
import type { Stretch } from './where-to-look.js';

/** 4 MiB: requests that run at the same time settle into as many chunks as have room for all of them, and a list goes to and fro between those. */
const CHUNKS_KEPT = 128;
const ROWS_AT_ONCE = 128;
const LOW_MAX = 2 ** LOW_BITS - 1;

export interface Stored {
  readonly id: string;
  readonly body: Buffer;
  readonly segment: number;
}

interface KeptChunk {
  readonly segment: number;
  readonly bytes: Buffer;
}

export class RecordStore {
  readonly #database: Database;
  readonly #texts: SegmentTexts;
  readonly #chunks = new Map<number, KeptChunk>();

  constructor(database: Database, texts: SegmentTexts) {
    this.#database = database;
    this.#texts = texts;
  }

  get(id: string): Entry | null {
    const { ms, low } = keyOf(id);
    const first = low - (low % GROUP_KEYS);
    const rows = this.#database
      .query('SELECT place FROM records WHERE key >= ((? << 22) | ?) AND key <= ((? << 22) | ?)')
      .all([ms, first, ms, first + GROUP_KEYS - 1]);
    for (const row of rows) {
      const stored = this.#stored(Number(row[0]));
      if (stored?.id === id) return this.entryOf(stored);
    }
    return null;
  }

  entryOf({ body, segment }: Stored): Entry {
    return settledToEntry(body, this.#texts.of(segment));
  }

  /** In the order of ids, newest first. @param last the largest key asked for  @param wanted whether the table `wanted` holds */
  *walk(stretch: Stretch, last: Key | null, wanted: boolean): Generator<Stored> {
    let group: Stored[] = [];
    let [groupMs, groupSequence] = [0, -1];
    for (const [ms, low, place] of this.#rows(stretch, last, wanted)) {
      const sequence = Math.floor(low / GROUP_KEYS);
      if (ms !== groupMs || sequence !== groupSequence) {
        yield* newestFirst(group);
        group = [];
        [groupMs, groupSequence] = [ms, sequence];
      }
      const stored = this.#stored(place);
      if (stored !== null) group.push(stored);
    }
    yield* newestFirst(group);
  }

  *#rows(
    { fromMs, toMs }: Stretch,
    last: Key | null,
    wanted: boolean,
  ): Generator<[ms: number, low: number, place: number]> {
    const query = this.#database.query(
      `SELECT key >> 22, key & ${LOW_MAX}, place FROM records WHERE key <= ((? << 22) | ?) AND key >= (? << 22)
       ${wanted ? 'AND +dimension IN (SELECT dimension FROM wanted)' : ''} ORDER BY key DESC LIMIT ${ROWS_AT_ONCE}`,
    );
    let [ms, low] = [toMs - KEY_EPOCH_MS - 1, LOW_MAX];
    // The whole group of the last key: within it, the order is that of ids.
    if (last !== null && last.ms <= ms)
      [ms, low] = [last.ms, last.low - (last.low % GROUP_KEYS) + GROUP_KEYS - 1];
    for (;;) {
      const rows = query.all([ms, low, fromMs - KEY_EPOCH_MS]);
      for (const row of rows) {
        [ms, low] = [Number(row[0]), Number(row[1])];
        yield [ms, low, Number(row[2])];
      }
      if (rows.length < ROWS_AT_ONCE) return;
      [ms, low] = low > 0 ? [ms, low - 1] : [ms - 1, LOW_MAX];
    }
  }

  #stored(place: number): Stored | null {
    const chunk = this.#chunk(chunkOf(place));
    if (chunk === null) return null;
    const body = bodyAt(chunk.bytes, offsetOf(place));
    return { id: entryId(body), body, segment: chunk.segment };
  }

  #chunk(number: number): KeptChunk | null {
    const kept = this.#chunks.get(number);
    if (kept !== undefined) return kept;
    const row = this.#database.query('SELECT segment, bytes FROM chunks WHERE chunk = ?').get([number]);
    if (row === null) return null;
    const chunk = { segment: Number(row[0]), bytes: row[1] as Buffer };
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size < CHUNKS_KEPT) break;
      this.#chunks.delete(oldest);
    }
    this.#chunks.set(number, chunk);
    return chunk;
  }
}

function newestFirst(group: Stored[]): Stored[] {
  return group.length < 2 ? group : group.sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
}
