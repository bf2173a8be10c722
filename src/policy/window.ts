// Calendar windows of budgets (CONTRACT.md §3): hour, day, week (from Monday), month, or n days counted from 1970-01-01, in a time zone.
// A window is named by the moment it begins; daylight saving makes some days 23 or 25 hours long, and windows with them.

export type Calendar =
  | { readonly unit: 'hour' | 'day' | 'week' | 'month' }
  | { readonly unit: 'days'; readonly days: number };

/** Wall-clock ms since the epoch: from `startMs` until before `endMs`. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** Of what has no window. */
export const NO_WINDOW: Window = { startMs: 0, endMs: 0 };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Tells the window that a moment lies in; keeps the last one, so that a request costs two compares. */
export class Windows {
  readonly #calendar: Calendar;
  readonly #zone: Zone;
  #current: Window = { startMs: 0, endMs: 0 };

  constructor(calendar: Calendar, timezone: string) {
    this.#calendar = calendar;
    this.#zone = new Zone(timezone);
  }

  at(wallMs: number): Window {
    const current = this.#current;
    if (wallMs >= current.startMs && wallMs < current.endMs) return current;
    this.#current = windowAt(this.#calendar, this.#zone, Math.floor(wallMs));
    return this.#current;
  }
}

function windowAt(calendar: Calendar, zone: Zone, wallMs: number): Window {
  if (calendar.unit === 'hour') {
    // Offsets are whole quarters of an hour, and hours are counted by the local clock.
    const offsetMs = zone.offsetMs(wallMs);
    const local = wallMs + offsetMs;
    const startMs = wallMs - (((local % HOUR_MS) + HOUR_MS) % HOUR_MS);
    const endMs = startMs + HOUR_MS;
    // Where the clock changes by half an hour, an hour is cut there: windows follow one another without a gap.
    return {
      startMs: zone.offsetMs(startMs) === offsetMs ? startMs : zone.changeMs(startMs, wallMs),
      endMs: zone.offsetMs(endMs - 1) === offsetMs ? endMs : zone.changeMs(wallMs, endMs - 1),
    };
  }
  const day = Math.floor((wallMs + zone.offsetMs(wallMs)) / DAY_MS);
  const [first, next] = daysOf(calendar, day);
  return { startMs: zone.midnightMs(first), endMs: zone.midnightMs(next) };
}

/** First day of the window that holds local day `day` (counted from 1970-01-01), and first day of the next one. */
function daysOf(calendar: Calendar, day: number): readonly [number, number] {
  switch (calendar.unit) {
    case 'month': {
      const date = new Date(day * DAY_MS);
      const first = (months: number): number =>
        Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / DAY_MS;
      return [first(0), first(1)];
    }
    case 'week': {
      // 1970-01-01 was a Thursday.
      const monday = day - ((((day + 3) % 7) + 7) % 7);
      return [monday, monday + 7];
    }
    case 'days': {
      const first = Math.floor(day / calendar.days) * calendar.days;
      return [first, first + calendar.days];
    }
    default:
      return [day, day + 1];
  }
}

/** Offsets of a time zone from UTC, by the platform's time-zone data. */
class Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** ms to add to UTC for the local clock at that moment. */
  offsetMs(wallMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(wallMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(wallMs / 1000) * 1000;
  }

  /** The first moment after `fromMs`, up to `toMs`, with the offset of `toMs`; there is one change between them. */
  changeMs(fromMs: number, toMs: number): number {
    const offsetMs = this.offsetMs(toMs);
    let [before, after] = [fromMs, toMs];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.offsetMs(middle) === offsetMs) after = middle;
      else before = middle;
    }
    return after;
  }

  /** When local day `day` begins: its first moment, where a change of the clock leaves midnight out or shows it twice. */
  midnightMs(day: number): number {
    const local = day * DAY_MS;
    const before = local - this.offsetMs(local - DAY_MS);
    const after = local - this.offsetMs(local + DAY_MS);
    // The earlier candidate is right if the clock shows that day there; else midnight comes by the other offset.
    const [early, late] = before < after ? [before, after] : [after, before];
    return early + this.offsetMs(early) >= local ? early : late;
  }
}
