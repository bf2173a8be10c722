// A stretch of time as parts of whole months, days, hours and minutes: the fewest rows that sum it up.
import { LEVELS, type Level, lastStartMs, nextStartMs, unitOf, unitStartMs } from './calendar.js';

export interface Part {
  readonly level: Level;
  /** Units since 1970, exclusive at the end. */
  readonly from: number;
  readonly to: number;
}

/** What is still kept: sums by minute, and sums at all; the beginnings of an hour and a day. */
export interface Kept {
  readonly minutesFromMs: number;
  readonly daysFromMs: number;
}

/** All times that the sums know end before it; a month begins there. */
export const END_MS = Date.UTC(9999, 11, 1);

export interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** The span that can be answered: cut to whole minutes, to hours where minutes are gone; what is not kept at all is left out. */
export function spanOf(
  sinceMs: number | undefined,
  untilMs: number | undefined,
  finest: Level,
  kept: Kept,
  nowMs: number,
): Span {
  const from = cut(sinceMs ?? 0, kept);
  // Nothing is cut off the minute that is not over: what is asked for until now is all that there is.
  const isNow = untilMs !== undefined && untilMs >= lastStartMs('minute', nowMs);
  const to = untilMs === undefined ? END_MS : isNow ? nextStartMs('minute', untilMs) : cut(untilMs, kept);
  const least = finest === 'minute' ? Math.max(kept.minutesFromMs, kept.daysFromMs) : kept.daysFromMs;
  const fromMs = Math.max(from, least);
  return { fromMs, toMs: Math.max(fromMs, Math.min(to, END_MS)) };
}

function cut(ms: number, { minutesFromMs }: Kept): number {
  return lastStartMs(ms < minutesFromMs ? 'hour' : 'minute', ms);
}

/** @param finest units to be told apart: no larger ones are used. A part of smaller ones lies within one of them. */
export function partsOf({ fromMs, toMs }: Span, finest: Level): Part[] {
  const parts: Part[] = [];
  cover(fromMs, toMs, LEVELS.indexOf(finest), parts);
  return parts;
}

function cover(fromMs: number, toMs: number, index: number, parts: Part[]): void {
  const level = LEVELS[index] ?? 'minute';
  if (fromMs >= toMs) return;
  const [first, last] = [nextStartMs(level, fromMs), lastStartMs(level, toMs)];
  if (first > last) {
    // Within one unit; a minute is never cut.
    cover(fromMs, toMs, index - 1, parts);
    return;
  }
  if (index > 0) cover(fromMs, first, index - 1, parts);
  if (first < last) parts.push({ level, from: unitOf(level, first), to: unitOf(level, last) });
  if (index > 0) cover(last, toMs, index - 1, parts);
}

/** The unit of `finest` that a part of smaller units lies in. */
export function unitAround(part: Part, finest: Level): number {
  return unitOf(finest, unitStartMs(part.level, part.from));
}
