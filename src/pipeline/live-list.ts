// The exchanges that run now on this thread. Hot path: per request. An array with swap-removal, not a Set: a Set that
// is added to and deleted from leaves a chain of dead tables behind it, each pointing to the next, and through them
// the collector keeps every request alive until its next full round (one run each by `perf stat`, mode json: 288k to 248k instructions a request).

export interface Listed {
  /** Its place in the list; -1 when it is in none. The list's alone to write. */
  listIndex: number;
}

export class LiveList<Item extends Listed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    if (item.listIndex >= 0) return;
    item.listIndex = this.#items.length;
    this.#items.push(item);
  }

  remove(item: Item): void {
    const index = item.listIndex;
    if (index < 0) return;
    item.listIndex = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[index] = last;
    last.listIndex = index;
  }

  /** A copy, so that what is done with an item may remove it. */
  snapshot(): Item[] {
    return this.#items.slice();
  }
}
