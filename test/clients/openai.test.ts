// The official `openai` SDK through the gateway: chat, responses, completions, embeddings, tools, errors, breaks, abort.
import OpenAI, {
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../integration/harness.js';
import {
  type ClientWorld,
  collect,
  consumerOf,
  expectAborted,
  expectFailed,
  expectServed,
  noting,
  REQUEST_ID,
  rejection,
  startElsewhere,
  startWorld,
  TOO_LONG,
} from './support.js';

let world: ClientWorld;
let client: OpenAI;

const messages = [{ role: 'user' as const, content: 'Tell me about weirs.' }];
const model = 'gpt-4o';
const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_level',
      description: 'The water level of a river',
      parameters: { type: 'object', properties: { river: { type: 'string' } }, required: ['river'] },
    },
  },
];

const connect = (apiKey: string, path = '/v1', base = world.gateway.url): OpenAI =>
  new OpenAI({ baseURL: base + path, apiKey, maxRetries: 0 });

const scripted = (script: string) => ({ headers: { 'x-weir-sim': script } });

/** The record of a call whose response is known. */
const recordOf = (response: Response) =>
  world.gateway.record(response.headers.get('x-weir-request-id') ?? 'none');

const chatText = (chunks: readonly OpenAI.ChatCompletionChunk[]): string =>
  chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join('');

beforeAll(async () => {
  world = await startWorld('openai');
  client = connect('sk-somebody');
});

describe('openai: answers', () => {
  it('gets a chat completion, and the record has its usage', async () => {
    const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
    expect(data.choices[0]?.message.content).not.toBe('');
    expect(response.headers.get('x-weir-request-id')).toMatch(REQUEST_ID);
    expectServed(await recordOf(response), {
      ...{ api: 'openai.chat', provider: 'openai', model, stream: false },
      ...{ input: data.usage?.prompt_tokens, output: data.usage?.completion_tokens },
    });
  });

  it('streams the same text, without the usage chunk that it did not ask for; the record has it', async () => {
    const whole = await client.chat.completions.create({ model, messages }, scripted('seed=7'));
    const { data, response } = await client.chat.completions
      .create({ model, messages, stream: true }, scripted('seed=7'))
      .withResponse();
    const chunks = await collect(data);
    expect(chatText(chunks)).toBe(whole.choices[0]?.message.content);
    expect(chunks.every(chunk => chunk.choices.length === 1 && chunk.usage == null)).toBe(true);
    const record = await recordOf(response);
    expectServed(record, {
      ...{ api: 'openai.chat', provider: 'openai', model, stream: true },
      ...{ input: whole.usage?.prompt_tokens, output: whole.usage?.completion_tokens },
    });
    expect(record.steps.map(step => step.code)).toContain('usage_opt_in_added');
  });

  it('hands the usage chunk to a client that asked for it', async () => {
    const { data, response } = await client.chat.completions
      .create({ model, messages, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    const usage = (await collect(data)).at(-1)?.usage;
    expectServed(await recordOf(response), {
      ...{ api: 'openai.chat', provider: 'openai', model, stream: true },
      ...{ input: usage?.prompt_tokens, output: usage?.completion_tokens },
    });
  });

  it('calls a tool, streamed and not, with the same arguments', async () => {
    const body = { model, messages, tools: TOOLS, tool_choice: 'required' as const };
    const { data, response } = await client.chat.completions.create(body).withResponse();
    const call = data.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === 'function' && call.function.name).toBe('get_level');
    expect((await recordOf(response)).ai).toMatchObject({ tools: 1, messages: 1 });
    const final = await client.chat.completions.stream(body).finalChatCompletion();
    const again = final.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === 'function' && call.function.arguments).toBe(
      again?.type === 'function' && again.function.arguments,
    );
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('gets a response, streamed and not', async () => {
    const { data, response } = await client.responses.create({ model, input: 'Hello' }).withResponse();
    expectServed(await recordOf(response), {
      ...{ api: 'openai.responses', provider: 'openai', model, stream: false },
      ...{ input: data.usage?.input_tokens, output: data.usage?.output_tokens },
    });
    const streamed = await client.responses.create({ model, input: 'Hello', stream: true }).withResponse();
    const events = await collect(streamed.data);
    const text = events
      .map(event => (event.type === 'response.output_text.delta' ? event.delta : ''))
      .join('');
    expect(text).toBe(data.output_text);
    const last = events.at(-1);
    const usage = last?.type === 'response.completed' ? last.response.usage : undefined;
    expectServed(await recordOf(streamed.response), {
      ...{ api: 'openai.responses', provider: 'openai', model, stream: true },
      ...{ input: usage?.input_tokens, output: usage?.output_tokens },
    });
  });

  it('gets a text completion and embeddings', async () => {
    const old = await client.completions.create({ model: 'davinci-002', prompt: 'Once' }).withResponse();
    expect(old.data.choices[0]?.text).not.toBe('');
    expectServed(await recordOf(old.response), {
      ...{ api: 'openai.completions', provider: 'openai', model: 'davinci-002', stream: false },
      ...{ input: old.data.usage?.prompt_tokens, output: old.data.usage?.completion_tokens },
    });
    const vectors = await client.embeddings
      .create({ model: 'text-embedding-3-small', input: ['one', 'two'], dimensions: 8 })
      .withResponse();
    expect(vectors.data.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expectServed(await recordOf(vectors.response), {
      ...{ api: 'openai.embeddings', provider: 'openai', model: 'text-embedding-3-small', stream: false },
      ...{ input: vectors.data.usage.prompt_tokens, output: null },
    });
  });

  it('lists models page by page', async () => {
    const names = (await collect(client.models.list())).map(({ id }) => id);
    expect(names.length).toBeGreaterThan(0);
  });

  it('asks with a Weir key for an API key, and the record says whose it is', async () => {
    const { response } = await connect(world.key).chat.completions.create({ model, messages }).withResponse();
    expect((await recordOf(response)).consumer).toMatchObject(consumerOf(world.key));
  });

  it('asks by the provider’s prefix', async () => {
    const { data, response } = await connect('x', '/openai/v1')
      .chat.completions.create({ model, messages })
      .withResponse();
    expectServed(await recordOf(response), {
      ...{ api: 'openai.chat', provider: 'openai', model, stream: false },
      ...{ input: data.usage?.prompt_tokens, output: data.usage?.completion_tokens },
    });
  });
});

describe('openai: many at once', () => {
  it('keeps sixty streams over shared connections apart', async () => {
    const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
    const texts = await Promise.all(
      seeds.map(async seed => {
        const script = scripted(`seed=${seed};tokens=${200 + seed}`);
        const [whole, chunks] = await Promise.all([
          client.chat.completions.create({ model, messages }, script),
          client.chat.completions.create({ model, messages, stream: true }, script).then(collect),
        ]);
        expect(chatText(chunks)).toBe(whole.choices[0]?.message.content);
        return chatText(chunks);
      }),
    );
    expect(new Set(texts).size).toBe(seeds.length);
  });
});

describe('openai: errors', () => {
  /** The SDK's exception carries Weir's code, the request's id and the record of it. */
  const expectWeirError = async (thrown: unknown, status: number, code: string): Promise<void> => {
    if (!(thrown instanceof APIError)) throw thrown;
    expect([thrown.status, thrown.code]).toEqual([status, code]);
    const id = thrown.headers?.get('x-weir-request-id');
    expect(thrown.error).toMatchObject({ code, request_id: id });
    expect(thrown.requestID).toBe(id);
    expect(thrown.headers?.get('x-weir-code')).toBe(code);
    expect(await world.gateway.record(String(id))).toMatchObject({
      status,
      outcome: 'blocked',
      error: { code },
    });
  };

  it('raises AuthenticationError for a Weir key that is not known', async () => {
    const thrown = await rejection(connect(world.unknownKey).chat.completions.create({ model, messages }));
    expect(thrown).toBeInstanceOf(AuthenticationError);
    await expectWeirError(thrown, 401, 'weir_invalid_key');
    expect(String(thrown)).not.toContain(world.unknownKey);
  });

  it('raises NotFoundError where nobody serves the call', async () => {
    const elsewhere = await startElsewhere('anthropic');
    const thrown = await rejection(
      connect('x', '/v1', elsewhere.url).chat.completions.create({ model, messages }),
    );
    expect(thrown).toBeInstanceOf(NotFoundError);
    expect(thrown).toMatchObject({ status: 404, code: 'weir_no_route', type: 'invalid_request_error' });
  });

  it('raises APIError 413 for a body that is too large', async () => {
    const long = [{ role: 'user' as const, content: TOO_LONG }];
    const thrown = await rejection(client.chat.completions.create({ model, messages: long }));
    await expectWeirError(thrown, 413, 'weir_body_too_large');
  });

  it.each([
    [429, RateLimitError],
    [503, InternalServerError],
  ])('raises the provider’s own %i as its type', async (status, type) => {
    const thrown = await rejection(
      client.chat.completions.create({ model, messages }, scripted(`status=${status}`)),
    );
    expect(thrown).toBeInstanceOf(type);
    if (!(thrown instanceof APIError)) throw thrown;
    expect(thrown.headers?.get('x-weir-code')).toBeNull();
    expect(thrown.headers?.get('retry-after')).toBe('1');
    const record = await world.gateway.record(thrown.headers?.get('x-weir-request-id') ?? 'none');
    expect(record).toMatchObject({
      outcome: 'served',
      status,
      error: { source: 'provider', code: 'weir_provider_error' },
    });
  });

  it('tries again by itself what Weir lets pass, each try with its own record', async () => {
    const patient = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey: 'x', maxRetries: 1 });
    const asked = { model: 'retried', messages };
    const headers = { 'x-weir-sim': 'status=503' };
    await rejection(patient.chat.completions.create(asked, { headers }));
    const list = (await world.gateway.admin('/api/requests?limit=50')) as {
      items: { ai: { model: string } }[];
    };
    expect(list.items.filter(({ ai }) => ai.model === 'retried')).toHaveLength(2);
  });
});

describe('openai: retries', () => {
  it('does not try again what Weir says is in vain', async () => {
    const baseURL = `${world.gateway.url}/keyless/v1`;
    const patient = new OpenAI({ baseURL, apiKey: world.key, maxRetries: 2 });
    const thrown = await rejection(patient.chat.completions.create({ model: 'in-vain', messages }));
    expect(thrown).toMatchObject({ status: 502, code: 'weir_no_provider_key' });
    const list = (await world.gateway.admin('/api/requests?limit=50')) as {
      items: { ai: { model: string } }[];
    };
    expect(list.items.filter(({ ai }) => ai.model === 'in-vain')).toHaveLength(1);
  });
});

describe('openai: streams that end badly', () => {
  const stream = (script: string) =>
    client.chat.completions.create({ model, messages, stream: true }, scripted(script));

  it('raises when the provider breaks in mid-stream, with Weir’s code', async () => {
    const thrown = await rejection(stream('reset=5;tokens=50').then(collect));
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({
      code: 'weir_upstream_broke',
      error: { request_id: expect.stringMatching(REQUEST_ID) },
    });
    await expectFailed(world.gateway, 'weir_upstream_broke');
  });

  it('raises when the provider falls silent in mid-stream', async () => {
    const thrown = await rejection(stream('stall=3').then(collect));
    expect(thrown).toMatchObject({ code: 'weir_idle_timeout' });
    await expectFailed(world.gateway, 'weir_idle_timeout');
  });

  it('shows the error event of a streamed response, and raises after it', async () => {
    const broken = await client.responses.create(
      { model, input: 'Hello', stream: true },
      scripted('reset=6;tokens=50'),
    );
    const seen: OpenAI.Responses.ResponseStreamEvent[] = [];
    await rejection(collect(noting(broken, seen)));
    expect(seen.at(-1)).toMatchObject({ type: 'error', code: 'weir_upstream_broke' });
  });

  it('raises when an answer that is not a stream breaks', async () => {
    const thrown = await rejection(
      client.chat.completions.create({ model, messages }, scripted('reset=1;tokens=5000')),
    );
    expect(thrown).toBeInstanceOf(Error);
    await expectFailed(world.gateway, 'weir_upstream_broke');
  });

  it.each([
    ['aborts', APIUserAbortError],
    ['waits no longer', APIConnectionTimeoutError],
  ])('ends the provider’s work when it %s before the answer begins', async (how, type) => {
    const asked = { model: `slow-${how}`, messages };
    const abort = new AbortController();
    const pending = client.chat.completions.create(asked, {
      ...scripted('headers=60s'),
      ...(how === 'aborts' ? { signal: abort.signal } : { timeout: 500 }),
    });
    const thrown = rejection(pending);
    await until(async () => {
      const { items } = (await world.gateway.admin('/api/requests')) as {
        items: { ai: { model: string } }[];
      };
      return items.some(({ ai }) => ai.model === asked.model);
    }, 'the request at the gateway');
    abort.abort();
    expect(await thrown).toBeInstanceOf(type);
    const record = await world.gateway.newest(({ ai }) => ai.model === asked.model);
    expect(record).toMatchObject({ outcome: 'aborted', status: null, error: { code: 'weir_client_closed' } });
  });

  it('ends the provider’s work when it aborts', async () => {
    const endless = await connect('x', '/watched/v1').chat.completions.create({
      model,
      messages,
      stream: true,
    });
    let chunks = 0;
    for await (const chunk of endless) {
      expect(chunk.object).toBe('chat.completion.chunk');
      if (++chunks === 3) endless.controller.abort();
    }
    expect(chunks).toBeLessThan(100);
    await expectAborted(world, 'openai.chat');
  });
});
