// Compares and prints function types.
import type { Signature } from '../abi.js';
import type { FunctionType } from './parsed-module.js';

const NAMES: Readonly<Record<string, string>> = {
  i: 'i32',
  l: 'i64',
  f: 'f32',
  d: 'f64',
  v: 'v128',
  r: 'funcref',
  x: 'externref',
};
/** A type may have a thousand parameters; a sentence shows the first. */
const SHOWN_MAX = 12;

export function sameSignature(type: FunctionType, wanted: Signature): boolean {
  return type.params === wanted.params && type.results === wanted.result;
}

/** `(i32, i32) -> i64`. */
export function signatureText(params: string, results: string): string {
  return `(${listed(params)}) -> ${results.length === 1 ? listed(results) : `(${listed(results)})`}`;
}

function listed(letters: string): string {
  const names = [...letters.slice(0, SHOWN_MAX)].map(letter => NAMES[letter] ?? letter);
  if (letters.length > SHOWN_MAX) names.push(`${letters.length - SHOWN_MAX} more`);
  return names.join(', ');
}
