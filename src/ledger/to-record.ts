// Entry → the public record (CONTRACT.md §4). Everything that costs (addresses as text, the provider's raw usage as JSON)
// happens here, when somebody asks, and never while the request runs.
import { addressText } from '../core/address.js';
import type { Identification } from '../core/api.js';
import { type Attempt, type Cost, type Entry, type Step, writtenEvidence } from '../core/entry.js';
import type { AiRecord, CostRecord, RequestRecord, UsageRecord } from '../core/record.js';
import { noUsage, type Usage } from '../core/usage.js';
import { weakestSource } from '../core/usage-source.js';
import { costRecord } from '../price/cost.js';

/** The record of a request, running or settled. Shares nothing mutable with the entry. */
export function toRecord(entry: Entry): RequestRecord {
  const api = entry.identification.api;
  return {
    id: entry.id,
    time: new Date(entry.timeMs).toISOString(),
    outcome: entry.outcome,
    status: entry.status,
    trace_id: entry.traceId,
    error: entry.error === null ? null : { ...entry.error },
    request: {
      method: entry.method,
      path: entry.path,
      bytes: entry.requestBytes,
      client_ip: addressText(entry.clientAddress),
      user_agent: entry.userAgent,
    },
    ai: aiRecord(entry.identification),
    consumer: consumerRecord(entry),
    steps: entry.steps.map(stepRecord),
    attempts: entry.attempts.map(attempt => attemptRecord(attempt, api)),
    usage: usageRecord(entry.usage ?? noUsage(), api),
    cost: costOf(entry.cost),
    timing: {
      total_ms: roundMs(entry.totalMs),
      first_byte_ms: roundMs(entry.firstByteMs),
      gateway_ms: roundMs(entry.gatewayMs),
    },
  };
}

/** The record's `ai` object. */
export function aiRecord(ai: Identification): AiRecord {
  return {
    is_ai: ai.isAi,
    provider: ai.provider,
    api: ai.api,
    model: ai.model,
    model_served: ai.modelServed,
    stream: ai.stream,
    max_output_tokens: ai.maxOutputTokens,
    messages: ai.messages,
    tools: ai.tools,
    modalities: [...ai.modalities],
    evidence: ai.evidence.map(item => ({ ...item })),
  };
}

function consumerRecord({ principal, endUser }: Entry): RequestRecord['consumer'] {
  if (principal === null) return null;
  return { name: principal.name, key: principal.key, tags: { ...principal.tags }, end_user: endUser };
}

function stepRecord(step: Step): RequestRecord['steps'][number] {
  return { ...step, evidence: { ...writtenEvidence(step) } };
}

function attemptRecord(attempt: Attempt, api: string): RequestRecord['attempts'][number] {
  return {
    target: attempt.target,
    status: attempt.status,
    error: attempt.error,
    started_ms: roundMs(attempt.startedMs) ?? 0,
    first_byte_ms: roundMs(attempt.firstByteMs),
    total_ms: roundMs(attempt.totalMs),
    usage: attempt.usage === null ? null : usageRecord(attempt.usage, api),
    cost: attempt.usage === null && attempt.cost === null ? null : costOf(attempt.cost),
  };
}

/** Usage in the record's names; `source` is the weakest of the parts that this api has. */
export function usageRecord(usage: Usage, api: string): UsageRecord {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    reasoning_tokens: usage.reasoningTokens,
    audio_input_tokens: usage.audioInputTokens,
    audio_output_tokens: usage.audioOutputTokens,
    service_tier: usage.serviceTier,
    source: weakestSource(usage, api),
    sources: { input: usage.inputSource, output: usage.outputSource },
    raw: rawUsage(usage.raw),
  };
}

/** No usage object: null; one: itself; several (attempts, places in a stream): a list. */
function rawUsage(raw: readonly Uint8Array[]): unknown {
  const parsed = raw.map(parseRaw);
  return parsed.length > 1 ? parsed : (parsed[0] ?? null);
}

/** A provider's bytes are only believed to be JSON; what is not is shown as the text it is. */
function parseRaw(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Without a price nothing is told, least of all a zero. */
function costOf(cost: Cost | null): CostRecord {
  return costRecord(cost ?? { nanos: null, status: 'unpriced', price: null, catalogue: null });
}

/** Microseconds are as fine as a record is read. */
export function roundMs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
