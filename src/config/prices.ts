// `prices:` entries → PriceOverride: prices that come before the catalogue's, the first that fits.
import { nearest } from '../core/nearest.js';
import { PICOS_PER_NANO } from '../price/amounts.js';
import type { PriceOverride } from '../price/overrides.js';
import { BUILT_IN_NAMES } from '../provider/table.js';
import type { Findings } from './findings.js';
import { listShape } from './schema.js';
import { priceSchema } from './schema-policies.js';

export function resolvePrices(
  raw: unknown,
  providerNames: ReadonlySet<string>,
  findings: Findings,
): PriceOverride[] {
  if (raw !== undefined && !Array.isArray(raw)) {
    findings.parse(listShape.prices, raw, ['prices']);
    return [];
  }
  const prices: PriceOverride[] = [];
  for (const [i, entry] of (raw ?? []).entries()) {
    const path = ['prices', i];
    const values = findings.parse(priceSchema, entry, path);
    if (values === undefined) continue;
    const { provider = null, model } = values;
    const known = new Set([...providerNames, ...BUILT_IN_NAMES, 'openai-compatible']);
    if (provider !== null && !known.has(provider)) {
      const near = nearest(provider, known);
      const mend = near === null ? '' : `did you mean ${near}?`;
      findings.refuse([...path, 'provider'], provider, "a configured provider's name or a kind", mend);
    }
    const rates: { -readonly [Rate in keyof PriceOverride['rates']]: number } = {
      input: values.input,
      output: values.output,
    };
    if (values.cached_input !== undefined) rates.cachedInput = values.cached_input;
    if (values.cache_write !== undefined) rates.cacheWrite = values.cache_write;
    if (values.cache_write_1h !== undefined) rates.cacheWrite1h = values.cache_write_1h;
    if (values.reasoning !== undefined) rates.reasoning = values.reasoning;
    if (values.audio_input !== undefined) rates.audioInput = values.audio_input;
    if (values.audio_output !== undefined) rates.audioOutput = values.audio_output;
    if (values.per_request !== undefined) rates.perRequest = values.per_request * PICOS_PER_NANO;
    prices.push({ provider, model, rates });
  }
  return prices;
}
