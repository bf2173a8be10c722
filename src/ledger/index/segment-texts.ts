// The dictionaries of segments whose entries are in the database, for whoever decodes one.
import type { Database } from './database.js';

/** 4,096 texts of 256 bytes at most each: 16 MiB. */
const SEGMENTS_MAX = 16;

export class SegmentTexts {
  readonly #database: Database;
  readonly #segments = new Map<number, (string | undefined)[]>();

  constructor(database: Database) {
    this.#database = database;
  }

  of(segment: number): (number: number) => string | null {
    const texts = this.#segments.get(segment) ?? this.#load(segment);
    return number => texts[number] ?? null;
  }

  /** After new texts were written: what is kept may lack them. */
  forget(): void {
    this.#segments.clear();
  }

  #load(segment: number): (string | undefined)[] {
    if (this.#segments.size >= SEGMENTS_MAX) this.#segments.clear();
    const texts: (string | undefined)[] = [];
    const rows = this.#database.query('SELECT number, text FROM texts WHERE segment = ?').all([segment]);
    for (const [number, text] of rows) texts[Number(number)] = String(text);
    this.#segments.set(segment, texts);
    return texts;
  }
}
