// One string object for each text seen lately: a record then keeps a reference instead of a copy of its own.

/** Bounded, because paths, user agents and models come from clients; a full table is emptied, not searched for its oldest. */
const TEXTS_MAX = 4096;
const TEXT_CHARS_MAX = 256;

export class Texts {
  readonly #seen = new Map<string, string>();

  /** A text equal to `text`, the same object as long as it is remembered. Long texts are given back as they are. */
  same(text: string | null): string | null {
    if (text === null || text.length > TEXT_CHARS_MAX) return text;
    const known = this.#seen.get(text);
    if (known !== undefined) return known;
    if (this.#seen.size >= TEXTS_MAX) this.#seen.clear();
    this.#seen.set(text, text);
    return text;
  }
}
