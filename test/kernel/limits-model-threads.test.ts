// Random takes, holds, growths and settlements by 2 to 8 threads: never above the limit at any time, and at quiescence what the sequential
// twin says. All holds are worst-case here: nothing settles to more than it held.
import { expect, it } from 'vitest';
import { createLimitsTable } from '../../src/kernel/limits-table.js';
import { ReferenceLimits } from './limits-reference.js';
import { onThreads, sharedNumbers, type Thread } from './limits-threads.js';

const POLICIES = 6;
const ROUNDS = 40;
/** The clock between two rounds, ms. */
const STEP_MS = 700;
const START_MS = 1_000_000;

// Shared: a row of POLICIES each. Row 1 is what was granted in this round, less what was given back.
/** What the policy's bucket had to give when the round began. */
const ROOM = 0;
/** The policy's limit, and its kind: 0 rate, 1 quota, 2 permits. */
const LIMIT = 2;
const KIND = 3;
const ROWS = 4;

interface Told {
  readonly wrong: string[];
  /** Per round, of thread 0: what each bucket had to give at its end, held, and what was granted. */
  readonly rounds: number[][];
  readonly grants: number;
}

function work(thread: Thread): Told {
  const { kernel, limits, index, random, shared, meet } = thread;
  const [policies, rounds, step, start] = [6, 40, 700, 1_000_000];
  const row = (number: number): number => number * policies;
  const keys = Array.from({ length: policies }, (_, i) => kernel.key(`policy ${i}`));
  const kindOf = (policy: number): number => shared[row(3) + policy] ?? 0;
  const limitOf = (policy: number): number => shared[row(2) + policy] ?? 0;
  const rateOf = (policy: number) => {
    const capacity = limitOf(policy);
    return { capacity, ...thread.rate.rateUnits(capacity, 10_000) };
  };
  const rates = Array.from({ length: policies }, (_, i) => rateOf(i));
  const told: Told = { wrong: [], rounds: [], grants: 0 };
  let [nowMs, grants] = [start, 0];
  const holds: { policy: number; slot: number; amount: number }[] = [];

  const take = (policy: number, amount: number, mode: number): number => {
    const [key, rate] = [keys[policy], rates[policy]];
    if (key === undefined || rate === undefined) return 0;
    if (kindOf(policy) === 0) return kernel.takeRate(key, policy, amount, rate, nowMs, mode);
    const endsMs = kindOf(policy) === 1 ? 1e9 : 0;
    return kernel.takeQuota(key, policy, amount, limitOf(policy), 0, endsMs, nowMs, mode);
  };
  // Counted after it was granted and before it is given back: so the count is never more than what is out.
  const granted = (policy: number, amount: number): void => {
    grants += 1;
    const sum = Atomics.add(shared, row(1) + policy, amount) + amount;
    const room = shared[row(0) + policy] ?? 0;
    if (sum > room) told.wrong.push(`policy ${policy}: ${sum} of ${room}`);
  };
  const settle = (at: number, final: number): void => {
    const [held] = holds.splice(at, 1);
    const rate = rates[held?.policy ?? 0];
    if (held === undefined || rate === undefined) return;
    Atomics.sub(shared, row(1) + held.policy, held.amount - final);
    if (kindOf(held.policy) === 0) kernel.settleRate(held.slot, held.amount, final, rate, nowMs);
    else kernel.settleQuota(held.slot, held.amount, final);
  };
  const act = (): void => {
    const policy = random(policies);
    const amount = 1 + random(Math.ceil(limitOf(policy) / (1 + random(20))));
    const at = random(holds.length + 1);
    const held = holds[at];
    const what = random(8);
    if (what === 0 && kindOf(policy) !== 2) {
      if (take(policy, amount, limits.TAKE) === limits.TAKEN) granted(policy, amount);
    } else if (what < 4) {
      if (take(policy, amount, limits.HOLD) !== limits.TAKEN) return;
      holds.push({ policy, slot: keys[policy]?.slot ?? -1, amount });
      granted(policy, amount);
    } else if (held !== undefined && what === 4) {
      const rate = rates[held.policy];
      const grown =
        kindOf(held.policy) === 0 && rate !== undefined
          ? kernel.growRate(held.slot, amount, rate, nowMs, limits.TAKE)
          : kernel.growQuota(held.slot, amount, limitOf(held.policy), limits.TAKE);
      if (!grown) return;
      held.amount += amount;
      granted(held.policy, amount);
    } else if (held !== undefined) {
      settle(at, what === 5 || kindOf(held.policy) === 2 ? 0 : random(held.amount + 1));
    }
  };
  const look = (): number[] =>
    keys.flatMap((_, policy) => {
      take(policy, 0, limits.TAKE);
      return [kernel.available, kernel.heldBefore, Atomics.exchange(shared, row(1) + policy, 0)];
    });

  for (let round = 0; round < rounds; round++) {
    meet();
    for (let i = 0; i < 400; i++) act();
    while (holds.length > 0)
      settle(0, kindOf(holds[0]?.policy ?? 0) === 2 ? 0 : random((holds[0]?.amount ?? 0) + 1));
    meet();
    if (index === 0) {
      told.rounds.push(look());
      kernel.sweep(nowMs, 0);
    }
    nowMs += step;
    if (index === 0) {
      for (let policy = 0; policy < policies; policy++) {
        take(policy, 0, limits.TAKE);
        shared[row(0) + policy] = kernel.available;
      }
    }
  }
  return { ...told, grants };
}

it.each([2, 4, 8])('%i threads never pass a limit, and leave what the twin leaves', async threads => {
  const shared = sharedNumbers(ROWS * POLICIES);
  const limits = [1000, 77, 123_457, 50_000, 9, 40];
  const kinds = [0, 0, 0, 1, 1, 2];
  for (let policy = 0; policy < POLICIES; policy++) {
    shared[ROOM * POLICIES + policy] = limits[policy] ?? 0;
    shared[LIMIT * POLICIES + policy] = limits[policy] ?? 0;
    shared[KIND * POLICIES + policy] = kinds[policy] ?? 0;
  }
  const told = await onThreads(threads, createLimitsTable(64), shared, work);
  expect(told.flatMap(({ wrong }) => wrong)).toEqual([]);
  for (const { grants } of told) expect(grants).toBeGreaterThan(100);

  const twin = new ReferenceLimits();
  const rounds = told[0]?.rounds ?? [];
  expect(rounds).toHaveLength(ROUNDS);
  for (const [round, found] of rounds.entries()) {
    const nowMs = BigInt(START_MS + round * STEP_MS);
    for (let policy = 0; policy < POLICIES; policy++) {
      const [available, held, granted = 0] = found.slice(policy * 3, policy * 3 + 3);
      const limit = BigInt(limits[policy] ?? 0);
      const rate = { limit, perMs: 10_000n, capacity: limit };
      const take = (amount: bigint) =>
        kinds[policy] === 0
          ? twin.takeRate(`${policy}`, amount, rate, nowMs, false, false)
          : twin.takeQuota(`${policy}`, amount, limit, false, false);
      // The twin grants in one piece what the threads were granted together.
      expect(take(BigInt(granted)).taken).toBe(true);
      expect([policy, available, held]).toEqual([policy, Number(take(0n).available), 0]);
    }
  }
});
