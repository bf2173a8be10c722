// Kernel `meter` from JavaScript: slots for streams, bytes in, numbers and texts out. The only place that reads its memory.
// Hot path: per chunk.
import assert from 'node:assert';
import { RAW_FIELDS } from '../core/raw-usage.js';
import {
  finishWord,
  type KernelReading,
  type Layout,
  layoutOf,
  type NumberBanks,
  type TextPlace,
  unescaped,
} from './meter-layout.js';
import { instantiateKernel, type KernelMemory } from './module.js';

/** Kinds of generated text, by SPAN_*. */
export const TEXT_KINDS = ['', 'text', 'reasoning', 'refusal', 'tool_arguments', 'tool_name'] as const;
export type TextKind = (typeof TEXT_KINDS)[number];
export const SPAN_TEXT = 1;
export const SPAN_REASONING = 2;
export const SPAN_REFUSAL = 3;
export const SPAN_TOOL_ARGUMENTS = 4;
export const SPAN_TOOL_NAME = 5;

/** What a response's content type claims; the bytes decide, this only settles doubts and whether garbage is a fault. */
export const CLAIM_OTHER = 0;
export const CLAIM_JSON = 1;
export const CLAIM_SSE = 2;
export const CLAIM_EVENTSTREAM = 3;

/** Bits of `flags` beside METER_*. */
export const METER_BROKEN = 8;
export const METER_EXCEPTION = 16;

/** Called after each part of a pushed chunk (at most 64 KiB) in which text was found, while its spans can be read; `base` is the part's offset in the chunk. */
export type SpanReader = (kernel: MeterKernel, base: number) => void;

interface Global {
  readonly value: number;
}

interface Exports {
  readonly memory: KernelMemory;
  init(): void;
  open(slot: number, claim: number, wrapped: number): void;
  push(slot: number, length: number): number;
  spanCount(): number;
  close(slot: number): number;
  flags(slot: number): number;
  maskOf(simd: number, which: number): bigint;
  readonly [constant: string]: unknown;
}

const SLOTS_AT_FIRST = 16;
const PAGE = 65536;

export class MeterKernel {
  readonly #exports: Exports;
  readonly #at: Readonly<Record<string, number>>;
  readonly #inputAt: number;
  readonly #inputMax: number;
  readonly #spansAt: number;
  readonly #decoded: number;
  readonly #raw: number;
  readonly #layout: Layout;
  #bytes: Buffer;
  #words: Uint32Array;
  #floats: Float64Array;
  /** Of the last push that had a reader. */
  #spans = 0;
  /** 1 = open. */
  #inUse = new Uint8Array(0);
  readonly #free: number[] = [];

  private constructor() {
    const exports = instantiateKernel<Exports>('meter');
    exports.init();
    this.#exports = exports;
    const at: Record<string, number> = {};
    for (const [name, value] of Object.entries(exports))
      if (typeof value === 'object' && value !== null && /^[A-Z0-9_]+$/.test(name))
        at[name] = Number((value as Global).value);
    this.#at = at;
    this.#inputAt = this.constant('INPUT');
    this.#inputMax = this.constant('INPUT_MAX');
    this.#spansAt = this.constant('SPANS') >> 2;
    this.#decoded = this.constant('SPAN_DECODED');
    this.#raw = this.constant('SPAN_RAW');
    this.#layout = layoutOf(name => this.constant(name));
    this.#bytes = Buffer.from(exports.memory.buffer);
    this.#words = new Uint32Array(exports.memory.buffer);
    this.#floats = new Float64Array(exports.memory.buffer);
    this.#grow(SLOTS_AT_FIRST);
  }

  /** A new instance: one a thread serves all its streams. Throws where the kernel was not built. */
  static load(): MeterKernel {
    return new MeterKernel();
  }

  /** A number of the kernel's layout (assembly/meter/layout.ts). */
  constant(name: string): number {
    const value = this.#at[name];
    assert(value !== undefined, `kernel meter exports no constant ${name}`);
    return value;
  }

  /** Takes a slot for a new stream (`wrapped`: event-stream chunks hold the model's JSON as base64, as Bedrock's invoke does); grows the memory (12 KiB a stream, doubling) when all are taken. */
  open(claim: number, wrapped: boolean): number {
    if (this.#free.length === 0) this.#grow(this.#inUse.length);
    const slot = this.#free.pop();
    assert(slot !== undefined);
    this.#inUse[slot] = 1;
    this.#exports.open(slot, claim, wrapped ? 1 : 0);
    return slot;
  }

  /** Reads `chunk`, keeps nothing of it, returns METER_* bits. Asserts that the slot is open. */
  push(slot: number, chunk: Uint8Array, spans: SpanReader | null = null): number {
    if (this.#inUse[slot] !== 1) notOpen(slot);
    if (chunk.length <= this.#inputMax) {
      this.#bytes.set(chunk, this.#inputAt);
      const flags = this.#exports.push(slot, chunk.length);
      if (spans !== null) this.#tell(spans, 0);
      return flags;
    }
    let flags = this.#exports.flags(slot);
    for (let from = 0; from < chunk.length; from += this.#inputMax) {
      const part = chunk.subarray(from, from + this.#inputMax);
      this.#bytes.set(part, this.#inputAt);
      flags = this.#exports.push(slot, part.length);
      if (spans !== null) this.#tell(spans, from);
    }
    return flags;
  }

  /**
   * Ends the stream and frees its slot. Asserts that it is open. With `into`, the numbers go into those arrays instead of
   * fresh ones, for a caller that is done with them before its next `close`.
   */
  close(slot: number, into: NumberBanks | null = null): KernelReading {
    if (this.#inUse[slot] !== 1) notOpen(slot);
    const whole = this.#exports.close(slot) === 1;
    const reading = this.#read(slot, whole, into);
    this.#inUse[slot] = 0;
    this.#free.push(slot);
    return reading;
  }

  /** What it has said so far; it goes on. Asserts that it is open. */
  peek(slot: number, into: NumberBanks | null = null): KernelReading {
    if (this.#inUse[slot] !== 1) notOpen(slot);
    return this.#read(slot, false, into);
  }

  /** It has told why it ends. */
  finished(slot: number): boolean {
    return (this.#words[finishWord(this.#layout, slot)] ?? 0) > 0;
  }

  /** Streams that are open now. */
  get openSlots(): number {
    return this.#inUse.length - this.#free.length;
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  // ---- spans of generated text, for the reader of the push that found them

  #tell(spans: SpanReader, base: number): void {
    this.#spans = this.#exports.spanCount();
    if (this.#spans > 0) spans(this, base);
    this.#spans = 0;
  }

  get spanCount(): number {
    return this.#spans;
  }

  /** SPAN_*. */
  spanKindCode(i: number): number {
    return this.#span(i, 2) & 255;
  }

  spanKind(i: number): TextKind {
    return TEXT_KINDS[this.spanKindCode(i)] ?? '';
  }

  /** Which text of its kind in this answer: choice, block or output item + 65,536 × part or call in it; names of tools are numbered as they come, objects are calls from 32,768 on. */
  spanIndex(i: number): number {
    return this.#span(i, 3);
  }

  /** The bytes are the inside of a JSON string (escapes and all); else a part of a JSON object, which may go on in the next span of this text. */
  spanIsString(i: number): boolean {
    return (this.#span(i, 2) & this.#raw) === 0;
  }

  /** Offset in the pushed part, or -1 where the text came as base64 and stands only in the kernel's memory. */
  spanOffset(i: number): number {
    if (this.#span(i, 2) & this.#decoded) return -1;
    return this.#span(i, 0) - this.#inputAt;
  }

  /** Offset in `bytes`. */
  spanAt(i: number): number {
    return this.#span(i, 0);
  }

  spanLength(i: number): number {
    return this.#span(i, 1);
  }

  /** The kernel's memory, where the spans' bytes stand: take it anew for each push, streams that open replace it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** A view of the span's bytes that the next push overwrites. */
  spanBytes(i: number): Uint8Array {
    const at = this.#span(i, 0);
    return this.#bytes.subarray(at, at + this.#span(i, 1));
  }

  #span(i: number, word: number): number {
    assert(i >= 0 && i < this.#spans);
    return this.#words[this.#spansAt + i * 4 + word] ?? 0;
  }

  // ---- for tests: masks by SIMD and by their scalar twin

  /** Mask `which` (0 quotes, 1 backslashes, 2 braces, 3 colons) of 64 bytes. */
  mask(bytes: Uint8Array, simd: boolean, which: number): bigint {
    assert(bytes.length === 64);
    this.#bytes.set(bytes, this.#inputAt);
    return this.#exports.maskOf(simd ? 1 : 0, which);
  }

  #read(slot: number, whole: boolean, into: NumberBanks | null): KernelReading {
    const at = this.#layout;
    const base = at.slots + slot * at.slotBytes;
    const fields = (base + at.fields) >> 3;
    const last = (base + at.last) >> 3;
    const objects: Uint8Array[] = [];
    for (let i = 0; i < 3; i++) {
      const length = this.#words[((base + at.rawLengths) >> 2) + i] ?? 0;
      const from = base + at.raw + i * at.rawMax;
      if (length > 0) objects.push(Buffer.from(this.#bytes.subarray(from, from + length)));
    }
    return {
      numbers: this.#bank(fields, into?.numbers),
      last: this.#bank(last, into?.last),
      objects,
      serviceTier: this.#text(base, at.tier),
      model: this.#text(base, at.model),
      finishReason: this.#text(base, at.finish),
      errorMessage: this.#text(base, at.error),
      message: this.#text(base, at.message),
      events: this.#words[(base + at.events) >> 2] ?? 0,
      flags: this.#exports.flags(slot),
      whole,
    };
  }

  #bank(from: number, into: Float64Array | undefined): Float64Array {
    if (into === undefined) return this.#floats.slice(from, from + RAW_FIELDS);
    for (let i = 0; i < RAW_FIELDS; i++) into[i] = this.#floats[from + i] ?? -1;
    return into;
  }

  #text(base: number, place: TextPlace): string | null {
    const length = this.#words[(base + place.length) >> 2] ?? 0;
    if (length === 0) return null;
    return unescaped(this.#bytes.toString('utf8', base + place.at, base + place.at + length));
  }

  #grow(more: number): void {
    const before = this.#inUse.length;
    const count = before + more;
    const need = this.#layout.slots + count * this.#layout.slotBytes;
    const have = this.#exports.memory.buffer.byteLength;
    if (need > have) this.#exports.memory.grow(Math.ceil((need - have) / PAGE));
    this.#bytes = Buffer.from(this.#exports.memory.buffer);
    this.#words = new Uint32Array(this.#exports.memory.buffer);
    this.#floats = new Float64Array(this.#exports.memory.buffer);
    const inUse = new Uint8Array(count);
    inUse.set(this.#inUse);
    this.#inUse = inUse;
    for (let slot = count - 1; slot >= before; slot--) this.#free.push(slot);
  }
}

function notOpen(slot: number): never {
  assert.fail(`slot ${slot} is not open: a stream was used after its end`);
}
