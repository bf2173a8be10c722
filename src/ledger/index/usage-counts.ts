// Sums of usage in JavaScript: the cost as whole dollars and nano-dollars, so that no sum is rounded.
import { usdText } from '../../price/amounts.js';
import type { UsageCounts } from '../usage-query.js';
import type { Row } from './database.js';

const NANOS_PER_DOLLAR = 1_000_000_000;

export interface Counts {
  requests: number;
  /** Input, output, cached input, cache write, reasoning. */
  readonly tokens: [number, number, number, number, number];
  dollars: number;
  /** Below a dollar. */
  nanos: number;
  unpriced: number;
}

export function newCounts(): Counts {
  return { requests: 0, tokens: [0, 0, 0, 0, 0], dollars: 0, nanos: 0, unpriced: 0 };
}

/** @param row requests, five kinds of tokens, dollars, nano-dollars, unpriced */
export function countsOf(row: Row): Counts {
  const at = (i: number) => Number(row[i] ?? 0);
  return {
    requests: at(0),
    tokens: [at(1), at(2), at(3), at(4), at(5)],
    dollars: at(6),
    nanos: at(7),
    unpriced: at(8),
  };
}

export function addCounts(sum: Counts, more: Counts): void {
  sum.requests += more.requests;
  for (const [i, tokens] of more.tokens.entries()) sum.tokens[i] = (sum.tokens[i] ?? 0) + tokens;
  const nanos = sum.nanos + more.nanos;
  sum.dollars += more.dollars + Math.floor(nanos / NANOS_PER_DOLLAR);
  sum.nanos = nanos % NANOS_PER_DOLLAR;
  sum.unpriced += more.unpriced;
}

export function shownCounts({ requests, tokens, dollars, nanos, unpriced }: Counts): UsageCounts {
  return {
    requests,
    input_tokens: tokens[0],
    output_tokens: tokens[1],
    cached_input_tokens: tokens[2],
    cache_write_tokens: tokens[3],
    reasoning_tokens: tokens[4],
    // The fraction alone is `0.…`.
    cost_usd: `${dollars}${usdText(nanos).slice(1)}`,
    unpriced,
  };
}
