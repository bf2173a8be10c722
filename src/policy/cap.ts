// Caps: bounds on single requests, which either lower the output that a request asks for or refuse it (CONTRACT.md §3).
import type { WeirError } from '../core/error.js';
import { skip } from './pass.js';
import type { CapRule } from './policy-set.js';
import { refused } from './refusal.js';
import type { RunContext } from './run-context.js';

export interface Capped {
  readonly refusal: WeirError | null;
  /** The bound that is to be written into the request; null: none. */
  readonly outputTokens: number | null;
}

/** Asks all caps in order, each seeing the bound that the one before has set. */
export function applyCaps(
  context: RunContext,
  rules: readonly CapRule[],
  inputTokens: number | null,
  outputBound: number | null,
): Capped {
  let lowered: number | null = null;
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i] as CapRule;
    const applies = context.applies('change', rule);
    if (applies === 'no') continue;
    const result = applies === 'yes' ? askCap(context, rule, inputTokens, lowered ?? outputBound) : applies;
    if (result === null || rule.mode === 'shadow') continue;
    if (result === 'lower') lowered = rule.outputTokens;
    else {
      for (let rest = i + 1; rest < rules.length; rest++) skip(context, 'change', rules[rest] as CapRule);
      return { refusal: result, outputTokens: null };
    }
  }
  return { refusal: null, outputTokens: lowered };
}

/** A request that neither has a prompt nor makes text. */
export function ignoreCaps(context: RunContext, rules: readonly CapRule[]): Capped {
  for (const rule of rules) context.note('change', rule, 'permit', 'not_metered');
  return { refusal: null, outputTokens: null };
}

function askCap(
  context: RunContext,
  rule: CapRule,
  inputTokens: number | null,
  outputBound: number | null,
): WeirError | 'lower' | null {
  const { name, inputTokens: inputMax, outputTokens: outputMax } = rule;
  if (inputMax !== null && inputTokens !== null && inputTokens > inputMax) {
    context.note('change', rule, 'deny', 'cap_exceeded', { input_tokens: inputTokens, limit: inputMax });
    return refused(
      'weir_cap_exceeded',
      name,
      `policy ${name} allows ${inputMax} input tokens, and this prompt has ${inputTokens}`,
    );
  }
  const evidence = { input_tokens: inputTokens, output_tokens: outputBound, limit: outputMax };
  if (outputMax === null || (outputBound ?? Number.POSITIVE_INFINITY) <= outputMax) {
    context.note('change', rule, 'permit', 'cap_ok', evidence);
    return null;
  }
  if (rule.over === 'lower') {
    context.note('change', rule, 'change', 'cap_lowered', evidence);
    return 'lower';
  }
  context.note('change', rule, 'deny', 'cap_exceeded', evidence);
  const wants = outputBound === null ? 'sets no bound' : `asks for up to ${outputBound}`;
  return refused(
    'weir_cap_exceeded',
    name,
    `policy ${name} allows ${outputMax} output tokens, and this request ${wants}`,
  );
}
