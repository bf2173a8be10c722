// The official `@google/genai` SDK through the gateway: generate, stream, functions, embeddings, counts, errors, breaks, abort.
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ClientWorld,
  collect,
  consumerOf,
  expectAborted,
  expectFailed,
  expectServed,
  rejection,
  startElsewhere,
  startWorld,
  TOO_LONG,
} from './support.js';

let world: ClientWorld;
let client: GoogleGenAI;

const model = 'gemini-2.5-flash';
const ask = { model, contents: 'Tell me about weirs.' };
const TOOLS = {
  tools: [
    {
      functionDeclarations: [
        {
          name: 'get_level',
          parameters: {
            type: Type.OBJECT,
            properties: { river: { type: Type.STRING } },
            required: ['river'],
          },
        },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
};

const connect = (apiKey: string, path = '', base = world.gateway.url): GoogleGenAI =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: base + path } });

const scripted = (script: string) => ({ httpOptions: { headers: { 'x-weir-sim': script } } });

/** The record of an answer; the SDK shows its headers. */
const recordOf = (answer: { sdkHttpResponse?: { headers?: Record<string, string> } } | undefined) =>
  world.gateway.record(answer?.sdkHttpResponse?.headers?.['x-weir-request-id'] ?? 'none');

beforeAll(async () => {
  world = await startWorld('gemini', 'vertex-ai');
  client = connect('AIza-somebody');
});

describe('google-genai: answers', () => {
  it('gets content, and the record has its usage', async () => {
    const answer = await client.models.generateContent(ask);
    expect(answer.text).not.toBe('');
    expectServed(await recordOf(answer), {
      ...{ api: 'gemini.generate', provider: 'gemini', model, stream: false },
      input: answer.usageMetadata?.promptTokenCount,
      output: answer.usageMetadata?.candidatesTokenCount,
    });
  });

  it('streams the same text, with the same usage', async () => {
    const whole = await client.models.generateContent({ ...ask, config: scripted('seed=7') });
    const chunks = await collect(
      await client.models.generateContentStream({ ...ask, config: scripted('seed=7') }),
    );
    expect(chunks.map(chunk => chunk.text ?? '').join('')).toBe(whole.text);
    const usage = chunks.at(-1)?.usageMetadata;
    expect(usage?.candidatesTokenCount).toBe(whole.usageMetadata?.candidatesTokenCount);
    expectServed(await recordOf(chunks[0]), {
      ...{ api: 'gemini.generate', provider: 'gemini', model, stream: true },
      ...{ input: usage?.promptTokenCount, output: usage?.candidatesTokenCount },
    });
  });

  it('calls a function, streamed and not, with the same arguments', async () => {
    const answer = await client.models.generateContent({ ...ask, config: TOOLS });
    expect(answer.functionCalls?.[0]).toMatchObject({
      name: 'get_level',
      args: { river: expect.any(String) },
    });
    expect((await recordOf(answer)).ai).toMatchObject({ tools: 1, messages: 1 });
    const chunks = await collect(await client.models.generateContentStream({ ...ask, config: TOOLS }));
    const calls = chunks.flatMap(chunk => chunk.functionCalls ?? []);
    expect(calls.map(({ args }) => args)).toEqual([answer.functionCalls?.[0]?.args]);
  });

  it('embeds and counts tokens, each told apart', async () => {
    const embedded = await client.models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['one', 'two'],
      config: { outputDimensionality: 8 },
    });
    expect(embedded.embeddings?.map(({ values }) => values?.length)).toEqual([8, 8]);
    expect(await recordOf(embedded)).toMatchObject({
      outcome: 'served',
      ai: { api: 'gemini.embed', provider: 'gemini', model: 'gemini-embedding-001' },
    });
    const counted = await client.models.countTokens(ask);
    expect(counted.totalTokens).toBeGreaterThan(0);
    const record = await recordOf(counted);
    expect(record).toMatchObject({ outcome: 'served', ai: { api: 'gemini.count_tokens', model } });
    expect(record.usage.output_tokens ?? 0).toBe(0);
  });

  it('asks with a Weir key for an API key, and the record says whose it is', async () => {
    const answer = await connect(world.key).models.generateContent(ask);
    expect((await recordOf(answer)).consumer).toMatchObject(consumerOf(world.key));
  });

  it('asks by the provider’s prefix', async () => {
    const answer = await connect('x', '/gemini').models.generateContent(ask);
    expect((await recordOf(answer)).ai).toMatchObject({ api: 'gemini.generate', provider: 'gemini', model });
  });
});

describe('google-genai: vertex', () => {
  it('asks Vertex AI with a Weir key for an API key, streamed and not', async () => {
    const httpOptions = { baseUrl: `${world.gateway.url}/vertex-ai` };
    const vertex = new GoogleGenAI({ vertexai: true, apiKey: world.key, httpOptions });
    const answer = await vertex.models.generateContent(ask);
    const record = await recordOf(answer);
    expectServed(record, {
      ...{ api: 'gemini.generate', provider: 'vertex-ai', model, stream: false },
      input: answer.usageMetadata?.promptTokenCount,
      output: answer.usageMetadata?.candidatesTokenCount,
    });
    expect(record.consumer).toMatchObject(consumerOf(world.key));
    const chunks = await collect(await vertex.models.generateContentStream(ask));
    expect(chunks.map(chunk => chunk.text ?? '').join('')).toBe(answer.text);
  });
});

describe('google-genai: errors', () => {
  /** The SDK's exception has the status and the body, as text: google.rpc.Status with Weir's code as reason. */
  const statusOf = (thrown: unknown): { status: string; reason: string; id: string } => {
    if (!(thrown instanceof ApiError)) throw thrown;
    const { error } = JSON.parse(thrown.message);
    expect(error.code).toBe(thrown.status);
    const [info] = error.details;
    return { status: error.status, reason: info.reason, id: info.metadata.request_id };
  };

  it.each([
    ['an unknown Weir key', 401, 'UNAUTHENTICATED', 'weir_invalid_key'],
    ['a body that is too large', 413, 'INVALID_ARGUMENT', 'weir_body_too_large'],
  ])('raises ApiError for %s', async (what, status, name, reason) => {
    const asked = what.includes('key')
      ? connect(world.unknownKey).models.generateContent(ask)
      : client.models.generateContent({ model, contents: TOO_LONG });
    const thrown = await rejection(asked);
    expect(thrown).toMatchObject({ name: 'ApiError', status });
    const told = statusOf(thrown);
    expect(told).toMatchObject({ status: name, reason });
    expect(String(thrown)).not.toContain(world.unknownKey);
    expect(await world.gateway.record(told.id)).toMatchObject({
      ...{ status, outcome: 'blocked', error: { code: reason } },
    });
  });

  it('raises ApiError 404 where nobody serves the call', async () => {
    const elsewhere = await startElsewhere('openai');
    const thrown = await rejection(connect('x', '', elsewhere.url).models.generateContent(ask));
    expect(statusOf(thrown)).toMatchObject({ status: 'NOT_FOUND', reason: 'weir_no_route' });
  });

  it.each([429, 503])('raises the provider’s own %i', async status => {
    const thrown = await rejection(
      client.models.generateContent({ ...ask, config: scripted(`status=${status}`) }),
    );
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status });
    expect(String(thrown)).not.toContain('weir_');
    const record = await world.gateway.newest(found => found.status === status);
    expect(record).toMatchObject({ outcome: 'served', error: { source: 'provider' }, ai: { model } });
  });
});

describe('google-genai: streams that end badly', () => {
  const stream = (script: string) =>
    client.models.generateContentStream({ ...ask, config: scripted(script) }).then(collect);

  it.each([
    ['breaks', 'reset=5;tokens=50', 'weir_upstream_broke'],
    ['falls silent', 'stall=3', 'weir_idle_timeout'],
  ])('raises when the provider %s in mid-stream, with Weir’s code', async (_how, script, code) => {
    const thrown = await rejection(stream(script));
    expect(thrown).toBeInstanceOf(ApiError);
    expect(String(thrown)).toContain(code);
    await expectFailed(world.gateway, code);
  });

  it('raises when an answer that is not a stream breaks', async () => {
    const config = scripted('reset=1;tokens=5000');
    const thrown = await rejection(client.models.generateContent({ ...ask, config }));
    expect(thrown).toBeInstanceOf(Error);
    await expectFailed(world.gateway, 'weir_upstream_broke');
  });

  it('ends the provider’s work when it aborts', async () => {
    const abort = new AbortController();
    const endless = await connect('x', '/watched').models.generateContentStream({
      ...ask,
      config: { abortSignal: abort.signal },
    });
    let chunks = 0;
    const thrown = await rejection(
      (async () => {
        for await (const chunk of endless) if (chunk.text !== '' && ++chunks === 3) abort.abort();
      })(),
    );
    expect([chunks, (thrown as Error).name]).toEqual([3, 'AbortError']);
    await expectAborted(world, 'gemini.generate');
  });
});
