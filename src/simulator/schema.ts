// Arguments for a tool call, or an answer in JSON: a value that satisfies the common part of JSON Schema
// (types, properties, enum, const, $ref, anyOf, bounds of numbers and lengths); deterministic by seed.
import { arrayOf, type JsonObject, objectOf, stringOf } from './json.js';
import { mix, wordAt } from './words.js';

/** What is answered where any JSON object will do. */
export const ANY_JSON: JsonObject = { properties: { answer: { type: 'string' } } };

/** Deeper than any tool in use; ends a schema that refers to itself. */
const DEPTH_MAX = 8;
const PROPERTIES_MAX = 64;
const ITEMS_MAX = 8;
const LENGTH_MAX = 1024;

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  time: '12:00:00Z',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'reader@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

export function sampleOf(schema: JsonObject, seed: number): unknown {
  return sample(schema, schema, seed, 0);
}

function sample(schema: JsonObject, root: JsonObject, seed: number, depth: number): unknown {
  if (depth > DEPTH_MAX) return null;
  const target = resolve(schema, root);
  if (target !== schema) return sample(target, root, seed, depth + 1);
  if ('const' in schema) return schema.const;
  const options = arrayOf(schema.enum);
  if (options.length > 0) return options[mix(seed) % options.length];
  switch (typeOf(schema)) {
    case 'string':
      return sampleString(schema, seed);
    case 'integer':
      return sampleNumber(schema, seed, Math.ceil);
    case 'number':
      return sampleNumber(schema, seed, value => value);
    case 'boolean':
      return (mix(seed) & 1) === 1;
    case 'null':
      return null;
    case 'array':
      return sampleArray(schema, root, seed, depth);
    default:
      return sampleObject(schema, root, seed, depth);
  }
}

function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  const ref = stringOf(schema.$ref);
  if (ref?.startsWith('#/')) {
    let at: unknown = root;
    for (const step of ref.slice(2).split('/')) at = objectOf(at)?.[decodeURIComponent(step)];
    return objectOf(at) ?? {};
  }
  const union = [...arrayOf(schema.anyOf), ...arrayOf(schema.oneOf), ...arrayOf(schema.allOf)];
  return objectOf(union[0]) ?? schema;
}

/** Lower case, since Gemini writes `STRING`; the first of a list that is not null. */
function typeOf(schema: JsonObject): string {
  const type = Array.isArray(schema.type) ? schema.type.find(name => name !== 'null') : schema.type;
  if (typeof type === 'string') return type.toLowerCase();
  return 'items' in schema ? 'array' : 'object';
}

function sampleString(schema: JsonObject, seed: number): string {
  const format = FORMATS[stringOf(schema.format) ?? ''];
  if (format !== undefined) return format;
  const min = Math.min(Number(schema.minLength ?? 0) || 0, LENGTH_MAX);
  const max = Number(schema.maxLength ?? LENGTH_MAX);
  let text = wordAt(seed, 1, 3, false).trim();
  for (let i = 2; text.length < min; i++) text += wordAt(seed, i, i + 2, false);
  return Number.isFinite(max) ? text.slice(0, Math.max(max, min)) : text;
}

/** A whole number strictly between the bounds; where there is none, what lies halfway, mended by `repair`. */
function sampleNumber(schema: JsonObject, seed: number, repair: (value: number) => number): number {
  const min = Number(schema.minimum ?? schema.exclusiveMinimum ?? Number.NaN);
  const max = Number(schema.maximum ?? schema.exclusiveMaximum ?? Number.NaN);
  const low = Number.isNaN(min) ? Math.min(1, Number.isNaN(max) ? 1 : max - 1) : min;
  const high = Number.isNaN(max) ? low + 20 : max;
  const first = Math.floor(low) + 1;
  const last = Math.ceil(high) - 1;
  return last < first ? repair((low + high) / 2) : first + (mix(seed) % (last - first + 1));
}

function sampleArray(schema: JsonObject, root: JsonObject, seed: number, depth: number): unknown[] {
  const count = Math.min(Math.max(Number(schema.minItems ?? 1) || 1, 1), ITEMS_MAX);
  const items = objectOf(schema.items) ?? { type: 'string' };
  return Array.from({ length: count }, (_, i) => sample(items, root, mix(seed + i), depth + 1));
}

function sampleObject(schema: JsonObject, root: JsonObject, seed: number, depth: number): JsonObject {
  const result: Record<string, unknown> = {};
  const properties = Object.entries(objectOf(schema.properties) ?? {}).slice(0, PROPERTIES_MAX);
  properties.forEach(([name, value], i) => {
    result[name] = sample(objectOf(value) ?? { type: 'string' }, root, mix(seed + i + 1), depth + 1);
  });
  return result;
}
