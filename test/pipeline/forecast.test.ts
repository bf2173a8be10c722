// What a request may use, before it is sent: bounds, several answers at once, the dearest target, and what is billed at all.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import type { Exchange } from '../../src/pipeline/exchange.js';
import { forecastOf, isCapped, isMetered, outputBoundOf } from '../../src/pipeline/forecast.js';

interface Given {
  readonly api?: ApiName;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly bound?: number | null;
  readonly cap?: number | null;
  readonly prompt?: { tokens: number; uncounted: string[] } | null;
  readonly targets?: readonly { provider: string; model: string | null }[];
}

/** Dollars: what a token costs at each provider; null: no price. */
const RATES: Readonly<Record<string, number | null>> = { cheap: 1, dear: 7, unknown: null };

function exchangeOf(given: Given): Exchange {
  const {
    api = 'openai.chat',
    method = 'POST',
    path = '/v1/chat/completions',
    body = '{}',
    bound = null,
  } = given;
  const find = (provider: string) => {
    const rate = RATES[provider] ?? null;
    return rate === null ? null : { worstOf: (input: number, output: number) => rate * (input + output) };
  };
  return {
    api,
    head: { method, path },
    entry: { identification: { isAi: api !== 'none', model: 'm' }, timeMs: 0 },
    facts: { maxOutputTokens: bound, modalities: 1 },
    plainBody: Buffer.from(body),
    prompt: given.prompt === undefined ? { tokens: 10, uncounted: [] } : given.prompt,
    outputCap: given.cap ?? null,
    routing: { targets: given.targets ?? [{ provider: 'cheap', model: null }] },
    runtime: { prices: { find } },
  } as unknown as Exchange;
}

const boundOf = (given: Given): number | null => forecastOf(exchangeOf(given)).outputBound;

describe('the output of a request', () => {
  it('is bounded by what the body or a cap says', () => {
    expect(boundOf({ bound: 100 })).toBe(100);
    expect(boundOf({ bound: 100, cap: 50 })).toBe(50);
    expect(boundOf({ bound: null })).toBeNull();
  });

  it('is nothing where the api embeds, and unknown where nobody can tell', () => {
    expect(boundOf({ api: 'openai.embeddings' })).toBe(0);
    expect(boundOf({ api: 'openai.images' })).toBeNull();
  });

  it.each([
    ['{"n":3}', 300],
    ['{ "n" : 3 , "best_of": 5}', 500],
    ['{"generationConfig":{"candidateCount":2}}', 200],
    ['{"n":1.2e1}', 1200],
    ['{"n":123456789}', 1_000_000],
    ['{"\\u006e":4}', 400],
    ['{"candidate\\u0043ount":4}', 400],
    ['{"messages":[{"content":"\\"n\\": 9"}]}', 100],
    ['{"n":"9"}', 100],
    ['{"n":0}', 100],
  ])('counts the answers that are asked for at once: %s', (body, expected) => {
    expect(boundOf({ bound: 100, body })).toBe(expected);
  });

  it('is capped per answer', () => {
    expect(outputBoundOf(exchangeOf({ bound: 100, body: '{"n":3}' }))).toBe(100);
    expect(outputBoundOf(exchangeOf({ api: 'openai.embeddings' }))).toBe(0);
  });
});

describe('the input of a request', () => {
  it('is unknown where it could not be counted, and not bounded where a part was left out', () => {
    expect(forecastOf(exchangeOf({ prompt: null }))).toMatchObject({
      inputTokens: null,
      inputBounded: false,
    });
    const partly = forecastOf(exchangeOf({ prompt: { tokens: 10, uncounted: ['image'] } }));
    expect(partly).toMatchObject({ inputTokens: 10, inputBounded: false });
    expect(forecastOf(exchangeOf({}))).toMatchObject({ inputTokens: 10, inputBounded: true });
  });
});

describe('the price of a request', () => {
  const at = (...providers: string[]): Exchange =>
    exchangeOf({ targets: providers.map(provider => ({ provider, model: null })) });

  it('is that of the dearest target', () => {
    expect(forecastOf(at('cheap', 'dear')).worstNanos(10, 5)).toBe(105);
  });

  it('is unknown where one target has none, unless the policy brings one', () => {
    expect(forecastOf(at('cheap', 'unknown')).worstNanos(10, 5)).toBeNull();
    const own = { worstOf: (input: number, output: number) => 2 * (input + output) };
    expect(forecastOf(at('cheap', 'unknown')).worstNanos(10, 5, own as never)).toBe(30);
  });
});

describe('what is billed', () => {
  it.each<[ApiName, string, string, boolean]>([
    ['openai.chat', 'POST', '/v1/chat/completions', true],
    ['openai.responses', 'POST', '/v1/responses', true],
    ['openai.responses', 'GET', '/v1/responses/resp_1', false],
    ['openai.responses', 'DELETE', '/v1/responses/resp_1', false],
    ['openai.responses', 'POST', '/v1/responses/resp_1/cancel', false],
    ['openai.responses', 'POST', '/v1/responses/input_tokens', false],
    ['openai.batches', 'POST', '/v1/batches', true],
    ['openai.batches', 'POST', '/v1/batches/b/cancel/', false],
    ['anthropic.count_tokens', 'POST', '/v1/messages/count_tokens', false],
    ['openai.models', 'GET', '/v1/models', false],
    ['none', 'POST', '/x', false],
  ])('%s by %s %s: %s', (api, method, path, expected) => {
    expect(isMetered(exchangeOf({ api, method, path }))).toBe(expected);
  });

  it('is what caps look at, where it has a prompt or makes text', () => {
    expect(isCapped(exchangeOf({}))).toBe(true);
    expect(isCapped(exchangeOf({ api: 'openai.embeddings' }))).toBe(true);
    expect(isCapped(exchangeOf({ api: 'other' }))).toBe(true);
    expect(isCapped(exchangeOf({ api: 'openai.files' }))).toBe(false);
    expect(isCapped(exchangeOf({ api: 'openai.audio' }))).toBe(false);
    expect(isCapped(exchangeOf({ api: 'openai.models', method: 'GET' }))).toBe(false);
  });
});
