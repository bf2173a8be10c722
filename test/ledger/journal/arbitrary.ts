// Entries of all kinds for the journal's tests: whatever a record may hold, and typical ones.
import fc from 'fast-check';
import { API_NAMES, type Evidence, type Identification } from '../../../src/core/api.js';
import {
  type Attempt,
  type Cost,
  Entry,
  type EntryError,
  type Phase,
  type Principal,
  type Step,
  type StepKind,
  type Verdict,
} from '../../../src/core/entry.js';
import type { Usage, UsageSource } from '../../../src/core/usage.js';
import type { BucketAmount } from '../../../src/ledger/journal/journal.js';
import { COST_STATUSES, ERROR_SOURCES, OUTCOMES, SOURCES } from '../../../src/ledger/journal/names.js';

const PHASES: readonly Phase[] = [
  'identify',
  'authenticate',
  'gate',
  'change',
  'route',
  'hold',
  'forward',
  'settle',
];
const KINDS: readonly StepKind[] = [
  null,
  'limit',
  'budget',
  'cap',
  'deny',
  'plugin',
  'route',
  'usage_opt_in',
];
const VERDICTS: readonly Verdict[] = ['permit', 'deny', 'change', 'skipped', 'failed'];

const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null, freq: 4 });
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('gpt-4o', 'team-a', 'limit_ok', 'POST', '__proto__', ''),
  fc.string({ minLength: 90, maxLength: 600 }),
);
const count = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 125, 126, 127, 128, 16_382, 2 ** 53 - 1),
);
const ms = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constantFrom(0, 0.0005, 1900.123));
const source: fc.Arbitrary<UsageSource> = fc.constantFrom(...SOURCES);
const raw = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 });

export const anyUsage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: orNull(count),
  outputTokens: orNull(count),
  cachedInputTokens: orNull(count),
  cacheWriteTokens: orNull(count),
  cacheWrite1hTokens: orNull(count),
  reasoningTokens: orNull(count),
  audioInputTokens: orNull(count),
  audioOutputTokens: orNull(count),
  serviceTier: orNull(text),
  source,
  inputSource: source,
  outputSource: source,
  raw,
});

export const anyCost: fc.Arbitrary<Cost> = fc.record({
  nanos: orNull(count),
  status: fc.constantFrom(...COST_STATUSES),
  price: orNull(text),
  catalogue: orNull(text),
});

const principal: fc.Arbitrary<Principal> = fc.record({
  name: text,
  key: orNull(text),
  tags: fc.dictionary(fc.oneof(text, fc.constantFrom('a=b', 'a\\', 'a\nb')), text, {
    maxKeys: 4,
    noNullPrototype: true,
  }),
});

const identification: fc.Arbitrary<Identification> = fc.record({
  isAi: fc.boolean(),
  provider: orNull(text),
  api: fc.constantFrom(...API_NAMES),
  model: orNull(text),
  modelServed: orNull(text),
  stream: orNull(fc.boolean()),
  maxOutputTokens: orNull(count),
  messages: orNull(count),
  tools: orNull(count),
  modalities: fc.array(text, { maxLength: 3 }),
  evidence: fc.array(
    fc.record({
      field: text,
      from: fc.constantFrom<Evidence['from'][]>('method', 'host', 'path', 'body', 'policy'),
      value: text,
    }),
    { maxLength: 4 },
  ),
});

/** Never −0, which JSON does not know. */
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0);
const value = orNull(fc.oneof(text, fc.boolean(), fc.integer(), count, double));

const step: fc.Arbitrary<Step> = fc.record({
  phase: fc.constantFrom(...PHASES),
  policy: orNull(text),
  kind: fc.constantFrom(...KINDS),
  mode: fc.constantFrom('enforce', 'shadow'),
  verdict: fc.constantFrom(...VERDICTS),
  code: text,
  evidence: fc.dictionary(text, value, { maxKeys: 8, noNullPrototype: true }),
  micros: count,
});

const attempt: fc.Arbitrary<Attempt> = fc.record({
  target: text,
  status: orNull(fc.integer({ min: 0, max: 999 })),
  error: orNull(text),
  startedMs: ms,
  firstByteMs: orNull(ms),
  totalMs: orNull(ms),
  usage: orNull(anyUsage),
  cost: orNull(anyCost),
});

const error: fc.Arbitrary<EntryError> = fc.record({
  source: fc.constantFrom(...ERROR_SOURCES),
  code: text,
  message: text,
});

const id = fc.oneof(
  text,
  fc
    .string({ unit: fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), minLength: 25, maxLength: 25 })
    .map(rest => `req_0${rest}`),
);

const rest = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  status: orNull(fc.integer({ min: 100, max: 599 })),
  traceId: orNull(text),
  error: orNull(error),
  requestBytes: count,
  responseBytes: count,
  identification,
  principal: orNull(principal),
  endUser: orNull(text),
  finishReason: orNull(text),
  usage: orNull(anyUsage),
  cost: orNull(anyCost),
  totalMs: orNull(ms),
  firstByteMs: orNull(ms),
  gatewayMs: orNull(ms),
});

const timeMs = fc.integer({ min: 0, max: 2 ** 43 });

export const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    id,
    timeMs,
    text,
    text,
    text,
    orNull(text),
    rest,
    fc.array(step, { maxLength: 9 }),
    fc.array(attempt, { maxLength: 3 }),
  )
  .map(([id, timeMs, method, path, client, agent, rest, steps, attempts]) => {
    const entry = Object.assign(new Entry(id, timeMs, method, path, client, agent), rest);
    entry.steps.push(...steps);
    entry.attempts.push(...attempts);
    // As the pipeline leaves it where there is one attempt.
    const [only] = attempts;
    if (only !== undefined && attempts.length === 1)
      Object.assign(only, { usage: entry.usage, cost: entry.cost });
    return entry;
  });

export const anyCharges: fc.Arbitrary<BucketAmount[]> = fc.array(fc.record({ bucket: text, amount: count }), {
  maxLength: 5,
});
