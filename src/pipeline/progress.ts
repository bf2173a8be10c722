// What a request would come to if it were cut off now, as an aborted call is settled (CONTRACT.md §4): what the journal remembers of it until it is settled.
// Hot path: per attempt, and once a second of each stream.
import type { MeterReading } from '../core/meter-reading.js';
import { noUsage, type Usage } from '../core/usage.js';
import type { Progress } from '../ledger/journal/journal.js';
import { NO_CHARGES } from '../policy/policy-run.js';
import type { PromptCount } from '../tokens/count-prompt.js';
import type { AnswerTally } from './answer-tally.js';
import { joinUsage } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { isMetered } from './forecast.js';
import { INLINE_BYTES_MAX, promptOf } from './prompt-counter.js';
import { priceOf, settlementOf } from './settle-policies.js';
import { plus, usageBefore } from './sum-attempts.js';

const NO_USAGE: Readonly<Usage> = Object.freeze(noUsage());
/** One object for all requests of which nothing is known and which no lasting limit counts. */
const NOTHING: Progress = Object.freeze({ usage: NO_USAGE, cost: null, charges: NO_CHARGES });

/** As it goes upstream: a prompt that nobody has counted is not counted for this. */
export function admissionOf(exchange: Exchange): Progress {
  const counted = exchange.prompt ?? null;
  if (counted === null) {
    const charges = chargesOf(exchange, NO_USAGE, null, false);
    return charges.length === 0 ? NOTHING : { usage: NO_USAGE, cost: null, charges };
  }
  const usage = noUsage();
  joinUsage(exchange, usage, null, null, false, () => counted);
  return came(exchange, usage, null, false);
}

/**
 * While its answer streams. `complete`: the provider has told all. `countBytes`: of a prompt that may be counted now, where the provider has not told
 * its length yet.
 */
export function progressOf(
  exchange: Exchange,
  reading: MeterReading,
  tally: AnswerTally | null,
  complete: boolean,
  countBytes: number,
): Progress {
  const { usage, modelServed } = reading;
  const { identification } = exchange.entry;
  if (modelServed !== null && identification.isAi) identification.modelServed = modelServed;
  joinUsage(exchange, usage, reading, tally, complete, () => affordable(exchange, countBytes));
  return came(exchange, usage, modelServed, complete);
}

/** Bytes that promptOf() would have to count. */
export function uncountedBytes({ prompt, plainBody }: Exchange): number {
  return prompt !== undefined || plainBody === null ? 0 : Math.min(plainBody.length, INLINE_BYTES_MAX);
}

function affordable(exchange: Exchange, countBytes: number): PromptCount | null {
  return uncountedBytes(exchange) > countBytes ? null : promptOf(exchange);
}

function came(exchange: Exchange, usage: Usage, served: string | null, complete: boolean): Progress {
  const { target } = exchange;
  const cost = target === null || !isMetered(exchange) ? null : priceOf(exchange, target, usage, served);
  const before = exchange.entry.attempts.length < 2 ? null : usageBefore(exchange.entry.attempts);
  // What tries before this one have used stays used.
  const all = before === null ? usage : plus(before, usage);
  return { usage: all, cost, charges: chargesOf(exchange, all, cost, complete) };
}

function chargesOf(
  exchange: Exchange,
  usage: Usage,
  cost: Progress['cost'],
  complete: boolean,
): Progress['charges'] {
  const { policies } = exchange;
  if (policies === null || policies.held.length === 0) return NO_CHARGES;
  return policies.chargesOf(settlementOf(exchange, { usage, cost }, { complete }, true));
}
