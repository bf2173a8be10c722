// Random sequences of every operation leave kernel `limits` and its obvious twin (limits-reference.ts) with the same answers, in one thread.
import { describe, expect, it } from 'vitest';
import { FORCE, HOLD, LimitsKernel, TAKE, TAKEN } from '../../src/kernel/limits.js';
import { type Rate, rateUnits } from '../../src/kernel/limits-rate.js';
import { type BucketKey, createLimitsTable } from '../../src/kernel/limits-table.js';
import { ReferenceLimits, type ReferenceRate } from './limits-reference.js';

/** A small generator with a seed: mulberry32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Policy {
  /** Its bucket's name: a quota's window is in it. */
  readonly name: string;
  readonly key: BucketKey;
  readonly perMs: number;
  readonly capacity: number;
  /** Null: a quota, or permits where `endsMs` is 0. */
  readonly rate: Rate | null;
  readonly twin: ReferenceRate;
  readonly endsMs: number;
}

interface Held {
  readonly policy: Policy;
  readonly slot: number;
  amount: number;
}

const PERS_MS = [1000, 60_000, 3_600_000, 86_400_000, 31 * 86_400_000];

class Pair {
  readonly kernel: LimitsKernel;
  readonly twin = new ReferenceLimits();
  readonly holds: Held[] = [];
  readonly policies: Policy[];
  nowMs: number;

  constructor(readonly random: (below: number) => number) {
    this.kernel = LimitsKernel.load(createLimitsTable(64));
    this.nowMs = [1, 5_000_000, 2 ** 37][random(3)] ?? 1;
    this.policies = Array.from({ length: 5 }, (_, i) => this.#policy(`policy ${i}`));
  }

  #policy(name: string): Policy {
    const { random } = this;
    const perMs = PERS_MS[random(PERS_MS.length)] ?? 1000;
    // Up to 1e4 mostly, or up to 2^24, where fractions are still exact.
    const limit = 1 + random(random(2) === 0 ? 10_000 : 2 ** 24);
    const capacity = random(3) === 0 ? 1 + random(2 * limit) : limit;
    const rate = random(2) === 0 ? { capacity, ...rateUnits(limit, perMs, capacity) } : null;
    const endsMs = random(2) === 0 ? 0 : this.nowMs + perMs;
    const twin = { limit: BigInt(limit), perMs: BigInt(perMs), capacity: BigInt(capacity) };
    return { name, key: this.kernel.key(name), perMs, capacity, rate, twin, endsMs };
  }

  /** A quota whose window has ended goes on in a fresh bucket; what is held stays in the old one. */
  #inWindow(at: number): Policy {
    const policy = this.policies[at] as Policy;
    if (policy.endsMs === 0 || policy.endsMs > this.nowMs) return policy;
    const name = `${policy.name}'`;
    const next = { ...policy, name, key: this.kernel.key(name), endsMs: this.nowMs + policy.perMs };
    this.policies[at] = next;
    return next;
  }

  take(policy: Policy, amount: number, mode: number): void {
    const { kernel, nowMs, twin } = this;
    const { name, key, rate, capacity, endsMs } = policy;
    const hold = (mode & HOLD) !== 0;
    const force = (mode & FORCE) !== 0;
    const wanted = BigInt(amount);
    const waitMs = rate === null ? 0n : twin.waitFor(name, wanted, policy.twin, BigInt(nowMs));
    const expected =
      rate === null
        ? twin.takeQuota(name, wanted, BigInt(capacity), hold, force)
        : twin.takeRate(name, wanted, policy.twin, BigInt(nowMs), hold, force);
    const outcome =
      rate === null
        ? kernel.takeQuota(key, 1, amount, capacity, 7, endsMs, nowMs, mode)
        : kernel.takeRate(key, 1, amount, rate, nowMs, mode);
    const found = { taken: outcome === TAKEN, available: kernel.available, held: kernel.heldBefore };
    expect(found).toEqual({
      taken: expected.taken,
      available: Number(expected.available),
      held: Number(expected.held),
    });
    if (rate !== null && !expected.taken) {
      expect(kernel.waitMs).toBe(amount > capacity ? -1 : Number(waitMs));
    }
    if (hold && outcome === TAKEN) this.holds.push({ policy, slot: key.slot, amount });
  }

  grow(held: Held, more: number, mode: number): void {
    const { policy, slot } = held;
    const { name, rate, capacity } = policy;
    const force = (mode & FORCE) !== 0;
    const expected =
      rate === null
        ? this.twin.takeQuota(name, BigInt(more), BigInt(capacity), true, force)
        : this.twin.takeRate(name, BigInt(more), policy.twin, BigInt(this.nowMs), true, force);
    const grown =
      rate === null
        ? this.kernel.growQuota(slot, more, capacity, mode)
        : this.kernel.growRate(slot, more, rate, this.nowMs, mode);
    expect(grown).toBe(expected.taken);
    if (grown) held.amount += more;
  }

  settle(at: number, final: number): void {
    const [held] = this.holds.splice(at, 1);
    if (held === undefined) return;
    const { policy, slot, amount } = held;
    const { name, rate } = policy;
    if (rate === null) {
      this.twin.settleQuota(name, BigInt(amount), BigInt(final));
      this.kernel.settleQuota(slot, amount, final);
    } else {
      this.twin.settleRate(name, BigInt(amount), BigInt(final), policy.twin, BigInt(this.nowMs));
      this.kernel.settleRate(slot, amount, final, rate, this.nowMs);
    }
  }

  step(): void {
    const { random, policies, holds } = this;
    const policy = this.#inWindow(random(policies.length));
    const amount = random(1 + Math.ceil(policy.capacity * ([1, 0.3, 0.01, 1.5][random(4)] ?? 1)));
    const mode = [TAKE, HOLD, HOLD, HOLD | FORCE, FORCE][random(5)] ?? TAKE;
    const at = random(holds.length);
    const held = holds[at];
    const what = random(10);
    if (what < 4) this.take(policy, amount, mode);
    else if (what === 4 && held !== undefined) this.grow(held, amount, mode & FORCE);
    else if (what < 7 && held !== undefined) this.settle(at, random(2 * held.amount + 1));
    else if (what === 7) this.settle(at, 0);
    else if (what === 8) this.nowMs += random([3, 1000, 100_000, 86_400_000][random(4)] ?? 3);
    else this.kernel.sweep(this.nowMs, 0);
  }
}

describe('kernel limits and its twin', () => {
  it('answer the same to 300 random sequences of 300 operations', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const pair = new Pair(randomFrom(seed));
      for (let i = 0; i < 300; i++) pair.step();
      while (pair.holds.length > 0) pair.settle(0, pair.random(1000));
      for (const { holds, held, level, key } of pair.kernel.list()) {
        expect({ holds, held }).toEqual({ holds: 0, held: 0 });
        const policy = pair.policies.find(one => one.key.a === key.a && one.key.b === key.b);
        if (policy?.rate === null) expect(level).toBe(Number(pair.twin.levelOf(policy.name)));
      }
    }
  });
});
