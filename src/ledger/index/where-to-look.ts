// The stretches of keys in which records of a question can be, newest first. The sums by day, hour and minute say in which there are any of the
// wanted dimensions at all: what is rare is found without walking through what is not.
import { HOUR_MS, MINUTE_MS, unitOf } from './calendar.js';
import type { Database } from './database.js';
import { KEY_EPOCH_MS } from './key.js';

/** ms of ids since the epoch: from `fromMs` until before `toMs`. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Bounds {
  /** Of admission; both inclusive. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Of the id: nothing later is asked for. */
  readonly lastIdMs: number;
}

/** Keys reach so far. */
const EVER: Stretch = { fromMs: KEY_EPOCH_MS - 2 ** 41, toMs: KEY_EPOCH_MS + 2 ** 41 };

/** @param wanted whether the table `wanted` holds  @param minutesFromMs minutes are kept from here on */
export function* stretches(
  database: Database,
  bounds: Bounds,
  wanted: boolean,
  minutesFromMs: number,
): Generator<Stretch> {
  const shifted = shiftedMinutes(database, bounds);
  const regular = wanted ? wantedStretches(database, bounds, minutesFromMs) : [wholeStretch(bounds)];
  for (const stretch of regular) {
    while (shifted.length > 0 && (shifted[0] ?? 0) * MINUTE_MS >= stretch.toMs)
      yield minuteStretch(shifted.shift() ?? 0);
    while (shifted.length > 0 && (shifted[0] ?? 0) * MINUTE_MS >= stretch.fromMs) shifted.shift();
    yield stretch;
  }
  for (const minute of shifted) yield minuteStretch(minute);
}

function wholeStretch({ sinceMs, untilMs }: Bounds): Stretch {
  return {
    fromMs: Number.isFinite(sinceMs) ? Math.floor(sinceMs / MINUTE_MS) * MINUTE_MS : EVER.fromMs,
    toMs: Number.isFinite(untilMs) ? (Math.floor(untilMs / MINUTE_MS) + 1) * MINUTE_MS : EVER.toMs,
  };
}

function minuteStretch(minute: number): Stretch {
  return { fromMs: minute * MINUTE_MS, toMs: (minute + 1) * MINUTE_MS };
}

/** Minutes of ids, newest first, that hold records admitted in other minutes. There is one for each time that the clock was set back. */
function shiftedMinutes(database: Database, { sinceMs, untilMs, lastIdMs }: Bounds): number[] {
  return database
    .query(
      `SELECT DISTINCT key_minute FROM shifted WHERE time_minute >= ? AND time_minute <= ? AND key_minute <= ?
       ORDER BY key_minute DESC`,
    )
    .all([minuteOf(sinceMs), minuteOf(untilMs), minuteOf(lastIdMs)])
    .map(row => Number(row[0]));
}

function* wantedStretches(database: Database, bounds: Bounds, minutesFromMs: number): Generator<Stretch> {
  const { sinceMs, untilMs, lastIdMs } = bounds;
  const last = Math.min(clamp(untilMs), clamp(lastIdMs));
  const first = clamp(sinceMs);
  for (const day of unitsWith(database, 'day', unitOf('day', first), unitOf('day', last))) {
    const hours = [Math.max(day * 24, unitOf('hour', first)), Math.min(day * 24 + 23, unitOf('hour', last))];
    for (const hour of unitsWith(database, 'hour', hours[0] ?? 0, hours[1] ?? 0)) {
      const fromMs = hour * HOUR_MS;
      if (fromMs < minutesFromMs) {
        yield { fromMs, toMs: fromMs + HOUR_MS };
        continue;
      }
      const minutes = [Math.max(hour * 60, minuteOf(first)), Math.min(hour * 60 + 59, minuteOf(last))];
      for (const minute of unitsWith(database, 'minute', minutes[0] ?? 0, minutes[1] ?? 0))
        yield minuteStretch(minute);
    }
  }
}

/** Those of the units between that have requests of a wanted dimension, newest first. */
function* unitsWith(
  database: Database,
  level: 'day' | 'hour' | 'minute',
  from: number,
  to: number,
): Generator<number> {
  // The plus sign keeps SQLite from going through all wanted dimensions for each unit.
  const query = database.query(
    `SELECT start FROM usage_${level} WHERE start >= ? AND start <= ? AND +dimension IN (SELECT dimension FROM wanted)
     ORDER BY start DESC LIMIT 1`,
  );
  for (let last = to; last >= from; ) {
    const row = query.get([from, last]);
    if (row === null) return;
    last = Number(row[0]);
    yield last;
    last--;
  }
}

function minuteOf(ms: number): number {
  return Math.floor(clamp(ms) / MINUTE_MS);
}

/** Infinite bounds as the ends of what ids can say. */
function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), 2 ** 48);
}
