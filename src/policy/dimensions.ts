// The values that a limit counts by (CONTRACT.md §3, `by`), and the text that its bucket is named after. Hot path: per request and policy.
import { createHash } from 'node:crypto';
import type { Dimension } from '../config/config.js';
import type { PolicyFacts } from './facts.js';

/** Longer values are counted by their hash: nobody's header can be of any length in a list of limits. */
const VALUE_BYTES_MAX = 128;
const ABSENT = '(none)';
export const OVERFLOW = '(overflow)';

/** Callers choose these values freely, so in a full table new ones share one bucket. */
export function isOpen({ kind }: Dimension): boolean {
  return kind === 'client_ip' || kind === 'end_user' || kind === 'tag' || kind === 'header';
}

/** `consumer`, `tag.team`: as in the configuration. */
export function dimensionName(dimension: Dimension): string {
  return 'name' in dimension ? `${dimension.kind}.${dimension.name}` : dimension.kind;
}

export function dimensionValue(dimension: Dimension, facts: PolicyFacts): string {
  const value = rawValue(dimension, facts);
  if (value === null || value === '') return ABSENT;
  // Nobody may put himself among those who bring no value or found no room.
  if (value.charCodeAt(0) === 40 && (value === ABSENT || value === OVERFLOW)) return hashed(value);
  // A UTF-16 unit is at most three bytes: short ones need no count.
  if (value.length * 3 <= VALUE_BYTES_MAX || Buffer.byteLength(value) <= VALUE_BYTES_MAX) return value;
  return hashed(value);
}

function hashed(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

function rawValue(dimension: Dimension, facts: PolicyFacts): string | null {
  switch (dimension.kind) {
    case 'consumer':
      return facts.consumerName;
    case 'key':
      return facts.keyName;
    case 'provider':
      return facts.provider;
    case 'model':
      return facts.servedModel;
    case 'api':
      return facts.api;
    case 'client_ip':
      return facts.clientIp;
    case 'end_user':
      return facts.endUser;
    case 'tag':
      return facts.tag(dimension.name);
    case 'header':
      return facts.header(dimension.name);
  }
}

/** The values as one text that no other values make: each with its length before it. */
export function joined(values: readonly string[]): string {
  let text = '';
  for (const value of values) text += `${value.length}:${value}`;
  return text;
}

/** The values that joined() has put together. */
export function split(text: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at);
    const end = colon + 1 + Number(text.slice(at, colon));
    values.push(text.slice(colon + 1, end));
    at = end;
  }
  return values;
}

/** Whether the value at a place of what joined() has put together is this one; without taking it all apart. */
export function isPart(text: string, place: number, value: string): boolean {
  let at = 0;
  for (let before = 0; before < place; before++) {
    const colon = text.indexOf(':', at);
    if (colon < 0) return false;
    at = colon + 1 + Number(text.slice(at, colon));
  }
  const colon = text.indexOf(':', at);
  return colon >= 0 && Number(text.slice(at, colon)) === value.length && text.startsWith(value, colon + 1);
}

/** `consumer=team-a, model=gpt-4o`. `names` in the order of the joined values. */
export function namedValues(names: readonly string[], values: string): string {
  if (names.length === 0) return '';
  return split(values)
    .map((value, i) => `${names[i]}=${value}`)
    .join(', ');
}
