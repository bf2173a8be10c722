// Amounts as people write them: `32MiB`, `1h30m`. Read exactly or not at all; written so that they read back the same.

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const TIME_UNITS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** Bytes from `1048576`, `512B`, `32KiB`, `1.5MiB`, `10MB` (1000s). Null where it is no such thing or no whole number of bytes. */
export function parseBytes(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s?([KMG]i?B|B)?$/.exec(text.trim());
  if (match === null) return null;
  return wholeNumber(Number(match[1]) * (BYTE_UNITS[match[2] ?? 'B'] ?? Number.NaN));
}

/** The largest binary unit that divides it: 33554432 is `32MiB`, 1000 is `1000B`. */
export function formatBytes(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB']) {
    const size = BYTE_UNITS[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

/** Milliseconds from `250ms`, `5s`, `1.5s`, `1h30m`, `2d`: each unit once, large before small. Null otherwise. */
export function parseDuration(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d{1,12}(?:\.\d{1,6})?)(ms|[dhms])/gy)];
  if (parts.length === 0 || parts.reduce((sum, part) => sum + part[0].length, 0) !== text.trim().length)
    return null;
  let total = 0;
  let unitBefore = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    const unit = TIME_UNITS[part[2] ?? ''] ?? Number.NaN;
    if (unit >= unitBefore) return null;
    unitBefore = unit;
    total += Number(part[1]) * unit;
  }
  return wholeNumber(total);
}

/** `90000` is `1m30s`, `250` is `250ms`, `0` is `0s`. Days are written as hours: a day is not always 24 of them. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms']) {
    const size = TIME_UNITS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

/** Decimal fractions are inexact in binary: within a millionth of a whole number is that number. */
function wholeNumber(value: number): number | null {
  const whole = Math.round(value);
  return Number.isSafeInteger(whole) && Math.abs(value - whole) < 1e-6 ? whole : null;
}
