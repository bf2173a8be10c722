// Which names have a price and which have none: nothing is guessed, whatever a name holds.
import { describe, expect, it } from 'vitest';
import { type PriceOverride, readPriceOverride } from '../../src/price/overrides.js';
import { PriceBook } from '../../src/price/price-book.js';
import { usageOf } from './usage.js';

const book = new PriceBook();
const NOW = Date.parse('2026-11-23T12:00:00Z');

function overrideOf(entry: unknown): PriceOverride {
  const { override, problems } = readPriceOverride(entry);
  if (override === null) throw new Error(JSON.stringify(problems));
  return override;
}

describe('a price book', () => {
  it.each([
    ['openai', 'gpt-9-imaginary', 'a model that nobody catalogued'],
    ['openai', 'ft:gpt-4.1-2025-04-14:acme::x', 'a fine-tune without a price'],
    ['openai', 'ft:gpt-4.1-2025-04-14:acme:moderation:x', 'a fine-tune that calls itself free'],
    ['openai', 'my-moderation-model', 'a name that only resembles a free one'],
    ['openai', 'whisper-1', 'seconds of audio, which no usage carries'],
    ['azure-openai', 'team-a-deployment', 'a deployment, which may be anything'],
    [
      'bedrock',
      'arn:aws:bedrock:us-east-1:1:custom-model/anthropic.claude-3-haiku-20240307-v1:0/a1',
      'a custom model',
    ],
    ['bedrock', 'arn:aws:bedrock:us-east-1:1:provisioned-model/amazon.nova-lite', 'throughput by the hour'],
    ['bedrock', 'arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2', 'an opaque profile'],
    ['gemini', 'tunedModels/gemini-1.5-flash-abc', 'a tuned model'],
    ['vertex-ai', 'gemma-3-27b-it', 'a model that runs on rented hardware there'],
    ['cerebras', 'qwen-3-coder-480b', 'an entry without any rate'],
    ['openrouter', 'openai/gpt-4o:nitro', 'a variant with a price of its own'],
    ['huggingface', 'openai/gpt-oss-120b', 'a router that has not chosen yet'],
    ['ollama', 'llama3.2', "hardware of one's own"],
    ['vllm', 'gpt-4o', "hardware of one's own, whatever the name"],
    ['openai-compatible', 'gpt-4o', 'anybody'],
    ['nobody', 'gpt-4o', 'a provider that nobody knows'],
  ])('has no price for %s %s: %s', (kind, model) => {
    expect(book.find(kind, model, NOW)).toBeNull();
  });

  it.each([
    '',
    ' ',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '\u0000',
    'gpt-4o\u0000',
    '(a+)+$',
    'gpt-4o'.repeat(2000),
    'amazon.nova-lite'.padEnd(10_240, 'x'),
    'models/',
    '-20250230',
  ])('knows nothing of hostile name %j at any provider, nor of a provider so called', name => {
    for (const kind of [
      'openai',
      'azure-openai',
      'anthropic',
      'gemini',
      'vertex-ai',
      'bedrock',
      'openrouter',
      'huggingface',
    ])
      expect(book.find(kind, name, NOW), kind).toBeNull();
    expect(book.find(name, 'gpt-4o', NOW)).toBeNull();
    expect(book.catalogueModel(name, name)).toBeNull();
  });

  it('ignores case and blanks as the catalogue does', () => {
    expect(book.find('openai', ' GPT-4o ', NOW)?.name).toBe('openai/gpt-4o');
  });

  it('finds the same price object again, also after a flood of made-up names', () => {
    const fresh = new PriceBook();
    const first = fresh.find('openai', 'gpt-4o', NOW);
    for (let index = 0; index < 10_000; index++) {
      expect(fresh.find('openai', `made-up-${index}`, NOW)).toBeNull();
      if (index % 100 === 0) expect(fresh.find('openai', 'gpt-4o', NOW)).toBe(first);
    }
  });

  it('is free only where the provider says so', () => {
    const usage = usageOf({ inputTokens: 1000, outputTokens: 0 });
    expect(book.find('openai', 'omni-moderation-latest', NOW)?.costOf(usage)).toBe(0);
    expect(book.find('gemini', 'gemma-3-27b-it', NOW)?.costOf(usage)).toBe(0);
  });

  it('gives the catalogue name of a model, the same for all its snapshots and providers, and null for made-up names', () => {
    expect(book.catalogueModel('openai', 'gpt-4o-2024-08-06')).toBe('gpt-4o');
    expect(book.catalogueModel('azure-openai', 'gpt-4o')).toBe('gpt-4o');
    expect(book.catalogueModel('openai', 'whisper-1')).toBe('whisper-1');
    expect(book.catalogueModel('openai', 'made-up')).toBeNull();
  });

  it('prices the served model first, Bedrock by the requested id, and says when only the requested one has a price', () => {
    const nova = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
    const found = (kind: string, asked: string | null, served: string | null) => {
      const result = book.findServed(kind, asked, served, NOW);
      return result === null ? null : [result.price.name, result.exact];
    };
    expect(found('azure-openai', 'my-deployment', 'gpt-4o-2024-08-06')).toEqual(['openai/gpt-4o', true]);
    expect(found('openai', 'gpt-4o', null)).toEqual(['openai/gpt-4o', true]);
    expect(found('openai', 'gpt-4o', 'gpt-4o-2031-01-01')).toEqual(['openai/gpt-4o', false]);
    expect(found('bedrock', nova, 'claude-haiku-4-5-20251001')?.[0]).toContain('regional');
    expect(found('openai', 'nope', 'nope-2')).toBeNull();
  });
});

describe('prices of the configuration', () => {
  const kinds = new Map([
    ['local', 'vllm'],
    ['demo', 'openai'],
  ]);

  it('come before the catalogue, the first that fits, by configured name or kind', () => {
    const overrides = [
      { provider: 'local', model: 'llama*', input: '0.0375', output: 0.5, per_request: '0.001' },
      { provider: 'openai', model: 'gpt-4o', input: 1, output: 2 },
      { model: 'gpt-4o', input: 9, output: 9 },
    ].map(overrideOf);
    const ours = new PriceBook(overrides, { kinds });
    expect(ours.find('local', 'llama-3', NOW)?.costOf(usageOf({ inputTokens: 4, outputTokens: 2 }))).toBe(
      1_001_150,
    );
    expect(ours.find('local', 'llama-3', NOW)).toMatchObject({
      name: 'prices[0] (local/llama*)',
      catalogue: 'weir.yaml',
      perRequest: 1_000_000,
    });
    expect(ours.find('demo', 'gpt-4o', NOW)?.name).toBe('prices[1] (openai/gpt-4o)');
    expect(ours.find('demo', 'gpt-4o-mini', NOW)?.name).toBe('openai/gpt-4o-mini');
    expect(ours.find('azure-openai', 'gpt-4o', NOW)?.name).toBe('prices[2] (gpt-4o)');
    expect(ours.find('local', 'mistral', NOW)).toBeNull();
  });

  it('make a model that they spell out a known name, and one that only a glob meets not', () => {
    const ours = new PriceBook(
      [
        { model: 'mine', input: 1, output: 1 },
        { model: 'x*', input: 1, output: 1 },
      ].map(overrideOf),
      { kinds },
    );
    expect(ours.catalogueModel('local', 'mine')).toBe('mine');
    expect(ours.catalogueModel('local', 'xyz')).toBeNull();
  });

  it('charge cached input as input, reasoning as output and audio as text where nothing else is written', () => {
    const price = new PriceBook([overrideOf({ model: '*', input: 2, output: 4 })]).find('vllm', 'any', NOW);
    const usage = {
      inputTokens: 10,
      outputTokens: 10,
      cachedInputTokens: 5,
      cacheWriteTokens: 5,
      cacheWrite1hTokens: 5,
      reasoningTokens: 10,
      audioInputTokens: 10,
    };
    expect(price?.costOf(usageOf(usage))).toBe(60_000);
  });
});
