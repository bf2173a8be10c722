// The end of every exchange, however it ends: exactly once, the record gets its outcome, usage and times, and is counted.
// The ledger's seam: what is written down here is written before the last bytes of an answer go out.
import type { EntryError, Outcome } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import type { MeterReading } from '../core/meter-reading.js';
import { noUsage, type Usage } from '../core/usage.js';
import { stableSecret } from '../route/credentials.js';
import { type AnswerState, countUsage } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { runEndHooks, tellEvents } from './plugins/end-hooks.js';
import { priceAttempts, settlePolicies } from './settle-policies.js';

export function settle(
  exchange: Exchange,
  outcome: Outcome,
  error: WeirError | null,
  reading: MeterReading | null,
  /** Null where nothing was sent. */
  answer: AnswerState | null,
): void {
  const { entry, thread } = exchange;
  if (entry.outcome !== 'running') return;
  const attempt = entry.attempts.at(-1);
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
  entry.usage = attempt?.usage ?? noUsage();
  priceAttempts(exchange);
  entry.outcome = outcome;
  if (error !== null) entry.error = errorOf(error);
  else if (said !== null) entry.error = { source: 'provider', code: 'weir_provider_error', message: said };
  settleStep(exchange, entry.usage, reading);
  settlePolicies(exchange, outcome, answer);
  runEndHooks(exchange);
  exchange.rest();
  entry.gatewayMs = exchange.gatewayMs;
  entry.totalMs = exchange.elapsedMs();
  thread.metrics.settled(entry);
  if (exchange.recordSlot >= 0) thread.ring.settled(exchange.recordSlot, entry);
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
