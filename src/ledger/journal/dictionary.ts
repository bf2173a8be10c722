// Hot path: per text of a record. The texts of one segment that recur (models, policies, codes, keys of evidence …): each is written once and
// referred to by number afterwards. What clients choose freely gets a number only when it comes again, and leaves a part to the others.
import { TEXT_BYTES_MAX, TEXTS_MAX } from './layout.js';

/** Numbers that clients' texts leave to what the configuration and Weir itself say. */
const KEPT_FOR_OWN = 1024;
/** Texts that came once: forgotten all together, not searched for the oldest. */
const ONCE_MAX = 1024;

export class Dictionary {
  readonly #numbers = new Map<string, number>();
  readonly #once = new Set<string>();
  /** Texts that got their numbers since `taken` was called, in order; their bytes have to be written before what refers to them. */
  #fresh: string[] = [];
  /** Nothing gets a number any more: what is written must stand by itself. */
  closed: boolean;

  constructor(closed = false) {
    this.closed = closed;
  }

  /** A text of ours: the number that stands for it; −1: it has to be written out. */
  own(text: string): number {
    const number = this.#numbers.get(text);
    return number === undefined ? this.#add(text, TEXTS_MAX) : number;
  }

  /** The same for a text that clients or providers choose. */
  others(text: string): number {
    const number = this.#numbers.get(text);
    if (number !== undefined) return number;
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
    return [...this.#numbers.keys()];
  }

  #add(text: string, max: number): number {
    const number = this.#numbers.size;
    if (this.closed || number >= max || text.length > TEXT_BYTES_MAX) return -1;
    if (text.length * 3 > TEXT_BYTES_MAX && Buffer.byteLength(text) > TEXT_BYTES_MAX) return -1;
    this.#numbers.set(text, number);
    this.#fresh.push(text);
    return number;
  }
}
