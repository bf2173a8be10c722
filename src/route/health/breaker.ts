// The circuit breaker of one target: closed while it works, open when it has failed too often, half open when one request may try whether it works
// again (M. Nygard, Release It!, 2nd ed. 2018, ch. 5). What opens it: failures in a row, their share, or a share that stands out from the route's
// other targets (outlier ejection, as Envoy calls it). Only the target's own faults are told to it: fault.ts. Hot path: per attempt.
import type { BreakerConfig } from '../../core/resilience.js';
import type { Window } from './window.js';

export type BreakerState = 'closed' | 'open' | 'half_open';
export type OpenReason = 'failures_in_a_row' | 'failure_share' | 'outlier' | 'probe_failed';

/** Closed for so long, it begins anew with the short time. */
const FORGIVEN_MS = 60_000;
/** A probe that nobody has heard of for so long holds no other up. */
const PROBE_MS_MAX = 60_000;

export class Breaker {
  #opened = false;
  #openUntilMs = 0;
  /** How often it has opened without having been closed for long. */
  #times = 0;
  #closedAtMs = Number.NEGATIVE_INFINITY;
  #inRow = 0;
  #probeMs = Number.NEGATIVE_INFINITY;
  #reason: OpenReason | null = null;
  readonly #window: Window;
  readonly #random: () => number;

  constructor(window: Window, random: () => number) {
    this.#window = window;
    this.#random = random;
  }

  stateAt(nowMs: number): BreakerState {
    if (!this.#opened) return 'closed';
    return nowMs < this.#openUntilMs ? 'open' : 'half_open';
  }

  /** Why it opened last; null while it is closed. */
  get reason(): OpenReason | null {
    return this.#opened ? this.#reason : null;
  }

  /** ms until it lets a probe through; 0 where it does now, or is closed. */
  waitMs(nowMs: number): number {
    return this.#opened ? Math.max(0, this.#openUntilMs - nowMs) : 0;
  }

  /** Whether a request may go there: always while closed, one at a time while half open. */
  admits(nowMs: number): boolean {
    if (!this.#opened) return true;
    return nowMs >= this.#openUntilMs && nowMs - this.#probeMs > PROBE_MS_MAX;
  }

  /** A request goes there; true: as the probe. */
  begins(nowMs: number): boolean {
    if (!this.#opened || !this.admits(nowMs)) return false;
    this.#probeMs = nowMs;
    return true;
  }

  /** The probe has ended without a word on the target: its client left. */
  probeEnded(): void {
    this.#probeMs = Number.NEGATIVE_INFINITY;
  }

  succeeded(nowMs: number): void {
    this.#inRow = 0;
    if (!this.#opened) return;
    // What was sent before it opened may still end well: only time and a success close it.
    if (nowMs < this.#openUntilMs) return;
    this.#opened = false;
    this.#closedAtMs = nowMs;
    this.probeEnded();
    this.#window.clear();
  }

  /** `others`: the least share of failures among the route's other targets that can be compared; null: there is none. */
  failed(nowMs: number, settings: BreakerConfig, others: number | null): void {
    this.#inRow++;
    const reason = this.#reasonToOpen(nowMs, settings, others);
    if (reason !== null) this.#open(nowMs, settings, reason);
  }

  #reasonToOpen(nowMs: number, settings: BreakerConfig, others: number | null): OpenReason | null {
    if (settings.failures === 0) return null;
    if (this.#opened) return nowMs >= this.#openUntilMs ? 'probe_failed' : null;
    if (this.#inRow >= settings.failures) return 'failures_in_a_row';
    const ended = this.#window.sum('ended', nowMs);
    if (ended < settings.requests) return null;
    const share = this.#window.sum('failed', nowMs) / ended;
    if (share >= settings.share) return 'failure_share';
    return others !== null && share - others >= settings.outlier ? 'outlier' : null;
  }

  /** A failure that was not the target's after all. What has opened meanwhile is left to its probe. */
  takenBack(): void {
    if (this.#inRow > 0) this.#inRow--;
  }

  #open(nowMs: number, settings: BreakerConfig, reason: OpenReason): void {
    if (nowMs - this.#closedAtMs > FORGIVEN_MS && !this.#opened) this.#times = 0;
    const full = Math.min(settings.openMs * 2 ** Math.min(this.#times, 30), settings.openMaxMs);
    this.#times++;
    this.#opened = true;
    this.#reason = reason;
    // Many gateways that saw the same outage do not come back in the same instant.
    this.#openUntilMs = nowMs + full * (0.75 + 0.25 * this.#random());
    this.probeEnded();
  }
}
