// Which segments there are, how far each is in the database, and when one may go: its writer has moved on or is dead, all of it is in the
// database, and the database is on the disk.
import { existsSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listSegments, type SegmentName, segmentFileName } from '../journal/segment-name.js';
import { SegmentReader } from '../journal/segment-reader.js';
import type { Database } from './database.js';
import { SegmentTail } from './segment-tail.js';

/** Files that are open at once; further segments wait until earlier ones are read. */
const TAILS_MAX = 128;

interface Finished {
  readonly file: string;
  readonly damaged: boolean;
}

export class SegmentBook {
  /** In the order of their names. */
  tails: SegmentTail[] = [];
  /** Files in the folder when it was looked into last. */
  files = 0;
  readonly #database: Database;
  readonly #folder: string;
  /** In the database as a whole; their files wait for a checkpoint. */
  readonly #finished = new Map<string, Finished>();
  /** Files that cannot be read, told once. */
  readonly #refused = new Set<string>();

  constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** Looks for new segments; opens those that are to be read. @param live the generation that still writes; null: none does */
  refresh(live: number | null, problem: (sentence: string) => void): void {
    const names = listSegments(this.#folder);
    this.files = names.length;
    const open = new Map(this.tails.map(tail => [tail.file, tail]));
    const tails: SegmentTail[] = [];
    for (const [i, name] of names.entries()) {
      const next = names[i + 1];
      const isLast = next?.generation !== name.generation || next.thread !== name.thread;
      const isLive = name.generation === live && isLast;
      const file = segmentFileName(name);
      const tail = open.get(file) ?? (tails.length < TAILS_MAX ? this.#open(name, isLive, problem) : null);
      open.delete(file);
      if (tail === null) continue;
      tail.reader.live = isLive;
      tails.push(tail);
    }
    // Somebody took the file away.
    for (const tail of open.values()) tail.reader.close();
    this.tails = tails;
  }

  /** Bytes of the folder's segments that are not in the database yet. */
  lagBytes(): number {
    let bytes = 0;
    const open = new Map(this.tails.map(tail => [tail.file, tail]));
    for (const name of listSegments(this.#folder)) {
      const file = segmentFileName(name);
      const tail = open.get(file);
      if (tail !== undefined) bytes += tail.atEnd ? 0 : Math.max(0, tail.reader.size - tail.reader.position);
      else if (!this.#finished.has(file)) bytes += sizeOf(join(this.#folder, file));
    }
    return bytes;
  }

  /** Within a transaction: what was read of it is in the database. */
  store(tail: SegmentTail): void {
    this.#database
      .query(
        'UPDATE segments SET position = ?, done = ?, damaged = ?, newest_ms = max(newest_ms, ?) WHERE segment = ?',
      )
      .run([
        tail.reader.position,
        tail.finished ? 1 : 0,
        tail.damageTold > 0 ? 1 : 0,
        tail.newestMs,
        tail.segment,
      ]);
  }

  /** After the transaction that stored them as finished. */
  closeFinished(): void {
    for (const tail of this.tails) {
      if (!tail.finished) continue;
      tail.reader.close();
      this.#finished.set(tail.file, { file: tail.file, damaged: tail.damageTold > 0 });
    }
    this.tails = this.tails.filter(tail => !tail.finished);
  }

  /** Removes the files of finished segments, once the database is on the disk; damaged ones are kept aside. Returns how many went. */
  removeFinished(problem: (sentence: string) => void): number {
    if (this.#finished.size === 0 || !this.#database.checkpoint()) return 0;
    let removed = 0;
    for (const { file, damaged } of [...this.#finished.values()]) {
      const path = join(this.#folder, file);
      try {
        if (damaged) renameSync(path, `${path}.damaged`);
        else unlinkSync(path);
        removed++;
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        if (code !== 'ENOENT') {
          if (!this.#refused.has(file)) problem(`${path} is in the ledger and cannot be removed: ${message}`);
          this.#refused.add(file);
          continue;
        }
      }
      this.#finished.delete(file);
    }
    return removed;
  }

  /** Within a transaction: drops the rows and texts of segments whose file and records are all gone. */
  prune(beforeMs: number): void {
    const rows = this.#database
      .query(
        `SELECT segment, generation, thread, sequence FROM segments WHERE done = 1 AND newest_ms < ?
         AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.segment = segments.segment)
         AND NOT EXISTS (SELECT 1 FROM open_requests WHERE open_requests.segment = segments.segment) LIMIT 20`,
      )
      .all([beforeMs]);
    for (const [segment, generation, thread, sequence] of rows) {
      const name = {
        generation: Number(generation),
        thread: Number(thread),
        sequence: Number(sequence),
      };
      if (existsSync(join(this.#folder, segmentFileName(name)))) continue;
      this.#database.query('DELETE FROM texts WHERE segment = ?').run([Number(segment)]);
      this.#database.query('DELETE FROM segments WHERE segment = ?').run([Number(segment)]);
    }
  }

  /** Closes all readers: what was read since the last commit is read again. */
  forget(): void {
    for (const tail of this.tails) tail.reader.close();
    this.tails = [];
    this.#finished.clear();
  }

  #open(name: SegmentName, live: boolean, problem: (sentence: string) => void): SegmentTail | null {
    const file = segmentFileName(name);
    if (this.#finished.has(file)) return null;
    const path = join(this.#folder, file);
    try {
      const reader = SegmentReader.open(path, { live });
      const { segment, position, done, damaged } = this.#register(name, reader.createdMs);
      if (done) {
        reader.close();
        this.#finished.set(file, { file, damaged });
        return null;
      }
      this.#refused.delete(file);
      return new SegmentTail(name, file, segment, reader, position);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (typeof code === 'string' && code.startsWith('SQLITE')) throw cause;
      if (!this.#refused.has(file)) problem(`${path} cannot be read and waits: ${message}`);
      this.#refused.add(file);
      return null;
    }
  }

  #register(name: SegmentName, createdMs: number) {
    const { generation, thread, sequence } = name;
    const row = this.#database
      .query(
        'SELECT segment, position, done, damaged FROM segments WHERE generation = ? AND thread = ? AND sequence = ? AND created_ms = ?',
      )
      .get([generation, thread, sequence, Math.floor(createdMs)]);
    if (row !== null) {
      const [segment, position, done, damaged] = row.map(Number);
      return { segment: segment ?? 0, position: position ?? 0, done: done === 1, damaged: damaged === 1 };
    }
    const added = this.#database
      .query(
        `INSERT INTO segments (generation, thread, sequence, created_ms, position, done, damaged, newest_ms)
         VALUES (?, ?, ?, ?, 0, 0, 0, 0) RETURNING segment`,
      )
      .all([generation, thread, sequence, Math.floor(createdMs)])[0];
    this.#database
      .query(
        "INSERT INTO meta VALUES ('last_generation', ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
      )
      .run([generation]);
    return { segment: Number(added?.[0]), position: 0, done: false, damaged: false };
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
