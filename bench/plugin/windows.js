// Short loads in turn, alone and beside, so that what the machine does to one of them is seen as that: each window has its own quantiles, what the
// host took of the gateway's core, and how long the serving thread stood ready without a core. Linux only (proc(5)).
import { readdirSync, readFileSync } from 'node:fs';
import { GATEWAY_CORE } from '../gateway/processes.js';
import { latencies, quantile } from './waits.js';

const TICK_MS = 10; // of /proc/stat, on every Linux that Node runs on
const STEAL = 8;

/** ms that the host has given the core to others. */
function stolenMs(core) {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find(text => text.startsWith(`cpu${core} `));
  return Number(line?.split(/\s+/)[STEAL]) * TICK_MS;
}

/** By thread: ms that it ran, and ms that it was ready and had no core. */
function threadTimes(pid) {
  const times = new Map();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [ran, delayed] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
      times.set(task, { ranMs: Number(ran) / 1e6, delayMs: Number(delayed) / 1e6 });
    } catch {
      // It has ended since the folder was read.
    }
  }
  return times;
}

const since = (before, task, now, field) => now[field] - (before.get(task)?.[field] ?? 0);

/**
 * One window: runs `load`, which resolves with `goodMs` and more. The thread that serves is the one that ran longest; `othersMs` is what all others of
 * the process ran: the engine's helpers, the pools.
 */
export async function watched(pid, load) {
  const [stolen, before] = [stolenMs(GATEWAY_CORE), threadTimes(pid)];
  const result = await load();
  const rows = [...threadTimes(pid)]
    .map(([task, now]) => ({
      ranMs: since(before, task, now, 'ranMs'),
      delayMs: since(before, task, now, 'delayMs'),
    }))
    .sort((a, b) => b.ranMs - a.ranMs);
  return {
    ...result,
    ...latencies(result.goodMs),
    maxMs: quantile(result.goodMs, 1),
    stolenMs: stolenMs(GATEWAY_CORE) - stolen,
    delayMs: rows[0]?.delayMs ?? 0,
    othersMs: rows.slice(1).reduce((sum, { ranMs }) => sum + ranMs, 0),
  };
}

/** Of windows of one kind: the median of each figure, and the worst p99. */
export function summary(windows) {
  const median = field =>
    quantile(
      windows.map(window => window[field]),
      0.5,
    );
  return {
    windows: windows.length,
    p50: median('p50'),
    p99: median('p99'),
    p99Worst: Math.max(...windows.map(({ p99 }) => p99)),
    maxMs: Math.max(...windows.map(({ maxMs }) => maxMs)),
    stolenMs: median('stolenMs'),
    delayMs: median('delayMs'),
    othersMs: median('othersMs'),
  };
}

/** Of the time, in which the serving thread was ready and had no core: beyond this the machine was measured, not the gateway. */
const DELAY_SHARE_MAX = 0.05;

export const isDisturbed = (one, windowSeconds) =>
  one.delayMs + one.stolenMs > DELAY_SHARE_MAX * windowSeconds * 1000;

export function inFigures(one) {
  const ms = value => value.toFixed(1);
  return (
    `p99 ${ms(one.p99)} (worst ${ms(one.p99Worst)}, longest request ${ms(one.maxMs)}) ms over ${one.windows} windows; ` +
    `a window: host took ${ms(one.stolenMs)}, thread stood ready ${ms(one.delayMs)}, other threads ran ${ms(one.othersMs)} ms`
  );
}

/** Counts of the same names added up. */
export function sums(counts) {
  const all = {};
  for (const one of counts) for (const [name, n] of Object.entries(one)) all[name] = (all[name] ?? 0) + n;
  return all;
}
