// The official `@anthropic-ai/sdk` through the gateway: messages, token counts, tools, errors, breaks, abort.
import Anthropic, {
  APIError,
  AuthenticationError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ClientWorld,
  collect,
  consumerOf,
  expectAborted,
  expectFailed,
  expectServed,
  REQUEST_ID,
  rejection,
  startElsewhere,
  startWorld,
  TOO_LONG,
} from './support.js';

let world: ClientWorld;
let client: Anthropic;

const model = 'claude-weir-test';
const ask = { model, max_tokens: 64, messages: [{ role: 'user' as const, content: 'Tell me about weirs.' }] };
const TOOLS = [
  {
    name: 'get_level',
    description: 'The water level of a river',
    input_schema: { type: 'object' as const, properties: { river: { type: 'string' } }, required: ['river'] },
  },
];

const connect = (apiKey: string, path = '', base = world.gateway.url): Anthropic =>
  new Anthropic({ baseURL: base + path, apiKey, maxRetries: 0 });

const scripted = (script: string) => ({ headers: { 'x-weir-sim': script } });

const recordOf = (response: Response) =>
  world.gateway.record(response.headers.get('x-weir-request-id') ?? 'none');

const textOf = (message: Anthropic.Message): string =>
  message.content.map(block => (block.type === 'text' ? block.text : '')).join('');

beforeAll(async () => {
  world = await startWorld('anthropic');
  client = connect('sk-ant-somebody');
});

describe('anthropic: answers', () => {
  it('gets a message, and the record has its usage', async () => {
    const { data, response } = await client.messages.create(ask).withResponse();
    expect(textOf(data)).not.toBe('');
    const record = await recordOf(response);
    expectServed(record, {
      ...{ api: 'anthropic.messages', provider: 'anthropic', model, stream: false },
      ...{ input: data.usage.input_tokens, output: data.usage.output_tokens },
    });
    expect(record.ai.max_output_tokens).toBe(64);
  });

  it('streams the same text, with the same usage', async () => {
    const whole = await client.messages.create(ask, scripted('seed=7'));
    const stream = client.messages.stream(ask, scripted('seed=7'));
    const { response } = await stream.withResponse();
    const final = await stream.finalMessage();
    expect(textOf(final)).toBe(textOf(whole));
    expect(final.usage).toMatchObject({
      input_tokens: whole.usage.input_tokens,
      output_tokens: whole.usage.output_tokens,
    });
    expectServed(await recordOf(response), {
      ...{ api: 'anthropic.messages', provider: 'anthropic', model, stream: true },
      ...{ input: final.usage.input_tokens, output: final.usage.output_tokens },
    });
  });

  it('calls a tool, streamed and not, with the same input, and takes its result', async () => {
    const body = { ...ask, tools: TOOLS, tool_choice: { type: 'any' as const } };
    const { data, response } = await client.messages.create(body).withResponse();
    const call = data.content.find(block => block.type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_level', input: { river: expect.any(String) } });
    expect((await recordOf(response)).ai).toMatchObject({ tools: 1, messages: 1 });
    const streamed = await client.messages.stream(body).finalMessage();
    expect(streamed.content.find(block => block.type === 'tool_use')?.input).toEqual(call?.input);
    expect(streamed.stop_reason).toBe('tool_use');
    const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: '1.2 m' };
    const after = await client.messages.create({
      ...{ ...ask, tools: TOOLS },
      messages: [
        ...ask.messages,
        { role: 'assistant', content: data.content },
        { role: 'user', content: [result] },
      ],
    });
    expect(textOf(after)).not.toBe('');
  });

  it('counts tokens; the record says what was asked and that nothing was generated', async () => {
    const { data, response } = await client.messages
      .countTokens({ model, messages: ask.messages })
      .withResponse();
    expect(data.input_tokens).toBeGreaterThan(0);
    const record = await recordOf(response);
    expect(record).toMatchObject({ outcome: 'served', ai: { api: 'anthropic.count_tokens', model } });
    expect(record.usage.output_tokens ?? 0).toBe(0);
  });

  it.each([
    ['an API key', (key: string) => connect(key)],
    ['an auth token', (key: string) => bearer(key)],
  ])('asks with a Weir key for %s, and the record says whose it is', async (_place, make) => {
    const { response } = await make(world.key).messages.create(ask).withResponse();
    expect((await recordOf(response)).consumer).toMatchObject(consumerOf(world.key));
  });

  it('asks by the provider’s prefix', async () => {
    const { data, response } = await connect('x', '/anthropic').messages.create(ask).withResponse();
    expectServed(await recordOf(response), {
      ...{ api: 'anthropic.messages', provider: 'anthropic', model, stream: false },
      ...{ input: data.usage.input_tokens, output: data.usage.output_tokens },
    });
  });
});

/** The SDK's other way to authenticate: `authorization: Bearer`. */
const bearer = (authToken: string): Anthropic =>
  new Anthropic({ baseURL: world.gateway.url, apiKey: null, authToken, maxRetries: 0 });

describe('anthropic: errors', () => {
  const expectWeirError = async (thrown: unknown, status: number, code: string): Promise<void> => {
    if (!(thrown instanceof APIError)) throw thrown;
    const id = thrown.headers?.get('x-weir-request-id');
    expect([thrown.status, thrown.errorCode, thrown.requestID]).toEqual([status, code, id]);
    expect(thrown.error).toMatchObject({ type: 'error', error: { code }, request_id: id });
    expect(thrown.headers?.get('x-weir-code')).toBe(code);
    expect(await world.gateway.record(String(id))).toMatchObject({
      ...{ status, outcome: 'blocked', error: { code } },
    });
  };

  it.each([
    ['an API key', (key: string) => connect(key)],
    ['an auth token', (key: string) => bearer(key)],
  ])('raises AuthenticationError for a Weir key that is not known as %s', async (_place, make) => {
    const thrown = await rejection(make(world.unknownKey).messages.create(ask));
    expect(thrown).toBeInstanceOf(AuthenticationError);
    expect(thrown).toMatchObject({ type: 'authentication_error' });
    await expectWeirError(thrown, 401, 'weir_invalid_key');
    expect(String(thrown)).not.toContain(world.unknownKey);
  });

  it('raises NotFoundError where nobody serves the call', async () => {
    const elsewhere = await startElsewhere('openai');
    const thrown = await rejection(connect('x', '', elsewhere.url).messages.create(ask));
    expect(thrown).toBeInstanceOf(NotFoundError);
    expect(thrown).toMatchObject({ status: 404, error: { error: { code: 'weir_no_route' } } });
  });

  it('raises APIError 413 for a body that is too large', async () => {
    const messages = [{ role: 'user' as const, content: TOO_LONG }];
    await expectWeirError(
      await rejection(client.messages.create({ ...ask, messages })),
      413,
      'weir_body_too_large',
    );
  });

  it.each([
    [429, RateLimitError, 'rate_limit_error'],
    [500, InternalServerError, 'api_error'],
    [529, APIError, 'overloaded_error'],
  ])('raises the provider’s own %i as its type', async (status, type, name) => {
    const thrown = await rejection(client.messages.create(ask, scripted(`status=${status}`)));
    expect(thrown).toBeInstanceOf(type);
    if (!(thrown instanceof APIError)) throw thrown;
    expect(thrown).toMatchObject({ status, type: name });
    expect(thrown.headers?.get('x-weir-code')).toBeNull();
    const record = await world.gateway.record(thrown.headers?.get('x-weir-request-id') ?? 'none');
    expect(record).toMatchObject({ outcome: 'served', status, error: { source: 'provider' } });
  });
});

describe('anthropic: retries', () => {
  it('does not try again what Weir says is in vain', async () => {
    const baseURL = `${world.gateway.url}/keyless`;
    const patient = new Anthropic({ baseURL, apiKey: world.key, maxRetries: 2 });
    const thrown = await rejection(patient.messages.create({ ...ask, model: 'in-vain' }));
    expect(thrown).toMatchObject({ status: 502, error: { error: { code: 'weir_no_provider_key' } } });
    const list = (await world.gateway.admin('/api/requests?limit=50')) as {
      items: { ai: { model: string } }[];
    };
    expect(list.items.filter(({ ai }) => ai.model === 'in-vain')).toHaveLength(1);
  });
});

describe('anthropic: streams that end badly', () => {
  const stream = (script: string) => client.messages.create({ ...ask, stream: true }, scripted(script));

  it.each([
    ['breaks', 'reset=8;tokens=50', 'weir_upstream_broke'],
    ['falls silent', 'stall=5', 'weir_idle_timeout'],
  ])('raises when the provider %s in mid-stream, with Weir’s code', async (_how, script, code) => {
    const thrown = await rejection(stream(script).then(collect));
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({
      error: { error: { type: 'api_error', code }, request_id: expect.stringMatching(REQUEST_ID) },
    });
    await expectFailed(world.gateway, code);
  });

  it('rejects the final message of a stream that breaks', async () => {
    const thrown = await rejection(client.messages.stream(ask, scripted('reset=8;tokens=50')).finalMessage());
    expect(thrown).toBeInstanceOf(APIError);
  });

  it('raises when an answer that is not a stream breaks', async () => {
    const long = { ...ask, max_tokens: 4000 };
    const thrown = await rejection(client.messages.create(long, scripted('reset=1;tokens=3000')));
    expect(thrown).toBeInstanceOf(Error);
    await expectFailed(world.gateway, 'weir_upstream_broke');
  });

  it('ends the provider’s work when it aborts', async () => {
    const endless = connect('x', '/watched').messages.stream({ ...ask, max_tokens: 100_000 });
    endless.once('text', () => endless.abort());
    await rejection(endless.finalMessage());
    await expectAborted(world, 'anthropic.messages');
  });
});
