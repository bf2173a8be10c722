// What a thread knows of one target, from the answers it got: whether to send there, by which key, and how much it takes on. Each thread learns by
// itself; what is told to providers' keys and targets is never a caller's own fault (fault.ts). Hot path: per attempt.

import type { BreakerConfig, RetryConfig } from '../../core/resilience.js';
import { Breaker, type BreakerState, type OpenReason } from './breaker.js';
import { KeyRing, type KeyState, type RefusedKeys } from './key-ring.js';
import { Latency } from './latency.js';
import { WINDOW_SECONDS, Window } from './window.js';

/** Structured-cloneable; one thread's view. */
export interface TargetSnapshot {
  readonly target: string;
  readonly provider: string;
  readonly state: BreakerState;
  readonly reason: OpenReason | null;
  /** Until a probe may go; 0 where one may. */
  readonly waitMs: number;
  readonly running: number;
  /** Of the last ten seconds. */
  readonly requests: number;
  readonly failures: number;
  readonly retries: number;
  readonly firstByteMs: number | null;
  readonly keys: readonly { readonly name: string; readonly state: KeyState; readonly ms: number }[];
}

export class TargetHealth {
  readonly name: string;
  readonly provider: string;
  readonly keys: KeyRing;
  readonly latency = new Latency();
  /** Requests that are there now. */
  running = 0;
  readonly #window = new Window();
  readonly #breaker: Breaker;

  constructor(name: string, provider: string, refused: RefusedKeys, random: () => number) {
    this.name = name;
    this.provider = provider;
    this.keys = new KeyRing(refused);
    this.#breaker = new Breaker(this.#window, random);
  }

  /** It works as far as is known, and some key of it may be used. */
  isReady(nowMs: number): boolean {
    return this.#breaker.admits(nowMs) && this.keys.waitMs(nowMs) === 0;
  }

  isOpen(nowMs: number): boolean {
    return !this.#breaker.admits(nowMs);
  }

  /** ms until the breaker lets a probe through; 0: now. */
  openMs(nowMs: number): number {
    return this.#breaker.waitMs(nowMs);
  }

  /** A request goes there; true: it is the probe of a half-open breaker. */
  begins(nowMs: number): boolean {
    this.running++;
    return this.#breaker.begins(nowMs);
  }

  ends(probe: boolean): void {
    this.running--;
    if (probe) this.#breaker.probeEnded();
  }

  succeeded(nowMs: number): void {
    this.#window.add('ended', nowMs);
    this.#breaker.succeeded(nowMs);
  }

  /** `others`: the route's other targets. */
  failed(nowMs: number, settings: BreakerConfig, others: readonly TargetHealth[]): void {
    this.#window.add('ended', nowMs);
    this.#window.add('failed', nowMs);
    this.#breaker.failed(nowMs, settings, leastShare(others, nowMs, settings.requests));
  }

  /** What was counted as its failure was the request's own fault. */
  takeBack(nowMs: number): void {
    this.#window.add('failed', nowMs, -1);
    this.#breaker.takenBack();
  }

  /** Whether what failed here may be tried once more, and counts it. */
  takeRetry(nowMs: number, { budget, reserve }: RetryConfig): boolean {
    const retried = this.#window.sum('retried', nowMs);
    const allowed = this.#window.sum('ended', nowMs) * budget + reserve * WINDOW_SECONDS;
    if (retried + 1 > allowed) return false;
    this.#window.add('retried', nowMs);
    return true;
  }

  /** Share of failures, null where fewer than `least` have ended. */
  failureShare(nowMs: number, least: number): number | null {
    const ended = this.#window.sum('ended', nowMs);
    return ended < least || ended === 0 ? null : this.#window.sum('failed', nowMs) / ended;
  }

  snapshot(nowMs: number, keyNames: readonly string[]): TargetSnapshot {
    return {
      target: this.name,
      provider: this.provider,
      state: this.#breaker.stateAt(nowMs),
      reason: this.#breaker.reason,
      waitMs: this.#breaker.waitMs(nowMs),
      running: this.running,
      requests: this.#window.sum('ended', nowMs),
      failures: this.#window.sum('failed', nowMs),
      retries: this.#window.sum('retried', nowMs),
      firstByteMs: this.latency.averageMs,
      keys: keyNames.map((name, key) => ({
        name,
        state: this.keys.stateOf(key, nowMs),
        ms: this.keys.lastsMs(key, nowMs),
      })),
    };
  }
}

/** Among those that work: an outlier is only put aside where somebody is left. */
function leastShare(others: readonly TargetHealth[], nowMs: number, least: number): number | null {
  let found: number | null = null;
  for (const other of others) {
    const share = other.isOpen(nowMs) ? null : other.failureShare(nowMs, least);
    if (share !== null) found = Math.min(found ?? 1, share);
  }
  return found;
}
