// `prices:` of weir.yaml: prices of one's own, before the catalogue's. Reads an entry without a schema library, so that whoever
// validates the file can put the problems where they belong.
import { globMatches } from '../core/glob.js';
import { nearest } from '../core/nearest.js';
import { PICOS_PER_NANO, parseUsd, parseUsdPerMillion } from './amounts.js';
import type { WrittenRates } from './rates.js';

export interface PriceOverride {
  /** A configured provider's name or a kind; null: any. */
  readonly provider: string | null;
  /** A glob of model names as requested or served. */
  readonly model: string;
  /** Pico-dollars. */
  readonly rates: WrittenRates;
}

export interface PriceProblem {
  /** Within the entry: `input`; empty for the entry as a whole. */
  readonly field: string;
  readonly message: string;
}

const RATE_FIELDS: Readonly<Record<string, keyof WrittenRates>> = {
  input: 'input',
  output: 'output',
  cached_input: 'cachedInput',
  cache_write: 'cacheWrite',
  cache_write_1h: 'cacheWrite1h',
  reasoning: 'reasoning',
  audio_input: 'audioInput',
  audio_output: 'audioOutput',
};

const FIELDS = ['provider', 'model', ...Object.keys(RATE_FIELDS), 'per_request'];

/** Dollars a request that an override may ask. */
const PER_REQUEST_MAX_NANOS = 1e12;

/** One entry of `prices:`, all its problems at once. */
export function readPriceOverride(entry: unknown): {
  override: PriceOverride | null;
  problems: PriceProblem[];
} {
  const fields = mappingOf(entry);
  if (fields === null) return { override: null, problems: [notAMapping(FIELDS)] };
  const problems = unknownFields(fields, FIELDS);
  const provider = fields.get('provider') ?? null;
  if (provider !== null && (typeof provider !== 'string' || provider === ''))
    problems.push({ field: 'provider', message: "must be a provider's name or kind" });
  const model = fields.get('model');
  if (typeof model !== 'string' || model === '')
    problems.push({ field: 'model', message: 'must be a model name; `*` stands for any characters' });
  const rates = readRates(fields, problems);
  if (problems.length > 0 || typeof model !== 'string') return { override: null, problems };
  return { override: { provider: typeof provider === 'string' ? provider : null, model, rates }, problems };
}

/** `{ input, output }` of a policy's `unpriced:`; both are needed. Pico-dollars per token. */
export function readUnpriced(entry: unknown): { rates: WrittenRates | null; problems: PriceProblem[] } {
  const allowed = ['input', 'output'];
  const fields = mappingOf(entry);
  if (fields === null) return { rates: null, problems: [notAMapping(allowed)] };
  const problems = unknownFields(fields, allowed);
  const rates = readRates(fields, problems);
  return { rates: problems.length > 0 ? null : rates, problems };
}

function readRates(fields: ReadonlyMap<string, unknown>, problems: PriceProblem[]): WrittenRates {
  const rates: { -readonly [Rate in keyof WrittenRates]: number } = {};
  for (const [field, rate] of Object.entries(RATE_FIELDS)) {
    if (!fields.has(field)) {
      if (rate === 'input' || rate === 'output')
        problems.push({
          field,
          message: 'is missing; dollars per million tokens, "0" where it costs nothing',
        });
      continue;
    }
    const amount = parseUsdPerMillion(fields.get(field));
    if ('problem' in amount) problems.push({ field, message: amount.problem });
    else rates[rate] = amount.value;
  }
  if (fields.has('per_request')) {
    const amount = parseUsd(fields.get('per_request'));
    if ('problem' in amount) problems.push({ field: 'per_request', message: amount.problem });
    else if (amount.value > PER_REQUEST_MAX_NANOS)
      problems.push({ field: 'per_request', message: 'is more than 1000 dollars a request' });
    else rates.perRequest = amount.value * PICOS_PER_NANO;
  }
  return rates;
}

function mappingOf(entry: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return null;
  return new Map<string, unknown>(Object.entries(entry));
}

function notAMapping(allowed: readonly string[]): PriceProblem {
  return { field: '', message: `must be a mapping of ${allowed.join(', ')}` };
}

function unknownFields(fields: ReadonlyMap<string, unknown>, allowed: readonly string[]): PriceProblem[] {
  return [...fields.keys()]
    .filter(field => !allowed.includes(field))
    .map(field => {
      const meant = nearest(field, allowed);
      const mending = meant === null ? `allowed are ${allowed.join(', ')}` : `did you mean ${meant}?`;
      return { field, message: `is unknown; ${mending}` };
    });
}

/** The first in list order that fits. `kind` is the provider's kind, `provider` its configured name. */
export function overrideIndex(
  overrides: readonly PriceOverride[],
  provider: string,
  kind: string,
  model: string,
): number {
  return overrides.findIndex(
    each =>
      (each.provider === null || each.provider === provider || each.provider === kind) &&
      globMatches(each.model, model),
  );
}
