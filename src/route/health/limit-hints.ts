// What a provider's head says of its own limits: how long to wait (Retry-After, RFC 9110 §10.2.3; `retry-after-ms` of OpenAI and Azure), and how much
// is left before it limits (`x-ratelimit-*` of OpenAI's and those that follow it, `anthropic-ratelimit-*`, `ratelimit-*`). Hot path: per answer, where
// there is more than one key to choose from, or it was refused.

export interface LimitHints {
  /** ms; null: it does not say. */
  readonly retryAfterMs: number | null;
  /** Little is left, for so long; null: enough, or it does not say. ms. */
  readonly scarceMs: number | null;
}

/** A twentieth of a limit is little: what is under way already may use it up. */
const SCARCE = 0.05;
/** Where a limit is told without its reset: they are mostly by the minute. */
const RESET_MS = 10_000;
/** Nobody waits longer on a provider's word alone. */
const WAIT_MS_MAX = 86_400_000;

const NONE: LimitHints = Object.freeze({ retryAfterMs: null, scarceMs: null });

/** What is told of one limit: `requests`, `tokens`, `input-tokens` …; one of the three may be missing. */
interface Told {
  limit: number | null;
  remaining: number | null;
  resetMs: number | null;
}

/** @param raw flat list of names and values as they came */
export function limitHints(raw: readonly Buffer[], wallMs: number): LimitHints {
  let retryAfterMs: number | null = null;
  let told: Map<string, Told> | null = null;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i];
    if (name === undefined || !mayTell(name)) continue;
    const key = name.toString('latin1').toLowerCase();
    const value = (raw[i + 1] ?? '').toString('latin1').trim();
    if (key === 'retry-after-ms') retryAfterMs = bounded(number(value)) ?? retryAfterMs;
    else if (key === 'retry-after') retryAfterMs ??= bounded(retryAfter(value, wallMs));
    else {
      told ??= new Map();
      note(told, key, value, wallMs);
    }
  }
  if (retryAfterMs === null && told === null) return NONE;
  return { retryAfterMs, scarceMs: told === null ? null : scarce(told) };
}

/** r(etry-after), r(atelimit), x(-ratelimit), a(nthropic-ratelimit): a look at the first byte spares the rest a string. */
function mayTell(name: Buffer): boolean {
  const first = (name[0] ?? 0) | 32;
  return (first === 0x72 || first === 0x78 || first === 0x61) && name.length > 10;
}

const LIMIT_FIELD =
  /^(?:x-ratelimit-|anthropic-ratelimit-|ratelimit-)(?:(limit|remaining|reset)(?:-([a-z-]+))?|([a-z-]+)-(limit|remaining|reset))$/;

function note(told: Map<string, Told>, name: string, value: string, wallMs: number): void {
  const match = LIMIT_FIELD.exec(name);
  if (match === null) return;
  const field = match[1] ?? match[4];
  const unit = match[2] ?? match[3] ?? '';
  let found = told.get(unit);
  if (found === undefined) {
    // As many as any provider names; a head that makes more of them up is not worth the memory.
    if (told.size >= 16) return;
    found = { limit: null, remaining: null, resetMs: null };
    told.set(unit, found);
  }
  if (field === 'limit') found.limit = number(value);
  else if (field === 'remaining') found.remaining = number(value);
  else found.resetMs = bounded(reset(value, wallMs));
}

/** The longest of the limits that are nearly used up. */
function scarce(told: ReadonlyMap<string, Told>): number | null {
  let longest: number | null = null;
  for (const { limit, remaining, resetMs } of told.values()) {
    if (remaining === null) continue;
    const little = limit === null || limit <= 0 ? remaining <= 0 : remaining <= limit * SCARCE;
    if (little) longest = Math.max(longest ?? 0, resetMs ?? RESET_MS);
  }
  return longest;
}

function number(value: string): number | null {
  return /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : null;
}

/** Seconds, or an HTTP date. */
function retryAfter(value: string, wallMs: number): number | null {
  const seconds = number(value);
  if (seconds !== null) return seconds * 1000;
  const date = /^[A-Za-z]{3}, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - wallMs);
}

const SPAN =
  /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** `6m0s`, `8.64s`, `20ms` (OpenAI, Groq), a time (Anthropic), seconds, or seconds since 1970. */
function reset(value: string, wallMs: number): number | null {
  const seconds = number(value);
  if (seconds !== null) return seconds > 1e9 ? Math.max(0, seconds * 1000 - wallMs) : seconds * 1000;
  const span = value === '' ? null : SPAN.exec(value);
  if (span !== null) {
    const [, d, h, m, s, ms] = span.map(part => Number(part ?? 0));
    return (d ?? 0) * 86_400_000 + (h ?? 0) * 3_600_000 + (m ?? 0) * 60_000 + (s ?? 0) * 1000 + (ms ?? 0);
  }
  const date = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - wallMs);
}

function bounded(ms: number | null): number | null {
  return ms === null ? null : Math.min(ms, WAIT_MS_MAX);
}
