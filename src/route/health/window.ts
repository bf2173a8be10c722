// Hot path: per attempt. Counts of the last ten seconds, in slots of one second.

const SLOTS = 10;
const SLOT_MS = 1000;
const KINDS = 3;

/** `ended`: what has told whether the target works; `failed` of them; `retried`: tries elsewhere or again because of it. */
export type Kind = 'ended' | 'failed' | 'retried';
const AT: Readonly<Record<Kind, number>> = { ended: 0, failed: 1, retried: 2 };

export const WINDOW_SECONDS = SLOTS;

export class Window {
  readonly #counts = new Float64Array(SLOTS * KINDS);
  /** Number of the newest slot, counted from the clock's start. */
  #newest = -1;

  add(kind: Kind, nowMs: number, count = 1): void {
    this.#turn(nowMs);
    const at = (this.#newest % SLOTS) * KINDS + AT[kind];
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }

  sum(kind: Kind, nowMs: number): number {
    this.#turn(nowMs);
    let sum = 0;
    for (let at = AT[kind]; at < this.#counts.length; at += KINDS) sum += this.#counts[at] ?? 0;
    return Math.max(0, sum);
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** Forgets the slots that have gone by. */
  #turn(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    if (slot <= this.#newest) return;
    const from = Math.max(this.#newest + 1, slot - SLOTS + 1);
    for (let each = from; each <= slot; each++) {
      const at = (each % SLOTS) * KINDS;
      this.#counts.fill(0, at, at + KINDS);
    }
    this.#newest = slot;
  }
}
