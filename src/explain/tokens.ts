// Where the tokens went and how they are known; what it cost and by which price.
import type { CostRecord, RequestRecord, UsageRecord } from '../core/record.js';
import { count, listed, quoted } from './words.js';

const KNOWN: Readonly<Record<string, string>> = {
  provider: 'as the provider reported',
  counted: 'counted by Weir',
  estimated: 'estimated by Weir',
  none: 'not known',
};

export function tokenSentences(record: RequestRecord): string[] {
  const { usage, attempts, ai, outcome } = record;
  if (attempts.length === 0)
    return outcome === 'running' ? [] : ['It took no tokens: nothing was sent to a provider.'];
  if (!ai.is_ai) return [];
  if (usage.input_tokens === null && usage.output_tokens === null) {
    return [
      outcome === 'running'
        ? 'Its tokens are not known yet.'
        : 'Its tokens are not known: the answer told of none.',
    ];
  }
  return [`Tokens: ${amounts(usage)}, ${known(usage)}.`, ...costSentence(record.cost)];
}

function amounts(usage: UsageRecord): string {
  const input = part(usage.input_tokens, 'in', [
    [usage.cached_input_tokens, 'from the cache'],
    [usage.cache_write_tokens, 'written to the cache'],
    [usage.audio_input_tokens, 'audio'],
  ]);
  const output = part(usage.output_tokens, 'out', [
    [usage.reasoning_tokens, 'reasoning'],
    [usage.audio_output_tokens, 'audio'],
  ]);
  // A null output in a usage that is known: the api has none (embeddings).
  const hasOutput = usage.output_tokens !== null || usage.source === 'none';
  return hasOutput ? `${input}, ${output}` : input;
}

/** `1,051 in (1,000 from the cache)`; subsets that are 0 or unknown are left out. */
function part(
  tokens: number | null,
  way: string,
  subsets: readonly (readonly [number | null, string])[],
): string {
  const total = tokens === null ? `an unknown number ${way}` : `${count(tokens)} ${way}`;
  const known = subsets.filter(([amount]) => amount !== null && amount > 0);
  if (known.length === 0) return total;
  return `${total} (${listed(known.map(([amount, what]) => `${count(amount ?? 0)} ${what}`))})`;
}

function known({ source, sources, output_tokens: output }: UsageRecord): string {
  const one = sources.input === sources.output || (output === null && source !== 'none');
  if (one) return KNOWN[sources.input] ?? sources.input;
  return `the input ${KNOWN[sources.input] ?? sources.input}, the output ${KNOWN[sources.output] ?? sources.output}`;
}

function costSentence(cost: CostRecord): string[] {
  if (cost.usd === null)
    return [
      cost.price === null
        ? 'No price is known for it, so no cost is shown.'
        : `What it cost is not known; it would be computed from ${quoted(cost.price)}.`,
    ];
  const how =
    cost.status === 'reported'
      ? 'as the provider reported'
      : `${cost.status} from ${quoted(cost.price ?? 'the price list')}`;
  return [`It cost $${cost.usd}, ${how}.`];
}
