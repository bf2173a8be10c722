// Hot path: two to three times a request. An entry of the journal, of a request that is admitted, goes on, or is settled: all three are laid
// out alike and stand by themselves (with their segment's dictionary). number, text, varint, bytes: see body-writer.ts.
//
//   0  version u8 · 1 type u8 · 2 id 16 bytes · 18 timeMs u48 · 24 outcome u8 · 25 flags u8
//  26  what the index counts:
//      status number · consumer, key, tags, provider, model, modelServed, api texts
//      with usage: input, output, cachedInput, cacheWrite, reasoning numbers, sources u8 (its, input's, output's: 2 bits each)
//      with cost: nanos number
//      charges varint, each: bucket text, amount number
//      the rest of the record:
//      odd id: the id as text
//      with usage: cacheWrite1h, audioInput, audioOutput numbers, serviceTier text, raw varint, each: bytes
//      with cost: status u8, price, catalogue texts
//      method, path, clientAddress, userAgent, traceId, endUser, finishReason texts
//      requestBytes, responseBytes numbers · totalMs, firstByteMs, gatewayMs numbers of µs
//      with error: source u8, code, message texts
//      stream u8 (0 null, 1 false, 2 true) · maxOutputTokens, messages, tools numbers
//      modalities varint, each: text · evidence varint, each: field, from, value texts
//      steps varint, each: head text (step-heads.ts), micros number, evidence (step-evidence.ts)
//      attempts varint, each: target text, status number, error text, startedMs, firstByteMs, totalMs numbers of µs,
//        usage u8 (0 null, 1 the record's, 2 its own follows), cost u8 (likewise), usage and cost as above, all in one
import type { Cost, Entry } from '../../core/entry.js';
import type { Usage } from '../../core/usage.js';
import type { BodyWriter } from './body-writer.js';
import { ID_BYTES, putId } from './entry-id.js';
import type { BucketAmount } from './journal.js';
import { ENTRY_VERSION } from './layout.js';
import { COST_STATUSES, ERROR_SOURCES, OUTCOMES, SOURCES } from './names.js';
import { putEvidence, putNoEvidence } from './step-evidence.js';
import { tagsText } from './tags-text.js';

export const ID_AT = 2;
export const TIME_AT = 18;
export const OUTCOME_AT = 24;
export const FLAGS_AT = 25;
export const FACTS_AT = 26;

export const ODD_ID = 1;
export const HAS_USAGE = 2;
export const HAS_COST = 4;
export const IS_AI = 8;
export const HAS_PRINCIPAL = 16;
export const HAS_ERROR = 32;
/** Too long for an entry: raw usage and what steps and identification show were left out. */
export const SHORTENED = 64;

/** Of an attempt's usage and cost. */
export const AS_RECORD = 1;
export const OF_ITS_OWN = 2;

/** How much of a record is written: all of it; without what its steps show; or also without raw usage and what identifies it (SHORTENED). */
export const WHOLE = 0;
export const LEAN = 1;
export const BRIEF = 2;

/** Writes the body. The caller looks at `writer.overrun`. */
export function putBody(
  writer: BodyWriter,
  type: number,
  entry: Entry,
  usage: Usage | null,
  cost: Cost | null,
  charges: readonly BucketAmount[],
  extent: number,
): void {
  const start = writer.at;
  writer.dictionary.restart();
  writer.byte(ENTRY_VERSION);
  writer.byte(type);
  const odd = !putId(entry.id, writer.bytes, start + ID_AT);
  putTime(writer.bytes, start + TIME_AT, entry.timeMs);
  writer.at += ID_BYTES + 6;
  writer.byte(OUTCOMES.indexOf(entry.outcome));
  writer.byte(flagsOf(entry, usage, cost) | (odd ? ODD_ID : 0) | (extent === BRIEF ? SHORTENED : 0));
  putFacts(writer, entry, usage, cost, charges);
  if (odd) writer.inline(entry.id);
  if (usage !== null) putUsageRest(writer, usage, extent);
  if (cost !== null) putCostRest(writer, cost);
  putRequest(writer, entry);
  putIdentification(writer, entry, extent);
  writer.varint(entry.steps.length);
  for (const step of entry.steps) {
    writer.dictionary.heads.put(writer, writer.dictionary, step);
    writer.number(step.micros);
    if (extent === WHOLE) putEvidence(writer, step.evidence);
    else putNoEvidence(writer);
  }
  writer.varint(entry.attempts.length);
  for (const attempt of entry.attempts) {
    writer.own(attempt.target);
    writer.number(attempt.status);
    writer.others(attempt.error);
    writer.span(attempt.startedMs);
    writer.span(attempt.firstByteMs);
    writer.span(attempt.totalMs);
    putOwnUsage(writer, attempt.usage, usage, extent);
    putOwnCost(writer, attempt.cost, cost);
  }
}

/** 48 bits: until the year 10889. */
function putTime(bytes: Uint8Array, at: number, timeMs: number): void {
  const high = Math.floor(timeMs / 2 ** 24);
  const low = timeMs - high * 2 ** 24;
  bytes[at] = low;
  bytes[at + 1] = low >>> 8;
  bytes[at + 2] = low >>> 16;
  bytes[at + 3] = high;
  bytes[at + 4] = high >>> 8;
  bytes[at + 5] = high >>> 16;
}

function flagsOf(entry: Entry, usage: Usage | null, cost: Cost | null): number {
  let flags = 0;
  if (usage !== null) flags |= HAS_USAGE;
  if (cost !== null) flags |= HAS_COST;
  if (entry.identification.isAi) flags |= IS_AI;
  if (entry.principal !== null) flags |= HAS_PRINCIPAL;
  if (entry.error !== null) flags |= HAS_ERROR;
  return flags;
}

function putFacts(
  writer: BodyWriter,
  { status, principal, identification: ai }: Entry,
  usage: Usage | null,
  cost: Cost | null,
  charges: readonly BucketAmount[],
): void {
  writer.number(status);
  writer.own(principal === null ? null : principal.name);
  writer.own(principal === null ? null : principal.key);
  writer.others(principal === null ? null : tagsText(principal.tags));
  writer.own(ai.provider);
  writer.others(ai.model);
  writer.others(ai.modelServed);
  writer.own(ai.api);
  if (usage !== null) putCounts(writer, usage);
  if (cost !== null) writer.number(cost.nanos);
  writer.varint(charges.length);
  for (const { bucket, amount } of charges) {
    writer.others(bucket);
    writer.number(amount);
  }
}

function putCounts(writer: BodyWriter, usage: Usage): void {
  writer.number(usage.inputTokens);
  writer.number(usage.outputTokens);
  writer.number(usage.cachedInputTokens);
  writer.number(usage.cacheWriteTokens);
  writer.number(usage.reasoningTokens);
  const sources = SOURCES.indexOf(usage.source) | (SOURCES.indexOf(usage.inputSource) << 2);
  writer.byte(sources | (SOURCES.indexOf(usage.outputSource) << 4));
}

function putUsageRest(writer: BodyWriter, usage: Usage, extent: number): void {
  writer.number(usage.cacheWrite1hTokens);
  writer.number(usage.audioInputTokens);
  writer.number(usage.audioOutputTokens);
  writer.others(usage.serviceTier);
  writer.varint(extent === BRIEF ? 0 : usage.raw.length);
  if (extent !== BRIEF) for (const each of usage.raw) writer.raw(each);
}

function putCostRest(writer: BodyWriter, cost: Cost): void {
  writer.byte(COST_STATUSES.indexOf(cost.status));
  writer.own(cost.price);
  writer.own(cost.catalogue);
}

function putRequest(writer: BodyWriter, entry: Entry): void {
  writer.others(entry.method);
  writer.others(entry.path);
  writer.others(entry.clientAddress);
  writer.others(entry.userAgent);
  writer.inline(entry.traceId);
  writer.others(entry.endUser);
  writer.others(entry.finishReason);
  writer.number(entry.requestBytes);
  writer.number(entry.responseBytes);
  writer.span(entry.totalMs);
  writer.span(entry.firstByteMs);
  writer.span(entry.gatewayMs);
  const { error } = entry;
  if (error === null) return;
  writer.byte(ERROR_SOURCES.indexOf(error.source));
  writer.own(error.code);
  writer.others(error.message);
}

function putIdentification(writer: BodyWriter, { identification: ai }: Entry, extent: number): void {
  writer.byte(ai.stream === null ? 0 : ai.stream ? 2 : 1);
  writer.number(ai.maxOutputTokens);
  writer.number(ai.messages);
  writer.number(ai.tools);
  writer.varint(ai.modalities.length);
  for (const modality of ai.modalities) writer.own(modality);
  writer.varint(extent === BRIEF ? 0 : ai.evidence.length);
  if (extent === BRIEF) return;
  for (const { field, from, value } of ai.evidence) {
    writer.own(field);
    writer.own(from);
    writer.others(value);
  }
}

function putOwnUsage(writer: BodyWriter, own: Usage | null, usage: Usage | null, extent: number): void {
  if (own === null) writer.byte(0);
  else if (own === usage) writer.byte(AS_RECORD);
  else {
    writer.byte(OF_ITS_OWN);
    putCounts(writer, own);
    putUsageRest(writer, own, extent);
  }
}

function putOwnCost(writer: BodyWriter, own: Cost | null, cost: Cost | null): void {
  if (own === null) writer.byte(0);
  else if (own === cost) writer.byte(AS_RECORD);
  else {
    writer.byte(OF_ITS_OWN);
    writer.number(own.nanos);
    putCostRest(writer, own);
  }
}
