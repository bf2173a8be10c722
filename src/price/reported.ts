// The cost that a provider itself tells beside the usage: the bill, where it is there. Only where the provider documents the
// field or its recordings agree on it; a number of the same name from anybody else is not taken for dollars.
import { NANOS_MAX } from './amounts.js';
import { type Fields, fieldsAt, fieldsOfBytes, numberAt, saysAny } from './raw-json.js';

type Reader = (raw: Fields) => number | null;

const READERS: ReadonlyMap<string, { readonly word: string; readonly read: Reader }> = new Map([
  ['openrouter', { word: 'cost', read: openRouter }],
  // https://docs.x.ai/developers/cost-tracking: 10^10 ticks are a dollar, "the actual amount billed", tools included.
  ['xai', { word: 'cost_in_usd_ticks', read: raw => nanos(numberAt(raw, 'cost_in_usd_ticks'), 1e-1) }],
  ['perplexity', { word: 'total_cost', read: perplexity }],
  ['vercel-ai-gateway', { word: 'cost', read: vercel }],
]);

/** Nano-dollars by the last usage object that says so; null where the provider (a kind) told none. */
export function reportedCost(provider: string, raw: readonly Uint8Array[]): number | null {
  const reader = READERS.get(provider);
  if (reader === undefined) return null;
  let cost: number | null = null;
  for (const bytes of raw) {
    if (saysAny(bytes, [reader.word])) cost = reader.read(fieldsOfBytes(bytes)) ?? cost;
  }
  return cost;
}

/** `cost` is what OpenRouter charges (credits are dollars); with a key of one's own it is only its fee, and the provider bills the rest. */
function openRouter(raw: Fields): number | null {
  const charged = nanos(numberAt(raw, 'cost'), 1e9);
  if (charged === null || raw.get('is_byok') !== true) return charged;
  const upstream = nanos(numberAt(fieldsAt(raw, 'cost_details'), 'upstream_inference_cost'), 1e9);
  return upstream === null ? null : Math.min(charged + upstream, NANOS_MAX);
}

/** The same shape as OpenRouter's; what it says with a key of one's own is not known, so nothing is taken then. */
function vercel(raw: Fields): number | null {
  return raw.get('is_byok') === true ? null : nanos(numberAt(raw, 'cost'), 1e9);
}

function perplexity(raw: Fields): number | null {
  const cost = fieldsAt(raw, 'cost');
  const currency = cost.get('currency') ?? 'USD';
  return currency === 'USD' ? nanos(numberAt(cost, 'total_cost'), 1e9) : null;
}

/** Decimal fractions are inexact in binary, by far less than the half nano-dollar that rounding forgives. */
function nanos(value: number | null, scale: number): number | null {
  return value === null ? null : Math.min(Math.round(value * scale), NANOS_MAX);
}
