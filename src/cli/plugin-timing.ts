// How long a hook takes, measured on this machine: calls one by one for their spread, batches for their mean.

import type { HookScene } from '../plugin/hook.js';
import type { LoadedPlugin } from '../plugin/loaded.js';
import { type Idle, loadIdle } from './plugin-noop.js';

export interface Timing {
  /** Nanoseconds a call, the median of the rounds' means. */
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  /** Used by the last call. */
  readonly fuel: number;
  readonly calls: number;
}

const ROUNDS = 5;

/** The scene's makers cost nothing here: one scene serves all calls. */
export function timeHook(loaded: LoadedPlugin, scene: HookScene, calls: number): Timing {
  const each = Math.max(1, Math.floor(calls / ROUNDS));
  for (let i = 0; i < each; i++) loaded.run(scene); // the engine compiles what runs often
  const means = Array.from({ length: ROUNDS }, () => {
    const before = process.hrtime.bigint();
    for (let i = 0; i < each; i++) loaded.run(scene);
    return Number(process.hrtime.bigint() - before) / each;
  });
  const single = Array.from({ length: each }, () => {
    const before = process.hrtime.bigint();
    loaded.run(scene);
    return Number(process.hrtime.bigint() - before);
  });
  const { fuel } = loaded.run(scene);
  return { mean: at(means, 0.5), p50: at(single, 0.5), p99: at(single, 0.99), fuel, calls: each * ROUNDS };
}

/** What the host's own part of a call costs, with so much memory to put back. */
export interface Floor {
  /** A call of a module that does nothing. */
  readonly noop: Timing;
  /** Nanoseconds before every hook for putting memory back. */
  readonly reset: {
    /** Where the hook before wrote nothing. */
    readonly nothing: number;
    /** Where it wrote a byte or more in each 32nd. */
    readonly all: number;
  };
}

/** In turns, so that what else this machine does meets all alike. */
export function timeFloor(pages: number, calls: number, scene: HookScene): Floor {
  const timer = (idle: Idle): (() => { always: Timing; reset: number }) => {
    const [always, never] = [loadIdle(idle, pages, 'always'), loadIdle(idle, pages, 'never')];
    return () => {
      const each = Math.ceil(calls / ROUNDS);
      const timed = timeHook(always.loaded, scene, each);
      return { always: timed, reset: timed.p50 - timeHook(never.loaded, scene, each).p50 };
    };
  };
  const [idle, busy] = [timer('writes nothing'), timer('writes all')];
  const turns = Array.from({ length: ROUNDS }, () => ({ nothing: idle(), all: busy() }));
  const [noop] = turns.map(({ nothing }) => nothing.always).toSorted((a, b) => a.p50 - b.p50);
  if (noop === undefined) throw new Error('no turns');
  const median = (of: (turn: (typeof turns)[number]) => number): number =>
    Math.max(0, at(turns.map(of), 0.5));
  return {
    noop,
    reset: { nothing: median(turn => turn.nothing.reset), all: median(turn => turn.all.reset) },
  };
}

function at(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
