// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11) from the buckets that a request was counted by. Units beyond the
// draft's: `tokens`, `input-tokens`, `output-tokens`, and `micro-dollars` for dollars, which are whole numbers there. Hot path: per request.
import type { BucketRule } from './bucket-rule.js';
import type { Held } from './run-context.js';
import type { Window } from './window.js';

/** Structured fields (RFC 9651) know integers of 15 digits. */
const INTEGER_MAX = 999_999_999_999_999;
const NANOS_PER_MICRO = 1000;

const UNITS = {
  requests: '',
  concurrent: ';qu="concurrent-requests"',
  tokens: ';qu="tokens"',
  input_tokens: ';qu="input-tokens"',
  output_tokens: ';qu="output-tokens"',
  usd: ';qu="micro-dollars"',
} as const;

/** A rule's name as a string of structured fields, and its policy in that window. */
interface Written {
  readonly name: string;
  readonly policy: string;
  readonly window: Window;
}

const WRITTEN = new WeakMap<BucketRule, Written>();

/**
 * The two values; null where no enforced policy counts the request. A refused request tells of the bucket alone that refused it, since what
 * others have left would not help it. To be asked before the settlement, which ends the holds.
 */
export function rateLimitHeaders(
  held: readonly Held[],
  refusing: Held | null = null,
): readonly [policy: string, state: string] | null {
  let policies = '';
  let states = '';
  for (const each of refusing === null ? held : [refusing]) {
    const { rule, wish, window } = each;
    if (rule.mode === 'shadow') continue;
    const { name, policy } = written(rule, window);
    const left = refusing === null ? wish.available - wish.amount : wish.available;
    const comma = policies === '' ? '' : ', ';
    const seconds = integer(Math.ceil(Math.max(0, wish.waitMs) / 1000));
    policies += comma + policy;
    states += `${comma}${name};r=${units(rule, left)}`;
    if (rule.unit !== 'concurrent') states += `;t=${seconds}`;
  }
  return policies === '' ? null : [policies, states];
}

function written(rule: BucketRule, window: Window): Written {
  let texts = WRITTEN.get(rule);
  if (texts === undefined || texts.window !== window) {
    const name = quoted(rule.name);
    const span = windowText(rule, window.endMs - window.startMs);
    texts = { name, policy: `${name};q=${units(rule, rule.limit)}${UNITS[rule.unit]}${span}`, window };
    WRITTEN.set(rule, texts);
  }
  return texts;
}

function windowText(rule: BucketRule, windowMs: number): string {
  if (rule.unit === 'concurrent') return '';
  const ms = rule.kind === 'limit' ? rule.perMs : windowMs;
  return `;w=${integer(Math.max(1, Math.round(ms / 1000)))}`;
}

function units(rule: BucketRule, amount: number): number {
  return integer(rule.unit === 'usd' ? Math.floor(amount / NANOS_PER_MICRO) : Math.floor(amount));
}

function integer(value: number): number {
  return Math.min(Math.max(0, value), INTEGER_MAX);
}

/** Names of policies are plain letters already; quoting is what the syntax wants of any text. */
function quoted(text: string): string {
  let inner = '';
  for (const char of text) {
    if (char === '"' || char === '\\') inner += `\\${char}`;
    else inner += char >= ' ' && char <= '~' ? char : '?';
  }
  return `"${inner}"`;
}
