// Whether and where a request is tried again, after a try of which the client has seen nothing (docs/routing.md). In this order: the same target with
// another key, where a key was limited or refused; the next target that works; and, where `retry.again` allows it, one that has just failed, after a
// wait. Never more tries than `retry.attempts`, never more than the failing target's retry budget, never before its Retry-After. Rare: per failure.
import type { WeirError } from '../core/error.js';
import type { Fault } from '../route/health/fault.js';
import { targetName } from '../route/router.js';
import type { AttemptWatch } from './attempt-watch.js';
import { type AnswerState, countLeft } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { isRetryable } from './outcome.js';
import { triedOf } from './suspicion.js';
import type { Tried } from './tried.js';

export interface NextTry {
  /** Among the targets. */
  readonly index: number;
  readonly kind: 'next_target' | 'next_key' | 'same_target';
  readonly why: string;
  readonly waitMs: number;
}

/** Null: nothing more is tried; where something was left, a step says why not. The caller knows that the request can be sent again. */
export function nextTry(exchange: Exchange, tried: AttemptWatch, fault: Fault, why: string): NextTry | null {
  const { runtime, routing, targetIndex, thread } = exchange;
  if (routing === null) return null;
  const { retry } = runtime.config;
  const tries = triedOf(exchange);
  const nowMs = thread.clock.monotonicMs();
  const next = candidate(exchange, tries, tried, fault, why, nowMs);
  if (next === null) return null;
  if (tries.count + 2 > retry.attempts) return refused(exchange, why, 'attempts', retry.attempts);
  if (next.waitMs > retry.backoffMaxMs)
    return refused(exchange, why, 'retry_after', Math.round(next.waitMs / 1000));
  if (!tried.health.takeRetry(nowMs, runtime.retry)) return refused(exchange, why, 'budget', retry.budget);
  tries.count++;
  if (next.kind === 'same_target') tries.again++;
  if (next.kind === 'next_target') tries.done.add(targetIndex);
  return next;
}

/** Likewise after a try that broke off before its answer; what it has used all the same is counted. */
export function afterBreak(exchange: Exchange, relay: BrokenTry, error: WeirError): NextTry | null {
  if (!isRetryable(error)) return null;
  relay.tried.broken(error);
  const next = nextTry(exchange, relay.tried, 'target', error.code);
  if (next !== null) countLeft(exchange, relay, error);
  return next;
}

interface BrokenTry extends AnswerState {
  readonly tried: AttemptWatch;
}

function refused(exchange: Exchange, why: string, bound: string, value: number): null {
  exchange.step('forward', 'route', 'skipped', 'not_retried', { why, bound, value });
  return null;
}

function candidate(
  exchange: Exchange,
  tries: Tried,
  { health }: AttemptWatch,
  fault: Fault,
  why: string,
  nowMs: number,
): NextTry | null {
  const { targetIndex } = exchange;
  const isKeys = fault === 'limited' || fault === 'refused';
  if (isKeys && health.keys.size > 1 && health.keys.waitMs(nowMs) === 0)
    return { index: targetIndex, kind: 'next_key', why, waitMs: 0 };
  const index = nextIndex(exchange, tries, nowMs);
  if (index !== null) return { index, kind: 'next_target', why, waitMs: 0 };
  return fault === 'refused' ? null : onceMore(exchange, tries, why, nowMs);
}

/** The next target that has not been tried: one that works, else one whose breaker is open, but none that asked for patience. Null: there is none. */
function nextIndex(
  { routing, runtime, targetIndex }: Exchange,
  { done }: Tried,
  nowMs: number,
): number | null {
  const targets = routing?.targets ?? [];
  let open: number | null = null;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i];
    if (target === undefined || i === targetIndex || done.has(i)) continue;
    const health = runtime.health.of(target);
    if (health.isReady(nowMs)) return i;
    if (health.keys.waitMs(nowMs) === 0) open ??= i;
  }
  return runtime.config.breaker.allOpen === 'try' ? open : null;
}

/** After a wait, the target that may be asked soonest. */
function onceMore(
  { routing, runtime, thread }: Exchange,
  tries: Tried,
  why: string,
  nowMs: number,
): NextTry | null {
  const { retry, breaker } = runtime.config;
  if (tries.again >= retry.again) return null;
  const jitter = thread.random() * Math.min(retry.backoffMaxMs, retry.backoffMs * 2 ** tries.again);
  let best: NextTry | null = null;
  (routing?.targets ?? []).forEach((target, index) => {
    const health = runtime.health.of(target);
    if (breaker.allOpen === 'refuse' && health.isOpen(nowMs)) return;
    const waitMs = Math.max(jitter, health.keys.waitMs(nowMs));
    if (best === null || waitMs < best.waitMs) best = { index, kind: 'same_target', why, waitMs };
  });
  return best;
}

/** Goes there; where a policy refuses that target, to the one after it. The error: the last refusal, where none is left. */
export function turnTo(exchange: Exchange, next: NextTry): NextTry | WeirError {
  const another = exchange.targetIndex !== next.index;
  aimAt(exchange, next);
  const refusal = another ? (exchange.policies?.retarget() ?? null) : null;
  if (refusal === null) return next;
  const tries = triedOf(exchange);
  tries.done.add(next.index);
  const index = nextIndex(exchange, tries, exchange.thread.clock.monotonicMs());
  return index === null
    ? refusal
    : turnTo(exchange, { index, kind: 'next_target', why: refusal.code, waitMs: 0 });
}

function aimAt(exchange: Exchange, { index, kind, why, waitMs }: NextTry): void {
  const { routing, entry } = exchange;
  const target = routing?.targets[index];
  if (target === undefined) throw new Error('a try goes to a target that there is not');
  exchange.targetIndex = index;
  if (entry.identification.isAi) entry.identification.provider = target.provider;
  const wait = waitMs === 0 ? {} : { wait_ms: Math.round(waitMs) };
  const named = kind === 'next_target' ? target.provider : targetName(target);
  exchange.step('forward', 'route', 'change', kind, { why, target: named, ...wait });
}
