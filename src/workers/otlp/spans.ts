// A settled request as spans: one of the server's kind for the request, one of the client's for each try, and an event for each decision that stood in its way or changed it.
import type { RequestRecord } from '../../core/record.js';
import { attemptSpanId, isSampled, requestSpanId } from '../../core/trace.js';
import type { OtlpTask } from '../ledger-protocol.js';
import { attributes, type KeyValue, named, operationOf, providerOf } from './genai.js';

/** Of opentelemetry/proto/trace/v1/trace.proto. */
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const EVENTS_MAX = 32;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly { timeUnixNano: string; name: string; attributes: readonly KeyValue[] }[];
  readonly status?: { readonly code: number; readonly message?: string };
}

/** None where the request is not of the sample, or has no trace. */
export function spansOf(record: RequestRecord, { config, kinds }: OtlpTask): Span[] {
  const { trace_id: traceId } = record;
  if (traceId === null) return [];
  const joined = record.steps.find(({ code }) => code === 'trace_joined')?.evidence;
  const sampled = joined === undefined ? isSampled(traceId, config.sample) : joined.sampled === true;
  if (!sampled) return [];
  const startMs = Date.parse(record.time);
  const name = nameOf(record);
  const kindOf = (provider: string): string => kinds[provider] ?? provider;
  const request: Span = {
    traceId,
    spanId: requestSpanId(record.id),
    ...(typeof joined?.parent === 'string' ? { parentSpanId: joined.parent } : {}),
    name,
    kind: SERVER,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(startMs + (record.timing.total_ms ?? 0)),
    attributes: attributes({
      'http.request.method': record.request.method,
      'url.path': record.request.path,
      'http.response.status_code': record.status,
      'client.address': record.request.client_ip,
      'user_agent.original': record.request.user_agent,
      'error.type': record.error?.code,
      'weir.request.id': record.id,
      'weir.outcome': record.outcome,
      'weir.consumer': record.consumer?.name,
      'weir.key': record.consumer?.key,
      'weir.gateway_ms': record.timing.gateway_ms,
      'weir.cost_usd': record.cost.usd === null ? null : Number(record.cost.usd),
      ...Object.fromEntries(
        Object.entries(record.consumer?.tags ?? {}).map(([tag, value]) => [`weir.tag.${tag}`, value]),
      ),
      ...genAi(record, config.names, kindOf),
    }),
    events: eventsOf(record, startMs),
    ...(record.outcome === 'failed' || (record.status ?? 0) >= 500
      ? { status: { code: ERROR, message: record.error?.message ?? `status ${record.status}` } }
      : {}),
  };
  return [
    request,
    ...record.attempts.map((attempt, n) =>
      attemptSpan(record, attempt, n, { startMs, traceId, name }, config.names, kindOf),
    ),
  ];
}

function nameOf({ ai, request }: RequestRecord): string {
  if (!ai.is_ai) return request.method;
  return ai.model === null ? operationOf(ai.api) : `${operationOf(ai.api)} ${ai.model}`;
}

type Names = OtlpTask['config']['names'];

function attemptSpan(
  record: RequestRecord,
  attempt: RequestRecord['attempts'][number],
  n: number,
  { startMs, traceId, name }: { readonly startMs: number; readonly traceId: string; readonly name: string },
  names: Names,
  kindOf: (provider: string) => string,
): Span {
  const [provider = '', ...model] = attempt.target.split('/');
  const failed = attempt.error !== null || (attempt.status ?? 0) >= 400;
  const asked = model.length === 0 ? record.ai.model : model.join('/');
  const system = providerOf(kindOf(provider));
  const last = n === record.attempts.length - 1;
  return {
    traceId,
    spanId: attemptSpanId(record.id, n),
    parentSpanId: requestSpanId(record.id),
    name: record.ai.is_ai ? `${operationOf(record.ai.api)} ${asked ?? ''}`.trim() : name,
    kind: CLIENT,
    startTimeUnixNano: nanos(startMs + attempt.started_ms),
    endTimeUnixNano: nanos(startMs + (attempt.total_ms ?? record.timing.total_ms ?? attempt.started_ms)),
    attributes: attributes({
      'weir.target': attempt.target,
      'http.response.status_code': attempt.status,
      'error.type': attempt.error ?? (failed ? String(attempt.status) : null),
      ...(record.ai.is_ai
        ? named(
            names,
            {
              'gen_ai.operation.name': operationOf(record.ai.api),
              'gen_ai.provider.name': system,
              'gen_ai.request.model': asked,
              'gen_ai.response.model': last ? record.ai.model_served : null,
            },
            {
              'gen_ai.operation.name': operationOf(record.ai.api),
              'gen_ai.system': system,
              'gen_ai.request.model': asked,
              'gen_ai.response.model': last ? record.ai.model_served : null,
            },
          )
        : {}),
    }),
    ...(failed ? { status: { code: ERROR, message: attempt.error ?? `status ${attempt.status}` } } : {}),
  };
}

function genAi(record: RequestRecord, names: Names, kindOf: (provider: string) => string) {
  const { ai, usage } = record;
  if (!ai.is_ai) return {};
  const system = ai.provider === null ? null : providerOf(kindOf(ai.provider));
  const finish = record.steps.find(
    ({ code, evidence }) => code.startsWith('usage_') && typeof evidence.finish_reason === 'string',
  );
  const both = {
    'gen_ai.operation.name': operationOf(ai.api),
    'gen_ai.request.model': ai.model,
    'gen_ai.response.model': ai.model_served,
    'gen_ai.request.max_tokens': ai.max_output_tokens,
    'gen_ai.response.finish_reasons': finish === undefined ? null : [String(finish.evidence.finish_reason)],
  };
  return named(
    names,
    {
      ...both,
      'gen_ai.provider.name': system,
      'gen_ai.usage.input_tokens': usage.input_tokens,
      'gen_ai.usage.output_tokens': usage.output_tokens,
      'gen_ai.usage.cache_read.input_tokens': usage.cached_input_tokens,
      'gen_ai.usage.cache_write.input_tokens': usage.cache_write_tokens,
      'gen_ai.usage.reasoning.output_tokens': usage.reasoning_tokens,
    },
    {
      ...both,
      'gen_ai.system': system,
      'gen_ai.usage.prompt_tokens': usage.input_tokens,
      'gen_ai.usage.completion_tokens': usage.output_tokens,
    },
  );
}

/** What stood in its way or changed it. */
function eventsOf({ steps, timing }: RequestRecord, startMs: number): NonNullable<Span['events']> {
  return steps
    .filter(({ verdict, code }) => verdict !== 'permit' && code !== 'skipped')
    .slice(0, EVENTS_MAX)
    .map(({ policy, code, verdict, mode, phase }) => ({
      // Steps have no times of their own; all but the settling ones come before the first byte.
      timeUnixNano: nanos(startMs + (phase === 'settle' ? (timing.total_ms ?? 0) : 0)),
      name: `weir.${verdict}`,
      attributes: attributes({
        'weir.policy': policy,
        'weir.code': code,
        'weir.mode': mode,
        'weir.phase': phase,
      }),
    }));
}

/** ms since the epoch, with fractions. */
export function nanos(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}
