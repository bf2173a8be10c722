// Our integers against the package's floats: the same entry found and the same cost, for random usages of every model of the catalogue.
import { calcPrice, type Usage as OracleUsage } from '@pydantic/genai-prices';
import { describe, expect, it, vi } from 'vitest';
import type { Usage } from '../../src/core/usage.js';
import { type CatalogueModel, loadCatalogue, type MatchRule } from '../../src/price/catalogue.js';
import { catalogueName } from '../../src/price/names.js';
import { PriceBook } from '../../src/price/price-book.js';
import { usageOf } from './usage.js';

const KINDS =
  `openai azure-openai anthropic gemini vertex-ai bedrock mistral cohere groq deepseek xai openrouter together
  fireworks perplexity cerebras zai moonshot voyage`.split(/\s+/);

/** Moments on both sides of every date and daily window that the catalogue has. */
const MOMENTS = [
  '2025-05-01T00:00:00Z',
  '2025-06-09T23:59:59.999Z',
  '2025-06-10T00:00:00Z',
  '2026-08-17T00:29:59.999Z',
  '2026-08-17T00:30:00Z',
  '2026-08-21T03:59:59.999Z',
  '2026-11-23T06:00:00Z',
  '2026-11-23T16:30:00Z',
  '2027-01-01T10:00:00Z',
].map(text => Date.parse(text));

function names(rule: MatchRule): string[] {
  if ('or' in rule) return rule.or.flatMap(names);
  if ('and' in rule) return rule.and.flatMap(names);
  if ('equals' in rule) return [rule.equals, rule.equals.toUpperCase()];
  if ('starts_with' in rule) return [rule.starts_with, `${rule.starts_with}-20250514`];
  if ('ends_with' in rule) return [rule.ends_with];
  return 'contains' in rule ? [rule.contains, `us.${rule.contains}-v1:0`] : [];
}

/** A linear congruential generator: the same usages at every run. */
let seed = 4;
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

function randomUsage(written: ReadonlySet<string>, claude: boolean): { usage: Usage; oracle: OracleUsage } {
  const size = [40, 5_000, 600_000, 3_000_000][random(4)] ?? 40;
  const input = random(size);
  const output = random(size / 2);
  const cached = random(input);
  // The documented factors for Claude where the catalogue is silent are ours (rates.test.ts); the package takes the input rate.
  const write = claude && !written.has('cacheWrite') ? 0 : random(input - cached);
  const write1h = claude && !written.has('cacheWrite1h') ? 0 : random(write);
  const audio = random(3) === 0 ? random(input - write) : 0;
  const audioOut = random(3) === 0 ? random(output) : 0;
  const reasoning = random(output - audioOut);
  const usage = usageOf({
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: write,
    cacheWrite1hTokens: write1h,
    audioInputTokens: audio,
    audioOutputTokens: audioOut,
    reasoningTokens: reasoning,
  });
  const oracle = {
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: cached,
    cache_write_tokens: write,
    cache_write_1h_tokens: write1h,
    input_audio_tokens: audio,
    cache_audio_read_tokens: Math.max(0, audio - (input - cached - write)),
    output_audio_tokens: audioOut,
    output_reasoning_tokens: reasoning,
  };
  return { usage, oracle };
}

const catalogue = loadCatalogue();
const ENTRIES: ReadonlyMap<string, CatalogueModel> = new Map(
  catalogue.providers.flatMap(({ id, models }) => models.map(model => [`${id}/${model.id}`, model] as const)),
);
const book = new PriceBook();

/** Every disagreement as a line; nothing where the book has no price. */
function compare(kind: string, provider: string, name: string): { compared: number; wrong: string[] } {
  const known = catalogueName(kind, name);
  const wrong: string[] = [];
  let compared = 0;
  let moments = MOMENTS;
  for (let index = 0; index < moments.length; index++) {
    const atMs = moments[index] ?? 0;
    const price = book.find(kind, name, atMs);
    if (price === null || known === null) continue;
    const entry = ENTRIES.get(price.name);
    if (entry?.plans.length === 1) moments = MOMENTS.slice(0, 2);
    const { usage, oracle } = randomUsage(ratesOf(entry), price.name.includes('claude'));
    const truth = calcPrice(oracle, known.model, { providerId: provider, timestamp: new Date(atMs) });
    const nanos = (truth?.total_price ?? Number.NaN) * 1e9;
    const ours = price.costOf(usage) ?? Number.NaN;
    // Half a nano-dollar of rounding, the float's own error, and six OpenRouter rates of 83,333.33 pico-dollars.
    const thirds = price.name.startsWith('openrouter/') ? (usage.cacheWriteTokens ?? 0) * 0.0005 : 0;
    const same = Math.abs(ours - nanos) <= 0.5 + nanos * 1e-12 + thirds + 1e-6;
    const bounded = price.worstOf(usage.inputTokens ?? 0, usage.outputTokens ?? 0) >= ours;
    if (truth?.model.id !== entry?.id || !same || !bounded)
      wrong.push(`${kind} ${name} at ${atMs}: ${price.name} ${ours}, not ${truth?.model.id} ${nanos}`);
    compared++;
  }
  return { compared, wrong };
}

function ratesOf(entry: CatalogueModel | undefined): ReadonlySet<string> {
  return new Set(entry?.plans.flatMap(plan => plan.bands?.flatMap(band => Object.keys(band.rates)) ?? []));
}

describe('the price book beside the package', () => {
  it('finds the same entry and computes the same cost for random usages of every model, at every date', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    let compared = 0;
    const wrong: string[] = [];
    for (const kind of KINDS) {
      const provider = catalogue.providers.find(each => each.id === catalogueName(kind, 'x')?.provider);
      if (provider === undefined) throw new Error(`no catalogue provider for ${kind}`);
      const homes = [provider, ...catalogue.providers.filter(each => provider.fallback.includes(each.id))];
      const all = homes.flatMap(home => home.models.flatMap(model => [model.id, ...names(model.match)]));
      for (const name of new Set(all)) {
        const result = compare(kind, provider.id, name);
        compared += result.compared;
        wrong.push(...result.wrong);
      }
    }
    vi.restoreAllMocks();
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(5_000);
  });

  it('has an entry for every model of every provider that it takes over, none lost in the build', () => {
    const models = catalogue.providers.flatMap(provider => provider.models);
    const rates = models.flatMap(({ plans }) =>
      plans.flatMap(({ bands }) => (bands ?? []).flatMap(band => Object.values(band.rates))),
    );
    expect(rates.filter(rate => !Number.isSafeInteger(rate) || rate < 0)).toEqual([]);
    expect(models.filter(({ plans }) => plans.length === 0)).toEqual([]);
    expect(catalogue.providers.reduce((sum, each) => sum + each.models.length, 0)).toBeGreaterThan(1000);
  });
});
