// The host side of kernel `classify`: copies body bytes into the kernel's window and reads the facts out of a slot.
// Hot path: `scanWhole` once per AI request; `push` once per chunk of a body that is read while it arrives.
import assert from 'node:assert';
import type { BodyFacts } from '../core/body-facts.js';
import { instantiateKernel, type KernelMemory } from './module.js';

interface Exports {
  readonly memory: KernelMemory;
  inputAt(): number;
  windowBytes(): number;
  slotAt(index: number): number;
  slotBytes(): number;
  begin(slot: number): void;
  scan(slot: number, length: number): number;
  beginMultipart(slot: number, length: number): number;
  scanMultipart(slot: number, length: number): number;
  plainEndIn(offset: number, length: number, scalar: number): number;
}

/** One body being read. Exactly one of `finish` and `abandon` must be called, once: it gives the slot back. */
export interface BodyScan {
  /** Takes the next bytes, at any split; they are copied before it returns. */
  push(chunk: Uint8Array): void;
  finish(): BodyFacts;
  abandon(): void;
}

// Offsets in a slot, as assembly/classify/layout.ts draws them.
const SHAPE = 72;
const MODALITIES = 76;
const STREAM = 80;
const INCLUDE_USAGE = 84;
const OPTIONS_EMPTY = 88;
const OPTIONS_AT = 96;
const CLOSE_AT = 104;
const MODEL_BYTES = 368;
const MODEL_ALT_BYTES = 372;
const USER_BYTES = 376;
const USER_ALT_BYTES = 380;
const MODEL_AT = 400;
const MODEL_END = 408;
const MODEL_ALT_AT = 416;
const MODEL_ALT_END = 424;
const ALL_MESSAGES = 432;
const ALL_TOOLS = 436;
const BOUND = 440;
const MODEL = 2048;
const MODEL_ALT = 2496;
const USER = 2944;
const USER_ALT = 3392;

/** What `scan` and `scanMultipart` return; 0 is "more is wanted". */
const WHOLE = 1;
const INVALID = 2;
/** Slot 0 is `scanWhole`'s: it begins and ends within one call. */
const WHOLE_SLOT = 0;
const PAGE_BYTES = 65536;
/** Slots are added in steps of this many, so that growing is rare: 16 × 4 KiB is one page. */
const SLOTS_STEP = 16;

/** One per thread: its memory holds one slot of 4 KiB for each body being read, and never shrinks. */
export class ClassifyKernel {
  readonly #exports: Exports;
  readonly #inputAt: number;
  readonly #windowBytes: number;
  readonly #wholeSlot: number;
  readonly #freeSlots: number[] = [];
  #slotsReady = 0;
  #bytes: Buffer<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;

  private constructor(exports: Exports) {
    this.#exports = exports;
    this.#inputAt = exports.inputAt();
    this.#windowBytes = exports.windowBytes();
    this.#wholeSlot = exports.slotAt(WHOLE_SLOT);
    this.#bytes = Buffer.from(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
    this.#addSlots();
  }

  /** Compiles the kernel once per thread; throws where it was not built. */
  static load(): ClassifyKernel {
    return new ClassifyKernel(instantiateKernel<Exports>('classify'));
  }

  /** Bytes of memory the kernel holds: it grows with the bodies open at once, never with their size. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Facts of a whole JSON body, in one call for bodies up to the window's 128 KiB. */
  scanWhole(body: Uint8Array): BodyFacts {
    const slot = this.#wholeSlot;
    this.#exports.begin(slot);
    const state = this.feed(slot, body, false);
    return this.read(slot, body.length === 0 ? 'empty' : state === WHOLE ? 'json' : 'invalid');
  }

  /** Begins a body that arrives in pieces; many may be open at once. A multipart `boundary` is without its dashes. */
  open(form: 'json' | 'multipart', boundary: string | null): BodyScan {
    if (this.#freeSlots.length === 0) this.#addSlots();
    const index = this.#freeSlots.pop();
    assert(index !== undefined);
    const slot = this.#exports.slotAt(index);
    this.#exports.begin(slot);
    let readable = true;
    if (form === 'multipart') {
      this.#refreshViews();
      const length = this.#bytes.write((boundary ?? '').slice(0, 1024), this.#inputAt, 'latin1');
      readable = this.#exports.beginMultipart(slot, length) !== 0;
    }
    return new SlotScan(this, index, slot, form, readable);
  }

  /** For SlotScan alone: scans `chunk` in windows, returns the last state. */
  feed(slot: number, chunk: Uint8Array, multipart: boolean): number {
    this.#refreshViews();
    const window = this.#windowBytes;
    let state = 0;
    for (let from = 0; from < chunk.length && state !== INVALID; from += window) {
      const piece = chunk.length <= window ? chunk : chunk.subarray(from, from + window);
      this.#bytes.set(piece, this.#inputAt);
      state = multipart
        ? this.#exports.scanMultipart(slot, piece.length)
        : this.#exports.scan(slot, piece.length);
    }
    return state;
  }

  /** For SlotScan alone: gives slot `index` back. */
  release(index: number): void {
    this.#freeSlots.push(index);
  }

  /** For SlotScan alone. Nothing is told of a body that is not whole: another parser may read it otherwise. */
  read(slot: number, form: BodyFacts['form']): BodyFacts {
    if (form === 'invalid') return INVALID_FACTS;
    if (form === 'empty') return EMPTY_FACTS;
    this.#refreshViews();
    const view = this.#view;
    const stream = view.getInt32(slot + STREAM, true);
    const named = this.#text(slot, MODEL_BYTES, MODEL);
    const model = named ?? this.#text(slot, MODEL_ALT_BYTES, MODEL_ALT);
    return {
      form,
      model,
      modelAt: model === null ? -1 : view.getFloat64(slot + (named === null ? MODEL_ALT_AT : MODEL_AT), true),
      modelEnd:
        model === null ? -1 : view.getFloat64(slot + (named === null ? MODEL_ALT_END : MODEL_END), true),
      stream: stream < 0 ? null : stream === 1,
      maxOutputTokens: known(view.getFloat64(slot + BOUND, true)),
      messages: known(view.getInt32(slot + ALL_MESSAGES, true)),
      tools: known(view.getInt32(slot + ALL_TOOLS, true)),
      modalities: view.getInt32(slot + MODALITIES, true),
      shape: view.getInt32(slot + SHAPE, true),
      endUser: this.#text(slot, USER_BYTES, USER) ?? this.#text(slot, USER_ALT_BYTES, USER_ALT),
      includeUsageSet: view.getInt32(slot + INCLUDE_USAGE, true) === 1,
      streamOptionsAt: view.getFloat64(slot + OPTIONS_AT, true),
      streamOptionsEmpty: view.getInt32(slot + OPTIONS_EMPTY, true) === 1,
      closeAt: view.getFloat64(slot + CLOSE_AT, true),
    };
  }

  /** For the equality test of the SIMD search and its scalar twin: offset in `bytes` of the first `"`, `\` or control byte. */
  plainEnd(bytes: Uint8Array, offset: number, scalar: boolean): number {
    this.#refreshViews();
    this.#bytes.set(bytes, this.#inputAt);
    return this.#exports.plainEndIn(offset, bytes.length, scalar ? 1 : 0);
  }

  #text(slot: number, lengthAt: number, region: number): string | null {
    const stored = this.#view.getInt32(slot + lengthAt, true);
    if (stored === -1 || stored === 0) return null;
    const cut = stored < 0;
    const from = slot + region;
    const text = this.#bytes.toString('utf8', from, from + (cut ? -2 - stored : stored));
    return cut ? `${text}…` : text;
  }

  #refreshViews(): void {
    if (this.#bytes.buffer === this.#exports.memory.buffer) return;
    this.#bytes = Buffer.from(this.#exports.memory.buffer);
    this.#view = new DataView(this.#exports.memory.buffer);
  }

  #addSlots(): void {
    const first = this.#slotsReady;
    const last = first + SLOTS_STEP - 1;
    const wanted = this.#exports.slotAt(last) + this.#exports.slotBytes();
    const missing = Math.ceil((wanted - this.#exports.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.#exports.memory.grow(missing);
    this.#refreshViews();
    this.#slotsReady = last + 1;
    for (let index = last; index >= first; index--) if (index !== WHOLE_SLOT) this.#freeSlots.push(index);
  }
}

function known(count: number): number | null {
  return count < 0 ? null : count;
}

class SlotScan implements BodyScan {
  readonly #kernel: ClassifyKernel;
  readonly #index: number;
  readonly #slot: number;
  readonly #form: 'json' | 'multipart';
  #state: number;
  #empty = true;
  #open = true;

  constructor(
    kernel: ClassifyKernel,
    index: number,
    slot: number,
    form: 'json' | 'multipart',
    readable: boolean,
  ) {
    this.#kernel = kernel;
    this.#index = index;
    this.#slot = slot;
    this.#form = form;
    this.#state = readable ? 0 : INVALID;
  }

  push(chunk: Uint8Array): void {
    assert(this.#open, 'push after finish or abandon');
    if (chunk.length === 0) return;
    this.#empty = false;
    if (this.#state === INVALID) return;
    this.#state = this.#kernel.feed(this.#slot, chunk, this.#form === 'multipart');
  }

  finish(): BodyFacts {
    const form = this.#empty ? 'empty' : this.#state === WHOLE ? this.#form : 'invalid';
    assert(this.#open, 'finish after finish or abandon');
    const facts = this.#kernel.read(this.#slot, form);
    this.abandon();
    return facts;
  }

  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#kernel.release(this.#index);
  }
}

const EMPTY_FACTS: BodyFacts = Object.freeze({
  form: 'empty',
  model: null,
  modelAt: -1,
  modelEnd: -1,
  stream: null,
  maxOutputTokens: null,
  messages: null,
  tools: null,
  modalities: 0,
  shape: 0,
  endUser: null,
  includeUsageSet: false,
  streamOptionsAt: -1,
  streamOptionsEmpty: false,
  closeAt: -1,
});
const INVALID_FACTS: BodyFacts = Object.freeze({ ...EMPTY_FACTS, form: 'invalid' });
