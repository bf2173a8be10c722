// How an exchange is told in its record: attempts as they begin, and which outcome an error is.
import type { Attempt, Outcome } from '../core/entry.js';
import { WeirError } from '../core/error.js';
import type { Exchange } from './exchange.js';

/** Opens the record of one try at one target. */
export function newAttempt(exchange: Exchange, target: string): Attempt {
  const attempt: Attempt = {
    target,
    status: null,
    error: null,
    startedMs: exchange.elapsedMs(),
    firstByteMs: null,
    totalMs: null,
    usage: null,
    cost: null,
  };
  exchange.entry.attempts.push(attempt);
  return attempt;
}

/** CONTRACT.md §4: Weir's refusals are `blocked`, everything else that goes wrong is `failed`. */
export function outcomeOf(error: WeirError): Outcome {
  const { status, source } = error.facts;
  if (source === 'provider') return 'failed';
  // A denial has the status that its policy gives it.
  if (source === 'policy' || source === 'plugin') return 'blocked';
  return BLOCKED.has(status) ? 'blocked' : 'failed';
}

const BLOCKED: ReadonlySet<number> = new Set([401, 403, 404, 413, 422, 429, 503]);

/** The provider is at fault, and another may do better. */
export function isRetryable({ facts, code }: WeirError): boolean {
  return facts.source === 'provider' && code !== 'weir_total_timeout';
}

/** What the client has left is read on, for its usage. */
export function drainsAfterAbort({ target, runtime }: Exchange): boolean {
  return target !== null && runtime.provider(target.provider).config.onAbort === 'drain';
}

export function clientLeft(what: string): WeirError {
  return new WeirError('weir_client_closed', what);
}

/** The exchange is past its time; nobody waits for it where the client has left. */
export function tooLate(gone: boolean, totalMs: number): WeirError {
  return gone
    ? clientLeft('the client left, and the provider did not finish in time')
    : new WeirError('weir_total_timeout', `the exchange took longer than timeouts.total (${totalMs} ms)`);
}

/** A provider that has said nothing for `silentMs`: which error that is, or null. */
export function silence(
  { status, target }: Attempt,
  silentMs: number,
  firstByteMs: number,
  idleMs: number,
): WeirError | null {
  if (status === null) {
    if (silentMs <= firstByteMs) return null;
    return new WeirError(
      'weir_first_byte_timeout',
      `${target} did not begin to answer within ${firstByteMs} ms`,
    );
  }
  if (silentMs <= idleMs) return null;
  return new WeirError(
    'weir_idle_timeout',
    `${target} sent nothing for ${idleMs} ms in the middle of its answer`,
  );
}
