// Bodies of the journal back into what they were made of, for whoever asks for a record, and for recovery. Layout: body-encoder.ts.
import { type ApiName, type Evidence, type Identification, NOT_AI } from '../../core/api.js';
import {
  type Attempt,
  type Cost,
  Entry,
  type EntryError,
  type Principal,
  type Step,
} from '../../core/entry.js';
import type { Usage } from '../../core/usage.js';
import {
  AS_RECORD,
  FACTS_AT,
  FLAGS_AT,
  HAS_COST,
  HAS_ERROR,
  HAS_PRINCIPAL,
  HAS_USAGE,
  ID_AT,
  IS_AI,
  ODD_ID,
  OUTCOME_AT,
  TIME_AT,
} from './body-encoder.js';
import { BodyReader, type TextOf } from './body-reader.js';
import { readId } from './entry-id.js';
import type { BucketAmount, Progress } from './journal.js';
import { ENTRY_VERSION, JournalVersionError } from './layout.js';
import { COST_STATUSES, ERROR_SOURCES, OUTCOMES, SOURCES } from './names.js';
import { readEvidence } from './step-evidence.js';
import { parseHead } from './step-heads.js';
import { parseTags } from './tags-text.js';

interface Decoded {
  readonly entry: Entry;
  readonly usage: Usage | null;
  readonly cost: Cost | null;
  readonly charges: readonly BucketAmount[];
}

/** The record of a settled entry. Throws JournalVersionError, and RangeError where the bytes are no body. */
export function settledToEntry(body: Uint8Array, texts: TextOf): Entry {
  return decoded(body, texts).entry;
}

/** Who asked what, and what became of it: without steps, attempts and evidence, which are most of it. Errors: likewise. */
export function settledToBrief(body: Uint8Array, texts: TextOf): Entry {
  const { entry, reader, identity } = begun(body, texts);
  const stream = reader.byte();
  entry.identification = { ...NOT_AI, ...identity, stream: stream === 0 ? null : stream === 2 };
  return entry;
}

/** What it was charged. Errors: likewise. */
export function settledCharges(body: Uint8Array, texts: TextOf): readonly BucketAmount[] {
  return decoded(body, texts).charges;
}

/** An admitted or progress entry: the request as it ran, without what its steps show, and what it would have settled to. Errors: likewise. */
export function openToEntry(body: Uint8Array, texts: TextOf): { entry: Entry; progress: Progress } {
  const { entry, usage, cost, charges } = decoded(body, texts);
  entry.usage = null;
  entry.cost = null;
  if (usage === null) throw new RangeError(`the entry of ${entry.id} has no usage`);
  return { entry, progress: { usage, cost, charges } };
}

/** The request's id. */
export function entryId(body: Uint8Array): string {
  if (((body[FLAGS_AT] ?? 0) & ODD_ID) === 0) return readId(body, ID_AT);
  return decoded(body, () => null).entry.id;
}

/** ms since the epoch. */
export function entryTimeMs(body: Uint8Array): number {
  let timeMs = 0;
  for (let i = TIME_AT + 5; i >= TIME_AT; i--) timeMs = timeMs * 256 + (body[i] ?? 0);
  return timeMs;
}

function decoded(body: Uint8Array, texts: TextOf): Decoded {
  const { entry, reader, identity, usage, cost, charges } = begun(body, texts);
  entry.identification = { ...identity, ...readIdentification(reader) };
  for (let left = reader.count(); left > 0; left--) entry.steps.push(readStep(reader));
  for (let left = reader.count(); left > 0; left--) entry.attempts.push(readAttempt(reader, usage, cost));
  return { entry, usage, cost, charges };
}

interface Begun extends Decoded {
  readonly identity: Pick<Identification, 'isAi' | 'provider' | 'model' | 'modelServed' | 'api'>;
  /** Before the rest of the identification. */
  readonly reader: BodyReader;
}

function begun(body: Uint8Array, texts: TextOf): Begun {
  const version = body[0] ?? 0;
  if (version !== ENTRY_VERSION)
    throw new JournalVersionError('an entry of the journal', version, ENTRY_VERSION);
  const flags = body[FLAGS_AT] ?? 0;
  const reader = new BodyReader(body, FACTS_AT, texts);
  const status = reader.number();
  const [consumer, key, tags] = [reader.text(), reader.text(), reader.text()];
  const names = { provider: reader.text(), model: reader.text(), modelServed: reader.text() };
  // Whatever the journal says: another version may know more of them.
  const api = (reader.text() ?? 'other') as ApiName;
  const counts = (flags & HAS_USAGE) === 0 ? null : readCounts(reader);
  const nanos = (flags & HAS_COST) === 0 ? null : reader.number();
  const charges = readCharges(reader);
  const id = (flags & ODD_ID) === 0 ? readId(body, ID_AT) : (reader.text() ?? '');
  const usage = counts === null ? null : readUsageRest(reader, counts);
  const cost = (flags & HAS_COST) === 0 ? null : readCostRest(reader, nanos);
  const entry = readRequest(reader, id, entryTimeMs(body), (flags & HAS_ERROR) !== 0);
  entry.outcome = OUTCOMES[body[OUTCOME_AT] ?? 0] ?? 'running';
  entry.status = status;
  if ((flags & HAS_PRINCIPAL) !== 0) entry.principal = principalOf(consumer, key, tags);
  entry.usage = usage;
  entry.cost = cost;
  return { entry, reader, identity: { isAi: (flags & IS_AI) !== 0, ...names, api }, usage, cost, charges };
}

function principalOf(name: string | null, key: string | null, tags: string | null): Principal {
  return { name: name ?? '', key, tags: parseTags(tags) };
}

type Counts = Pick<
  Usage,
  | 'inputTokens'
  | 'outputTokens'
  | 'cachedInputTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens'
  | 'source'
  | 'inputSource'
  | 'outputSource'
>;

function readCounts(reader: BodyReader): Counts {
  const numbers = {
    inputTokens: reader.number(),
    outputTokens: reader.number(),
    cachedInputTokens: reader.number(),
    cacheWriteTokens: reader.number(),
    reasoningTokens: reader.number(),
  };
  const sources = reader.byte();
  return {
    ...numbers,
    source: SOURCES[sources & 3] ?? 'none',
    inputSource: SOURCES[(sources >> 2) & 3] ?? 'none',
    outputSource: SOURCES[(sources >> 4) & 3] ?? 'none',
  };
}

function readCharges(reader: BodyReader): BucketAmount[] {
  const charges: BucketAmount[] = [];
  for (let left = reader.count(); left > 0; left--)
    charges.push({ bucket: reader.text() ?? '', amount: reader.whole() });
  return charges;
}

function readUsageRest(reader: BodyReader, counts: Counts): Usage {
  const cacheWrite1hTokens = reader.number();
  const audioInputTokens = reader.number();
  const audioOutputTokens = reader.number();
  const serviceTier = reader.text();
  const raw: Buffer[] = [];
  for (let left = reader.count(); left > 0; left--) raw.push(reader.raw());
  return {
    ...counts,
    cacheWrite1hTokens,
    audioInputTokens,
    audioOutputTokens,
    serviceTier,
    raw,
  };
}

function readCostRest(reader: BodyReader, nanos: number | null): Cost {
  const status = COST_STATUSES[reader.byte()] ?? 'unpriced';
  return { nanos, status, price: reader.text(), catalogue: reader.text() };
}

function readRequest(reader: BodyReader, id: string, timeMs: number, hasError: boolean): Entry {
  const [method, path, client] = [reader.text() ?? '', reader.text() ?? '', reader.text() ?? ''];
  const entry = new Entry(id, timeMs, method, path, client, reader.text());
  entry.traceId = reader.text();
  entry.endUser = reader.text();
  entry.finishReason = reader.text();
  entry.requestBytes = reader.whole();
  entry.responseBytes = reader.whole();
  entry.totalMs = reader.span();
  entry.firstByteMs = reader.span();
  entry.gatewayMs = reader.span();
  if (hasError) entry.error = readError(reader);
  return entry;
}

function readError(reader: BodyReader): EntryError {
  const source = ERROR_SOURCES[reader.byte()] ?? 'gateway';
  return { source, code: reader.text() ?? '', message: reader.text() ?? '' };
}

type Rest = Omit<Identification, 'isAi' | 'provider' | 'model' | 'modelServed' | 'api'>;

function readIdentification(reader: BodyReader): Rest {
  const stream = reader.byte();
  const [maxOutputTokens, messages, tools] = [reader.number(), reader.number(), reader.number()];
  const modalities: string[] = [];
  for (let left = reader.count(); left > 0; left--) modalities.push(reader.text() ?? '');
  const evidence: Evidence[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const field = reader.text() ?? '';
    const from = (reader.text() ?? '') as Evidence['from'];
    evidence.push({ field, from, value: reader.text() ?? '' });
  }
  return {
    stream: stream === 0 ? null : stream === 2,
    maxOutputTokens,
    messages,
    tools,
    modalities,
    evidence,
  };
}

function readStep(reader: BodyReader): Step {
  const head = parseHead(reader.text() ?? '');
  return { ...head, micros: reader.whole(), evidence: readEvidence(reader) };
}

function readAttempt(reader: BodyReader, usage: Usage | null, cost: Cost | null): Attempt {
  const [target, status, error] = [reader.text() ?? '', reader.number(), reader.text()];
  const [startedMs, firstByteMs, totalMs] = [reader.span() ?? 0, reader.span(), reader.span()];
  const times = { startedMs, firstByteMs, totalMs };
  const usageOf = reader.byte();
  const own =
    usageOf === 0 ? null : usageOf === AS_RECORD ? usage : readUsageRest(reader, readCounts(reader));
  const costOf = reader.byte();
  const price = costOf === 0 ? null : costOf === AS_RECORD ? cost : readCostRest(reader, reader.number());
  return { target, status, error, ...times, usage: own, cost: price };
}
