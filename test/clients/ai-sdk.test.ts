// The `ai` SDK with its OpenAI provider through the gateway: text, streams, tools, embeddings, errors, breaks, abort.
import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import {
  APICallError,
  embedMany,
  generateText,
  stepCountIs,
  streamText,
  type TextStreamPart,
  type ToolSet,
  tool,
} from 'ai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
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
let openai: OpenAIProvider;

const name = 'gpt-4o';
const ask = { prompt: 'Tell me about weirs.', maxRetries: 0 };

const connect = (apiKey: string, path = '/v1', base = world.gateway.url): OpenAIProvider =>
  createOpenAI({ baseURL: base + path, apiKey });

const scripted = (script: string) => ({ headers: { 'x-weir-sim': script } });

const recordOf = (response: { headers?: Record<string, string> | undefined }) =>
  world.gateway.record(response.headers?.['x-weir-request-id'] ?? 'none');

/** `streamText` with its errors kept, not printed. */
const stream = (options: Omit<Parameters<typeof streamText>[0], 'prompt' | 'messages'>) =>
  streamText({ ...ask, onError: () => undefined, ...options });

beforeAll(async () => {
  world = await startWorld('openai');
  openai = connect('sk-somebody');
});

describe('ai sdk: answers', () => {
  it.each(['chat', 'responses'] as const)('generates text by %s, and streams the same', async api => {
    const model = openai[api](name);
    const whole = await generateText({ ...ask, model, ...scripted('seed=7') });
    expect(whole.text).not.toBe('');
    const expected = { api: `openai.${api}`, provider: 'openai', model: name };
    expectServed(await recordOf(whole.response), {
      ...{ ...expected, stream: false },
      ...{ input: whole.usage.inputTokens, output: whole.usage.outputTokens },
    });
    const streamed = stream({ model, ...scripted('seed=7') });
    expect((await collect(streamed.textStream)).join('')).toBe(whole.text);
    const usage = await streamed.usage;
    expect(usage.outputTokens).toBe(whole.usage.outputTokens);
    expectServed(await recordOf(await streamed.response), {
      ...{ ...expected, stream: true },
      ...{ input: usage.inputTokens, output: usage.outputTokens },
    });
  });

  it('runs a tool and goes on: two calls, two records', async () => {
    const rivers: string[] = [];
    const getLevel = tool({
      description: 'The water level of a river',
      inputSchema: z.object({ river: z.string() }),
      execute: ({ river }) => {
        rivers.push(river);
        return '1.2 m';
      },
    });
    const { steps, text } = await generateText({
      ...{ model: openai.chat('gpt-4o-mini'), prompt: 'Use get_level, please.', maxRetries: 0 },
      ...{ tools: { get_level: getLevel }, stopWhen: stepCountIs(3) },
    });
    expect([steps.length, rivers.length]).toEqual([2, 1]);
    expect(text).not.toBe('');
    const records = await Promise.all(steps.map(step => recordOf(step.response)));
    expect(records.map(({ ai }) => [ai.tools, ai.messages])).toEqual([
      [1, 1],
      [1, 3],
    ]);
  });

  it('embeds', async () => {
    const model = openai.embedding('text-embedding-3-small');
    const answer = await embedMany({ model, values: ['one', 'two'], maxRetries: 0 });
    expect(answer.embeddings).toHaveLength(2);
    const record = await world.gateway.newest(({ ai }) => ai.api === 'openai.embeddings');
    expectServed(record, {
      ...{ api: 'openai.embeddings', provider: 'openai', model: 'text-embedding-3-small', stream: false },
      ...{ input: answer.usage.tokens, output: null },
    });
  });

  it('asks with a Weir key for an API key, and the record says whose it is', async () => {
    const { response } = await generateText({ ...ask, model: connect(world.key).chat(name) });
    expect((await recordOf(response)).consumer).toMatchObject(consumerOf(world.key));
  });
});

describe('ai sdk: errors', () => {
  const thrownBy = async (model: OpenAIProvider, more: object = {}): Promise<APICallError> => {
    const thrown = await rejection(generateText({ ...ask, model: model.chat(name), ...more }));
    if (!APICallError.isInstance(thrown)) throw thrown;
    return thrown;
  };

  it.each([
    ['an unknown Weir key', 401, 'weir_invalid_key'],
    ['a body that is too large', 413, 'weir_body_too_large'],
  ])('raises APICallError for %s, with Weir’s code and the request’s id', async (what, status, code) => {
    const thrown = what.includes('key')
      ? await thrownBy(connect(world.unknownKey))
      : await thrownBy(openai, { prompt: TOO_LONG });
    const id = thrown.responseHeaders?.['x-weir-request-id'] ?? 'none';
    expect(thrown).toMatchObject({ statusCode: status, isRetryable: false });
    expect(JSON.parse(thrown.responseBody ?? '')).toMatchObject({ error: { code, request_id: id } });
    expect(thrown.message).not.toContain(world.unknownKey);
    expect(await world.gateway.record(id)).toMatchObject({ status, outcome: 'blocked', error: { code } });
  });

  it('raises APICallError 404 where nobody serves the call', async () => {
    const elsewhere = await startElsewhere('anthropic');
    const thrown = await thrownBy(connect('x', '/v1', elsewhere.url));
    expect(thrown).toMatchObject({ statusCode: 404, data: { error: { code: 'weir_no_route' } } });
  });

  it.each([429, 503])('raises the provider’s own %i, which may be tried again', async status => {
    const thrown = await thrownBy(openai, scripted(`status=${status}`));
    expect(thrown).toMatchObject({ statusCode: status, isRetryable: true });
    expect(await recordOf({ headers: thrown.responseHeaders })).toMatchObject({
      ...{ outcome: 'served', status, error: { source: 'provider' } },
    });
  });
});

describe('ai sdk: streams that end badly', () => {
  it.each([
    ['chat', 'breaks', 'reset=5;tokens=50', 'weir_upstream_broke'],
    ['chat', 'falls silent', 'stall=3', 'weir_idle_timeout'],
    ['responses', 'breaks', 'reset=6;tokens=50', 'weir_upstream_broke'],
  ] as const)('raises when the provider of %s %s, after an error part', async (api, _how, script, code) => {
    const seen: TextStreamPart<ToolSet>[] = [];
    const { fullStream } = stream({ model: openai[api](name), ...scripted(script) });
    const thrown = await rejection(collect(noting(fullStream, seen)));
    expect(APICallError.isInstance(thrown)).toBe(true);
    const told = seen.filter(part => part.type === 'error').map(part => JSON.stringify(part.error));
    expect(told.join()).toContain(code);
    expect(seen.map(part => part.type)).not.toContain('finish');
    await expectFailed(world.gateway, code);
  });

  it('ends the provider’s work when it aborts', async () => {
    const abort = new AbortController();
    const model = connect('x', '/watched/v1').chat(name);
    const endless = stream({ model, abortSignal: abort.signal });
    let aborted = false;
    for await (const part of endless.fullStream) {
      if (part.type === 'text-delta') abort.abort();
      aborted ||= part.type === 'abort';
    }
    expect(aborted).toBe(true);
    await expectAborted(world, 'openai.chat');
    expect((await world.gateway.newest(({ ai }) => ai.provider === 'watched')).id).toMatch(REQUEST_ID);
  });
});
