// How sure a cost is, what providers report themselves, and sums over attempts.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cost } from '../../src/core/entry.js';
import { costOf, costRecord, sumOfCosts } from '../../src/price/cost.js';
import { PriceBook } from '../../src/price/price-book.js';
import { reportedCost } from '../../src/price/reported.js';
import { rawOf, usageOf } from './usage.js';

const book = new PriceBook();
const NOW = Date.parse('2026-11-23T12:00:00Z');
const exact = book.findServed('openai', null, 'gpt-4o', NOW);
const byRequest = book.findServed('openai', 'gpt-4o', 'gpt-4o-2031-01-01', NOW);
const usage = usageOf({ inputTokens: 12, outputTokens: 200 });

describe('the cost of a record', () => {
  it.each([
    ['computed', costOf(exact, usage, null), '0.002030'],
    ['computed', costOf(exact, usageOf({ ...usage, serviceTier: 'default' }), null), '0.002030'],
    ['estimated', costOf(exact, usageOf({ ...usage, source: 'estimated' }), null), '0.002030'],
    ['estimated', costOf(exact, usageOf({ ...usage, source: 'counted' }), null), '0.002030'],
    ['estimated', costOf(exact, usageOf({ ...usage, serviceTier: 'priority' }), null), '0.002030'],
    ['estimated', costOf(byRequest, usage, null), '0.002030'],
    ['reported', costOf(exact, usage, 7_000), '0.000007'],
    ['reported', costOf(null, usage, 0), '0.000000'],
    ['unpriced', costOf(null, usage, null), null],
    ['unpriced', costOf(exact, usageOf({ source: 'none' }), null), null],
  ])('is %s', (status, cost, usd) => {
    expect(costRecord(cost)).toMatchObject({ status, usd });
  });

  it('names the price and the catalogue that it was computed by', () => {
    expect(costRecord(costOf(exact, usage, null))).toEqual({
      usd: '0.002030',
      status: 'computed',
      price: 'openai/gpt-4o',
      catalogue: book.catalogue,
    });
    expect(book.catalogue).toMatch(/^genai-prices \d+\.\d+\.\d+$/);
  });

  it('adds attempts up, as sure as the weakest, leaving out those that were never metered', () => {
    const none = costOf(exact, usageOf({ source: 'none' }), null);
    const estimated = costOf(exact, usageOf({ ...usage, source: 'estimated' }), null);
    const sure = costOf(exact, usage, null);
    expect(sumOfCosts([none, estimated, sure])).toMatchObject({ nanos: 4_060_000, status: 'estimated' });
    expect(sumOfCosts([none])).toEqual(none);
    expect(sumOfCosts([])).toEqual({ nanos: null, status: 'unpriced', price: null, catalogue: null });
    const huge: Cost = { ...sure, nanos: Number.MAX_SAFE_INTEGER };
    expect(sumOfCosts([huge, huge]).nanos).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('a reported cost', () => {
  it.each<[string, unknown, number | null]>([
    ['openrouter', { cost: 0.00019325, is_byok: false }, 193_250],
    ['openrouter', { cost: 6e-8 }, 60],
    [
      'openrouter',
      { cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } },
      21_000_000,
    ],
    ['openrouter', { cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: null } }, null],
    ['openrouter', { cost: '0.5' }, null],
    ['openrouter', { cost: -1 }, null],
    ['openrouter', { prompt_tokens: 3 }, null],
    ['xai', { cost_in_usd_ticks: 37_756_000 }, 3_775_600],
    ['xai', { cost_in_usd_ticks: 5 }, 1],
    ['azure-openai', { cost_in_usd_ticks: 0 }, null],
    ['openai', { cost: 5 }, null],
    ['perplexity', { cost: { input_tokens_cost: 0, total_cost: 0.00503 } }, 5_030_000],
    ['perplexity', { cost: { currency: 'EUR', total_cost: 0.005 } }, null],
    ['vercel-ai-gateway', { cost: 0.0000702, is_byok: false }, 70_200],
    ['vercel-ai-gateway', { cost: 0, is_byok: true }, null],
    ['__proto__', { cost: 1 }, null],
  ])('of %s in %j is %j nano-dollars', (provider, raw, nanos) => {
    expect(reportedCost(provider, rawOf(raw))).toBe(nanos);
  });

  it('is the last that was said, and nothing where the bytes are no usage object', () => {
    const raw = [...rawOf({ cost: { total_cost: 0 } }), ...rawOf({ cost: { total_cost: 0.01 } })];
    expect(reportedCost('perplexity', raw)).toBe(10_000_000);
    expect(reportedCost('openrouter', [new TextEncoder().encode('{"cost":1')])).toBeNull();
    expect(
      reportedCost('openrouter', [new TextEncoder().encode(`{"cost":1,"x":"${'y'.repeat(70_000)}"}`)]),
    ).toBeNull();
    expect(reportedCost('openrouter', [])).toBeNull();
  });
});

const CORPUS = new URL('../../../shared/corpus/INDEX.jsonl', import.meta.url);
const corpusPresent = existsSync(CORPUS);

describe.skipIf(!corpusPresent)('recorded usage objects (needs ../shared/corpus)', () => {
  it('tell a cost wherever one stands in them, for the providers that document it', () => {
    const field = /"cost":|cost_in_usd_ticks/;
    let told = 0;
    for (const line of readFileSync(CORPUS, 'utf8').trim().split('\n')) {
      const { provider, usage_raw: raw } = JSON.parse(line) as {
        provider: string;
        usage_raw: unknown[] | null;
      };
      if (!['openrouter', 'xai', 'perplexity', 'vercel-ai-gateway'].includes(provider)) continue;
      const cost = reportedCost(provider, (raw ?? []).flatMap(rawOf));
      expect(cost !== null, JSON.stringify(raw)).toBe(field.test(JSON.stringify(raw)));
      if (cost !== null) told++;
      if (cost !== null) expect(Number.isSafeInteger(cost)).toBe(true);
    }
    expect(told).toBeGreaterThan(100);
  });

  it('of xAI have the cost that xAI billed, computed from its tokens by the catalogue', () => {
    const lines = readFileSync(CORPUS, 'utf8').trim().split('\n');
    const compared = lines.flatMap(line => {
      const record = JSON.parse(line) as Recording;
      const { provider, model, usage_raw: raw, expected } = record;
      const billed = provider === 'xai' ? reportedCost('xai', (raw ?? []).flatMap(rawOf)) : null;
      const price = model === null ? null : book.find('xai', model, NOW);
      if (billed === null || price === null || expected?.input_tokens == null) return [];
      const { input_tokens, output_tokens, cached_input_tokens } = expected;
      const tokens = {
        inputTokens: input_tokens,
        outputTokens: output_tokens,
        cachedInputTokens: cached_input_tokens,
      };
      return [(price.costOf(usageOf(tokens)) ?? 0) / billed];
    });
    expect(compared.length).toBeGreaterThan(30);
    for (const ratio of compared) expect(ratio).toBeCloseTo(1, 3);
  });
});

interface Recording {
  provider: string;
  model: string | null;
  usage_raw: unknown[] | null;
  expected: {
    input_tokens: number | null;
    output_tokens: number | null;
    cached_input_tokens: number | null;
  } | null;
}
