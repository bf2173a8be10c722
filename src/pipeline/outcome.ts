// How an exchange is told in its record: attempts as they begin, and which outcome an error is.
import type { Attempt, Outcome } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
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
  };
  exchange.entry.attempts.push(attempt);
  return attempt;
}

/** CONTRACT.md §4: Weir's refusals are `blocked`, everything else that goes wrong is `failed`. */
export function outcomeOf(error: WeirError): Outcome {
  const { status, source } = error.facts;
  if (source === 'provider') return 'failed';
  return BLOCKED.has(status) ? 'blocked' : 'failed';
}

const BLOCKED: ReadonlySet<number> = new Set([401, 403, 404, 413, 422, 429, 503]);
