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

/** The whole number behind a key (with its quotes and colon), at most 9 digits; 0 where there is none. No JSON is parsed. */
export function wholeAfter(bytes: Uint8Array, key: Uint8Array): number {
  // The second byte is a letter; quotes are too many to begin with.
  const letter = key[1] ?? 0;
  for (let at = bytes.indexOf(letter); at > 0; at = bytes.indexOf(letter, at + 1)) {
    if (standsAt(bytes, key, at - 1)) return wholeAt(bytes, at - 1 + key.length);
  }
  return 0;
}

function standsAt(bytes: Uint8Array, key: Uint8Array, start: number): boolean {
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
}

function wholeAt(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  let value = 0;
  for (let digits = 0; digits < 9; digits++, at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}
