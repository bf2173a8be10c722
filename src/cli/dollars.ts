// Dollars for people: as many decimals as the sum is worth, thousands apart, and never a wrong cent by floating point.

const NANOS = 1_000_000_000n;
const DECIMALS = 9;

/** Exact nano-dollars of a decimal text as the API gives it. */
export function nanosOf(usd: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(usd);
  if (match === null) throw new RangeError(`${JSON.stringify(usd)} is no amount of dollars`);
  const nanos = BigInt(match[2] ?? '0') * NANOS + BigInt((match[3] ?? '').padEnd(DECIMALS, '0'));
  return match[1] === '-' ? -nanos : nanos;
}

/** Cents from a hundred dollars on; below, what still tells calls of a small model apart. */
export function decimalsFor(total: bigint): number {
  const size = total < 0n ? -total : total;
  return size >= 100n * NANOS ? 2 : size >= NANOS ? 4 : 6;
}

/** `$1,234.57`; an amount that would be rounded to nothing is `<$0.01`. */
export function dollars(nanos: bigint, decimals: number): string {
  const size = nanos < 0n ? -nanos : nanos;
  const unit = 10n ** BigInt(DECIMALS - decimals);
  const rounded = (size + unit / 2n) / unit;
  const sign = nanos < 0n ? '-' : '';
  if (rounded === 0n && size > 0n) return `${sign}<$${text(1n, decimals)}`;
  return `${sign}$${text(rounded, decimals)}`;
}

export function isRounded(nanos: bigint, decimals: number): boolean {
  return nanos % 10n ** BigInt(DECIMALS - decimals) !== 0n;
}

function text(units: bigint, decimals: number): string {
  const scale = 10n ** BigInt(decimals);
  return `${(units / scale).toLocaleString('en-US')}.${String(units % scale).padStart(decimals, '0')}`;
}
