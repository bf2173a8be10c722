// Label values → small numbers, bounded: after `max` distinct values every new one is `(other)`, so that callers who
// invent names can neither fill memory nor a metrics server. Hot path: per request.

export const OTHER = '(other)';
/** What is not known. Prometheus treats an empty label value as an absent label, so it gets a name. */
export const NONE = '(none)';

/** Longer values count as `(other)`: names of models and providers are shorter. */
const CHARS_MAX = 128;

export class LabelIndex {
  readonly #max: number;
  readonly #byValue = new Map<string, number>();
  /** Value of each number; 0 is `(other)`, 1 is `(none)`. */
  readonly #values: string[] = [OTHER, NONE];

  /** @param max distinct numbers given out, the two fixed ones included */
  constructor(max: number, known: readonly string[] = []) {
    this.#max = max;
    for (const value of known) this.of(value);
  }

  of(value: string | null): number {
    if (value === null) return 1;
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    if (this.#values.length >= this.#max || value.length > CHARS_MAX || value === '') return 0;
    this.#byValue.set(value, this.#values.length);
    return this.#values.push(value) - 1;
  }

  value(number: number): string {
    return this.#values[number] ?? OTHER;
  }
}
