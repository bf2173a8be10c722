// The smallest values of a configuration: text → bytes, ms, addresses. Each says in one phrase what is allowed;
// that phrase is the issue's message, so that every error names the range.
import { z } from 'zod';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../core/units.js';
import type { Address } from './config.js';

const DAY_MS = 86_400_000;

/** Text that `read` turns into a T, or refuses by undefined. */
export function converted<T>(allowed: string, read: (text: string) => T | undefined, description: string) {
  return z
    .string({ error: () => allowed })
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: allowed });
      return z.NEVER;
    })
    .meta({
      description: allowed.endsWith(description) ? description : `${description}. Allowed: ${allowed}`,
    });
}

/** Like `converted`, for what YAML reads as a number when it is not quoted. */
export function numeric<T>(allowed: string, read: (text: string) => T | undefined, description: string) {
  return z
    .union([z.string(), z.number()], { error: () => allowed })
    .transform((raw, context): T => {
      const value = read(String(raw));
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: allowed });
      return z.NEVER;
    })
    .meta({ description: `${description}. Allowed: ${allowed}` });
}

/** Bytes; a bare number is a number of bytes. */
export function bytes(min: number, max: number, description: string) {
  const allowed = `bytes such as 32MiB, from ${formatBytes(min)} to ${formatBytes(max)}`;
  return numeric(allowed, text => within(parseBytes(text), min, max), description);
}

/** A whole number, without sign, point or exponent. */
export function wholeNumber(min: number, max: number, description: string) {
  const allowed = `a whole number from ${min} to ${max}`;
  return numeric(
    allowed,
    text => (/^\d{1,16}$/.test(text) ? within(Number(text), min, max) : undefined),
    description,
  );
}

/** A number with at most three decimals. */
export function factor(min: number, max: number, description: string) {
  return numeric(
    `a number from ${min} to ${max}`,
    text => (/^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? within(Number(text), min, max) : undefined),
    description,
  );
}

/** A part of a whole, 0 to 1. */
export function fraction(description: string) {
  return numeric(
    'a number from 0 to 1',
    text => (/^(?:0|1|[01]?\.\d{1,6})$/.test(text) ? within(Number(text), 0, 1) : undefined),
    description,
  );
}

/** Milliseconds; a bare number has no unit and is refused. */
export function duration(minMs: number, maxMs: number, description: string) {
  const allowed = `a duration such as 5s, 250ms or 1h30m, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return converted(allowed, text => within(parseDuration(text), minMs, maxMs), description);
}

/** Milliseconds, of spans that are told in days. */
export function days(min: number, max: number, description: string) {
  const allowed = `a duration such as 90d, from ${min}d to ${max}d`;
  return converted(allowed, text => within(parseDuration(text), min * DAY_MS, max * DAY_MS), description);
}

export function flag(description: string) {
  const allowed = 'true or false';
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: () => allowed })
    .transform(value => value === true || value === 'true')
    .meta({ description });
}

/** `auto` or a whole number. */
export function autoOrCount(max: number, description: string) {
  return numeric(
    `auto, or a whole number from 1 to ${max}`,
    text => {
      if (text === 'auto') return 'auto' as const;
      return /^\d{1,4}$/.test(text) ? within(Number(text), 1, max) : undefined;
    },
    description,
  );
}

export function choice<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return z.enum(values, { error: () => values.join(', ') }).meta({ description });
}

/** Any text but the empty one. Control characters are refused: they have no place in a name, a header or an address. */
export function text(description: string, allowed = `text: ${description}`) {
  return converted(allowed, value => (isText(value) ? value : undefined), description);
}

function isText(value: string): boolean {
  return value.trim() === value && value !== '' && printable(value);
}

/** What goes into a header: RFC 9110 allows little beyond ASCII, and a line end from a secrets file must not slip in. */
export function headerText(description: string) {
  const allowed = `text of ASCII characters without a blank or line end around it: ${description}`;
  return converted(
    allowed,
    value => (isText(value) && /^[ -~]+$/.test(value) ? value : undefined),
    description,
  );
}

const NAME_ALLOWED =
  'a name of a-z, A-Z, 0-9, "-", "_" and "." that begins with a letter or digit, up to 64 characters';

export function name(description: string) {
  return converted(NAME_ALLOWED, value => (isName(value) ? value : undefined), description);
}

/** Fit for a path segment, a label and a log line without escaping. */
export function isName(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value);
}

/** `host:port`; an IPv6 address stands in brackets. */
export function address(description: string) {
  return converted(
    'host:port such as 127.0.0.1:8787 or [::1]:8787, port 0 to 65535',
    parseAddress,
    description,
  );
}

/** Undefined where the text is no address. Port 0 lets the system choose. */
export function parseAddress(value: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = within(Number(match?.[3]), 0, 65_535);
  return host === undefined || port === undefined ? undefined : { host, port };
}

export function printable(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 32 || code === 127) return false;
  }
  return true;
}

function within(value: number | null, min: number, max: number): number | undefined {
  return value !== null && value >= min && value <= max ? value : undefined;
}
