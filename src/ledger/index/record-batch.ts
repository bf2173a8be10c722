// Settled entries on their way into the tables: gathered as columns of numbers, inserted by groups in the order of their keys (neighbours fall on one
// page), and only then counted: what was there already counts nothing. Hot path: per record.
import type { SettledFacts } from '../journal/settled-facts.js';
import { MINUTE_MS } from './calendar.js';
import type { ChargeBook } from './charges.js';
import { bodyAt, Chunk, chunkOf, isSameRequest, offsetOf, placeOf } from './chunk.js';
import { type Database, type Query, RowWriter, type Value } from './database.js';
import { GROUP_KEYS, KEY_EPOCH_MS, keyLow, keyMs } from './key.js';
import { addRecord, type Rollups } from './rollups.js';

/** Records of one transaction: what a page costs that many of them change is shared. */
export const BATCH_RECORDS = 1000;
/** Rows of one statement. */
const GROUP = 50;
const TOKENS = 5;
/** Places in the order of keys are sorted as one number: ms within the batch, sequence, index. */
const INDEXES = 1024;
const SEQUENCES = 1024;
const INSERT = 'INSERT OR IGNORE INTO records VALUES';
const ROW = '((?<<22)|?,?,?)';

export class RecordBatch {
  readonly #database: Database;
  readonly #rollups: Rollups;
  readonly #charges: ChargeBook;
  readonly #group: Query;
  readonly #single: Query;
  readonly #shifted: RowWriter;
  readonly #ms = new Float64Array(BATCH_RECORDS);
  readonly #low = new Float64Array(BATCH_RECORDS);
  readonly #place = new Float64Array(BATCH_RECORDS);
  readonly #dimension = new Float64Array(BATCH_RECORDS);
  readonly #timeMs = new Float64Array(BATCH_RECORDS);
  readonly #nanos = new Float64Array(BATCH_RECORDS);
  readonly #unpriced = new Float64Array(BATCH_RECORDS);
  readonly #dead = new Uint8Array(BATCH_RECORDS);
  readonly #tokens = new Float64Array(BATCH_RECORDS * TOKENS);
  readonly #order = new Float64Array(BATCH_RECORDS);
  readonly #values: Value[] = new Array<Value>(GROUP * 4).fill(0);
  /** Record, bucket, amount; one after the other. */
  readonly #charged: number[] = [];
  readonly #chunks = new Map<number, Chunk>();
  #chunk: Chunk | null = null;
  #nextChunk = -1;
  #size = 0;

  constructor(database: Database, rollups: Rollups, charges: ChargeBook) {
    this.#database = database;
    this.#rollups = rollups;
    this.#charges = charges;
    this.#group = database.query(`${INSERT} ${new Array<string>(GROUP).fill(ROW).join(',')}`);
    this.#single = database.query(`${INSERT} ${ROW}`);
    this.#shifted = new RowWriter(database, 'INSERT OR IGNORE INTO shifted VALUES', '(?,?)', '', 1);
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === BATCH_RECORDS;
  }

  add(segment: number, body: Buffer, facts: SettledFacts, dimension: number): void {
    const i = this.#size++;
    const ms = keyMs(facts.idMs);
    const chunk = this.#chunkFor(segment, body);
    this.#ms[i] = ms;
    this.#low[i] = keyLow(facts.idSequence, facts.idRandom);
    this.#place[i] = placeOf(chunk.number, chunk.add(body));
    this.#dimension[i] = dimension;
    this.#timeMs[i] = facts.timeMs;
    this.#nanos[i] = Math.max(0, facts.costNanos);
    this.#dead[i] = 0;
    const at = i * TOKENS;
    this.#tokens[at] = facts.inputTokens;
    this.#tokens[at + 1] = facts.outputTokens;
    this.#tokens[at + 2] = facts.cachedInputTokens;
    this.#tokens[at + 3] = facts.cacheWriteTokens;
    this.#tokens[at + 4] = facts.reasoningTokens;
    this.#unpriced[i] = isUnpriced(facts) ? 1 : 0;
    chunk.oldestMs = Math.min(chunk.oldestMs, facts.timeMs);
    chunk.newestMs = Math.max(chunk.newestMs, facts.timeMs, ms + KEY_EPOCH_MS);
  }

  /** Of the record added last. `bucket`: ChargeBook.numberOf(). */
  charge(bucket: number, amount: number): void {
    this.#charged.push(this.#size - 1, bucket, amount);
  }

  /** Within a transaction. Returns how many were not there before. */
  write(): number {
    if (this.#size === 0) return 0;
    this.#insertAll();
    let fresh = 0;
    for (let i = 0; i < this.#size; i++) {
      if (this.#dead[i] === 1) continue;
      fresh++;
      this.#count(i);
    }
    const charged = this.#charged;
    for (let i = 0; i < charged.length; i += 3) {
      const record = charged[i] ?? 0;
      if (this.#dead[record] === 0)
        this.#charges.add(charged[i + 1] ?? 0, this.#timeMs[record] ?? 0, charged[i + 2] ?? 0);
    }
    const insert = this.#database.query('INSERT INTO chunks VALUES (?, ?, ?, ?, ?)');
    for (const chunk of this.#chunks.values())
      insert.run([chunk.number, chunk.segment, chunk.oldestMs, chunk.newestMs, chunk.bytes]);
    this.#clear();
    return fresh;
  }

  /** After a transaction that was rolled back. */
  forget(): void {
    this.#clear();
    this.#shifted.clear();
    this.#nextChunk = -1;
  }

  #clear(): void {
    this.#size = 0;
    this.#charged.length = 0;
    this.#chunks.clear();
    this.#chunk = null;
  }

  #chunkFor(segment: number, body: Buffer): Chunk {
    let chunk = this.#chunk;
    if (chunk === null || chunk.segment !== segment || !chunk.hasRoomFor(body)) {
      if (this.#nextChunk < 0)
        this.#nextChunk = 1 + this.#database.number("SELECT value FROM meta WHERE name = 'last_chunk'");
      chunk = new Chunk(this.#nextChunk++, segment);
      this.#chunks.set(chunk.number, chunk);
      this.#chunk = chunk;
    }
    return chunk;
  }

  #insertAll(): void {
    const order = this.#sorted();
    let at = 0;
    for (; at + GROUP <= order.length; at += GROUP) {
      for (let k = 0; k < GROUP; k++) {
        const i = (order[at + k] ?? 0) % INDEXES;
        this.#values[k * 4] = this.#ms[i] ?? 0;
        this.#values[k * 4 + 1] = this.#low[i] ?? 0;
        this.#values[k * 4 + 2] = this.#place[i] ?? 0;
        this.#values[k * 4 + 3] = this.#dimension[i] ?? 0;
      }
      if (this.#group.run(this.#values) < GROUP)
        for (let k = 0; k < GROUP; k++) this.#insert((order[at + k] ?? 0) % INDEXES);
    }
    for (; at < order.length; at++) this.#insert((order[at] ?? 0) % INDEXES);
    if (this.#nextChunk > 0)
      this.#database.query("INSERT OR REPLACE INTO meta VALUES ('last_chunk', ?)").run([this.#nextChunk - 1]);
  }

  #sorted(): Float64Array {
    const order = this.#order.subarray(0, this.#size);
    let firstMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < order.length; i++) firstMs = Math.min(firstMs, this.#ms[i] ?? 0);
    for (let i = 0; i < order.length; i++) {
      // Beyond 2^33 ms of one batch the order is only roughly right; it is for speed.
      const ms = Math.min((this.#ms[i] ?? 0) - firstMs, 2 ** 33 - 1);
      order[i] = (ms * SEQUENCES + ((this.#low[i] ?? 0) >> 12)) * INDEXES + i;
    }
    return order.sort();
  }

  /** Where its key is taken: by itself, by the same request, or by another one, beside which it goes. */
  #insert(i: number): void {
    const [ms, low, place] = [this.#ms[i] ?? 0, this.#low[i] ?? 0, this.#place[i] ?? 0];
    const group = low - (low % GROUP_KEYS);
    for (let step = 0; step < GROUP_KEYS; step++) {
      const tried = group + ((low + step) % GROUP_KEYS);
      if (this.#single.run([ms, tried, place, this.#dimension[i] ?? 0]) === 1) return;
      const row = this.#database
        .query('SELECT place, dimension FROM records WHERE key = ((? << 22) | ?)')
        .get([ms, tried]);
      if (Number(row?.[0]) === place) return;
      if (isSameRequest(this.#bodyOf(Number(row?.[0])), this.#bodyOf(place))) {
        this.#dead[i] = 1;
        this.#chunks.get(chunkOf(place))?.strikeOut(offsetOf(place));
        return;
      }
    }
    throw new RangeError(`more than ${GROUP_KEYS} requests of one millisecond and sequence`);
  }

  #bodyOf(place: number): Buffer {
    const bytes =
      this.#chunks.get(chunkOf(place))?.bytes ??
      this.#database.query('SELECT bytes FROM chunks WHERE chunk = ?').get([chunkOf(place)])?.[0];
    return bodyAt(bytes as Buffer, offsetOf(place));
  }

  #count(i: number): void {
    const timeMs = this.#timeMs[i] ?? 0;
    const nanos = this.#nanos[i] ?? 0;
    const minute = Math.floor(timeMs / MINUTE_MS);
    const sums = this.#rollups.sumsOf(minute, this.#dimension[i] ?? 0, nanos);
    addRecord(sums, this.#tokens, i * TOKENS, nanos, this.#unpriced[i] ?? 0);
    const keyMinute = Math.floor(((this.#ms[i] ?? 0) + KEY_EPOCH_MS) / MINUTE_MS);
    if (keyMinute !== minute) this.#shifted.add([minute, keyMinute]);
  }
}

/** Usage is known, in part at least, and its price is not. */
function isUnpriced(facts: SettledFacts): boolean {
  return facts.costNanos < 0 && facts.hasUsage && (facts.inputTokens >= 0 || facts.outputTokens >= 0);
}
