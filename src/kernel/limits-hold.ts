// Holds in several buckets, all or none, without phantom refusals: two requests that each take what the other wants, and are then refused
// elsewhere, must not both be refused here for what neither got (assembly/limits/transactions.ts).
// Hot path: per request. A Wish is made once and filled anew each time.
import { HOLD, type LimitsKernel, LOOK, type Outcome, REFUSED, TAKEN } from './limits.js';
import type { Rate } from './limits-rate.js';
import type { BucketKey } from './limits-table.js';

/** What is wanted from one bucket, and, once held, what settles it. */
export class Wish {
  key: BucketKey;
  policy = 0;
  /** Wanted; once held, what is held. */
  amount = 0;
  /** Null for quotas and permits. */
  rate: Rate | null = null;
  limit = 0;
  window = 0;
  endsMs = 0;
  /** Where it is held. */
  slot = -1;
  /** Of the last try. */
  outcome: Outcome = REFUSED;
  available = 0;
  waitMs = 0;
  heldBefore = 0;

  constructor(key: BucketKey) {
    this.key = key;
  }
}

/** Each pause lets the others end or sleeps for 20 µs: some 10 ms, after which a refusal counts as it is. */
const TRIES_MAX = 256;

/**
 * Holds the first `count` of `wishes`: -1; or none of them, and says which one was refused or found the table full. Without `keep` it only
 * looks, and takes nothing.
 */
export function holdAll(
  kernel: LimitsKernel,
  wishes: readonly Wish[],
  count: number,
  nowMs: number,
  keep = true,
): number {
  for (let i = 0; i < count; i++) checkAmount(wishes[i] as Wish);
  // One alone gives nothing back, so nobody has to know of it.
  const joins = count > 1 ? 1 : 0;
  for (let tries = 1; ; tries++) {
    let phantom = false;
    if (joins === 1 || !keep) {
      // Who only looks disturbs nobody: nearly all refusals end here.
      const before = kernel.watchTransactions();
      const refusing = askInTurn(kernel, wishes, count, nowMs, LOOK);
      phantom = refusing >= 0 && isPhantom(kernel, wishes[refusing], before, 0);
      if (!(phantom && tries < TRIES_MAX) && (refusing >= 0 || !keep)) return refusing;
    }
    if (!phantom) {
      const before = joins === 1 ? kernel.beginTransaction() : kernel.watchTransactions();
      const refusing = askInTurn(kernel, wishes, count, nowMs, HOLD);
      phantom = refusing >= 0 && isPhantom(kernel, wishes[refusing], before, joins);
      for (let i = 0; i < refusing; i++) settle(kernel, wishes[i] as Wish, 0, nowMs);
      if (joins === 1) kernel.endTransaction(refusing > 0);
      if (!phantom || tries >= TRIES_MAX) return refusing;
    }
    kernel.letOthersEnd();
  }
}

function isPhantom(kernel: LimitsKernel, wish: Wish | undefined, before: number, own: number): boolean {
  return wish?.outcome === REFUSED && kernel.mayHavePassed(before, own);
}

/** Before anything is taken: a throw between two holds would leave the first, and the transaction, open for ever. */
function checkAmount({ amount }: Wish): void {
  if (!(amount >= 0)) throw new RangeError(`a wish is for ${amount}; must be a whole number from 0 to 2^53`);
}

function askInTurn(
  kernel: LimitsKernel,
  wishes: readonly Wish[],
  count: number,
  nowMs: number,
  mode: number,
): number {
  for (let i = 0; i < count; i++) {
    const wish = wishes[i] as Wish;
    const { key, policy, amount, rate, limit, window, endsMs } = wish;
    wish.outcome =
      rate === null
        ? kernel.takeQuota(key, policy, amount, limit, window, endsMs, nowMs, mode)
        : kernel.takeRate(key, policy, amount, rate, nowMs, mode);
    wish.slot = key.slot;
    wish.available = kernel.available;
    wish.waitMs = kernel.waitMs;
    wish.heldBefore = kernel.heldBefore;
    if (wish.outcome !== TAKEN) return i;
  }
  return -1;
}

/** A held wish takes `more`: within its bucket (or all the same with FORCE), or not at all. */
export function grow(kernel: LimitsKernel, wish: Wish, more: number, nowMs: number, mode: number): boolean {
  const { rate, limit, slot } = wish;
  const grown =
    rate === null
      ? kernel.growQuota(slot, more, limit, mode)
      : kernel.growRate(slot, more, rate, nowMs, mode);
  if (grown) wish.amount += more;
  return grown;
}

/** Ends a held wish, once: it came to `final`. */
export function settle(kernel: LimitsKernel, wish: Wish, final: number, nowMs: number): void {
  const { amount, rate, slot } = wish;
  if (rate === null) kernel.settleQuota(slot, amount, final);
  else kernel.settleRate(slot, amount, final, rate, nowMs);
}
