// Settled records as columns: numbers in typed arrays, texts shared through a table of those seen lately. An entry kept as
// objects is some 45 of them, which the collector copies on their way to the old generation. Packing alone showed no
// difference by `perf stat` (289k and 288k instructions) while finished requests were kept alive otherwise; not measured since.
// Hot path: per request (`pack` only). What does not fit the columns (several targets, many steps) stays an object.
import type { Identification } from '../core/api.js';
import { type Attempt, type Cost, Entry, type EntryError, type Principal, type Step } from '../core/entry.js';
import type { Usage } from '../core/usage.js';
import { KINDS, OUTCOMES, PHASES, SOURCES, VERDICTS } from './packed-names.js';
import { NO_RAW, RawColumn } from './raw-column.js';
import { Texts } from './texts.js';

/** Stands as 8 in the enumerations below, which take literals only. */
export const PACKED_STEPS_MAX = 8;

/** Number columns of one record. NaN is null. */
const enum N {
  TimeMs = 0,
  Status,
  RequestBytes,
  ResponseBytes,
  TotalMs,
  FirstByteMs,
  GatewayMs,
  Outcome,
  Steps,
  Attempted,
  AttemptStatus,
  AttemptStartedMs,
  AttemptFirstByteMs,
  AttemptTotalMs,
  /** 0 no usage; 1 of the record; 2 of the record and its attempt. */
  UsageOf,
  Input,
  Output,
  Cached,
  CacheWrite,
  CacheWrite1h,
  Reasoning,
  AudioInput,
  AudioOutput,
  Source,
  InputSource,
  OutputSource,
  /** Of each step: phase, kind, verdict and mode in one number; its µs. */
  StepFacts,
  StepMicros = StepFacts + 8,
  Columns = StepMicros + 8,
}

/** Text columns; null is none. */
const enum T {
  Id = 0,
  Method,
  Path,
  Client,
  UserAgent,
  TraceId,
  EndUser,
  FinishReason,
  Target,
  AttemptError,
  ServiceTier,
  StepCode,
  Columns = StepCode + 8,
}

/** What is kept as it is: shared objects (principal, a routing's evidence), or rare ones. */
const enum R {
  Identification = 0,
  Principal,
  Error,
  Cost,
  StepEvidence,
  Columns = StepEvidence + 8,
}

export class PackedEntries {
  readonly #raw: RawColumn;
  readonly #numbers: Float64Array;
  readonly #texts: (string | null)[];
  readonly #refs: unknown[];
  readonly #shared = new Texts();

  /** @param capacity records, at least 1 */
  constructor(capacity: number) {
    this.#numbers = new Float64Array(capacity * N.Columns);
    this.#raw = new RawColumn(capacity);
    this.#texts = new Array<string | null>(capacity * T.Columns).fill(null);
    this.#refs = new Array<unknown>(capacity * R.Columns).fill(null);
  }

  /** False: this entry does not fit the columns. `slot` is 0 to capacity − 1. */
  pack(slot: number, entry: Entry): boolean {
    const attempt = entry.attempts[0];
    const usageOf = usagePlace(entry, attempt);
    if (entry.attempts.length > 1 || entry.steps.length > PACKED_STEPS_MAX || usageOf < 0) return false;
    this.#packNumbers(slot * N.Columns, entry, attempt, usageOf);
    this.#packTexts(slot * T.Columns, entry, attempt);
    const refs = this.#refs;
    const at = slot * R.Columns;
    refs[at + R.Identification] = entry.identification;
    refs[at + R.Principal] = entry.principal;
    refs[at + R.Error] = entry.error;
    refs[at + R.Cost] = entry.cost;
    this.#raw.pack(slot, entry.usage === null ? NO_RAW : entry.usage.raw);
    this.#packSteps(slot, entry.steps);
    return true;
  }

  /** Lets go of what the slot keeps. */
  clear(slot: number): void {
    this.#texts.fill(null, slot * T.Columns, (slot + 1) * T.Columns);
    this.#refs.fill(null, slot * R.Columns, (slot + 1) * R.Columns);
    this.#raw.pack(slot, NO_RAW);
  }

  id(slot: number): string {
    return this.#text(slot, T.Id) ?? '';
  }

  /** The record as it was packed; a new object each time. */
  unpack(slot: number): Entry {
    const entry = new Entry(
      this.id(slot),
      this.#number(slot, N.TimeMs) ?? 0,
      this.#text(slot, T.Method) ?? '',
      this.#text(slot, T.Path) ?? '',
      this.#text(slot, T.Client) ?? '',
      this.#text(slot, T.UserAgent),
    );
    const refs = this.#refs;
    const at = slot * R.Columns;
    entry.outcome = OUTCOMES[this.#number(slot, N.Outcome) ?? 0] ?? 'running';
    entry.status = this.#number(slot, N.Status);
    entry.traceId = this.#text(slot, T.TraceId);
    entry.error = refs[at + R.Error] as EntryError | null;
    entry.requestBytes = this.#number(slot, N.RequestBytes) ?? 0;
    entry.responseBytes = this.#number(slot, N.ResponseBytes) ?? 0;
    entry.identification = refs[at + R.Identification] as Identification;
    entry.principal = refs[at + R.Principal] as Principal | null;
    entry.endUser = this.#text(slot, T.EndUser);
    entry.finishReason = this.#text(slot, T.FinishReason);
    entry.totalMs = this.#number(slot, N.TotalMs);
    entry.firstByteMs = this.#number(slot, N.FirstByteMs);
    entry.gatewayMs = this.#number(slot, N.GatewayMs);
    entry.usage = this.#number(slot, N.UsageOf) === 0 ? null : this.#unpackUsage(slot);
    entry.cost = refs[at + R.Cost] as Cost | null;
    this.#unpackSteps(slot, entry.steps);
    if (this.#number(slot, N.Attempted) === 1) entry.attempts.push(this.#unpackAttempt(slot, entry));
    return entry;
  }

  #packNumbers(at: number, entry: Entry, attempt: Attempt | undefined, usageOf: number): void {
    const numbers = this.#numbers;
    numbers[at + N.TimeMs] = entry.timeMs;
    numbers[at + N.Status] = entry.status ?? Number.NaN;
    numbers[at + N.RequestBytes] = entry.requestBytes;
    numbers[at + N.ResponseBytes] = entry.responseBytes;
    numbers[at + N.TotalMs] = entry.totalMs ?? Number.NaN;
    numbers[at + N.FirstByteMs] = entry.firstByteMs ?? Number.NaN;
    numbers[at + N.GatewayMs] = entry.gatewayMs ?? Number.NaN;
    numbers[at + N.Outcome] = OUTCOMES.indexOf(entry.outcome);
    numbers[at + N.Steps] = entry.steps.length;
    numbers[at + N.UsageOf] = usageOf;
    numbers[at + N.Attempted] = attempt === undefined ? 0 : 1;
    if (attempt !== undefined) {
      numbers[at + N.AttemptStatus] = attempt.status ?? Number.NaN;
      numbers[at + N.AttemptStartedMs] = attempt.startedMs;
      numbers[at + N.AttemptFirstByteMs] = attempt.firstByteMs ?? Number.NaN;
      numbers[at + N.AttemptTotalMs] = attempt.totalMs ?? Number.NaN;
    }
    if (entry.usage !== null) packUsage(numbers, at, entry.usage);
  }

  #packTexts(at: number, entry: Entry, attempt: Attempt | undefined): void {
    const texts = this.#texts;
    const shared = this.#shared;
    texts[at + T.Id] = entry.id;
    texts[at + T.Method] = entry.method;
    texts[at + T.Path] = shared.same(entry.path);
    texts[at + T.Client] = entry.clientAddress;
    texts[at + T.UserAgent] = shared.same(entry.userAgent);
    texts[at + T.TraceId] = entry.traceId;
    texts[at + T.EndUser] = shared.same(entry.endUser);
    texts[at + T.FinishReason] = shared.same(entry.finishReason);
    texts[at + T.Target] = attempt === undefined ? null : shared.same(attempt.target);
    texts[at + T.AttemptError] = attempt === undefined ? null : attempt.error;
    texts[at + T.ServiceTier] = entry.usage === null ? null : shared.same(entry.usage.serviceTier);
    const ai = entry.identification;
    if (ai.isAi) {
      ai.model = shared.same(ai.model);
      ai.modelServed = shared.same(ai.modelServed);
    }
  }

  #packSteps(slot: number, steps: readonly Step[]): void {
    const facts = slot * N.Columns + N.StepFacts;
    const codes = slot * T.Columns + T.StepCode;
    const evidence = slot * R.Columns + R.StepEvidence;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as Step;
      const mode = step.mode === 'shadow' ? 1 : 0;
      const kind = KINDS.indexOf(step.kind);
      this.#numbers[facts + i] =
        ((PHASES.indexOf(step.phase) * 8 + kind) * 8 + VERDICTS.indexOf(step.verdict)) * 2 + mode;
      this.#numbers[facts + PACKED_STEPS_MAX + i] = step.micros;
      this.#texts[codes + i] = step.code;
      this.#refs[evidence + i] = step.policy === null ? step.evidence : step;
    }
  }

  #unpackSteps(slot: number, steps: Step[]): void {
    const count = this.#number(slot, N.Steps) ?? 0;
    for (let i = 0; i < count; i++) {
      const kept = this.#refs[slot * R.Columns + R.StepEvidence + i] as Step | Step['evidence'];
      if ('evidence' in kept && typeof kept.evidence === 'object') {
        steps.push(kept as Step);
        continue;
      }
      const facts = this.#numbers[slot * N.Columns + N.StepFacts + i] ?? 0;
      steps.push({
        phase: PHASES[facts >> 7] ?? 'settle',
        policy: null,
        kind: KINDS[(facts >> 4) & 7] ?? null,
        mode: (facts & 1) === 1 ? 'shadow' : 'enforce',
        verdict: VERDICTS[(facts >> 1) & 7] ?? 'failed',
        code: this.#text(slot, T.StepCode + i) ?? '',
        evidence: kept as Step['evidence'],
        micros: this.#numbers[slot * N.Columns + N.StepMicros + i] ?? 0,
      });
    }
  }

  #unpackAttempt(slot: number, { usage, cost }: Entry): Attempt {
    return {
      target: this.#text(slot, T.Target) ?? '',
      status: this.#number(slot, N.AttemptStatus),
      error: this.#text(slot, T.AttemptError),
      startedMs: this.#number(slot, N.AttemptStartedMs) ?? 0,
      firstByteMs: this.#number(slot, N.AttemptFirstByteMs),
      totalMs: this.#number(slot, N.AttemptTotalMs),
      usage: this.#number(slot, N.UsageOf) === 2 ? usage : null,
      cost: this.#number(slot, N.UsageOf) === 2 ? cost : null,
    };
  }

  #unpackUsage(slot: number): Usage {
    return {
      inputTokens: this.#number(slot, N.Input),
      outputTokens: this.#number(slot, N.Output),
      cachedInputTokens: this.#number(slot, N.Cached),
      cacheWriteTokens: this.#number(slot, N.CacheWrite),
      cacheWrite1hTokens: this.#number(slot, N.CacheWrite1h),
      reasoningTokens: this.#number(slot, N.Reasoning),
      audioInputTokens: this.#number(slot, N.AudioInput),
      audioOutputTokens: this.#number(slot, N.AudioOutput),
      serviceTier: this.#text(slot, T.ServiceTier),
      source: SOURCES[this.#number(slot, N.Source) ?? 3] ?? 'none',
      inputSource: SOURCES[this.#number(slot, N.InputSource) ?? 3] ?? 'none',
      outputSource: SOURCES[this.#number(slot, N.OutputSource) ?? 3] ?? 'none',
      raw: this.#raw.unpack(slot),
    };
  }

  #number(slot: number, column: number): number | null {
    const value = this.#numbers[slot * N.Columns + column] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  #text(slot: number, column: number): string | null {
    return this.#texts[slot * T.Columns + column] ?? null;
  }
}

function packUsage(numbers: Float64Array, at: number, usage: Usage): void {
  numbers[at + N.Input] = usage.inputTokens ?? Number.NaN;
  numbers[at + N.Output] = usage.outputTokens ?? Number.NaN;
  numbers[at + N.Cached] = usage.cachedInputTokens ?? Number.NaN;
  numbers[at + N.CacheWrite] = usage.cacheWriteTokens ?? Number.NaN;
  numbers[at + N.CacheWrite1h] = usage.cacheWrite1hTokens ?? Number.NaN;
  numbers[at + N.Reasoning] = usage.reasoningTokens ?? Number.NaN;
  numbers[at + N.AudioInput] = usage.audioInputTokens ?? Number.NaN;
  numbers[at + N.AudioOutput] = usage.audioOutputTokens ?? Number.NaN;
  numbers[at + N.Source] = SOURCES.indexOf(usage.source);
  numbers[at + N.InputSource] = SOURCES.indexOf(usage.inputSource);
  numbers[at + N.OutputSource] = SOURCES.indexOf(usage.outputSource);
}

/** Where the record's usage stands; -1 where its attempt has another one. */
function usagePlace(entry: Entry, attempt: Attempt | undefined): number {
  if (entry.usage === null) return attempt === undefined || attempt.usage === null ? 0 : -1;
  if (attempt === undefined || attempt.usage === null) return 1;
  return attempt.usage === entry.usage ? 2 : -1;
}
