// Dollars as people write them and as Weir computes them: integer nano-dollars for amounts, pico-dollars per token for rates,
// never a float. $1 per million tokens is 1,000,000 pico-dollars per token; 2^53 nano-dollars are nine million dollars.

export const PICOS_PER_NANO = 1000;
export const NANOS_MAX = Number.MAX_SAFE_INTEGER;
/** A dollar per token: a thousand times the dearest model there is. */
export const RATE_PICOS_MAX = 1e12;

export type Amount = { readonly value: number } | { readonly problem: string };

/** Pico-dollars per token from dollars per million tokens: `"0.0375"`, `15`. Exact, or a problem that says what is allowed. */
export function parseUsdPerMillion(written: unknown): Amount {
  return parseDecimal(
    written,
    6,
    RATE_PICOS_MAX,
    'dollars per million tokens: 0 to 1000000, at most 6 decimals, such as "0.0375"',
  );
}

/** Nano-dollars from dollars: `"0.002030"`, `500`. Exact, or a problem that says what is allowed. */
export function parseUsd(written: unknown): Amount {
  return parseDecimal(
    written,
    9,
    NANOS_MAX,
    'dollars: 0 to 9007199.254740991, at most 9 decimals, such as "0.50"',
  );
}

/** `0.002030`: at least 6 decimals, up to 9 where needed, never an exponent. `nanos` is an integer; negative for what was given back. */
export function usdText(nanos: number): string {
  const size = Math.abs(nanos);
  const fraction = String(size % 1e9).padStart(9, '0');
  const decimals = fraction.endsWith('000')
    ? 6
    : fraction.endsWith('00')
      ? 7
      : fraction.endsWith('0')
        ? 8
        : 9;
  return `${nanos < 0 ? '-' : ''}${Math.floor(size / 1e9)}.${fraction.slice(0, decimals)}`;
}

// A number is read by its shortest decimal text, so 0.0375 is exactly that; what needs an exponent is too small or too large anyway.
function parseDecimal(written: unknown, decimals: number, max: number, allowed: string): Amount {
  const text =
    typeof written === 'number' ? String(written) : typeof written === 'string' ? written.trim() : '';
  const match = /^(\d{1,16})(?:\.(\d{1,20}))?$/.exec(text);
  if (match === null) return { problem: `${shown(written)} is no amount; it must be ${allowed}` };
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) return { problem: `${shown(written)} is too fine; it must be ${allowed}` };
  const value = BigInt((match[1] ?? '') + fraction.padEnd(decimals, '0'));
  if (value > BigInt(max)) return { problem: `${shown(written)} is too much; it must be ${allowed}` };
  return { value: Number(value) };
}

function shown(written: unknown): string {
  if (typeof written === 'string') return JSON.stringify(written.slice(0, 40));
  if (written === null || typeof written !== 'object') return String(written);
  return Array.isArray(written) ? 'a list' : 'a mapping';
}
