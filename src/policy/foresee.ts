// What a limit on tokens or a budget holds of a request before it is sent (CONTRACT.md §3, Holds). Hot path: per request and policy.
import type { WeirError } from '../core/error.js';
import type { BucketRule } from './bucket-rule.js';
import { namedValues } from './dimensions.js';
import type { Forecast } from './facts.js';
import { UNKNOWN_OUTPUT_TOKENS } from './recent-outputs.js';
import { refused, tooSmall } from './refusal.js';
import { type Held, type HeldOutput, NO_OUTPUT, type RunContext } from './run-context.js';

/** So many output tokens tell what one costs. */
const SOME_TOKENS = 2 ** 20;

/** The wish; a refusal where the request can never pass or cannot be foreseen; null where the policy has nothing to count. */
export function foresee(context: RunContext, rule: BucketRule, forecast: Forecast): Held | WeirError | null {
  if (rule.unit === 'requests') return context.wishFor(rule, 1);
  if (!forecast.metered || (rule.unit === 'output_tokens' && forecast.outputBound === 0)) {
    context.note('hold', rule, 'permit', 'not_metered');
    return null;
  }
  const least = rule.leastOf(forecast);
  if (least === null) return unforeseeable(context, rule, forecast.inputTokens !== null);
  if (least > rule.capacity)
    return tooSmall(rule, namedValues(rule.byNames, rule.valuesOf(context.facts)), least);
  const counted = forecast.inputBounded || rule.unit === 'output_tokens';
  if (rule.hold === 'worst' && !counted) return unforeseeable(context, rule, false);
  const output = rule.unit === 'input_tokens' ? 0 : outputToHold(context, rule, forecast);
  const some = Number.isFinite(output) ? output : SOME_TOKENS;
  const most = rule.mostOf(forecast, some) ?? least;
  // Never above the capacity: a first call would be refused for a bound that it will not reach.
  const fits = most <= rule.capacity && (some === output || most === least);
  const amount = fits ? Math.max(1, most) : rule.capacity;
  // How far into the answer that reaches, where the capacity has cut it short.
  const tokens = fits ? output : Math.floor((some * (rule.capacity - least)) / (most - least));
  return context.wishFor(rule, amount, heldOutput(rule, forecast, output, tokens));
}

/** Infinity: it has no bound. */
function outputToHold(
  context: RunContext,
  rule: BucketRule,
  { outputBound, modelMaximum }: Forecast,
): number {
  if (rule.hold === 'worst') return outputBound ?? modelMaximum ?? Number.POSITIVE_INFINITY;
  const { consumerName, servedModel } = context.facts;
  const likely = context.thread.recent.likely(consumerName, servedModel);
  return Math.min(Math.max(1, likely), outputBound ?? Number.POSITIVE_INFINITY);
}

function heldOutput(
  { hold }: BucketRule,
  { outputBound, modelMaximum }: Forecast,
  output: number,
  tokens: number,
): HeldOutput {
  // None, or so much as there may be, for nothing.
  if (output === 0 || tokens === Number.POSITIVE_INFINITY) return NO_OUTPUT;
  const worst = hold === 'worst';
  const bound = outputBound ?? (worst ? modelMaximum : null) ?? Number.POSITIVE_INFINITY;
  // Beyond what was held as the worst, little will come.
  return { tokens, step: worst ? Math.min(output, UNKNOWN_OUTPUT_TOKENS) : output, bound };
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
