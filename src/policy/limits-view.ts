// The state of limits and budgets as `weir limits` and `/api/limits` show it (CONTRACT.md §4): the fullest buckets first. Numbers come from the
// table that all threads share, at the moment they are read; one walk through it a page, in steps, so that nothing else has to wait.
import { setImmediate as turn } from 'node:timers/promises';
import type { BucketState, LimitsKernel } from '../kernel/limits.js';
import type { BucketKey } from '../kernel/limits-table.js';
import type { BucketRule } from './bucket-rule.js';
import { isPart, split } from './dimensions.js';
import { limitText } from './refusal.js';
import { shown, type Unit } from './unit.js';

export interface LimitItem {
  readonly policy: string;
  readonly kind: 'limit' | 'budget';
  readonly mode: 'enforce' | 'shadow';
  readonly unit: Unit;
  /** `100000 tokens per 1m`. */
  readonly allows: string;
  /** Dimension → value; null where no thread remembers what the bucket counts. */
  readonly by: Readonly<Record<string, string>> | null;
  /** What the bucket holds at most: a limit's burst. usd: decimal strings. */
  readonly limit: number | string;
  readonly used: number | string;
  readonly held: number | string;
  /** Below zero: owed. */
  readonly available: number | string;
  /** Until the window ends, or the rate is full again; 0 for concurrent. */
  readonly reset_ms: number;
  /** RFC 3339: when the window began; null for limits. */
  readonly window: string | null;
  /** Requests that hold something in it now, at most HOLDS_SHOWN. */
  readonly holds: readonly string[];
}

export const HOLDS_SHOWN = 100;
export const LIMITS_PER_PAGE = 100;
export const LIMITS_PER_PAGE_MAX = 1000;
/** Buckets between two turns of the event loop: about a millisecond. */
const STEP = 2000;

/** Where a page ended. */
export interface Place {
  readonly share: number;
  /** Words of the key. */
  readonly a: number;
  readonly b: number;
}

export interface LimitsQuery {
  readonly policy: string | null;
  /** So many of each policy, instead of pages. */
  readonly top: number | null;
  readonly limit: number;
  readonly after: Place | null;
}

/** Who is told of nothing but its own buckets. */
export interface LimitsOwner {
  readonly consumer: string;
  /** As records show it. */
  readonly key: string;
}

export interface LimitsPage {
  readonly items: readonly LimitItem[];
  readonly next: string | null;
}

/** A bucket as it was when the walk came by; amounts in the rule's unit (usd: nano-dollars). */
export interface SeenBucket {
  readonly rule: BucketRule;
  readonly key: BucketKey;
  readonly windowMs: number;
  /** Used and held, of the capacity. */
  readonly share: number;
  readonly available: number;
  readonly held: number;
  readonly resetMs: number;
}

/** The wall clock in ms since the epoch, and the one that all threads share. */
export interface Clocks {
  wallMs(): number;
  sharedMs(): number;
}

export interface Selection {
  readonly buckets: readonly SeenBucket[];
  /** There are more behind the last one. */
  readonly more: boolean;
}

/** Chooses what a page shows. `rules` by their numbers, in the order of the configuration; `fits`: what it may show at all. */
export async function selectBuckets(
  limits: LimitsKernel,
  rules: ReadonlyMap<number, BucketRule>,
  query: LimitsQuery,
  clocks: Clocks,
  fits: (rule: BucketRule, key: BucketKey) => boolean = () => true,
): Promise<Selection> {
  const { policy, top, limit, after } = query;
  const best = new Map<number, Fullest>();
  for (const [number, { name }] of rules) {
    if (policy === null || name === policy) best.set(number, new Fullest(top ?? limit));
  }
  const all = new Fullest(limit);
  let steps = 0;
  for (const state of limits.list()) {
    if (++steps % STEP === 0) await turn();
    const list = best.get(state.policy);
    const rule = rules.get(state.policy);
    if (rule === undefined || list === undefined || !fits(rule, state.key)) continue;
    const seen = seenBucket(limits, rule, state, clocks);
    if (seen === null || (after !== null && inOrder(after, placeOf(seen)) >= 0)) continue;
    (top === null ? all : list).offer(seen);
  }
  if (top === null) return { buckets: all.buckets, more: all.more };
  return { buckets: [...best.values()].flatMap(({ buckets }) => buckets), more: false };
}

/** Null: of a window that is over, and nobody holds anything in it. */
function seenBucket(
  limits: LimitsKernel,
  rule: BucketRule,
  { slot, key, window, level, held }: BucketState,
  { wallMs, sharedMs }: Clocks,
): SeenBucket | null {
  const nowMs = wallMs();
  const current = rule.windowAt(nowMs);
  if (window !== current.startMs && held === 0) return null;
  let available = rule.capacity - level;
  let resetMs = window === current.startMs ? Math.max(0, current.endMs - nowMs) : 0;
  if (rule.rate !== null) {
    limits.look(slot, rule.rate, sharedMs());
    available = limits.available;
    resetMs = limits.waitMs;
  }
  const share = (rule.capacity - available) / rule.capacity;
  return { rule, key, windowMs: window, share, available, held, resetMs };
}

/**
 * Whether a bucket counts this consumer alone: what is counted by consumer belongs to the consumer, what is counted by key and not by consumer to the key.
 * What counts several consumers together is nobody's own, and neither is a bucket whose values nobody remembers.
 */
export function isOwn({ byNames }: BucketRule, values: string | null, owner: LimitsOwner): boolean {
  if (values === null) return false;
  const consumerAt = byNames.indexOf('consumer');
  if (consumerAt >= 0) return isPart(values, consumerAt, owner.consumer);
  const keyAt = byNames.indexOf('key');
  return keyAt >= 0 && isPart(values, keyAt, owner.key);
}

export function itemOf(seen: SeenBucket, values: string | null, holds: readonly string[]): LimitItem {
  const { rule, available, held, resetMs, windowMs } = seen;
  // As in the steps of a record: a rate refills while it is held, and what it has refilled is no longer used.
  const used = Math.max(0, rule.capacity - available - held);
  return {
    policy: rule.name,
    kind: rule.kind,
    mode: rule.mode,
    unit: rule.unit,
    allows: limitText(rule),
    by: byOf(rule, values),
    limit: shown(rule.unit, rule.capacity),
    used: shown(rule.unit, used),
    held: shown(rule.unit, held),
    available: shown(rule.unit, available),
    reset_ms: resetMs,
    window: rule.kind === 'budget' ? new Date(windowMs).toISOString() : null,
    holds,
  };
}

/** Without dimensions there is one bucket, whose name nobody has to know. */
function byOf({ byNames }: BucketRule, values: string | null): LimitItem['by'] {
  if (byNames.length === 0) return {};
  if (values === null) return null;
  const parts = split(values);
  return Object.fromEntries(byNames.map((name, i) => [name, parts[i] ?? '']));
}

export function cursorOf(seen: SeenBucket): string {
  const { share, a, b } = placeOf(seen);
  return `${share}_${hex(a)}${hex(b)}`;
}

/** Null: it is none. */
export function placeIn(cursor: string): Place | null {
  const parts = /^(-?[\d.]+(?:e[+-]\d+)?)_([\da-f]{8})([\da-f]{8})$/.exec(cursor);
  if (parts === null || Number.isNaN(Number(parts[1]))) return null;
  return { share: Number(parts[1]), a: Number(`0x${parts[2]}`) | 0, b: Number(`0x${parts[3]}`) | 0 };
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

function placeOf({ share, key }: SeenBucket): Place {
  return { share, a: key.a, b: key.b };
}

/** Negative: `one` comes first. The fullest first; equals in the order of their hashes, so that pages neither repeat nor leave out. */
function inOrder(one: Place, other: Place): number {
  return other.share - one.share || one.a - other.a || one.b - other.b;
}

/** The first few in order of all that is offered. */
class Fullest {
  readonly buckets: SeenBucket[] = [];
  more = false;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  offer(bucket: SeenBucket): void {
    const { buckets } = this;
    const place = placeOf(bucket);
    const last = buckets.at(-1);
    if (buckets.length === this.#max && last !== undefined) {
      this.more = true;
      if (inOrder(placeOf(last), place) <= 0) return;
      buckets.pop();
    }
    let [low, high] = [0, buckets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (inOrder(placeOf(buckets[middle] as SeenBucket), place) <= 0) low = middle + 1;
      else high = middle;
    }
    buckets.splice(low, 0, bucket);
  }
}
