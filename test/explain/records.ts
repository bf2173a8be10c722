// Records to explain: a plain one, and what is special about it.
import type { RequestRecord, UsageRecord } from '../../src/core/record.js';

type Step = RequestRecord['steps'][number];
type Attempt = RequestRecord['attempts'][number];

export const NO_USAGE: UsageRecord = {
  input_tokens: null,
  output_tokens: null,
  cached_input_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  reasoning_tokens: null,
  audio_input_tokens: null,
  audio_output_tokens: null,
  service_tier: null,
  source: 'none',
  sources: { input: 'none', output: 'none' },
  raw: null,
};

export function usage(input: number, output: number, special: Partial<UsageRecord> = {}): UsageRecord {
  const sources = { input: 'provider', output: 'provider' };
  return { ...NO_USAGE, input_tokens: input, output_tokens: output, source: 'provider', sources, ...special };
}

const RECORD: RequestRecord = {
  id: 'req_01JDBY6M000000000000000000',
  time: '2026-11-23T09:00:00.123Z',
  outcome: 'served',
  status: 200,
  trace_id: null,
  error: null,
  request: {
    method: 'POST',
    path: '/v1/chat/completions',
    bytes: 512,
    client_ip: '203.0.113.9',
    user_agent: null,
  },
  ai: {
    is_ai: true,
    provider: 'openai',
    api: 'openai.chat',
    model: 'gpt-4o',
    model_served: null,
    stream: true,
    max_output_tokens: null,
    messages: null,
    tools: null,
    modalities: ['text'],
    evidence: [],
  },
  consumer: { name: 'team-a', key: null, tags: {}, end_user: null },
  steps: [],
  attempts: [],
  usage: NO_USAGE,
  cost: { usd: null, status: 'unpriced', price: null, catalogue: null },
  timing: { total_ms: null, first_byte_ms: null, gateway_ms: null },
};

interface Special extends Partial<Omit<RequestRecord, 'ai' | 'request' | 'timing'>> {
  readonly ai?: Partial<RequestRecord['ai']>;
  readonly request?: Partial<RequestRecord['request']>;
  readonly timing?: Partial<RequestRecord['timing']>;
}

export function record({ ai, request, timing, ...special }: Special): RequestRecord {
  return {
    ...RECORD,
    ...special,
    ai: { ...RECORD.ai, ...ai },
    request: { ...RECORD.request, ...request },
    timing: { ...RECORD.timing, ...timing },
  };
}

export function step(code: string, special: Partial<Step> = {}): Step {
  return {
    phase: 'gate',
    policy: null,
    kind: null,
    mode: 'enforce',
    verdict: 'permit',
    evidence: {},
    micros: 1,
    code,
    ...special,
  };
}

export function attempt(target: string, special: Partial<Attempt> = {}): Attempt {
  const times = { started_ms: 0.4, first_byte_ms: null, total_ms: null };
  return { target, status: null, error: null, ...times, usage: null, cost: null, ...special };
}
