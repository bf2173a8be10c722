// What a limit on tokens or a budget holds of a request before it is sent (CONTRACT.md §3, Holds). Hot path: per request and policy.
import type { WeirError } from '../core/error.js';
import type { BucketRule } from './bucket-rule.js';
import type { Forecast } from './facts.js';
import { UNKNOWN_OUTPUT_TOKENS } from './recent-outputs.js';
import { refused, tooSmall } from './refusal.js';
import { type Held, type HeldOutput, NO_OUTPUT, namedValues, type RunContext } from './run-context.js';

/** The wish; a refusal where the request can never pass or cannot be foreseen; null where the policy has nothing to count. */
export function foresee(context: RunContext, rule: BucketRule, forecast: Forecast): Held | WeirError | null {
  if (rule.unit === 'requests') return context.wishFor(rule, 1);
  if (!forecast.metered || (rule.unit === 'output_tokens' && forecast.outputBound === 0)) {
    context.note('hold', rule, 'permit', 'not_metered');
    return null;
  }
  const least = rule.leastOf(forecast);
  if (least === null) return unforeseeable(context, rule, forecast.inputTokens !== null);
  if (least > rule.capacity) return tooLarge(context, rule, least);
  const counted = forecast.inputBounded || rule.unit === 'output_tokens';
  const output = rule.unit === 'input_tokens' ? 0 : outputToHold(context, rule, forecast);
  if (output === null || (rule.hold === 'worst' && !counted)) return unforeseeable(context, rule, false);
  const most = rule.mostOf(forecast, output) ?? least;
  // It would be held for what it may come to: the policy promises that never more than the limit passes.
  if (rule.hold === 'worst' && most > rule.capacity) return tooLarge(context, rule, most);
  // Never above the capacity: a first call would be refused for a bound that it will not reach.
  const amount = Math.max(1, Math.min(most, rule.capacity));
  return context.wishFor(rule, amount, heldOutput(rule, forecast, output, least, most));
}

/** Null: it has no bound. */
function outputToHold(
  context: RunContext,
  rule: BucketRule,
  { outputBound, modelMaximum }: Forecast,
): number | null {
  if (rule.hold === 'worst') return outputBound ?? modelMaximum;
  const { consumerName, servedModel } = context.facts;
  const likely = context.thread.recent.likely(consumerName, servedModel);
  return Math.min(Math.max(1, likely), outputBound ?? Number.POSITIVE_INFINITY);
}

/** How far into the answer the hold reaches: less far where the capacity has cut it short. */
function heldOutput(
  rule: BucketRule,
  { outputBound, modelMaximum }: Forecast,
  output: number,
  least: number,
  most: number,
): HeldOutput {
  if (output === 0) return NO_OUTPUT;
  const { capacity } = rule;
  const tokens = most <= capacity ? output : Math.floor((output * (capacity - least)) / (most - least));
  const bound = outputBound ?? (rule.hold === 'worst' ? modelMaximum : null) ?? Number.POSITIVE_INFINITY;
  // Beyond a bound that was held whole, little will come.
  const step = rule.hold === 'worst' ? Math.min(output, UNKNOWN_OUTPUT_TOKENS) : output;
  return { tokens, step, bound };
}

function tooLarge(context: RunContext, rule: BucketRule, needed: number): WeirError {
  return tooSmall(rule, namedValues(rule, rule.valuesOf(context.facts)), needed);
}

/** Neither counted nor bounded, or counted but without a price: refused, unless the policy lets it pass. */
function unforeseeable(context: RunContext, rule: BucketRule, counted: boolean): Held | WeirError {
  const { provider, model } = context.facts;
  if ((counted ? rule.unpriced : rule.unmetered) === 'refuse') {
    return counted
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
  context.note('hold', rule, 'permit', counted ? 'unpriced' : 'unmetered');
  // The least that there is: where nothing is left it is refused; what it turns out to have used is charged at the end.
  return context.wishFor(rule, 1);
}
