// `/api/providers`: how each target is, over all data-plane threads, each of which learns by itself (docs/routing.md).
import type { BreakerState } from '../route/health/breaker.js';
import type { KeyState } from '../route/health/key-ring.js';
import type { TargetSnapshot } from '../route/health/target-health.js';

export interface TargetItem {
  /** `provider`, or `provider/model` where a route names the model. */
  readonly target: string;
  readonly provider: string;
  /** The worst of the threads. */
  readonly state: BreakerState;
  readonly reason: string | null;
  /** Threads that leave it alone, and all. */
  readonly open_threads: number;
  readonly threads: number;
  /** Until the first of them lets a probe through. */
  readonly wait_ms: number;
  readonly running: number;
  /** Of the last ten seconds, over all threads. */
  readonly requests: number;
  readonly failures: number;
  readonly retries: number;
  /** The slowest thread's average; null before the first answer. */
  readonly first_byte_ms: number | null;
  /** The provider's keys, by the thread that thinks worst of each. */
  readonly keys: readonly { readonly name: string; readonly state: KeyState; readonly wait_ms: number }[];
}

const STATES: readonly BreakerState[] = ['closed', 'half_open', 'open'];
const KEY_STATES: readonly KeyState[] = ['ready', 'warned', 'limited', 'refused'];

/** One list a thread. */
export function targetItems(threads: readonly (readonly TargetSnapshot[])[]): TargetItem[] {
  const byTarget = new Map<string, TargetSnapshot[]>();
  for (const snapshot of threads.flat()) {
    const same = byTarget.get(snapshot.target);
    if (same === undefined) byTarget.set(snapshot.target, [snapshot]);
    else same.push(snapshot);
  }
  return [...byTarget.values()].map(itemOf);
}

function itemOf(views: readonly TargetSnapshot[]): TargetItem {
  const worst = views.reduce((a, b) => (STATES.indexOf(b.state) > STATES.indexOf(a.state) ? b : a));
  const open = views.filter(({ state }) => state !== 'closed');
  const sum = (of: (view: TargetSnapshot) => number): number =>
    views.reduce((all, view) => all + of(view), 0);
  const known = views.flatMap(({ firstByteMs }) => (firstByteMs === null ? [] : [firstByteMs]));
  return {
    target: worst.target,
    provider: worst.provider,
    state: worst.state,
    reason: worst.reason,
    open_threads: open.length,
    threads: views.length,
    wait_ms: open.length === 0 ? 0 : Math.ceil(Math.min(...open.map(({ waitMs }) => waitMs))),
    running: sum(({ running }) => running),
    requests: sum(({ requests }) => requests),
    failures: sum(({ failures }) => failures),
    retries: sum(({ retries }) => retries),
    first_byte_ms: known.length === 0 ? null : Math.round(Math.max(...known) * 10) / 10,
    keys: worst.keys.map(({ name }, at) =>
      keyItem(
        name,
        views.flatMap(({ keys }) => keys[at] ?? []),
      ),
    ),
  };
}

function keyItem(name: string, views: TargetSnapshot['keys']): TargetItem['keys'][number] {
  const state = KEY_STATES[Math.max(0, ...views.map(view => KEY_STATES.indexOf(view.state)))] ?? 'ready';
  const same = views.filter(view => view.state === state);
  return { name, state, wait_ms: Math.ceil(Math.max(0, ...same.map(({ ms }) => ms))) };
}
