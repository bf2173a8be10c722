// One try at one target: what the record says of it, and what the target's health learns from it. Hot path: per attempt.
import type { ProviderKey } from '../config/config.js';
import type { Attempt } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import { type Fault, faultOf, isTargetFault } from '../route/health/fault.js';
import { type LimitHints, limitHints } from '../route/health/limit-hints.js';
import type { TargetHealth } from '../route/health/target-health.js';
import type { Exchange } from './exchange.js';
import { leaveSuspicion } from './suspicion.js';

export class AttemptWatch {
  readonly attempt: Attempt;
  readonly health: TargetHealth;
  /** Index of the provider's key that went with it. */
  readonly key: number;
  /** Weir's own credential, or none at all: what is limited or refused is not the caller's. */
  readonly #ours: boolean;
  readonly #keys: number;
  readonly #exchange: Exchange;
  readonly #probe: boolean;
  #judged = false;
  #ended = false;
  /** ms; null: it was not limited, or does not say. */
  retryAfterMs: number | null = null;

  constructor(
    exchange: Exchange,
    attempt: Attempt,
    health: TargetHealth,
    key: number,
    options: { readonly ours: boolean; readonly keys: readonly ProviderKey[] },
  ) {
    this.#exchange = exchange;
    this.attempt = attempt;
    this.health = health;
    this.key = key;
    this.#ours = options.ours;
    this.#keys = options.keys.length;
    this.#probe = health.begins(exchange.thread.coarseMs);
  }

  /** The head has come: whose fault it is where it is an error. */
  head(status: number, raw: readonly Buffer[]): Fault {
    this.attempt.status = status;
    const fault = this.#ownFault(faultOf(status));
    const hints =
      fault === 'limited' || this.#keys > 1 ? limitHints(raw, this.#exchange.thread.clock.wallMs()) : null;
    if (fault !== 'none') return this.#fails(fault, hints);
    this.#works(status, hints);
    return fault;
  }

  /** What is said to a caller's own credential, or to none, is said to the caller. */
  #ownFault(fault: Fault): Fault {
    if (fault !== 'refused') return fault;
    const { status } = this.attempt;
    // With a single key a 403 is as likely about the model that was asked for.
    return this.#ours && this.#keys > (status === 403 ? 1 : 0) ? fault : 'none';
  }

  #works(status: number, hints: LimitHints | null): void {
    const nowMs = this.#exchange.thread.clock.monotonicMs();
    this.#judged = true;
    this.health.succeeded(nowMs);
    if (!this.#ours || status >= 400) return;
    this.health.keys.served(this.key);
    const scarceMs = hints?.scarceMs ?? null;
    if (scarceMs !== null) this.health.keys.warned(this.key, nowMs, scarceMs);
  }

  /** The fault as it turns out to be. */
  #fails(fault: Fault, hints: LimitHints | null): Fault {
    const { health, key } = this;
    const nowMs = this.#exchange.thread.clock.monotonicMs();
    this.#judged = true;
    if (fault === 'limited') {
      this.retryAfterMs = hints?.retryAfterMs ?? null;
      if (this.#ours) health.keys.limited(key, nowMs, this.retryAfterMs);
    } else if (fault === 'refused') {
      health.keys.refused(key, nowMs);
      if (this.attempt.status === 403 && leaveSuspicion(this.#exchange, health, key)) return 'none';
    } else if (fault !== 'perhaps' || !leaveSuspicion(this.#exchange, health, null)) this.#blame(nowMs);
    return fault;
  }

  #blame(nowMs: number): void {
    const { routing, runtime } = this.#exchange;
    const others = (routing?.targets ?? [])
      .map(each => runtime.health.of(each))
      .filter(of => of !== this.health);
    this.health.failed(nowMs, runtime.config.breaker, others);
  }

  firstByte(): void {
    if (this.attempt.firstByteMs !== null) return;
    const elapsedMs = this.#exchange.elapsedMs();
    this.attempt.firstByteMs = elapsedMs;
    this.#exchange.entry.firstByteMs ??= elapsedMs;
    if ((this.attempt.status ?? 500) >= 400) return;
    this.health.latency.observe(elapsedMs - this.attempt.startedMs, this.#exchange.thread.coarseMs);
  }

  /** It is not for the client: `why` stands in the record. */
  leave(why: string): void {
    this.attempt.error ??= why;
    this.attempt.totalMs ??= this.#exchange.elapsedMs();
    this.end();
  }

  /** Broken off, by the provider or by Weir; the record tells why, unless it says more already. */
  broken(why: WeirError | null): void {
    this.attempt.totalMs ??= this.#exchange.elapsedMs();
    if (why !== null) {
      this.attempt.error ??= why.code;
      // In the middle of an answer that had begun well, too.
      const late = this.#judged && (this.attempt.status ?? 500) < 400;
      if (!this.#ended && (!this.#judged || late) && isTargetFault(why.code, why.facts.source))
        this.#blame(this.#exchange.thread.clock.monotonicMs());
    }
    this.end();
  }

  /** The answer is whole. `failed`: it says itself that the provider has failed in the middle. */
  whole(failed: boolean): void {
    if (!this.#ended && failed && (this.attempt.status ?? 500) < 400)
      this.#blame(this.#exchange.thread.clock.monotonicMs());
    this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#judged = true;
    this.health.ends(this.#probe);
  }
}
