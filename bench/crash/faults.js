// What the checks found wrong, by kind: all are counted, the first of each are shown.

const SHOWN = 5;

export class Faults {
  #kinds = new Map();

  add(kind, what) {
    const found = this.#kinds.get(kind) ?? { count: 0, first: [] };
    found.count++;
    if (found.first.length < SHOWN) found.first.push(what);
    this.#kinds.set(kind, found);
  }

  get count() {
    return [...this.#kinds.values()].reduce((sum, { count }) => sum + count, 0);
  }

  of(kind) {
    return this.#kinds.get(kind)?.count ?? 0;
  }

  /** All that the others found, but of one kind. */
  take(others, except) {
    for (const [kind, found] of others.#kinds) if (kind !== except) this.#kinds.set(kind, found);
  }

  lines() {
    return [...this.#kinds].flatMap(([kind, { count, first }]) => [
      `${kind}: ${count}`,
      ...first.map(one => `    ${one}`),
    ]);
  }
}
