// Header `x-weir-sim`: what shall happen to this one answer, over the simulator's own defaults.
// `key=value` pairs behind semicolons; unknown keys and values out of range are refused by name.
import type { Settings } from './dialect.js';
import { SimError } from './sim-error.js';

/** A timer holds 2^31-1 ms; an hour is longer than any provider waits. */
const DURATION_MS_MAX = 3_600_000;
export const TOKENS_MAX = 1_000_000;
const EVENT_MAX = 10_000_000;
export const RATE_MAX = 1_000_000;
export const SEED_MAX = 0xffffffff;

export interface Script extends Settings {
  /** Before the head, in ms. */
  readonly headersMs: number;
  /** From the end of the request to the body's first byte, in ms. */
  readonly ttftMs: number;
  /** Tokens per second; 0 is unpaced. */
  readonly tps: number;
  /** Answer with this error; null: answer. */
  readonly status: number | null;
  /** After this event nothing more comes; null: never. */
  readonly stall: number | null;
  /** After this event the connection is reset; null: never. */
  readonly reset: number | null;
  /** This event is broken JSON, counted from 1; null: none. */
  readonly malformed: number | null;
}

type Draft = { -readonly [K in keyof Script]: Script[K] };

const READERS: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  ttft: (draft, value) => {
    draft.ttftMs = durationMs('x-weir-sim: ttft', value);
  },
  headers: (draft, value) => {
    draft.headersMs = durationMs('x-weir-sim: headers', value);
  },
  tps: (draft, value) => {
    draft.tps = ranged('x-weir-sim: tps', value, 0, RATE_MAX);
  },
  tokens: (draft, value) => {
    draft.tokens = whole('x-weir-sim: tokens', value, 1, TOKENS_MAX);
  },
  seed: (draft, value) => {
    draft.seed = whole('x-weir-sim: seed', value, 0, SEED_MAX);
  },
  status: (draft, value) => {
    const status = value === '200' ? 200 : whole('x-weir-sim: status', value, 400, 599);
    draft.status = status === 200 ? null : status;
  },
  stall: (draft, value) => {
    draft.stall = whole('x-weir-sim: stall', value, 0, EVENT_MAX);
  },
  reset: (draft, value) => {
    draft.reset = whole('x-weir-sim: reset', value, 0, EVENT_MAX);
  },
  malformed: (draft, value) => {
    draft.malformed = whole('x-weir-sim: malformed', value, 1, EVENT_MAX);
  },
  usage: (draft, value) => {
    if (value !== 'none' && value !== 'true') throw refused('x-weir-sim: usage', value, '"none" or "true"');
    draft.usage = value === 'true';
  },
};

/** @throws SimError 400 that names the unknown key or the value and what is allowed. */
export function readScript(header: string | undefined, defaults: Script): Script {
  if (header === undefined || header.trim() === '') return defaults;
  const draft: Draft = { ...defaults };
  const unknown: string[] = [];
  for (const pair of header.split(';')) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    const key = (at < 0 ? pair : pair.slice(0, at)).trim();
    const read = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
    if (read === undefined) unknown.push(key);
    else read(draft, at < 0 ? '' : pair.slice(at + 1).trim());
  }
  if (unknown.length > 0) {
    const known = Object.keys(READERS).join(', ');
    throw new SimError(
      400,
      `x-weir-sim: unknown key ${unknown.join(', ')}; known are ${known}`,
      'x-weir-sim',
    );
  }
  return draft;
}

/** `200ms`, `2s`, or a bare number of milliseconds; in ms. @throws SimError 400. */
export function durationMs(name: string, value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(value);
  const ms = match === null ? Number.NaN : Number(match[1]) * (match[2] === 's' ? 1000 : 1);
  if (ms >= 0 && ms <= DURATION_MS_MAX) return ms;
  throw refused(name, value, 'a duration up to 1 h, such as 200ms or 2s');
}

export function whole(name: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw refused(name, value, `a whole number, ${min} to ${max}`);
}

export function ranged(name: string, value: string, min: number, max: number): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw refused(name, value, `a number, ${min} to ${max}`);
}

function refused(name: string, value: string, allowed: string): SimError {
  return new SimError(400, `${name} is "${value}"; it must be ${allowed}`, 'x-weir-sim');
}
