// A rate as the kernel's whole numbers: so many units pass in a millisecond, so many buy a token (assembly/limits/rate.ts).

export interface RateUnits {
  readonly unitsPerMs: number;
  readonly unitsPerToken: number;
}

/** A token bucket: `capacity` in tokens. */
export interface Rate extends RateUnits {
  readonly capacity: number;
}

/** So that the clock in units stays below 2^62 for 8.7 years: 1.6e7 tokens a millisecond, just over 1e12 a minute. */
const UNITS_PER_MS_MAX = 2 ** 24;
/** A full bucket in units: with it, what is owed and the clock fit into 63 bits (assembly/limits/layout.ts). */
const SIZE_UNITS_MAX = 2n ** 61n;

/**
 * `limit` tokens in `perMs` milliseconds as a fraction: exact where the limit, after reduction, is at most 2^24 (16,777,216); else from below, so that
 * never more than the limit passes, by less than 1.2e-7 of it. `capacity` is what the bucket holds. Throws RangeError beyond 2^24 tokens a
 * millisecond, and for a bucket that takes too long to fill (some years at the fewest).
 */
export function rateUnits(limit: number, perMs: number, capacity = limit): RateUnits {
  wholeNumber('limit', limit);
  wholeNumber('perMs', perMs);
  wholeNumber('capacity', capacity);
  if (limit > perMs * UNITS_PER_MS_MAX) {
    throw new RangeError(`${limit} tokens in ${perMs} ms; at most ${UNITS_PER_MS_MAX} a millisecond`);
  }
  const divisor = greatestCommonDivisor(limit, perMs);
  const exact = { unitsPerMs: limit / divisor, unitsPerToken: perMs / divisor };
  const units = exact.unitsPerMs <= UNITS_PER_MS_MAX ? exact : fromBelow(BigInt(limit), BigInt(perMs));
  if (BigInt(capacity) * BigInt(units.unitsPerToken) > SIZE_UNITS_MAX) {
    throw new RangeError(
      `a capacity of ${capacity} tokens takes too long to fill at ${limit} in ${perMs} ms`,
    );
  }
  return units;
}

function wholeNumber(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name} is ${value}; must be a whole number from 1 to 2^53`);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The largest fraction up to `over / under` whose numerator is at most UNITS_PER_MS_MAX: a walk down the Stern–Brocot tree. */
function fromBelow(over: bigint, under: bigint): RateUnits {
  const most = BigInt(UNITS_PER_MS_MAX);
  let [low, lowUnder, high, highUnder] = [0n, 1n, 1n, 0n];
  while (low + high <= most) {
    const below = over * lowUnder - under * low;
    const above = under * high - over * highUnder;
    // As many steps towards the other side at once as do not go past the rate, or past the bound.
    const up = smaller(below / above, (most - low) / high);
    low += up * high;
    lowUnder += up * highUnder;
    if (low + high > most) break;
    const left = over * lowUnder - under * low;
    const down = left === 0n ? 0n : (above - 1n) / left;
    high += down * low;
    highUnder += down * lowUnder;
    if (up === 0n && down === 0n) break;
  }
  return { unitsPerMs: Number(low), unitsPerToken: Number(lowUnder) };
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
