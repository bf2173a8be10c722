// Numbers, amounts and times as the reader's language writes them; an en dash where nothing is known.

export const UNKNOWN = '–';

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const minutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : whole.format(value);
}

/** 1.2M */
export function compact(value: number): string {
  return value < 10_000 ? whole.format(value) : short.format(value);
}

export function millis(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return value < 10 ? value.toFixed(2) : whole.format(value);
}

export function rate(perSecond: number): string {
  return perSecond >= 100 ? whole.format(perSecond) : tenths.format(perSecond);
}

/** Two digits behind the point, more where the amount is small; the API's decimal text in full is shown on demand. */
export function dollars(usd: string | number | null | undefined): string {
  if (usd === null || usd === undefined) return UNKNOWN;
  const value = Number(usd);
  if (value === 0) return '$0';
  if (Math.abs(value) < 0.01) return `$${value.toPrecision(2).replace(/\.?0+$/, '')}`;
  return value < 0 ? `−$${money(-value)}` : `$${money(value)}`;
}

function money(value: number): string {
  return value.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function percent(share: number): string {
  return share > 0 && share < 0.01 ? '< 1 %' : `${Math.floor(share * 100)} %`;
}

/** In the unit of a limit. */
export function amount(value: number | string, unit: string): string {
  return unit === 'usd' ? dollars(value) : count(Number(value));
}

export function time(iso: string): string {
  return clock.format(new Date(iso));
}

/** With the day where it is not today. */
export function when(iso: string): string {
  const date = new Date(iso);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : dayAndTime.format(date);
}

export function whenInFull(iso: string): string {
  return full.format(new Date(iso));
}

export function minuteOf(date: Date): string {
  return minutes.format(date);
}

export function dayAndMinuteOf(date: Date): string {
  return dayAndTime.format(date);
}

/** "4 min", "2 h", "3 days" */
export function span(ms: number): string {
  const units: readonly [number, string][] = [
    [86_400_000, 'days'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ];
  for (const [size, name] of units)
    if (ms >= size * 2 || name === 's') return `${Math.ceil(ms / size)} ${name}`;
  return '0 s';
}
