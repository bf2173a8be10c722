// Hot path: per text of a record. The texts of one segment that recur (models, policies, codes, keys of evidence …): each is written once and
// referred to by number afterwards. What clients choose freely gets a number only when it comes again, and leaves a part to the others.

import { TEXT_BYTES_MAX, TEXTS_MAX } from './layout.js';
import { StepHeads } from './step-heads.js';

/** Numbers that clients' texts leave to what the configuration and Weir itself say. */
const KEPT_FOR_OWN = 1024;
/** Texts that came once: forgotten all together, not searched for the oldest. */
const ONCE_MAX = 1024;

/** Places in the table of guesses: a context is what is left of the last four or so texts. */
const CONTEXTS = 8192;
/** What is guessed of a context that is not known yet: so the first text is always there. */
const FIRST_TEXT = 'POST';

/**
 * Records are alike: after the texts that came last, mostly the same one follows. It is tried first, because to compare with it costs a sixth
 * of what looking it up in a Map does (bench/ledger/journal.js).
 */
export class Dictionary {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #guesses = new Uint16Array(CONTEXTS);
  #context = 0;
  readonly heads = new StepHeads();
  readonly #once = new Set<string>();
  /** Texts that got their numbers since `taken` was called, in order; their bytes have to be written before what refers to them. */
  #fresh: string[] = [];
  /** Nothing gets a number any more: what is written must stand by itself. */
  closed: boolean;

  constructor(closed = false) {
    this.closed = closed;
    this.#add(FIRST_TEXT, TEXTS_MAX);
  }

  /** A text of ours: the number that stands for it; −1: it has to be written out. */
  own(text: string): number {
    const guess = this.#guesses[this.#context] ?? 0;
    if (this.#texts[guess] === text) return this.#follow(guess);
    const number = this.#numbers.get(text);
    return this.#learn(number === undefined ? this.#add(text, TEXTS_MAX) : number);
  }

  /** The same for a text that clients or providers choose. */
  others(text: string): number {
    const guess = this.#guesses[this.#context] ?? 0;
    if (this.#texts[guess] === text) return this.#follow(guess);
    const number = this.#numbers.get(text);
    return this.#learn(number === undefined ? this.#seenAgain(text) : number);
  }

  /** Another record begins. */
  restart(): void {
    this.#context = 0;
    this.heads.restart();
  }

  #follow(number: number): number {
    this.#context = ((this.#context << 3) ^ number) & (CONTEXTS - 1);
    return number;
  }

  #learn(number: number): number {
    if (number < 0) return number;
    this.#guesses[this.#context] = number;
    return this.#follow(number);
  }

  #seenAgain(text: string): number {
    if (text.length > TEXT_BYTES_MAX || this.closed) return -1;
    const once = this.#once;
    if (once.has(text)) {
      once.delete(text);
      return this.#add(text, TEXTS_MAX - KEPT_FOR_OWN);
    }
    if (once.size >= ONCE_MAX) once.clear();
    once.add(text);
    return -1;
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** Those not written yet: they are the last ones, so the first has the number `size` − length. */
  get fresh(): readonly string[] {
    return this.#fresh;
  }

  /** They are written, or about to be. */
  taken(): void {
    this.#fresh = [];
  }

  /** All of them, in the order of their numbers. */
  texts(): string[] {
    return [...this.#texts];
  }

  #add(text: string, max: number): number {
    const number = this.#numbers.size;
    if (this.closed || number >= max || text.length > TEXT_BYTES_MAX) return -1;
    if (text.length * 3 > TEXT_BYTES_MAX && Buffer.byteLength(text) > TEXT_BYTES_MAX) return -1;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    this.#fresh.push(text);
    return number;
  }
}
