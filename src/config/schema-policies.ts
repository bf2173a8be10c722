// The shape of `policies:` and `prices:` (CONTRACT.md §3); what needs more than one value to judge is in policies.ts.
import { z } from 'zod';
import { parseUsd, parseUsdPerMillion } from '../price/amounts.js';
import type { BudgetPeriod } from './config.js';
import { choice, converted, fraction, name, numeric, text, wholeNumber } from './leaves.js';
import { pluginSchema } from './schema-plugins.js';
import { list, section } from './shapes.js';

const AMOUNT_MAX = 1e12;
/** 2^53 nano-dollars are a little more. */
const USD_NANOS_MAX = 9e15;
const SPAN_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A rate over more than a year is a budget. */
const SPAN_MS_MAX = 366 * 86_400_000;
const DAYS_MAX = 3660;
const CALENDAR = ['hour', 'day', 'week', 'month'] as const;

const amount = (what: string) => wholeNumber(1, AMOUNT_MAX, what).optional();

/** Nano-dollars. */
const usd = numeric(
  'dollars such as 500 or "0.50", more than 0 and at most 9000000, at most 9 decimals',
  written => {
    const nanos = parseUsd(written);
    return 'value' in nanos && nanos.value > 0 && nanos.value <= USD_NANOS_MAX ? nanos.value : undefined;
  },
  'Dollars in the window',
);

/** Pico-dollars per token. */
const usdPerMillion = (what: string) =>
  numeric(
    'dollars per million tokens such as "0.0375", 0 to 1000000, at most 6 decimals',
    written => {
      const picos = parseUsdPerMillion(written);
      return 'value' in picos ? picos.value : undefined;
    },
    what,
  );

const span = converted(
  'a span such as 1m: a whole number and s, m, h or d, up to 366d',
  written => {
    const match = /^(\d{1,9})([smhd])$/.exec(written);
    const ms = Number(match?.[1]) * (SPAN_MS[match?.[2] ?? ''] ?? Number.NaN);
    return ms >= 1000 && ms <= SPAN_MS_MAX ? ms : undefined;
  },
  'The limit refills in this time',
);

const window = converted(
  `hour, day, week, month or a number of days such as 30d, up to ${DAYS_MAX}d`,
  (written): BudgetPeriod | undefined => {
    const unit = CALENDAR.find(known => known === written);
    if (unit !== undefined) return { unit };
    const days = Number(/^(\d{1,4})d$/.exec(written)?.[1]);
    return days >= 1 && days <= DAYS_MAX ? { unit: 'days', days } : undefined;
  },
  'Calendar window in `timezone`',
);

/** Multi-line: a block scalar is the natural way to write a long one. */
const expression = z.string({ error: () => 'an expression in CEL, as text' }).meta({
  description: 'Condition in CEL over request, ai and consumer; without it the policy applies always',
});

const refuseOrPass = (what: string) => choice(['refuse', 'pass'], what).optional();

const unpriced = z
  .union(
    [
      z.enum(['refuse', 'pass']),
      section({ input: usdPerMillion('Input tokens'), output: usdPerMillion('Output tokens') }),
    ],
    { error: () => 'refuse, pass, or { input: "…", output: "…" } in dollars per million tokens' },
  )
  .meta({ description: 'Models without a price under a usd budget' });

/** Of limits and budgets; they stand beside `limit:` or `budget:`, or inside. */
const holding = {
  hold: choice(['likely', 'worst'], 'What is held until the usage is known').optional(),
  overrun: choice(['finish', 'stop'], 'When a stream outgrows what is left').optional(),
  unmetered: refuseOrPass('Calls that can neither be counted nor bounded'),
};

const by = list(
  text('consumer, key, provider, model, api, client_ip, end_user, tag.<name>, header.<name>'),
  'dimensions',
)
  .prefault([])
  .meta({ description: 'One bucket for each combination of these values' });

const tokens = {
  tokens: amount('Input and output tokens'),
  input_tokens: amount('Input tokens'),
  output_tokens: amount('Output tokens'),
};

const limit = section({
  requests: amount('Requests'),
  ...tokens,
  concurrent: amount('Requests that run at once'),
  per: span.optional(),
  burst: wholeNumber(1, AMOUNT_MAX, 'Capacity; default: the limit').optional(),
  by,
  cached: fraction('Weight of cached input tokens').optional(),
  ...holding,
});

const budget = section({
  requests: amount('Requests'),
  ...tokens,
  usd: usd.optional(),
  per: window,
  by,
  cached: fraction('Weight of cached input tokens').optional(),
  ...holding,
  unpriced: unpriced.optional(),
});

export const policySchema = section({
  name: name('Name of the policy, in answers and records'),
  mode: choice(['enforce', 'shadow'], 'shadow: evaluate and count, change nothing').prefault('enforce'),
  when: expression.optional(),
  deny: section({
    status: wholeNumber(400, 599, 'HTTP status').prefault(403),
    message: text('Shown to the caller, up to 1,024 characters').optional(),
  }).optional(),
  limit: limit.optional(),
  budget: budget.optional(),
  cap: section({
    input_tokens: amount('Input tokens of a request'),
    output_tokens: amount('Output tokens that a request may ask for'),
    over: choice(['lower', 'refuse'], 'What happens to a request that asks for more').prefault('refuse'),
  }).optional(),
  plugin: pluginSchema.optional(),
  ...holding,
  unpriced: unpriced.optional(),
  unreadable: refuseOrPass('Bodies of which `ai.*` cannot be read'),
});

export const priceSchema = section({
  provider: text("A configured provider's name or a kind; default: any").optional(),
  model: text('Model name; `*` for any run of characters'),
  input: usdPerMillion('Input tokens'),
  output: usdPerMillion('Output tokens'),
  cached_input: usdPerMillion('Cached input tokens; default: as input').optional(),
  cache_write: usdPerMillion('Tokens written to the cache (5 minutes)').optional(),
  cache_write_1h: usdPerMillion('Tokens written to the cache (1 hour)').optional(),
  reasoning: usdPerMillion('Reasoning tokens; default: as output').optional(),
  audio_input: usdPerMillion('Audio input tokens').optional(),
  audio_output: usdPerMillion('Audio output tokens').optional(),
  per_request: numeric(
    'dollars a request, up to 1000',
    written => {
      const nanos = parseUsd(written);
      return 'value' in nanos && nanos.value <= 1e12 ? nanos.value : undefined;
    },
    'Dollars a request, beside the tokens',
  ).optional(),
});
