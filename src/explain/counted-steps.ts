// How Weir came to a number of tokens that the provider did not report, as a sentence.
import type { RequestRecord } from '../core/record.js';
import { count, counted, quoted } from './words.js';

type Facts = RequestRecord['steps'][number]['evidence'];

/** Null where the code is not one of these or the numbers are missing. */
export function countedStep(code: string, facts: Facts): string | null {
  const [, side, how] = /^(input|output)_(counted|estimated)$/.exec(code) ?? [];
  if (side === undefined || typeof facts.tokens !== 'number' || typeof facts.counted !== 'number')
    return null;
  const silence = silenceText(side, facts);
  const result =
    how === 'counted' ? `Weir counted ${sumText(facts)}` : `Weir estimates ${estimateText(facts)}`;
  return `${silence}; ${result}${missingText(facts)} (${code}).`;
}

function silenceText(side: string, { cut, reported }: Facts): string {
  if (cut !== true) return `The provider reported no ${side} tokens`;
  const said =
    typeof reported === 'number'
      ? `the provider had reported ${count(reported)}`
      : 'the provider had reported any';
  return `The answer broke off ${typeof reported === 'number' ? 'when' : 'before'} ${said} of its ${side} tokens`;
}

function sumText({ tokens, encoding }: Facts): string {
  return `${typeof tokens === 'number' ? count(tokens) : 'them'} with ${name(encoding)}`;
}

/** `1,165 of them: 1,040 counted with o200k_base × 1.12 ± 4 %`. */
function estimateText(facts: Facts): string {
  const { tokens, counted: base, factor, spread } = facts;
  if (typeof factor !== 'number') return sumText(facts);
  const by = ` × ${count(Math.round(factor * 100) / 100)}${spreadText(spread)}`;
  return `${counted(Number(tokens), 'token')}: ${count(Number(base))} counted with ${name(facts.encoding)}${by}`;
}

function spreadText(spread: Facts[string] | undefined): string {
  return typeof spread === 'number' ? ` ± ${count(Math.round(spread * 100))} %` : '';
}

function missingText({ uncounted, cut, billing_stops: stops }: Facts): string {
  const parts = typeof uncounted === 'string' ? `; not counted: ${quoted(uncounted)}` : '';
  const bill = cut === true && stops === false ? '; what it generates and bills after that is not seen' : '';
  return parts + bill;
}

function name(value: Facts[string] | undefined): string {
  return typeof value === 'string' ? quoted(value) : 'its tokenizer';
}
