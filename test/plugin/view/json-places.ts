// Where each value of a JSON text stands: a slow, obvious reader for tests.
import type { Json } from '../../kernel/conversation-twin.js';

export type Path = readonly (string | number)[];

export interface Place {
  readonly path: Path;
  /** Offset in bytes of the first byte: of a string's inside, or of any other value. */
  readonly start: number;
  readonly end: number;
}

/** Of valid JSON, every value in wire order, containers before what is in them. */
export function placesIn(body: Buffer): Place[] {
  const text = body.toString('latin1');
  const places: Place[] = [];
  let p = 0;
  const next = (): string => {
    while (/[ \n\r\t]/.test(text[p] ?? '')) p++;
    return text[p] ?? '';
  };
  const string = (): string => {
    const from = p++;
    while (text[p] !== '"') p += text[p] === '\\' ? 2 : 1;
    return JSON.parse(body.toString('utf8', from, ++p)) as string;
  };
  const value = (path: Path): void => {
    const c = next();
    const at = places.length;
    const start = c === '"' ? p + 1 : p;
    places.push({ path, start, end: 0 });
    if (c === '"') string();
    else if (c === '{' || c === '[') {
      p++;
      for (let i = 0; next() !== '}' && next() !== ']'; i++) {
        if (next() === ',') p++;
        if (c === '[') value([...path, i]);
        else {
          next();
          const key = string();
          next();
          p++;
          value([...path, key]);
        }
      }
      p++;
    } else while (p < text.length && !/[,\]} \n\r\t]/.test(text[p] ?? '')) p++;
    places[at] = { path, start, end: c === '"' ? p - 1 : p };
  };
  value([]);
  return places;
}

/** A copy of `value` with another value at `path`, and nothing else changed. */
export function withValue(value: Json, path: Path, put: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (Array.isArray(value))
    return value.map((inner, i) => (i === step ? withValue(inner, rest, put) : inner));
  if (typeof value !== 'object' || value === null) throw new Error(`nothing at ${step}`);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === step ? withValue(inner, rest, put) : inner]),
  );
}
