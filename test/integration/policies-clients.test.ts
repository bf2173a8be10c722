// Official SDKs raise their own exceptions for what policies refuse, and wait as they are told.
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { CohereClientV2, CohereError } from 'cohere-ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from './harness.js';

let gateway: RunningGateway;

beforeAll(async () => {
  const of = (name: string, rest: string): string =>
    `  - { name: ${name}, when: 'request.headers["x-case"] == "${name}"', ${rest} }\n`;
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
  gemini: { base_url: "simulator:" }
  cohere: { base_url: "simulator:" }
  ollama: { base_url: "simulator:" }
policies:
${of('deny', 'deny: {}')}\
${of('requests', 'limit: { requests: 1, per: 1d, by: [api] }')}\
${of('tokens', 'limit: { tokens: 100, burst: 100, per: 1d, by: [api] }')}\
${of('budget', 'budget: { requests: 1, per: day, by: [api] }')}\
${of('small', 'budget: { tokens: 2, per: day, by: [api] }')}\
${of('soon', 'limit: { requests: 3600, burst: 1, per: 1h, by: [api] }')}\
${of('stop', 'budget: { output_tokens: 10, per: day, by: [api] }, overrun: stop')}`);
});

const rejection = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );

const messages = [{ role: 'user' as const, content: 'Tell me about weirs.' }];

describe('openai', () => {
  const ask = (name: string, maxRetries = 0) =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-x', maxRetries }).chat.completions.create(
      { model: 'gpt-4o', max_tokens: 90, messages },
      { headers: { 'x-case': name } },
    );

  it.each([
    ['requests', 'requests', 'weir_limit_reached'],
    ['tokens', 'tokens', 'weir_limit_reached'],
    ['budget', 'insufficient_quota', 'weir_budget_reached'],
  ])('raises RateLimitError for %s, of type %s', async (name, type, code) => {
    await ask(name);
    const error = await rejection(ask(name));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, type, code });
    expect(error).toHaveProperty('requestID', expect.stringMatching(/^req_/));
  });

  it('raises PermissionDeniedError for denials, and APIError 413 for what can never pass', async () => {
    expect(await rejection(ask('deny'))).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(await rejection(ask('small'))).toMatchObject({ status: 413, code: 'weir_limit_too_small' });
  });

  it('tries again by itself where that is soon, and not where it is not', async () => {
    await ask('soon');
    expect((await ask('soon', 2)).choices).toHaveLength(1);
    const before = Date.now();
    await rejection(ask('requests', 2));
    // Its own pauses are half a second at least.
    expect(Date.now() - before).toBeLessThan(450);
  });

  it('raises an error in the midst of a stream that is ended', async () => {
    const stream = await new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-x' }).chat.completions.create(
      { model: 'gpt-4o', stream: true, messages },
      { headers: { 'x-case': 'stop' } },
    );
    let chunks = 0;
    const error = await rejection(
      (async () => {
        for await (const _ of stream) chunks++;
      })(),
    );
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'weir_limit_reached', type: 'insufficient_quota' });
    expect(chunks).toBeGreaterThan(2);
  });
});

describe('anthropic', () => {
  const ask = (name: string) =>
    new Anthropic({ baseURL: gateway.url, apiKey: 'sk-ant', maxRetries: 0 }).messages.create(
      { model: 'claude-weir-test', max_tokens: 90, messages },
      { headers: { 'x-case': name } },
    );

  it.each(['requests', 'tokens', 'budget'])('raises RateLimitError for %s', async name => {
    await ask(name);
    const error = await rejection(ask(name));
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect((error as Error).message).toContain(`policy ${name}`);
  });

  it('raises PermissionDeniedError for denials', async () => {
    expect(await rejection(ask('deny'))).toBeInstanceOf(Anthropic.PermissionDeniedError);
  });
});

it('google-genai raises ApiError with status 429', async () => {
  const ask = () =>
    new GoogleGenAI({
      apiKey: 'AIza',
      httpOptions: { baseUrl: gateway.url, headers: { 'x-case': 'requests' } },
    }).models.generateContent({ model: 'gemini-2.5-flash', contents: 'weirs' });
  await ask();
  const error = await rejection(ask());
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 429, message: expect.stringContaining('RESOURCE_EXHAUSTED') });
});

it('cohere-ai raises CohereError with status 429', async () => {
  const client = new CohereClientV2({ token: 'co', environment: gateway.url, maxRetries: 0 });
  const ask = () =>
    client.chat(
      { model: 'command-a-03-2025', messages },
      { headers: { 'x-case': 'requests' }, maxRetries: 0 },
    );
  await ask();
  const error = await rejection(ask());
  expect(error).toBeInstanceOf(CohereError);
  expect(error).toMatchObject({ statusCode: 429 });
});

it('ollama raises its ResponseError with status 429', async () => {
  const client = new Ollama({ host: gateway.url, headers: { 'x-case': 'requests' } });
  const ask = () => client.chat({ model: 'llama3.2', messages });
  await ask();
  expect(await rejection(ask())).toMatchObject({
    name: 'ResponseError',
    status_code: 429,
    message: expect.stringContaining('policy requests'),
  });
});
