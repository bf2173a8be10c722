// The end of a request's holds: what it came to is charged, whatever way it ended, and what was held beyond that goes back. Also what it
// cost. Hot path: per request.
import type { WeirCode } from '../core/codes.js';
import type { Attempt, Cost, Entry, EntryError, Outcome } from '../core/entry.js';
import { noUsage, type Usage } from '../core/usage.js';
import type { Settlement } from '../policy/facts.js';
import { type BucketAmount, NO_CHARGES } from '../policy/policy-run.js';
import { rateLimitHeaders } from '../policy/rate-limit-headers.js';
import type { Held } from '../policy/run-context.js';
import { costOf, sumOfCosts } from '../price/cost.js';
import { reportedCost } from '../price/reported.js';
import { type Target, targetName } from '../route/router.js';
import type { AnswerState } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { isMetered } from './forecast.js';
import { usageBefore } from './sum-attempts.js';

/** Prices each attempt that used something, at the time of the request's admission. What was made before is not paid again when it is read. */
export function priceAttempts(exchange: Exchange): void {
  const { entry, routing } = exchange;
  if (!isMetered(exchange)) return;
  const { modelServed } = entry.identification;
  for (let i = 0; i < entry.attempts.length; i++) {
    const attempt = entry.attempts[i];
    const usage = attempt?.usage ?? null;
    if (attempt === undefined) continue;
    if (usage === null) {
      attempt.cost = i === entry.attempts.length - 1 ? null : costOfLeft(attempt);
      continue;
    }
    const target = routing?.targets.find(each => targetName(each) === attempt.target);
    if (target === undefined) continue;
    const served = i === entry.attempts.length - 1 ? modelServed : null;
    attempt.cost = priceOf(exchange, target, usage, served);
  }
  const costs: Cost[] = [];
  for (const { cost } of entry.attempts) if (cost !== null && cost !== FREE) costs.push(cost);
  if (costs.length > 0) entry.cost = costs.length === 1 ? (costs[0] ?? null) : sumOfCosts(costs);
}

/** A refused try, or one that never came to a provider. */
const FREE: Cost = Object.freeze({ nanos: 0, status: 'computed', price: null, catalogue: null });

const UNSENT: ReadonlySet<string> = new Set<WeirCode>(['weir_connect_failed', 'weir_connect_timeout']);

/** Of a try without usage that another followed: nothing, or nobody knows. */
function costOfLeft({ status, error }: Attempt): Cost | null {
  return (status ?? 0) >= 400 || (error !== null && UNSENT.has(error)) ? FREE : null;
}

/** What `usage` of one try costs there. */
export function priceOf(
  { entry, runtime }: Exchange,
  target: Target,
  usage: Usage,
  served: string | null,
): Cost {
  const { kind, name } = runtime.provider(target.provider).config;
  const asked = target.model ?? entry.identification.model;
  const found = runtime.prices.findServed(name, asked, served, entry.timeMs);
  return costOf(found, usage, usage.raw.length === 0 ? null : reportedCost(kind, usage.raw));
}

/** Once, whatever has happened; without policies there is nothing to do. Returns what was charged to the buckets that outlive a restart. */
export function settlePolicies(
  exchange: Exchange,
  outcome: Outcome,
  answer: AnswerState | null,
): readonly BucketAmount[] {
  const { policies, downstream, entry } = exchange;
  if (policies === null) return NO_CHARGES;
  if (!downstream.headSent && outcome !== 'served') {
    exchange.limitHeaders = rateLimitHeaders(policies.held, policies.refusing);
  }
  // Without an answer it was never sent, or failed and was waiting for its next try.
  const charges =
    answer === null && entry.attempts.every(({ usage }) => usage === null)
      ? policies.settle(null)
      : policies.settle(
          settlementOf(exchange, entry, answer ?? { complete: true }, wasCut(outcome, entry.error)),
        );
  remember(exchange, outcome, answer);
  return charges;
}

const NOTHING: Settlement = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  costNanos: 0,
  atLeastHeld: false,
};

/** What its last try came to; null where it was never sent to a provider. `cut`: Weir has ended the call, for whatever reason. */
export function settlementOf(
  exchange: Exchange,
  came: Pick<Entry, 'usage' | 'cost'>,
  { complete }: Pick<AnswerState, 'complete'>,
  cut: boolean,
): Settlement | null {
  const attempt = exchange.entry.attempts.at(-1);
  if (attempt === undefined) return null;
  // A provider's refusal costs nothing, and what was made before is not billed again when it is read.
  const before = usageBefore(exchange.entry.attempts) !== null;
  if (!isMetered(exchange) || ((attempt.status ?? 0) >= 400 && !before)) return NOTHING;
  const usage = came.usage ?? noUsage();
  const known = usage.inputTokens !== null || usage.outputTokens !== null;
  if (!known && attempt.status === null) return NOTHING;
  const goesOn = !complete && cut && !stopsBilling(exchange);
  return {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    cachedInputTokens: usage.cachedInputTokens ?? 0,
    costNanos: came.cost?.nanos ?? null,
    atLeastHeld: !known || goesOn,
  };
}

/** Weir has ended the call, for whatever reason: the provider may go on. */
function wasCut(outcome: Outcome, error: EntryError | null): boolean {
  return outcome === 'aborted' || outcome === 'interrupted' || (error !== null && CUTTING.has(error.code));
}

const CUTTING: ReadonlySet<string> = new Set<WeirCode>([
  'weir_limit_reached',
  'weir_plugin_denied',
  'weir_plugin_failed',
  'weir_opaque_request',
  'weir_first_byte_timeout',
  'weir_idle_timeout',
  'weir_total_timeout',
]);

function stopsBilling({ target, runtime }: Exchange): boolean {
  return target !== null && runtime.provider(target.provider).spec.cancelStopsBilling;
}

/** Teaches what `hold: likely` holds: the lengths of whole answers. */
function remember(
  { entry, runtime, target, targetModel, thread }: Exchange,
  outcome: Outcome,
  answer: AnswerState | null,
): void {
  const outputTokens = entry.usage?.outputTokens ?? null;
  if (outcome !== 'served' || outputTokens === null || answer?.complete !== true) return;
  if (target === null || targetModel === null) return;
  const model = runtime.prices.catalogueModel(target.provider, targetModel) ?? target.model ?? '(other)';
  thread.policy.recent.add(entry.principal?.name ?? '', model, outputTokens);
}

/** What one running request holds. */
export interface RunningHolds {
  readonly requestId: string;
  readonly held: readonly Held[];
}

/** Null: nothing. */
export function holdsOf({ policies, entry }: Exchange): RunningHolds | null {
  return policies === null || policies.held.length === 0
    ? null
    : { requestId: entry.id, held: policies.held };
}
