// Amounts of policies in words: numbers of a unit, dollars as decimal strings (CONTRACT.md §4).
import type { RequestRecord } from '../core/record.js';
import { count } from './words.js';

type Facts = RequestRecord['steps'][number]['evidence'];

/** What a policy counts; null where the step does not say. */
export type AmountUnit =
  | 'requests'
  | 'tokens'
  | 'input_tokens'
  | 'output_tokens'
  | 'concurrent'
  | 'usd'
  | null;

const UNITS: ReadonlySet<string> = new Set([
  'requests',
  'tokens',
  'input_tokens',
  'output_tokens',
  'concurrent',
  'usd',
]);

export function unitOf({ unit }: Facts): AmountUnit {
  return typeof unit === 'string' && UNITS.has(unit) ? (unit as AmountUnit) : null;
}

/** `800 tokens`, `$12.50`; without its noun `800`; null where it is no amount. */
export function amount(value: Facts[string] | undefined, unit: AmountUnit, noun = true): string | null {
  if (typeof value === 'string') return dollars(value);
  if (typeof value !== 'number') return null;
  if (!noun || unit === null || unit === 'usd') return count(value);
  const word = unit === 'concurrent' ? 'request' : unit.replace('_', ' ').replace(/s$/, '');
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`;
}

/** What is left: never less than nothing, as whoever owes has none. */
export function amountLeft(value: Facts[string] | undefined, unit: AmountUnit): string | null {
  if (Number(value) < 0) return amount(typeof value === 'string' ? '0' : 0, unit, false);
  return amount(value, unit, false);
}

/** Output tokens that a request asks for. */
export function outputAmount(bound: Facts[string] | undefined): string {
  return typeof bound === 'number' ? `up to ${count(bound)} output tokens` : 'output without a bound';
}

/** `500.000000` → `$500.00`: zeros beyond the cents say nothing. */
function dollars(text: string): string | null {
  const [, sign, whole, part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  return `${sign}$${count(Number(whole))}.${part.replace(/0+$/, '').padEnd(2, '0')}`;
}
