// Values that satisfy a JSON Schema: what tool arguments and JSON answers are made of.
import { describe, expect, it } from 'vitest';
import { asciiJson, type JsonObject } from '../../src/simulator/json.js';
import { sampleOf } from '../../src/simulator/schema.js';

const within = (low: number, high: number) => (value: unknown) =>
  typeof value === 'number' && value >= low && value <= high;
const cases: [name: string, schema: JsonObject, holds: (value: unknown) => boolean][] = [
  ['an integer between its bounds', { type: 'integer', minimum: 3, maximum: 5 }, within(3, 5)],
  ['a number that has one value', { type: 'number', minimum: 2, maximum: 2 }, within(2, 2)],
  [
    'a number between open bounds',
    { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 2 },
    within(0.1, 1.9),
  ],
  ['a fraction between 0 and 1', { type: 'number', minimum: 0, maximum: 1 }, within(0, 1)],
  ['a fraction above 0', { type: 'number', exclusiveMinimum: 0, maximum: 1 }, within(0.01, 1)],
  ['a text of its least length', { type: 'string', minLength: 9 }, value => String(value).length >= 9],
  ['a text of its greatest length', { type: 'string', maxLength: 2 }, value => String(value).length <= 2],
  ['a constant', { const: 'm' }, value => value === 'm'],
  ['one of an enum', { enum: [1, 2] }, value => value === 1 || value === 2],
  ['a type in Gemini’s capitals', { type: 'BOOLEAN' }, value => typeof value === 'boolean'],
  ['the first type that is not null', { type: ['null', 'string'] }, value => typeof value === 'string'],
  ['the first of anyOf', { anyOf: [{ type: 'integer' }, { type: 'string' }] }, Number.isInteger],
  ['as many items as must be', { type: 'array', minItems: 3, items: { type: 'null' } }, isThreeNulls],
  [
    'what $ref points to',
    { $ref: '#/$defs/unit', $defs: { unit: { const: 'ft' } } },
    value => value === 'ft',
  ],
];

function isThreeNulls(value: unknown): boolean {
  return JSON.stringify(value) === '[null,null,null]';
}

describe('sampleOf', () => {
  it.each(cases)('gives %s, for any seed', (_name, schema, holds) => {
    for (let seed = 0; seed < 200; seed++) expect(sampleOf(schema, seed)).toSatisfy(holds);
  });

  it('ends where a schema refers to itself', () => {
    const node = { type: 'object', properties: { next: { $ref: '#' } } };
    expect(JSON.stringify(sampleOf(node, 1)).length).toBeLessThan(200);
  });

  it('is written in ASCII and read back the same', () => {
    const value = { größe: '水位 🌊' };
    expect(asciiJson(value)).toMatch(/^[ -~]*$/);
    expect(JSON.parse(asciiJson(value))).toEqual(value);
  });
});
