// Reading a provider's own usage objects (`Usage.raw`) without trusting them: a bounded parse, and fields that are what they must be.

/** A usage object is some hundred bytes; one of this size is none. */
const RAW_BYTES_MAX = 65_536;

export type Fields = ReadonlyMap<string, unknown>;

const NONE: Fields = new Map();

/** The object's own members; empty where the bytes are no JSON object. */
export function fieldsOfBytes(bytes: Uint8Array): Fields {
  if (bytes.length > RAW_BYTES_MAX) return NONE;
  try {
    return fieldsOf(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')));
  } catch {
    // Not JSON: the provider said nothing that can be read, which is what an empty object says.
    return NONE;
  }
}

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NONE;
  return new Map<string, unknown>(Object.entries(value));
}

export function fieldsAt(fields: Fields, name: string): Fields {
  return fieldsOf(fields.get(name));
}

/** Finite and not negative, else null. */
export function numberAt(fields: Fields, name: string): number | null {
  const value = fields.get(name);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

export function saysAny(bytes: Uint8Array, words: readonly string[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return words.some(word => buffer.includes(word));
}
