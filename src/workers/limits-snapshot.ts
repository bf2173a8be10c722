// What of the table of limits outlives the process, and back. Kept are all budgets, and limits whose period is an hour or more: a shorter one
// is full again before anybody has missed it, so it begins full. Holds are not kept: they die with the requests that have them.
import { setImmediate as turn } from 'node:timers/promises';
import { FORCE, FULL, type LimitsKernel, TAKE } from '../kernel/limits.js';
import { bucketLine, type KeptLimits } from '../ledger/limits-file.js';
import type { BucketRule } from '../policy/bucket-rule.js';
import { isOpen, OVERFLOW, split } from '../policy/dimensions.js';
import type { Clocks } from '../policy/limits-view.js';
import type { NameBook } from './bucket-names.js';

const LONG_MS = 3_600_000;
/** Buckets between two turns of the event loop: about a millisecond. */
const STEP = 2000;
/** A rate's end wanders with the two clocks it is told by; so little less counts as no change. */
const WANDER_MS = 1000;

export interface Snapshot {
  readonly savedMs: number;
  readonly lines: readonly string[];
  /** Nothing is different from the snapshot before. */
  readonly same: boolean;
  /** Buckets whose names nobody knows: they cannot be kept. */
  readonly unnamed: number;
}

export function outlives(rule: BucketRule): boolean {
  return rule.kind === 'budget' || (rule.rate !== null && rule.perMs >= LONG_MS);
}

/** Walks through the table in steps. `rules` by their numbers. */
export async function takeSnapshot(
  limits: LimitsKernel,
  rules: ReadonlyMap<number, BucketRule>,
  names: NameBook,
  clocks: Clocks,
  before: readonly string[],
): Promise<Snapshot> {
  const lines: string[] = [];
  let [steps, unnamed, same] = [0, 0, true];
  names.beginWalk();
  for (const { slot, key, policy, level, held } of limits.list()) {
    if (++steps % STEP === 0) await turn();
    const bucket = names.find(key);
    if (bucket !== null) names.met(bucket);
    const rule = rules.get(policy);
    if (rule === undefined || !outlives(rule)) continue;
    if (bucket === null || bucket.identity !== rule.identity) {
      unnamed++;
      continue;
    }
    const amount =
      rule.rate === null
        ? usedNow(rule, bucket.windowStartMs, level - held, clocks.wallMs())
        : fullAtMs(limits, slot, rule, held, clocks, bucket.amount);
    if (amount === 0) continue;
    if (amount !== bucket.amount) {
      bucket.amount = amount;
      bucket.line = bucketLine({ name: bucket.name, amount });
    }
    if (before[lines.length] !== bucket.line) same = false;
    lines.push(bucket.line);
  }
  names.endWalk();
  // The end of the walk, not its beginning: no rate is told to have refilled for longer than it has.
  return { savedMs: clocks.wallMs(), lines, same: same && lines.length === before.length, unnamed };
}

/** 0 where there is nothing to keep: also of a window that is over. One that the clock has not come to yet (it went back) is kept for then. */
function usedNow(rule: BucketRule, startMs: number, used: number, nowMs: number): number {
  return used > 0 && startMs >= rule.windowAt(nowMs).startMs ? used : 0;
}

/** When the bucket will be full, had nobody a hold in it. 0: it is full. */
function fullAtMs(
  limits: LimitsKernel,
  slot: number,
  { rate, capacity }: BucketRule,
  held: number,
  { wallMs, sharedMs }: Clocks,
  written: number,
): number {
  if (rate === null) return 0;
  limits.look(slot, rate, sharedMs());
  const owed = capacity - limits.available - held;
  if (owed <= 0) return 0;
  // What is owed in whole tokens says it less finely than the wait does.
  const waitMs = held === 0 ? limits.waitMs : Math.ceil((owed * rate.unitsPerToken) / rate.unitsPerMs);
  const endMs = wallMs() + waitMs;
  return endMs <= written && endMs > written - WANDER_MS ? written : endMs;
}

/** Puts what was kept into a table that nobody uses yet. Returns how many buckets found no room in it. */
export function restore(
  limits: LimitsKernel,
  rules: ReadonlyMap<string, BucketRule>,
  names: NameBook,
  { savedMs, buckets }: KeptLimits,
  clocks: Clocks,
): number {
  let refused = 0;
  // A wall clock that went back counts as if no time had passed.
  const nowMs = Math.max(clocks.wallMs(), savedMs);
  for (const { name, amount } of buckets) {
    const rule = rules.get(name.slice(0, name.indexOf('\n')));
    // Its policy is gone, or counts something else now.
    if (rule === undefined || !outlives(rule)) continue;
    if (rule.rate === null) {
      if (!addUsed(limits, rule, name, amount, clocks)) refused++;
    } else {
      const owed = Math.ceil(((amount - nowMs) * rule.rate.unitsPerMs) / rule.rate.unitsPerToken);
      if (owed > 0 && !addOwed(limits, rule, name, owed, clocks)) refused++;
    }
    names.name(name);
  }
  return refused;
}

/** `used` more in a quota's bucket, beyond its limit too. True: counted, or of a window that is over. */
export function addUsed(
  limits: LimitsKernel,
  rule: BucketRule,
  name: string,
  used: number,
  { wallMs, sharedMs }: Clocks,
): boolean {
  const [startMs, values] = partsOf(name);
  const wallNowMs = wallMs();
  const current = rule.windowAt(wallNowMs);
  if (startMs < current.startMs) return true;
  const window = startMs === current.startMs ? current : rule.windowAt(startMs);
  // By another time zone it was another window.
  if (window.startMs !== startMs) return true;
  const leftMs = window.endMs - wallNowMs;
  const key = limits.key(name, isReserved(rule, values));
  const nowMs = sharedMs();
  const { number, capacity } = rule;
  return limits.takeQuota(key, number, used, capacity, startMs, nowMs + leftMs, nowMs, TAKE | FORCE) !== FULL;
}

/** `tokens` taken from a rate's bucket, more than there are too. */
export function addOwed(
  limits: LimitsKernel,
  rule: BucketRule,
  name: string,
  tokens: number,
  { sharedMs }: Clocks,
): boolean {
  if (rule.rate === null) return true;
  const key = limits.key(name, isReserved(rule, partsOf(name)[1]));
  return limits.takeRate(key, rule.number, tokens, rule.rate, sharedMs(), TAKE | FORCE) !== FULL;
}

function partsOf(name: string): readonly [startMs: number, values: string] {
  const first = name.indexOf('\n');
  const second = name.indexOf('\n', first + 1);
  return [Number(name.slice(first + 1, second)), name.slice(second + 1)];
}

/** The same answer as where the key was made: it is part of the key. */
function isReserved(rule: BucketRule, values: string): boolean {
  return !rule.by.some(isOpen) || split(values).includes(OVERFLOW);
}
