// Hot path: per request. A thread's journal: entries gather in one buffer, which is written once per turn of the loop; then those who wait for it
// are told. What cannot be written stays in memory, bounded, and is written to a new segment as soon as one can be made.
import type { Cost, Entry } from '../../core/entry.js';
import type { Usage } from '../../core/usage.js';
import { Backlog } from './backlog.js';
import { BRIEF, LEAN, putBody, WHOLE } from './body-encoder.js';
import { BodyWriter } from './body-writer.js';
import type { JournalBounds } from './bounds.js';
import { lostFrame, putFrame, textFrames } from './frames.js';
import { GroupSync, type Written } from './group-sync.js';
import type { BucketAmount, Journal, Progress } from './journal.js';
import type { JournalFiles } from './journal-files.js';
import type { JournalOptions } from './journal-options.js';
import { ADMITTED, FRAME_BYTES, PROGRESS, SETTLED } from './layout.js';
import { Segments } from './segments.js';

const WRITER_BYTES_MIN = 64 * 1024;

export class FileJournal implements Journal {
  full = false;
  readonly #onState: JournalOptions['onState'];
  readonly #bounds: JournalBounds;
  readonly #sync: GroupSync | null;
  readonly #segments: Segments;
  readonly #backlog: Backlog;
  readonly #writer: BodyWriter;
  /** Settlements in the buffer, and who waits for them. */
  #settled = 0;
  #waiting: Written[] = [];
  #scheduled = false;
  readonly #turn = (): void => this.#endTurn();
  #retrying: NodeJS.Timeout | null = null;
  #reason: string | null = null;
  /** The current segment's last sync has failed. */
  #unsafe = false;
  #lostTold = 0;
  #closed = false;

  /** Throws the file system's errors. */
  constructor(options: JournalOptions, files: JournalFiles, bounds: JournalBounds) {
    const { durability, folder } = options;
    this.#onState = options.onState.bind(options);
    this.#bounds = bounds;
    this.#backlog = new Backlog(bounds.backlogBytes);
    this.#sync =
      durability === 'fsync'
        ? new GroupSync(files, folder, callAll, (cause, bytes) => this.#syncFailed(cause, bytes))
        : null;
    this.#segments = new Segments(options, files, bounds, this.#sync);
    this.#writer = new BodyWriter(bounds.batchBytes + WRITER_BYTES_MIN, this.#segments.dictionary);
  }

  admitted(entry: Entry, { usage, cost, charges }: Progress): void {
    this.#append(ADMITTED, entry, usage, cost, charges);
  }

  progress(entry: Entry, { usage, cost, charges }: Progress, written?: Written): void {
    // Only of use to who reads the file after a kill: what waits in memory dies as well.
    if (this.#backlog.isEmpty) this.#append(PROGRESS, entry, usage, cost, charges);
    else this.#schedule();
    if (written !== undefined) this.#waiting.push(written);
  }

  settled(entry: Entry, charges: readonly BucketAmount[], written: Written): void {
    this.#append(SETTLED, entry, entry.usage, entry.cost, charges);
    this.#waiting.push(written);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#endTurn();
    if (this.#retrying !== null) clearTimeout(this.#retrying);
    if (!this.#backlog.isEmpty) this.#retry();
    await this.#sync?.idle();
    // A sync that has just failed leaves a backlog of its own.
    if (!this.#backlog.isEmpty) this.#retry();
    this.#closed = true;
    if (this.#retrying !== null) clearTimeout(this.#retrying);
    this.#backlog.giveUp();
    try {
      this.#segments.end();
    } catch (cause) {
      this.#fail(cause);
    }
    this.#say(this.#reason);
    await this.#sync?.idle();
    this.#sync?.close();
  }

  #append(
    type: number,
    entry: Entry,
    usage: Usage | null,
    cost: Cost | null,
    charges: readonly BucketAmount[],
  ): void {
    this.#schedule();
    const writer = this.#writer;
    const start = writer.at;
    try {
      this.#encode(start, type, entry, usage, cost, charges, type === SETTLED ? WHOLE : LEAN);
      if (writer.at - start - FRAME_BYTES > this.#bounds.bodyBytes)
        this.#encode(start, type, entry, usage, cost, charges, BRIEF);
    } catch (cause) {
      writer.at = start;
      throw cause;
    }
    if (writer.at - start - FRAME_BYTES > this.#bounds.bodyBytes) {
      writer.at = start;
      this.#tooLong(type);
      return;
    }
    putFrame(writer.bytes, start, writer.at, this.#segments.seed);
    if (type === SETTLED) this.#settled++;
    if (writer.at >= this.#bounds.batchBytes) this.#write();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  #encode(
    start: number,
    type: number,
    entry: Entry,
    usage: Usage | null,
    cost: Cost | null,
    charges: readonly BucketAmount[],
    extent: number,
  ): void {
    const writer = this.#writer;
    for (;;) {
      writer.at = start + FRAME_BYTES;
      putBody(writer, type, entry, usage, cost, charges, extent);
      if (!writer.overrun) return;
      writer.grow(start, writer.at + WRITER_BYTES_MIN);
    }
  }

  /** Even without what may be left out: thousands of steps. */
  #tooLong(type: number): void {
    if (type !== SETTLED) return;
    this.#backlog.lost++;
    this.#say('an entry is too long for the journal');
  }

  /** Once per turn in which there was something to write. */
  #endTurn(): void {
    this.#scheduled = false;
    this.#write();
    const waiting = this.#waiting;
    if (waiting.length > 0) this.#waiting = [];
    // What is kept in memory is told at once: nobody knows when there will be room.
    if (this.#sync === null || !this.#backlog.isEmpty) callAll(waiting);
    else this.#sync.tellAfter(waiting);
  }

  #write(): void {
    const { bytes, at } = this.#writer;
    if (at === 0) return;
    const settled = this.#settled;
    this.#writer.at = 0;
    this.#settled = 0;
    if (this.#closed) {
      this.#backlog.lost += settled;
      this.#say('the journal is closed');
    } else if (this.#backlog.isEmpty) {
      try {
        this.#writeTexts();
        this.#segments.append(bytes, at);
      } catch (cause) {
        this.#keep(bytes, at, settled);
        this.#fail(cause);
        return;
      }
      if (this.full) return;
      this.#makeRoom();
    } else this.#keep(bytes, at, settled);
  }

  #writeTexts(): void {
    const { dictionary, seed } = this.#segments;
    const { fresh } = dictionary;
    if (fresh.length === 0) return;
    const frames = textFrames(fresh, dictionary.size - fresh.length, seed);
    dictionary.taken();
    this.#segments.append(frames, frames.length);
  }

  #keep(bytes: Buffer, length: number, settled: number): void {
    const { lost } = this.#backlog;
    this.#backlog.add(Buffer.from(bytes.subarray(0, length)), settled);
    if (this.#backlog.lost > lost && this.full) this.#say(this.#reason);
  }

  #makeRoom(): void {
    try {
      this.#segments.makeRoom();
      this.#writer.dictionary = this.#segments.dictionary;
      this.#well();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #retry(): void {
    this.#retrying = null;
    // Entries of this turn refer to the dictionary that may be left now.
    this.#write();
    if (this.#retrying !== null) return;
    if (this.#backlog.isEmpty) {
      this.#makeRoom();
      return;
    }
    try {
      this.#writeBacklog();
      this.#well();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #writeBacklog(): void {
    const backlog = this.#backlog;
    const segments = this.#segments;
    segments.moveOn(!this.#unsafe);
    this.#unsafe = false;
    for (let piece = backlog.first(); piece !== null; piece = backlog.first()) {
      if (segments.left) segments.moveOn(true);
      segments.append(piece, piece.length);
      backlog.firstIsWritten();
    }
    const untold = backlog.lost - backlog.told;
    if (untold > 0) {
      const frame = lostFrame(untold, segments.seed);
      segments.append(frame, frame.length);
      backlog.told = backlog.lost;
    }
    this.#sync?.tellAfter([]);
    segments.makeRoom();
    this.#writer.dictionary = segments.dictionary;
  }

  #syncFailed(cause: Error, unsafe: Buffer[]): void {
    this.#unsafe = true;
    this.#backlog.addFirst(unsafe);
    this.#fail(cause);
  }

  #fail(cause: unknown): void {
    this.full = true;
    this.#say(cause instanceof Error ? cause.message : String(cause));
    if (this.#retrying !== null || this.#closed) return;
    this.#retrying = setTimeout(() => this.#retry(), this.#bounds.retryMs);
    this.#retrying.unref();
  }

  #well(): void {
    if (!this.full) return;
    this.full = false;
    this.#say(null);
  }

  #say(reason: string | null): void {
    const { lost } = this.#backlog;
    if (reason === this.#reason && lost === this.#lostTold) return;
    this.#reason = reason;
    this.#lostTold = lost;
    this.#onState({ full: this.full, reason, lost });
  }
}

/** All of them, also where one throws: that is its own request's bug. */
function callAll(waiting: Written[]): void {
  let called = 0;
  try {
    while (called < waiting.length) waiting[called++]?.();
  } finally {
    if (called < waiting.length) setImmediate(callAll, waiting.slice(called));
  }
}
