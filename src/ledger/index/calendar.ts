// The units that usage is summed up in, all of UTC: a number of each since 1970, and back to ms.

export const LEVELS = ['minute', 'hour', 'day', 'month'] as const;
export type Level = (typeof LEVELS)[number];

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const UNIT_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;

/** The unit that a moment lies in. */
export function unitOf(level: Level, ms: number): number {
  if (level !== 'month') return Math.floor(ms / UNIT_MS[level]);
  const date = new Date(ms);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** When it begins, ms since the epoch. */
export function unitStartMs(level: Level, unit: number): number {
  return level === 'month' ? Date.UTC(1970, unit, 1) : unit * UNIT_MS[level];
}

/** The beginning of the first unit that begins at that moment or later. */
export function nextStartMs(level: Level, ms: number): number {
  const unit = unitOf(level, ms);
  const startMs = unitStartMs(level, unit);
  return startMs === ms ? ms : unitStartMs(level, unit + 1);
}

/** The beginning of the unit that the moment lies in. */
export function lastStartMs(level: Level, ms: number): number {
  return unitStartMs(level, unitOf(level, ms));
}
