// What requests cost, as a table: one request a line, the figure worked out by hand from the provider's price page.
import { describe, expect, it } from 'vitest';
import type { Usage } from '../../src/core/usage.js';
import { usdText } from '../../src/price/amounts.js';
import { PriceBook } from '../../src/price/price-book.js';
import { rawOf, usageOf } from './usage.js';

const book = new PriceBook();
const NOW = Date.parse('2026-11-23T12:00:00Z');

interface Line {
  kind: string;
  model: string;
  at?: string;
  usage: Partial<Usage>;
  price: string;
  usd: string;
}

/** input, output, cached, written (5 minutes and 1 hour), of those 1 hour. */
function tokens(input: number, output: number, cached = 0, write = 0, write1h = 0): Partial<Usage> {
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: write,
    cacheWrite1hTokens: write1h,
  };
}

const LINES: readonly Line[] = [
  // The record that CONTRACT.md shows: 12 × $2.50 + 200 × $10 per million.
  {
    kind: 'openai',
    model: 'gpt-4o-2024-08-06',
    usage: tokens(12, 200),
    price: 'openai/gpt-4o',
    usd: '0.002030',
  },
  { kind: 'openai', model: 'gpt-4o', usage: tokens(1000, 0, 800), price: 'openai/gpt-4o', usd: '0.001500' },
  {
    kind: 'openai',
    model: 'gpt-4o-mini',
    usage: tokens(1, 1),
    price: 'openai/gpt-4o-mini',
    usd: '0.00000075',
  },
  {
    kind: 'openai',
    model: 'gpt-4o-2024-05-13',
    usage: tokens(1000, 100, 500),
    price: 'openai/gpt-4o-2024-05-13',
    usd: '0.006500',
  },
  {
    kind: 'openai',
    model: 'ft:gpt-4o-mini-2024-07-18:acme::x',
    usage: tokens(1000, 1000),
    price: 'openai/ft:gpt-4o-mini',
    usd: '0.001500',
  },
  {
    kind: 'azure-openai',
    model: 'gpt-4o-2024-11-20',
    usage: tokens(400, 0),
    price: 'openai/gpt-4o',
    usd: '0.001000',
  },
  // OpenAI's long-context prices begin at 272,000 input tokens, for the whole request.
  {
    kind: 'openai',
    model: 'gpt-5.5',
    usage: tokens(271_999, 1000),
    price: 'openai/gpt-5.5',
    usd: '1.389995',
  },
  {
    kind: 'openai',
    model: 'gpt-5.5',
    usage: tokens(272_000, 1000),
    price: 'openai/gpt-5.5',
    usd: '2.765000',
  },
  // o3 cost five times as much until 10 June 2025.
  {
    kind: 'openai',
    model: 'o3',
    at: '2025-06-09T23:59:59Z',
    usage: tokens(1000, 1000),
    price: 'openai/o3',
    usd: '0.050000',
  },
  {
    kind: 'openai',
    model: 'o3',
    at: '2025-06-10T00:00:00Z',
    usage: tokens(1000, 1000),
    price: 'openai/o3',
    usd: '0.010000',
  },
  // Claude: cache hits $0.30, writes $3.75 for 5 minutes and $6 for 1 hour.
  {
    kind: 'anthropic',
    model: 'claude-sonnet-4-6',
    usage: tokens(10_000, 100, 4000, 5000, 2000),
    price: 'anthropic/claude-sonnet-4-6',
    usd: '0.028950',
  },
  {
    kind: 'anthropic',
    model: 'claude-sonnet-4-5-20250929',
    usage: tokens(200_001, 10),
    price: 'anthropic/claude-sonnet-4-5',
    usd: '1.200231',
  },
  {
    kind: 'anthropic',
    model: 'claude-haiku-4-5',
    usage: { ...tokens(1000, 0), raw: rawOf({ server_tool_use: { web_search_requests: 2 } }) },
    price: 'anthropic/claude-haiku-4-5',
    usd: '0.021000',
  },
  // Bedrock: the region's prefix is 10 % dearer than global; 1 hour has no price there, Anthropic documents twice the input.
  {
    kind: 'bedrock',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: tokens(1000, 100),
    price: 'aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usd: '0.004950',
  },
  {
    kind: 'bedrock',
    model: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: tokens(1000, 0, 0, 1000, 1000),
    price: 'aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usd: '0.006000',
  },
  {
    kind: 'bedrock',
    model: 'arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0',
    usage: tokens(1000, 1000),
    price: 'aws/amazon.nova-lite-v1:0',
    usd: '0.000300',
  },
  {
    kind: 'vertex-ai',
    model: 'claude-haiku-4-5@20251001',
    usage: tokens(1000, 0),
    price: 'anthropic/claude-haiku-4-5',
    usd: '0.001000',
  },
  {
    kind: 'gemini',
    model: 'models/gemini-2.5-flash',
    usage: { ...tokens(1000, 0), audioInputTokens: 400 },
    price: 'google/gemini-2.5-flash',
    usd: '0.000580',
  },
  {
    kind: 'gemini',
    model: 'gemini-2.5-flash-image',
    usage: {
      ...tokens(0, 1300),
      raw: rawOf({ candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }] }),
    },
    price: 'google/gemini-2.5-flash-image',
    usd: '0.038725',
  },
  {
    kind: 'cohere',
    model: 'command-r7b-12-2024',
    usage: { ...tokens(1508, 67), raw: rawOf({ billed_units: { input_tokens: 91, output_tokens: 35 } }) },
    price: 'cohere/command-r7b',
    usd: '0.000008663',
  },
  {
    kind: 'deepseek',
    model: 'deepseek-chat',
    at: '2026-11-23T16:29:59Z',
    usage: tokens(1000, 0),
    price: 'deepseek/deepseek-chat',
    usd: '0.000270',
  },
  {
    kind: 'deepseek',
    model: 'deepseek-chat',
    at: '2026-11-23T16:30:00Z',
    usage: tokens(1000, 0),
    price: 'deepseek/deepseek-chat',
    usd: '0.000135',
  },
  { kind: 'perplexity', model: 'sonar', usage: tokens(100, 100), price: 'perplexity/sonar', usd: '0.012200' },
  {
    kind: 'perplexity',
    model: 'sonar-deep-research',
    usage: { ...tokens(0, 1000), reasoningTokens: 400 },
    price: 'perplexity/sonar-deep-research',
    usd: '0.006000',
  },
  {
    kind: 'openrouter',
    model: 'deepseek/deepseek-r1:free',
    usage: tokens(1000, 1000),
    price: 'openrouter/deepseek/deepseek-r1:free',
    usd: '0.000000',
  },
  {
    kind: 'huggingface',
    model: 'openai/gpt-oss-120b:fireworks-ai',
    usage: tokens(0, 0),
    price: 'huggingface_fireworks-ai/openai/gpt-oss-120b',
    usd: '0.000000',
  },
];

describe('what a request costs', () => {
  it.each(LINES)('$kind $model, $usage.inputTokens in, $usage.outputTokens out: $usd', line => {
    const price = book.find(line.kind, line.model, line.at === undefined ? NOW : Date.parse(line.at));
    expect(price?.name).toBe(line.price);
    expect(usdText(price?.costOf(usageOf(line.usage)) ?? Number.NaN)).toBe(line.usd);
  });

  it('says null where nothing was metered, and counts one known part alone', () => {
    const price = book.find('openai', 'gpt-4o', NOW);
    expect(price?.costOf(usageOf({}))).toBeNull();
    expect(price?.costOf(usageOf({ outputTokens: 1 }))).toBe(10_000);
  });
});

describe('the dearest that tokens can cost', () => {
  const worst = (kind: string, model: string, ...args: [number, number, boolean?, boolean?]): string =>
    usdText(book.find(kind, model, NOW)?.worstOf(...args) ?? Number.NaN);

  it('takes the 1-hour cache write where the request can cause one, else the plain input', () => {
    expect(worst('anthropic', 'claude-sonnet-4-6', 1000, 100)).toBe('0.007500');
    expect(worst('anthropic', 'claude-sonnet-4-6', 1000, 100, false)).toBe('0.004500');
  });

  it('takes the tier that the input reaches', () => {
    expect(worst('openai', 'gpt-5.5', 271_999, 0)).toBe('1.359995');
    expect(worst('openai', 'gpt-5.5', 272_000, 0)).toBe('2.720000');
  });

  it('takes media rates unless the request has and wants text only, and adds the fee of a request', () => {
    expect(worst('openai', 'gpt-realtime', 1000, 0)).toBe('0.032000');
    expect(worst('openai', 'gpt-realtime', 1000, 0, false, false)).toBe('0.004000');
    expect(worst('perplexity', 'sonar', 0, 0)).toBe('0.012000');
  });

  it('stays a number for any bound', () => {
    expect(book.find('openai', 'o1-pro', NOW)?.worstOf(Number.POSITIVE_INFINITY, Number.NaN)).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });
});
