// Top-ups of a stream's holds (CONTRACT.md §3, Holds): when the answer reaches what is held for it, the same again is taken, or as much of it
// as is left; when nothing is left, the stream is ended or the bucket owes. Hot path: every few hundred tokens of a stream.
import type { WeirError } from '../core/error.js';
import { FORCE, TAKE } from '../kernel/limits.js';
import { grow } from '../kernel/limits-hold.js';
import type { BucketRule } from './bucket-rule.js';
import { namedValues } from './dimensions.js';
import type { Forecast } from './facts.js';
import { overrun } from './refusal.js';
import type { Held, RunContext } from './run-context.js';
import { shown } from './unit.js';

/** Others take from the bucket as well: what was left may be gone when it is taken. */
const TRIES_MAX = 4;

/** Counted output tokens at which the hold is used up. A hold for all that the request allows is so only once there is more. */
export function ceilingOf({ outputTokens, stepTokens, boundTokens, ended }: Held): number {
  if (stepTokens === 0 || ended) return Number.POSITIVE_INFINITY;
  return Math.max(1, outputTokens === boundTokens ? outputTokens + 1 : outputTokens);
}

/** The answer has so many tokens now: takes more where they have reached the hold. The error says: end the stream here. */
export function topUp(
  context: RunContext,
  held: Held,
  forecast: Forecast,
  outputTokens: number,
): WeirError | null {
  if (outputTokens < ceilingOf(held)) return null;
  const { rule, wish, values } = held;
  const { limits } = context.thread;
  const nowMs = context.thread.sharedMs();
  const wanted = wantedTokens(held, outputTokens);
  const taken = takeLeft(context, held, forecast, wanted, nowMs);
  const reached = held.outputTokens + taken;
  if (taken > 0 && reached >= outputTokens) {
    held.outputTokens = reached;
    return null;
  }
  held.outputTokens = reached;
  // What `hold: worst` promises no stream may break.
  const stops = rule.overrun === 'stop' || rule.hold === 'worst';
  const asked = worthOf(rule, forecast, wanted - taken);
  if (!held.overran) {
    const evidence = {
      by: namedValues(rule.byNames, values),
      unit: rule.unit,
      asked: shown(rule.unit, asked),
      available: shown(rule.unit, limits.available),
      output_tokens: outputTokens,
    };
    context.note('forward', rule, stops ? 'deny' : 'permit', 'overrun', evidence);
    held.overran = true;
  }
  if (stops && rule.mode === 'enforce') return overrun(rule, namedValues(rule.byNames, values), outputTokens);
  if (stops) {
    held.ended = true;
    return null;
  }
  // It lets the answer end, and the bucket owes what comes: taken now, so that others see it.
  grow(limits, wish, asked, nowMs, FORCE);
  held.outputTokens = reached + wanted - taken;
  return null;
}

/** Tokens from what is held up to a step beyond what has come, within what the request allows. */
function wantedTokens(
  { outputTokens: covered, stepTokens, boundTokens }: Held,
  outputTokens: number,
): number {
  const next = Math.max(covered, outputTokens) + stepTokens;
  const end = outputTokens <= boundTokens && covered < boundTokens ? Math.min(next, boundTokens) : next;
  return Math.max(1, end - covered);
}

/** Takes `wanted` tokens or as many as the bucket has; how many. */
function takeLeft(
  { thread }: RunContext,
  { rule, wish }: Held,
  forecast: Forecast,
  wanted: number,
  nowMs: number,
): number {
  let tokens = wanted;
  for (let tries = 0; tries < TRIES_MAX && tokens >= 1; tries++) {
    const amount = worthOf(rule, forecast, tokens);
    if (grow(thread.limits, wish, amount, nowMs, TAKE)) return tokens;
    const left = Math.min(Math.max(0, thread.limits.available), amount);
    tokens = Math.min(tokens - 1, Math.floor((tokens * left) / Math.max(1, amount)));
  }
  return 0;
}

/** What so many more output tokens come to in the rule's unit. */
function worthOf(rule: BucketRule, forecast: Forecast, outputTokens: number): number {
  if (rule.unit !== 'usd') return outputTokens;
  const input = forecast.inputTokens ?? 0;
  const whole = rule.nanosOf(forecast, input, outputTokens) ?? 0;
  return Math.max(0, whole - (rule.nanosOf(forecast, input, 0) ?? 0));
}
