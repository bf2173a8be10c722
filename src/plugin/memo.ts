// Remembers what was found out about a text: guests name the same headers, keys and models in every hook. Bounded, since guests choose the texts.

const TEXTS_MAX = 1000;
const TEXT_UNITS_MAX = 200;

export class Memo<V> {
  readonly #known = new Map<string, V>();
  readonly #find: (text: string) => V;

  /** `find` must depend on the text alone. */
  constructor(find: (text: string) => V) {
    this.#find = find;
  }

  of(text: string): V {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const found = this.#find(text);
    if (this.#known.size >= TEXTS_MAX) this.#known.clear();
    if (text.length <= TEXT_UNITS_MAX) this.#known.set(text, found);
    return found;
  }
}
