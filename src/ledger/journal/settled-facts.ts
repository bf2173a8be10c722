// Hot path of the index: per record. What of a settled entry is counted and found by, as numbers in one object that is used again and again;
// texts stay the numbers that their segment's dictionary gave them. Layout: body-encoder.ts.
import { FACTS_AT, FLAGS_AT, HAS_COST, HAS_USAGE, ID_AT, OUTCOME_AT } from './body-encoder.js';
import type { TextOf } from './body-reader.js';
import { entryTimeMs } from './decode-entry.js';
import { ENTRY_VERSION, JournalVersionError } from './layout.js';

/** A text: ≥ 0 its number in the dictionary, NO_TEXT none, below that `inline[-2 - ref]`. */
export type TextRef = number;
export const NO_TEXT = -1;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export class SettledFacts {
  /** The id's 48 bits of ms, 20 of sequence, and the first 32 of its 60 random ones. */
  idMs = 0;
  idSequence = 0;
  idRandom = 0;
  /** ms since the epoch. */
  timeMs = 0;
  /** Index into OUTCOMES of names.ts. */
  outcome = 0;
  /** −1: null; so with all numbers below. */
  status = -1;
  consumer: TextRef = NO_TEXT;
  key: TextRef = NO_TEXT;
  /** Sorted `name=value` lines (tags-text.ts). */
  tags: TextRef = NO_TEXT;
  provider: TextRef = NO_TEXT;
  model: TextRef = NO_TEXT;
  modelServed: TextRef = NO_TEXT;
  api: TextRef = NO_TEXT;
  hasUsage = false;
  inputTokens = -1;
  outputTokens = -1;
  cachedInputTokens = -1;
  cacheWriteTokens = -1;
  reasoningTokens = -1;
  /** Indexes into SOURCES of names.ts: 2 bits each of the usage's own, the input's, the output's. */
  sources = 0;
  costNanos = -1;
  /** How many of the two lists count. */
  chargeCount = 0;
  readonly chargeBuckets: TextRef[] = [];
  readonly chargeAmounts: number[] = [];
  readonly inline: string[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Throws JournalVersionError, and RangeError where the bytes are no body. */
  read(body: Uint8Array): void {
    const version = body[0] ?? 0;
    if (version !== ENTRY_VERSION)
      throw new JournalVersionError('an entry of the journal', version, ENTRY_VERSION);
    this.#bytes = body;
    this.#at = FACTS_AT;
    if (this.inline.length > 0) this.inline.length = 0;
    this.#readId(body);
    this.timeMs = entryTimeMs(body);
    this.outcome = body[OUTCOME_AT] ?? 0;
    this.status = this.#number();
    this.consumer = this.#text();
    this.key = this.#text();
    this.tags = this.#text();
    this.provider = this.#text();
    this.model = this.#text();
    this.modelServed = this.#text();
    this.api = this.#text();
    const flags = body[FLAGS_AT] ?? 0;
    this.hasUsage = (flags & HAS_USAGE) !== 0;
    this.inputTokens = this.hasUsage ? this.#number() : -1;
    this.outputTokens = this.hasUsage ? this.#number() : -1;
    this.cachedInputTokens = this.hasUsage ? this.#number() : -1;
    this.cacheWriteTokens = this.hasUsage ? this.#number() : -1;
    this.reasoningTokens = this.hasUsage ? this.#number() : -1;
    this.sources = this.hasUsage ? (body[this.#at++] ?? 0) : 0;
    this.costNanos = (flags & HAS_COST) !== 0 ? this.#number() : -1;
    this.#readCharges();
  }

  /** The text that a ref says; null where there is none, or where it was lost. */
  text(ref: TextRef, texts: TextOf): string | null {
    if (ref >= 0) return texts(ref);
    return ref === NO_TEXT ? null : (this.inline[-2 - ref] ?? null);
  }

  #readCharges(): void {
    const count = this.#varint();
    this.chargeCount = count;
    for (let i = 0; i < count; i++) {
      this.chargeBuckets[i] = this.#text();
      this.chargeAmounts[i] = this.#number();
    }
  }

  #readId(body: Uint8Array): void {
    let ms = 0;
    for (let i = ID_AT; i < ID_AT + 6; i++) ms = ms * 256 + (body[i] ?? 0);
    this.idMs = ms;
    const [a, b, c] = [body[ID_AT + 6] ?? 0, body[ID_AT + 7] ?? 0, body[ID_AT + 8] ?? 0];
    const [d, e, f] = [body[ID_AT + 9] ?? 0, body[ID_AT + 10] ?? 0, body[ID_AT + 11] ?? 0];
    this.idSequence = (a << 12) | (b << 4) | (c >> 4);
    this.idRandom =
      (((c & 15) << 28) | (d << 20) | (e << 12) | (f << 4) | ((body[ID_AT + 12] ?? 0) >> 4)) >>> 0;
  }

  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[this.#at++];
      if (byte === undefined) throw new RangeError('a settled entry ends in the middle');
      if (byte < 128) return value + byte * scale;
      value += (byte & 127) * scale;
    }
  }

  #number(): number {
    const head = this.#varint();
    if (head !== 1) return head === 0 ? -1 : head - 2;
    for (let i = 0; i < 8; i++) doubleBytes[i] = this.#bytes[this.#at++] ?? 0;
    return double[0] ?? 0;
  }

  #text(): TextRef {
    const head = this.#varint();
    if (head !== 1) return head === 0 ? NO_TEXT : head - 2;
    const length = this.#varint();
    const { buffer, byteOffset } = this.#bytes;
    const text = Buffer.from(buffer, byteOffset + this.#at, length).toString('utf8');
    this.#at += length;
    return -1 - this.inline.push(text);
  }
}
