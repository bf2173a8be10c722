// What a key that is made at run time shall be: read as strictly as `weir.yaml`, with the same words for what is wrong.
import { nearest } from '../core/nearest.js';
import { parseDuration } from '../core/units.js';
import { parseExpiry } from './expiry.js';
import { isName, printable } from './leaves.js';

export interface NewKey {
  /** Named by the configuration or not. */
  readonly consumer: string;
  /** Null: named after its digest. */
  readonly name: string | null;
  /** ms since the epoch; null: never. */
  readonly expiresMs: number | null;
  /** Globs; empty = every model. */
  readonly models: readonly string[];
}

/** Of one key: as many as anybody writes down by hand. */
export const KEY_MODELS_MAX = 64;
export const MODEL_CHARS_MAX = 256;
/** Beyond any key's life; what is later is a mistake, such as ms for s. */
const EXPIRES_MS_MAX = 100 * 365 * 86_400_000;

const FIELDS = ['consumer', 'name', 'expires', 'models'];
const NAME_ALLOWED = 'a-z, A-Z, 0-9, "-", "_" and "." that begin with a letter or digit, up to 64 characters';
const EXPIRES_ALLOWED =
  'a date such as 2027-01-01, a time such as 2027-01-01T12:00:00Z, or a span from now such as 30d';

/** `raw`: parsed JSON. `problem`: one sentence that names the field and what is allowed there. */
export function newKeyOf(raw: unknown, nowMs: number): NewKey | { readonly problem: string } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { problem: `the body must be an object with consumer and, if wanted, name, expires, models` };
  for (const field of Object.keys(raw)) {
    if (FIELDS.includes(field)) continue;
    const near = nearest(field, FIELDS);
    const mend = near === null ? `known are ${FIELDS.join(', ')}` : `did you mean ${near}?`;
    return { problem: `${shown(field)} is not a field; ${mend}` };
  }
  const { consumer, name = null, expires = null, models = [] } = raw as Record<string, unknown>;
  if (typeof consumer !== 'string' || !isName(consumer) || consumer === 'anonymous')
    return { problem: `consumer is ${shown(consumer)}; allowed: ${NAME_ALLOWED}, not "anonymous"` };
  if (name !== null && (typeof name !== 'string' || !isName(name)))
    return { problem: `name is ${shown(name)}; allowed: ${NAME_ALLOWED}` };
  const expiresMs = expires === null ? null : expiryOf(expires, nowMs);
  if (expiresMs === undefined)
    return { problem: `expires is ${shown(expires)}; allowed: ${EXPIRES_ALLOWED}` };
  if (expiresMs !== null && (expiresMs <= nowMs || expiresMs > nowMs + EXPIRES_MS_MAX))
    return { problem: `expires is ${shown(expires)}; must lie ahead, by 100 years at most` };
  if (!Array.isArray(models) || models.length > KEY_MODELS_MAX)
    return { problem: `models is ${shown(models)}; must be a list of at most ${KEY_MODELS_MAX} names` };
  const wrong = models.findIndex(model => !isModel(model));
  if (wrong >= 0)
    return {
      problem: `models[${wrong}] is ${shown(models[wrong])}; allowed: a model's name of 1 to ${MODEL_CHARS_MAX} characters, "*" for any run of them`,
    };
  return { consumer, name, expiresMs, models: models as string[] };
}

/** Undefined: it is none. */
function expiryOf(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const spanMs = parseDuration(value);
  return spanMs === null ? parseExpiry(value) : nowMs + spanMs;
}

function isModel(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.trim() === value &&
    value.length <= MODEL_CHARS_MAX &&
    printable(value)
  );
}

/** As JSON, cut: it is only shown to be recognised. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
