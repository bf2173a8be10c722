// The end of every exchange, however it ends: exactly once, the record gets its outcome, usage and times, and is counted.
// The ledger's seam: what is written down here is in the journal before the bytes go out that complete the answer.
import type { EntryError, Outcome } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import type { MeterReading } from '../core/meter-reading.js';
import type { Usage } from '../core/usage.js';
import { type BucketAmount, NO_CHARGES } from '../policy/policy-run.js';
import { stableSecret } from '../route/credentials.js';
import { type AnswerState, countUsage } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { runEndHooks, tellEvents } from './plugins/end-hooks.js';
import { priceAttempts, settlePolicies } from './settle-policies.js';
import { usageOf } from './sum-attempts.js';

/** How an exchange has ended. */
export interface Ending {
  readonly outcome: Outcome;
  readonly error: WeirError | null;
  readonly reading: MeterReading | null;
  /** Null where nothing was sent. */
  readonly answer: AnswerState | null;
  /** Of the request's body. */
  readonly requestBytes: number;
}

/** `written`: called once, in a later turn of the loop or at the end of this one, when the client may see the end. Never throws. */
export function settle(exchange: Exchange, ending: Ending, written: () => void): void {
  const { entry, thread } = exchange;
  let charges = NO_CHARGES;
  try {
    charges = finishRecord(exchange, ending);
  } catch (bug) {
    thread.reportBug(entry.id, bug);
    entry.outcome = ending.outcome;
  }
  try {
    thread.journal.settled(entry, charges, written);
  } catch (bug) {
    thread.reportBug(entry.id, bug);
    queueMicrotask(written);
  }
}

function finishRecord(exchange: Exchange, ending: Ending): readonly BucketAmount[] {
  const { entry, thread, downstream } = exchange;
  const { outcome, error, reading, answer } = ending;
  const attempt = entry.attempts.at(-1);
  entry.requestBytes = ending.requestBytes;
  entry.responseBytes = downstream.bytesWritten;
  if (outcome === 'served') entry.status = attempt?.status ?? (exchange.ownAnswer === null ? null : 200);
  else if (downstream.headSent) entry.status = attempt?.status ?? entry.status;
  if (reading !== null) {
    if (entry.identification.isAi) entry.identification.modelServed = reading.modelServed;
    entry.finishReason = reading.finishReason;
    if (attempt !== undefined) attempt.usage = reading.usage;
  }
  tellEvents(exchange);
  if (attempt !== undefined && answer !== null)
    countUsage(exchange, attempt, outcome, error, reading, answer);
  const said = reading === null || reading.error === null ? null : withoutSecrets(reading.error, exchange);
  if (attempt !== undefined && said !== null) attempt.error ??= said;
  entry.usage = usageOf(entry.attempts);
  priceAttempts(exchange);
  entry.outcome = outcome;
  if (error !== null) entry.error = errorOf(error);
  else if (said !== null) entry.error = { source: 'provider', code: 'weir_provider_error', message: said };
  settleStep(exchange, entry.usage, reading);
  const charges = settlePolicies(exchange, outcome, answer);
  runEndHooks(exchange);
  exchange.rest();
  entry.gatewayMs = exchange.gatewayMs;
  entry.totalMs = exchange.elapsedMs();
  thread.metrics.settled(entry);
  return charges;
}

/** Providers quote the credential that they refuse: neither Weir's nor the caller's own stands in a record. */
function withoutSecrets(message: string, { runtime, caller }: Exchange): string {
  let clean = message;
  for (const secret of runtime.secrets) clean = clean.replaceAll(secret, '***');
  const own = caller?.credential?.value;
  return own === undefined ? clean : clean.replaceAll(stableSecret(own), '***');
}

function errorOf(error: WeirError): EntryError {
  return { source: error.facts.source, code: error.code, message: error.message };
}

function settleStep(exchange: Exchange, usage: Usage, reading: MeterReading | null): void {
  if (!exchange.entry.identification.isAi || reading === null) return;
  exchange.step('settle', null, 'permit', `usage_${usage.source}`, {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    finish_reason: reading.finishReason,
    events: reading.events,
    whole: reading.whole,
  });
}
