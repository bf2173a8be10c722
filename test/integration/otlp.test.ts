// Traces and metrics over OTLP, told to a small receiver: ids and parents fit together from the caller over Weir to the provider, numbers are those of the records,
// and a receiver that was away gets what it missed.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { attemptSpanId, requestSpanId, traceIdOf } from '../../src/core/trace.js';
import {
  type Answer,
  type Answerer,
  chat,
  onEnd,
  type RunningGateway,
  type RunningProvider,
  startGateway,
  startProvider,
  until,
} from './harness.js';

interface Attribute {
  readonly key: string;
  readonly value: {
    stringValue?: string;
    intValue?: string;
    doubleValue?: number;
    boolValue?: boolean;
    arrayValue?: { values: { stringValue: string }[] };
  };
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events?: readonly { name: string; attributes: readonly Attribute[] }[];
  readonly status?: { code: number };
}
interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly histogram: {
    dataPoints: {
      attributes: Attribute[];
      count: string;
      sum: number;
      bucketCounts: string[];
      explicitBounds: number[];
    }[];
  };
}

const CALLER = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };

/** A receiver; `status` is what it answers. */
async function startReceiver() {
  const seen = {
    spans: [] as Span[],
    metrics: new Map<string, Metric>(),
    keys: new Set<string | undefined>(),
    status: 200,
    refused: 0,
  };
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk as Buffer));
    request.on('end', () => {
      if (seen.status !== 200) {
        seen.refused++;
        response.writeHead(seen.status, { 'retry-after': '0' }).end();
        return;
      }
      seen.keys.add(request.headers['x-api-key'] as string | undefined);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans?: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[];
        resourceMetrics?: { scopeMetrics: { metrics: Metric[] }[] }[];
      };
      expect(request.headers['content-type']).toBe('application/json');
      for (const { scopeSpans } of body.resourceSpans ?? [])
        for (const { spans } of scopeSpans) seen.spans.push(...spans);
      for (const { scopeMetrics } of body.resourceMetrics ?? [])
        for (const { metrics } of scopeMetrics)
          for (const metric of metrics) seen.metrics.set(metric.name, metric);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const plainOf = ({ value }: Attribute): unknown =>
  value.stringValue ??
  value.boolValue ??
  value.doubleValue ??
  (value.intValue === undefined ? undefined : Number(value.intValue)) ??
  value.arrayValue?.values.map(each => each.stringValue);
const facts = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(each => [each.key, plainOf(each)]));

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let provider: RunningProvider;
let gateway: RunningGateway;
let answer: Answerer;

const OK: Answerer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const usage = {
    prompt_tokens: 11,
    completion_tokens: 7,
    total_tokens: 18,
    prompt_tokens_details: { cached_tokens: 3 },
  };
  response.end(
    JSON.stringify({
      model: 'gpt-4o-2024-08-06',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
      usage,
    }),
  );
};

beforeAll(async () => {
  receiver = await startReceiver();
  provider = await startProvider((...all) => answer(...all));
  answer = OK;
  gateway = await startGateway(`
anonymous: allow
workers: 1
breaker: { failures: 0 }
providers:
  bad: { kind: azure-openai, base_url: "${provider.url}/bad", auth: none }
  good: { kind: openai, base_url: "${provider.url}/good", auth: none }
routes: [ { match: { model: pair }, targets: [ { provider: bad, model: dep }, { provider: good, model: gpt-4o } ] } ]
policies: [ { name: off, when: 'ai.api == "openai.images"', deny: {} } ]
otlp: { endpoint: "${receiver.url}/", headers: { x-api-key: key-of-the-receiver }, interval: 1s, service: edge }
`);
});

const spansOf = async (record: RequestRecord, count: number): Promise<Span[]> => {
  const found = (): Span[] =>
    receiver.seen.spans.filter(
      ({ traceId, spanId, parentSpanId }) =>
        traceId === record.trace_id && [spanId, parentSpanId].includes(requestSpanId(record.id)),
    );
  await until(() => found().length >= count, `${count} spans of ${record.id}`);
  return found();
};
const ask = async (more: object = {}, headers: Record<string, string> = {}): Promise<RequestRecord> => {
  const told: Answer = await chat(gateway, more, headers);
  return await gateway.record(told);
};

describe('a trace', () => {
  it('goes on from the caller over Weir to the provider', async () => {
    provider.seen.length = 0;
    const record = await ask(
      { model: 'good/gpt-4o' },
      { traceparent: `00-${CALLER.trace}-${CALLER.span}-01`, tracestate: 'a=b' },
    );
    expect(record.trace_id).toBe(CALLER.trace);
    const [request, attempt] = await spansOf(record, 2);
    expect([request?.parentSpanId, request?.spanId, attempt?.parentSpanId]).toEqual([
      CALLER.span,
      requestSpanId(record.id),
      requestSpanId(record.id),
    ]);
    const headers = provider.seen[0]?.headers ?? {};
    expect(headers.traceparent).toBe(`00-${CALLER.trace}-${attempt?.spanId}-01`);
    expect(headers.tracestate).toBe('a=b');
    expect([request?.kind, attempt?.kind, request?.name]).toEqual([2, 3, 'chat good/gpt-4o']);
  });

  it('begins here where the caller brings none, and has the names of the GenAI conventions and the numbers of the record', async () => {
    const record = await ask({ model: 'good/gpt-4o', max_tokens: 50 });
    expect(record.trace_id).toBe(traceIdOf(record.id));
    const [request, attempt] = await spansOf(record, 2);
    expect(request).not.toHaveProperty('parentSpanId');
    expect(facts(request?.attributes ?? [])).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'good/gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.request.max_tokens': 50,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 3,
      'http.response.status_code': 200,
      'weir.request.id': record.id,
      'weir.outcome': 'served',
      'weir.cost_usd': Number(record.cost.usd),
    });
    const startMs = Number(BigInt(request?.startTimeUnixNano ?? 0) / 1000n) / 1000;
    const endMs = Number(BigInt(request?.endTimeUnixNano ?? 0) / 1000n) / 1000;
    expect(startMs).toBe(Date.parse(record.time));
    expect(endMs - startMs).toBeCloseTo(record.timing.total_ms ?? -1, 2);
    expect(facts(attempt?.attributes ?? [])).toMatchObject({
      'weir.target': 'good/gpt-4o',
      'gen_ai.provider.name': 'openai',
    });
  });

  it('has a span for each try, and an event for what changed it', async () => {
    answer = ({ url = '' }, response) =>
      url.startsWith('/bad')
        ? void response.writeHead(503).end('{}')
        : OK({ url } as never, response, Buffer.alloc(0));
    const record = await ask({ model: 'pair' });
    answer = OK;
    const spans = await spansOf(record, 3);
    const attempts = [0, 1].map(n => spans.find(({ spanId }) => spanId === attemptSpanId(record.id, n)));
    expect(
      attempts.map(span => [
        facts(span?.attributes ?? [])['gen_ai.provider.name'],
        facts(span?.attributes ?? [])['error.type'],
        span?.status?.code,
      ]),
    ).toEqual([
      ['azure.ai.openai', 'status_503', 2],
      ['openai', undefined, undefined],
    ]);
    const request = spans.find(({ spanId }) => spanId === requestSpanId(record.id));
    expect(request?.events?.map(({ name, attributes }) => [name, facts(attributes)['weir.code']])).toEqual([
      ['weir.change', 'next_target'],
    ]);
  });

  it('tells refusals too, with the policy', async () => {
    const response = await fetch(`${gateway.url}/good/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model":"dall-e-3","prompt":"x"}',
    });
    const record = await gateway.record(response.headers.get('x-weir-request-id') ?? '');
    const [request] = await spansOf(record, 1);
    expect(facts(request?.attributes ?? [])).toMatchObject({
      'weir.outcome': 'blocked',
      'error.type': 'weir_denied',
    });
    expect(request?.events?.map(({ name, attributes }) => [name, facts(attributes)['weir.policy']])).toEqual([
      ['weir.deny', 'off'],
    ]);
  });

  it('is not told where the caller says that it is not sampled, and says so to the provider', async () => {
    provider.seen.length = 0;
    const other = `${'1'.repeat(31)}2`;
    const record = await ask({ model: 'good/gpt-4o' }, { traceparent: `00-${other}-${CALLER.span}-00` });
    expect(provider.seen[0]?.headers.traceparent).toBe(`00-${other}-${attemptSpanId(record.id, 0)}-00`);
    const later = await ask({ model: 'good/gpt-4o' });
    await spansOf(later, 2);
    expect(receiver.seen.spans.filter(({ traceId }) => traceId === other)).toEqual([]);
  });
});

describe('metrics', () => {
  it('have the conventions’ names, and sums of the records', async () => {
    const { items } = (await gateway.admin('/api/requests?limit=100')) as { items: RequestRecord[] };
    const asked = items.filter(({ ai, attempts }) => ai.api === 'openai.chat' && attempts.length > 0);
    const countOf = (name: string): number =>
      (receiver.seen.metrics.get(name)?.histogram.dataPoints ?? []).reduce(
        (sum, { count }) => sum + Number(count),
        0,
      );
    await until(() => countOf('gen_ai.server.request.duration') === asked.length, 'the metrics of all');
    expect([...receiver.seen.metrics.keys()].sort()).toEqual([
      'gen_ai.client.inference.operation.input_tokens',
      'gen_ai.client.inference.operation.output_tokens',
      'gen_ai.client.operation.duration',
      'gen_ai.client.operation.time_to_first_chunk',
      'gen_ai.server.request.duration',
      'gen_ai.server.time_to_first_token',
    ]);
    const points =
      receiver.seen.metrics.get('gen_ai.client.inference.operation.input_tokens')?.histogram.dataPoints ?? [];
    const tokens = asked.reduce((sum, { usage }) => sum + (usage.input_tokens ?? 0), 0);
    expect(points.reduce((sum, point) => sum + point.sum, 0)).toBe(tokens);
    for (const { bucketCounts, explicitBounds, count } of points) {
      expect(bucketCounts).toHaveLength(explicitBounds.length + 1);
      expect(bucketCounts.reduce((sum, each) => sum + Number(each), 0)).toBe(Number(count));
    }
  });
});

describe('a receiver', () => {
  it('gets its key, which stands nowhere else', async () => {
    expect([...receiver.seen.keys]).toEqual(['key-of-the-receiver']);
    expect(JSON.stringify(await gateway.admin('/api/config'))).not.toContain('key-of-the-receiver');
  });

  it('that was away gets what it missed, and nobody waits for it', async () => {
    receiver.seen.status = 503;
    const missed = [await ask({ model: 'good/gpt-4o' }), await ask({ model: 'good/gpt-4o' })];
    await until(() => receiver.seen.refused > 1, 'a refusal');
    const { problems } = (await gateway.admin('/api/ledger')) as { problems: string[] };
    expect(problems.filter(problem => problem.includes('answered 503'))).not.toEqual([]);
    receiver.seen.status = 200;
    for (const record of missed) await spansOf(record, 2);
  });
});

it('without otlp a trace passes untouched, and stands in the record', async () => {
  const plain = await startGateway(
    `anonymous: allow\nworkers: 1\nproviders: { good: { kind: openai, base_url: "${provider.url}", auth: none } }\n`,
  );
  provider.seen.length = 0;
  const traceparent = `00-${CALLER.trace}-${CALLER.span}-01`;
  const told = await chat(plain, { model: 'good/gpt-4o' }, { traceparent });
  expect([(await plain.record(told)).trace_id, provider.seen[0]?.headers.traceparent]).toEqual([
    CALLER.trace,
    traceparent,
  ]);
});
