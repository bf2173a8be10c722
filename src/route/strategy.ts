// In which order a route's targets are tried (docs/routing.md). Pure but for the random numbers it is given. Hot path: per routed request.
import type { Strategy } from '../core/resilience.js';
import type { HealthBook } from './health/health-book.js';
import type { TargetHealth } from './health/target-health.js';
import type { Target, WeightedTarget } from './router.js';

/**
 * `order`: as written. `weighted`: a random one by weight, the others after it likewise. `latency`: the quicker of two that are drawn (power of two choices,
 * Mitzenmacher 2001) by peak EWMA times what runs there. `cost`: the cheapest for this request; what has no price comes last. `busy`: the one with
 * the fewest requests running.
 */
export interface Choice {
  readonly strategy: Strategy;
  readonly health: HealthBook;
  readonly nowMs: number;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
  /** Any unit; Infinity where it is not known. */
  readonly costOf: (target: Target) => number;
}

/** All targets, the first to be tried first. The same list where nothing is to be changed. */
export function arrange<T extends WeightedTarget>(targets: readonly T[], choice: Choice): readonly T[] {
  if (targets.length < 2) return targets;
  const arranged = byStrategy(targets, choice);
  return readyFirst(arranged, choice);
}

function byStrategy<T extends WeightedTarget>(targets: readonly T[], choice: Choice): readonly T[] {
  const { health, nowMs } = choice;
  const loadOf = (target: T): number => {
    const of = health.of(target);
    return of.latency.load(of.running, nowMs);
  };
  switch (choice.strategy) {
    case 'order':
      return targets;
    case 'weighted':
      return drawn(targets, choice.random);
    case 'latency':
      return twoDrawn(targets, loadOf, choice.random);
    case 'cost':
      return sorted(targets, choice.costOf);
    case 'busy':
      // Equals in a random order: threads that know nothing of each other must not all take the first.
      return sorted(shuffled(targets, choice.random), target => health.of(target).running);
  }
}

/** Those that work keep their order and come first; those that have to be left alone follow, the sooner ready the earlier. */
function readyFirst<T extends WeightedTarget>(
  targets: readonly T[],
  { health, nowMs }: Choice,
): readonly T[] {
  if (targets.every(target => health.of(target).isReady(nowMs))) return targets;
  return sorted(targets, target => waitOf(health.of(target), nowMs));
}

/** ms until it may be asked, 0 where it may be now. A half-open one whose probe runs is ready only after those that are. */
export function waitOf(health: TargetHealth, nowMs: number): number {
  if (health.isReady(nowMs)) return 0;
  return Math.max(1, health.openMs(nowMs), health.keys.waitMs(nowMs));
}

/** Stable. */
function sorted<T>(items: readonly T[], rankOf: (item: T) => number): T[] {
  const ranked = items.map(item => ({ item, rank: rankOf(item) }));
  // Infinity less Infinity is no number.
  ranked.sort((a, b) => (a.rank === b.rank ? 0 : a.rank < b.rank ? -1 : 1));
  return ranked.map(({ item }) => item);
}

function drawn<T extends WeightedTarget>(targets: readonly T[], random: () => number): T[] {
  const left = targets.slice();
  const order: T[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let point = random() * total;
    let at = left.findIndex(({ weight }) => {
      point -= weight;
      return point < 0;
    });
    // Rounding has left a bit of the point over, or all that is left weighs nothing.
    if (at < 0) at = 0;
    order.push(...left.splice(at, 1));
  }
  return order;
}

function twoDrawn<T>(targets: readonly T[], loadOf: (item: T) => number, random: () => number): T[] {
  const mixed = shuffled(targets, random);
  const [first, second, ...rest] = mixed;
  if (first === undefined || second === undefined) return mixed;
  const order = loadOf(second) < loadOf(first) ? [second, first] : [first, second];
  return [...order, ...sorted(rest, loadOf)];
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = items.slice();
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [mixed[i], mixed[j]];
    if (a !== undefined && b !== undefined) [mixed[i], mixed[j]] = [b, a];
  }
  return mixed;
}
