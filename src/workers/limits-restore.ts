// What of the table of limits outlives the process: all budgets, and limits whose period is an hour or more; a shorter one is full again before anybody has
// missed it, so it begins full. The ledger is the only truth: it knows what was charged, by whom and when, and the table is filled with it at the start.
// Holds are not restored: they died with the requests that had them.
import { FORCE, FULL, type LimitsKernel, TAKE } from '../kernel/limits.js';
import type { Rate } from '../kernel/limits-rate.js';
import type { Charged } from '../ledger/index/charges.js';
import type { BucketRule } from '../policy/bucket-rule.js';
import { isOpen, joined, OVERFLOW, split } from '../policy/dimensions.js';
import type { Clocks } from '../policy/limits-view.js';

const MINUTE_MS = 60_000;

/** What each bucket has used by now. `charges` of one bucket stand together, by minute. */
export function* usedNow(
  charges: Iterable<Charged>,
  ruleOf: (name: string) => BucketRule | undefined,
  wallMs: number,
): Generator<{ readonly name: string; readonly used: number }> {
  let bucket: Charged[] = [];
  for (const charge of charges) {
    if (bucket.length > 0 && bucket[0]?.bucket !== charge.bucket) {
      yield* usedOf(bucket, ruleOf, wallMs);
      bucket = [];
    }
    bucket.push(charge);
  }
  yield* usedOf(bucket, ruleOf, wallMs);
}

function* usedOf(
  charges: readonly Charged[],
  ruleOf: (name: string) => BucketRule | undefined,
  wallMs: number,
): Generator<{ readonly name: string; readonly used: number }> {
  const name = charges[0]?.bucket ?? '';
  const rule = ruleOf(name);
  // Its policy is gone, or counts something else now.
  if (rule === undefined || !rule.lasting) return;
  const used =
    rule.rate === null
      ? charges.reduce((sum, { amount }) => sum + amount, 0)
      : owedNow(charges, rule.rate, wallMs);
  if (used > 0) yield { name, used };
}

/**
 * The rate's bucket, lived through again minute by minute. Each minute's charges count as if they had come at its end, so that what is given back is late
 * by a minute at most and never early. A wall clock that went back counts as if no time had passed.
 */
function owedNow(charges: readonly Charged[], { unitsPerMs, unitsPerToken }: Rate, wallMs: number): number {
  const nowMs = Math.max(wallMs, (charges.at(-1)?.minute ?? 0) * MINUTE_MS);
  let owed = 0;
  let atMs = 0;
  const refillTo = (ms: number): void => {
    owed = Math.max(0, owed - ((ms - atMs) * unitsPerMs) / unitsPerToken);
    atMs = ms;
  };
  for (const { minute, amount } of charges) {
    refillTo(Math.min((minute + 1) * MINUTE_MS, nowMs));
    owed += amount;
  }
  refillTo(nowMs);
  return Math.ceil(owed);
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

/** Where values that a caller chooses are counted in a full table, as at run time; null where they have no such place, or this is it. */
export function overflowName(rule: BucketRule, name: string): string | null {
  const [startMs, text] = partsOf(name);
  const values = split(text);
  const shared = joined(rule.by.map((dimension, i) => (isOpen(dimension) ? OVERFLOW : (values[i] ?? ''))));
  return shared === text ? null : rule.bucketName(shared, startMs);
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
