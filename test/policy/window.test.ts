// Calendar windows as tables: ends of years, daylight saving, days that did not take place.
import { describe, expect, test } from 'vitest';
import { type Calendar, Windows } from '../../src/policy/window.js';

const HOUR = 3_600_000;
const span = (from: string, to: string): [number, number] => [Date.parse(from), Date.parse(to)];
const YEARS = [span('2011-06-01', '2012-02-01'), span('2026-03-01', '2027-01-10')];
/** Days on which a clock of one of the zones changes. */
const CHANGES = [
  span('2011-12-29', '2012-01-01'),
  span('2026-03-07', '2026-03-09'),
  span('2026-03-28', '2026-03-30'),
  span('2026-04-03', '2026-04-06'),
  span('2026-10-02', '2026-10-05'),
  span('2026-10-24', '2026-10-26'),
  span('2026-10-31', '2026-11-02'),
];
const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', 'Z');
const at = (zone: string, calendar: Calendar, when: string): string => {
  const { startMs, endMs } = new Windows(calendar, zone).at(Date.parse(when));
  return `${iso(startMs)} ${iso(endMs)}`;
};

const hour = { unit: 'hour' } as const;
const day = { unit: 'day' } as const;
const week = { unit: 'week' } as const;
const month = { unit: 'month' } as const;
const days = (n: number): Calendar => ({ unit: 'days', days: n });

describe('a window begins and ends by the local calendar', () => {
  test.each<[zone: string, calendar: Calendar, when: string, window: string]>([
    ['UTC', hour, '2026-06-10T12:34:56Z', '2026-06-10T12:00Z 2026-06-10T13:00Z'],
    ['UTC', day, '2026-06-10T00:00:00Z', '2026-06-10T00:00Z 2026-06-11T00:00Z'],
    ['UTC', day, '2026-06-09T23:59:59.999Z', '2026-06-09T00:00Z 2026-06-10T00:00Z'],
    ['UTC', month, '2024-02-29T10:00:00Z', '2024-02-01T00:00Z 2024-03-01T00:00Z'],
    ['UTC', month, '2026-12-31T23:59:59Z', '2026-12-01T00:00Z 2027-01-01T00:00Z'],
    ['America/New_York', month, '2027-01-01T04:59:59Z', '2026-12-01T05:00Z 2027-01-01T05:00Z'],
    ['America/New_York', month, '2027-01-01T05:00:00Z', '2027-01-01T05:00Z 2027-02-01T05:00Z'],
    // Wednesday; a Sunday's last moment; a Monday's first; over the end of a year.
    ['UTC', week, '2026-06-10T12:00:00Z', '2026-06-08T00:00Z 2026-06-15T00:00Z'],
    ['UTC', week, '2026-06-14T23:59:59Z', '2026-06-08T00:00Z 2026-06-15T00:00Z'],
    ['UTC', week, '2026-06-15T00:00:00Z', '2026-06-15T00:00Z 2026-06-22T00:00Z'],
    ['UTC', week, '2027-01-01T00:00:00Z', '2026-12-28T00:00Z 2027-01-04T00:00Z'],
    ['UTC', days(1), '2026-06-10T12:00:00Z', '2026-06-10T00:00Z 2026-06-11T00:00Z'],
    ['UTC', days(7), '1970-01-07T23:00:00Z', '1970-01-01T00:00Z 1970-01-08T00:00Z'],
    ['UTC', days(30), '2026-06-10T12:00:00Z', '2026-06-06T00:00Z 2026-07-06T00:00Z'],
    ['Asia/Tokyo', days(2), '1970-01-02T14:59:00Z', '1969-12-31T15:00Z 1970-01-02T15:00Z'],
    ['Asia/Kathmandu', hour, '2026-06-10T12:00:00Z', '2026-06-10T11:15Z 2026-06-10T12:15Z'],
    ['Asia/Kathmandu', day, '2026-06-10T12:00:00Z', '2026-06-09T18:15Z 2026-06-10T18:15Z'],
    // Daylight saving: 23 and 25 hours; the months and weeks around them.
    ['Europe/Berlin', day, '2026-03-29T10:00:00Z', '2026-03-28T23:00Z 2026-03-29T22:00Z'],
    ['Europe/Berlin', day, '2026-10-25T10:00:00Z', '2026-10-24T22:00Z 2026-10-25T23:00Z'],
    ['Europe/Berlin', month, '2026-03-30T10:00:00Z', '2026-02-28T23:00Z 2026-03-31T22:00Z'],
    ['Europe/Berlin', month, '2026-10-01T00:00:00Z', '2026-09-30T22:00Z 2026-10-31T23:00Z'],
    ['Europe/Berlin', week, '2026-03-29T21:59:00Z', '2026-03-22T23:00Z 2026-03-29T22:00Z'],
    ['Europe/Berlin', hour, '2026-03-29T00:59:59Z', '2026-03-29T00:00Z 2026-03-29T01:00Z'],
    ['Europe/Berlin', hour, '2026-03-29T01:00:00Z', '2026-03-29T01:00Z 2026-03-29T02:00Z'],
    // The same local hour twice is two windows.
    ['Europe/Berlin', hour, '2026-10-25T00:30:00Z', '2026-10-25T00:00Z 2026-10-25T01:00Z'],
    ['Europe/Berlin', hour, '2026-10-25T01:30:00Z', '2026-10-25T01:00Z 2026-10-25T02:00Z'],
    // A day without midnight, and one whose last hour came twice.
    ['America/Sao_Paulo', day, '2018-11-04T12:00:00Z', '2018-11-04T03:00Z 2018-11-05T02:00Z'],
    ['America/Sao_Paulo', day, '2018-11-04T02:59:00Z', '2018-11-03T03:00Z 2018-11-04T03:00Z'],
    ['America/Sao_Paulo', day, '2018-02-18T02:30:00Z', '2018-02-17T02:00Z 2018-02-18T03:00Z'],
    // Midnight twice.
    ['America/Havana', day, '2026-11-01T04:30:00Z', '2026-11-01T04:00Z 2026-11-02T05:00Z'],
    // 2011-12-30 did not take place.
    ['Pacific/Apia', day, '2011-12-30T09:59:00Z', '2011-12-29T10:00Z 2011-12-30T10:00Z'],
    ['Pacific/Apia', day, '2011-12-30T10:00:00Z', '2011-12-30T10:00Z 2011-12-31T10:00Z'],
  ])('%s %j at %s', (zone, calendar, when, window) => {
    expect(at(zone, calendar, when)).toBe(window);
  });
});

describe('windows follow one another', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Pacific/Apia'];
  const calendars = [hour, day, week, month, days(3)];
  test.each(zones.flatMap(zone => calendars.map(calendar => [zone, calendar] as const)))(
    'without gap or overlap, whoever asks when: %s %j',
    (zone, calendar) => {
      const [stepMs, spans] = calendar === hour ? [HOUR / 4, CHANGES] : [7 * HOUR, YEARS];
      for (const [from, to] of spans) {
        const running = new Windows(calendar, zone);
        let last = running.at(from);
        for (let ms = from; ms < to; ms += stepMs) {
          const window = running.at(ms);
          expect(window.startMs <= ms && ms < window.endMs).toBe(true);
          if (window === last) continue;
          expect(iso(window.startMs)).toBe(iso(last.endMs));
          expect(new Windows(calendar, zone).at(window.endMs - 1)).toEqual(window);
          last = window;
        }
      }
    },
  );
});

test('a wall clock that jumps back finds the window that it was in, fractions of a ms or not', () => {
  const windows = new Windows(hour, 'Asia/Kathmandu');
  const first = windows.at(Date.parse('2026-06-10T12:10:00Z') + 0.25);
  expect(windows.at(first.startMs + 0.75)).toBe(first);
  const next = windows.at(first.endMs + 0.125);
  expect(next.startMs).toBe(first.endMs);
  expect(windows.at(first.endMs - 0.5)).toEqual(first);
});
