// What a limit on tokens or a budget holds of a request before it is sent (CONTRACT.md §3, Holds). Hot path: per request and policy.
import type { WeirError } from '../core/error.js';
import type { BucketRule } from './bucket-rule.js';
import type { Forecast } from './facts.js';
import { refused, tooSmall } from './refusal.js';
import { type Held, namedValues, type RunContext } from './run-context.js';

/** The wish; a refusal where the request can never pass or cannot be foreseen; null where the policy has nothing to count. */
export function foresee(context: RunContext, rule: BucketRule, forecast: Forecast): Held | WeirError | null {
  if (rule.unit === 'requests') return context.wishFor(rule, 1, 0);
  if (!forecast.metered) {
    context.note('hold', rule, 'permit', 'not_metered');
    return null;
  }
  const least = rule.leastOf(forecast);
  if (least === null) return unforeseeable(context, rule, forecast);
  const bounded = forecast.inputBounded || rule.unit === 'output_tokens';
  if (rule.hold === 'worst' && !bounded)
    return unforeseeable(context, rule, { ...forecast, inputTokens: null });
  if (least > rule.capacity) return tooSmall(rule, namedValues(rule, rule.valuesOf(context.facts)), least);
  const output = rule.unit === 'input_tokens' ? 0 : outputToHold(context, rule, forecast);
  const most = Number.isFinite(output) ? rule.mostOf(forecast, output) : null;
  // Never above the capacity: a first call would be refused for a bound that it will not reach.
  const amount = Math.max(1, Math.min(most ?? rule.capacity, rule.capacity));
  return context.wishFor(rule, amount, Number.isFinite(output) ? output : 0);
}

function outputToHold(
  context: RunContext,
  rule: BucketRule,
  { outputBound, modelMaximum }: Forecast,
): number {
  if (rule.hold === 'worst') return outputBound ?? modelMaximum ?? Number.POSITIVE_INFINITY;
  const { consumerName, servedModel } = context.facts;
  const likely = context.thread.recent.likely(consumerName, servedModel);
  return Math.max(1, Math.min(likely, outputBound ?? Number.POSITIVE_INFINITY));
}

/** Neither counted nor bounded, or without a price: refused, unless the policy lets it pass. */
function unforeseeable(context: RunContext, rule: BucketRule, forecast: Forecast): Held | WeirError {
  const unpriced = rule.unit === 'usd' && forecast.inputTokens !== null;
  const { provider, model } = context.facts;
  if ((unpriced ? rule.unpriced : rule.unmetered) === 'refuse') {
    return unpriced
      ? refused(
          'weir_unpriced',
          rule.name,
          `policy ${rule.name} counts dollars, and no price is known for ${provider}/${model}`,
        )
      : refused(
          'weir_unmetered',
          rule.name,
          `policy ${rule.name} counts ${rule.unit}, and this request can neither be counted nor bounded before it is sent`,
        );
  }
  context.note('hold', rule, 'permit', unpriced ? 'unpriced' : 'unmetered');
  // Nothing is held; what it turns out to have used is charged at the end.
  return context.wishFor(rule, 0, 0);
}
