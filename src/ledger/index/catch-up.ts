// From the journal into the database: segments are read on from where the database says, in transactions of some thousand records. Position, records,
// sums and charges move together, so that a crash at any point repeats or loses nothing; besides, a request counts once whatever is read twice.
// What fails is rolled back, everything in memory is forgotten, and the next call begins from the database again; segments stay until then.

import { ADMITTED, LOST, PROGRESS, SETTLED, TEXT } from '../journal/layout.js';
import type { ReadEntry } from '../journal/segment-reader.js';
import { SettledFacts } from '../journal/settled-facts.js';
import { DAY_MS } from './calendar.js';
import { ChargeBook } from './charges.js';
import { type Database, RowWriter } from './database.js';
import { DimensionBook } from './dimensions.js';
import { OpenRequests } from './open-requests.js';
import { type DatabaseProblem, problemOf } from './problem.js';
import { BATCH_RECORDS, RecordBatch } from './record-batch.js';
import { Rollups } from './rollups.js';
import { SegmentBook } from './segment-book.js';
import type { SegmentTail } from './segment-tail.js';

/**
 * Entries of all types in one transaction: some 8,000 records, 80 ms. Each row of sums is written once a transaction, and each page:
 * with 1,000 records and 400 dimensions in them, the sums alone cost as much as all the rest.
 */
const TRANSACTION_ENTRIES = 20 * BATCH_RECORDS;

export interface CaughtUp {
  /** New ones. */
  records: number;
  /** Files that were removed. */
  segments: number;
  /** Bytes of torn tails, and of damage that was passed over. */
  torn: number;
  damaged: number;
  /** Settlements that the journal says it could not keep. */
  lost: number;
  /** What went wrong, each a sentence. */
  readonly problems: string[];
  /** The database could not be written: nothing of the last batch is in it. Null: it could. */
  failure: DatabaseProblem | null;
  /** There is more to read: `records` of the call was reached. */
  more: boolean;
}

export class CatchUp {
  readonly segments: SegmentBook;
  readonly open: OpenRequests;
  readonly charges: ChargeBook;
  readonly dimensions: DimensionBook;
  readonly #database: Database;
  readonly #rollups: Rollups;
  readonly #batch: RecordBatch;
  readonly #texts: RowWriter;
  readonly #facts = new SettledFacts();
  #begun = false;
  /** Records of the transaction that was begun. */
  #fresh = 0;
  #loaded = false;
  #day = 0;
  /** What the running call found. */
  #result: CaughtUp = nothing();

  constructor(database: Database, folder: string) {
    this.#database = database;
    this.segments = new SegmentBook(database, folder);
    this.open = new OpenRequests(database);
    this.charges = new ChargeBook(database);
    this.dimensions = new DimensionBook(database);
    this.#rollups = new Rollups(database);
    this.#batch = new RecordBatch(database, this.#rollups, this.charges);
    this.#texts = new RowWriter(database, 'INSERT OR REPLACE INTO texts VALUES', '(?,?,?)', '', 20);
  }

  /** @param live the generation that may still write; null: none  @param records about how many to take in at most  @param nowMs wall clock */
  run(live: number | null, records: number, nowMs: number): CaughtUp {
    const result = nothing();
    this.#result = result;
    this.#day = Math.floor(nowMs / DAY_MS);
    try {
      this.#load();
      this.segments.refresh(live, sentence => result.problems.push(sentence));
      do result.more = this.#runBatch();
      while (result.more && result.records < records);
      result.segments = this.segments.removeFinished(sentence => result.problems.push(sentence));
      // Segments beyond those that may be open at once.
      if (result.segments > 0 && this.segments.tails.length < this.segments.files - result.segments)
        result.more = true;
    } catch (cause) {
      this.#database.rollBack();
      this.forget();
      result.failure = problemOf(this.#database.file, cause);
      result.problems.push(result.failure.message);
    }
    return result;
  }

  /** Everything that the database does not say. */
  forget(): void {
    this.#begun = false;
    this.#fresh = 0;
    this.#loaded = false;
    this.segments.forget();
    this.open.forget();
    this.charges.forget();
    this.dimensions.forget();
    this.#rollups.clear();
    this.#batch.forget();
    this.#texts.clear();
  }

  /** After rows of dimensions or buckets were deleted. */
  forgetNumbers(): void {
    this.dimensions.forget();
    for (const tail of this.segments.tails) tail.forget();
  }

  #load(): void {
    if (this.#loaded) return;
    this.open.load();
    this.#loaded = true;
  }

  /** True: there is more. */
  #runBatch(): boolean {
    let entries = 0;
    let more = false;
    for (const tail of this.segments.tails) {
      entries = this.#readTail(tail, entries);
      more = entries >= TRANSACTION_ENTRIES;
      if (more) break;
    }
    if (!this.#begun) return more;
    this.#fresh += this.#batch.write();
    this.#rollups.flush();
    this.charges.flush();
    this.#texts.flush();
    for (const tail of this.segments.tails) if (tail.touched) this.segments.store(tail);
    this.#count('records', this.#fresh);
    this.#database.commit();
    this.#begun = false;
    for (const tail of this.segments.tails) tail.touched = false;
    this.segments.closeFinished();
    this.#result.records += this.#fresh;
    this.#fresh = 0;
    return more;
  }

  #readTail(tail: SegmentTail, entriesBefore: number): number {
    let entries = entriesBefore;
    tail.atEnd = false;
    while (entries < TRANSACTION_ENTRIES && !tail.refused) {
      const entry = this.#next(tail);
      if (entry === null) break;
      entries++;
      if (entry.end <= tail.indexedTo) this.#replay(tail, entry);
      else this.#take(tail, entry);
    }
    return entries;
  }

  /** A segment that cannot be read (a newer version's, a bad disk) holds up none of the others. */
  #next(tail: SegmentTail): ReadEntry | null {
    try {
      const entry = tail.reader.next();
      if (entry !== null) return entry;
    } catch (cause) {
      tail.refused = true;
      this.#result.problems.push(`${tail.file} cannot be read on and waits: ${(cause as Error).message}`);
      return null;
    }
    this.#ended(tail);
    return null;
  }

  #ended(tail: SegmentTail): void {
    const { reader } = tail;
    tail.atEnd = true;
    if (reader.damage.length > tail.damageTold) {
      this.#begin(tail);
      for (const { from, to } of reader.damage.slice(tail.damageTold)) {
        if (to <= tail.indexedTo) continue;
        this.#result.damaged += to - from;
        this.#result.problems.push(
          `${tail.file} is damaged: bytes ${from} to ${to} were passed over (${to - from} bytes); the file is kept aside as ${tail.file}.damaged once it is read`,
        );
      }
      tail.damageTold = reader.damage.length;
    }
    if (reader.live || reader.tail === 'open') return;
    if (reader.torn !== null) {
      const bytes = reader.torn.to - reader.torn.from;
      this.#result.torn += bytes;
      this.#result.problems.push(
        `${tail.file} ends in the middle of an entry: it was cut at byte ${reader.torn.from} (${bytes} bytes)`,
      );
    }
    this.#begin(tail);
    this.open.carryOver(tail.segment, at => reader.readAt(at));
    tail.finished = true;
  }

  /** An entry that is in the database already: only whether its request is still open is learnt from it again. */
  #replay(tail: SegmentTail, entry: ReadEntry): void {
    if (entry.type === ADMITTED || entry.type === PROGRESS)
      this.open.opened(tail.segment, entry.at, entry.body);
    else if (entry.type === SETTLED) this.open.settledBefore(entry.body);
  }

  #take(tail: SegmentTail, entry: ReadEntry): void {
    this.#begin(tail);
    switch (entry.type) {
      case SETTLED:
        this.#takeSettled(tail, entry);
        break;
      case ADMITTED:
      case PROGRESS:
        this.open.opened(tail.segment, entry.at, entry.body);
        break;
      case TEXT:
        this.#texts.add([tail.segment, entry.number, entry.text]);
        break;
      case LOST:
        this.#result.lost += entry.lost;
        this.#count('lost', entry.lost);
        break;
      default:
        this.#result.problems.push(
          `${tail.file} has an entry of type ${entry.type} at ${entry.at}: passed over`,
        );
    }
  }

  #takeSettled(tail: SegmentTail, { body, at, end }: ReadEntry): void {
    const facts = this.#facts;
    try {
      facts.read(body);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      this.#result.damaged += end - at;
      this.#result.problems.push(`${tail.file} has an entry at ${at} that says nothing: ${cause.message}`);
      return;
    }
    if (this.#batch.full) this.#fresh += this.#batch.write();
    this.#batch.add(tail.segment, body, facts, tail.dimensionOf(facts, this.dimensions, this.#day));
    for (let i = 0; i < facts.chargeCount; i++) {
      const bucket = tail.bucketOf(facts.chargeBuckets[i] ?? -1, facts, this.charges);
      if (bucket !== null) this.#batch.charge(bucket, facts.chargeAmounts[i] ?? 0);
    }
    if (facts.timeMs > tail.newestMs) tail.newestMs = facts.timeMs;
    if (facts.idMs > tail.newestMs) tail.newestMs = facts.idMs;
    this.open.settled(body);
  }

  #begin(tail: SegmentTail): void {
    tail.touched = true;
    if (this.#begun) return;
    this.#database.begin();
    this.#begun = true;
  }

  #count(name: string, more: number): void {
    if (more === 0) return;
    this.#database
      .query('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value')
      .run([name, more]);
  }
}

function nothing(): CaughtUp {
  return {
    records: 0,
    segments: 0,
    torn: 0,
    damaged: 0,
    lost: 0,
    problems: [],
    failure: null,
    more: false,
  };
}
