// Joins what the provider reported with what Weir counted, when an exchange ends, and learns from answers that told both.
// Hot path: per request.
import type { ApiName } from '../core/api.js';
import type { Attempt, Outcome } from '../core/entry.js';
import type { WeirError } from '../core/error.js';
import type { MeterReading } from '../core/meter-reading.js';
import { noUsage, type Usage } from '../core/usage.js';
import type { PromptCount } from '../tokens/count-prompt.js';
import { encodingOf } from '../tokens/encodings.js';
import type { AnswerTally } from './answer-tally.js';
import type { Exchange } from './exchange.js';
import { promptOf } from './prompt-counter.js';
import { GENERATES, type OutputScale, type SideStep, settleUsage } from './settle-usage.js';

/** What the relay knows of its answer when the exchange ends. */
export interface AnswerState {
  /** Read to its end, or past the dialect's closing event: what it reported is final. */
  readonly complete: boolean;
  /** The provider has had the request, or a part of it. */
  readonly asked: boolean;
  readonly tally: AnswerTally | null;
}

/** Fills in the usage of the attempt that has just ended, leaves the steps that say how, and teaches the factors. */
export function countUsage(
  exchange: Exchange,
  attempt: Attempt,
  outcome: Outcome,
  error: WeirError | null,
  reading: MeterReading | null,
  answer: AnswerState,
): void {
  const { entry } = exchange;
  if (!entry.identification.isAi || (attempt.status ?? 0) >= 400) return;
  // Nobody knows what a provider did that broke before it answered; one that was left waiting has read the prompt.
  if (reading === null && !(answer.asked && attempt.status === null && wasLeft(outcome, error))) return;
  const usage = reading?.usage ?? noUsage();
  const complete = reading !== null && (outcome === 'served' || answer.complete);
  if (complete && reading.error === null && reading.whole) learn(exchange, usage, answer.tally);
  const { api } = entry.identification;
  // By far the most: the provider has told everything.
  if (complete && usage.inputTokens !== null && (usage.outputTokens !== null || !GENERATES.has(api))) return;
  const steps = joinUsage(exchange, usage, reading, answer.tally, complete, () => promptOf(exchange));
  if (usage.inputTokens !== null || usage.outputTokens !== null || reading !== null) attempt.usage = usage;
  for (const { code, evidence } of steps) exchange.step('settle', null, 'permit', code, evidence);
}

/** A try that is given up for another has read the prompt, where it was left waiting. */
export function countLeft(
  exchange: Exchange,
  answer: AnswerState & { readonly tried: { readonly attempt: Attempt } },
  error: WeirError,
): void {
  countUsage(exchange, answer.tried.attempt, 'failed', error, null, answer);
}

/** Fills in what the report in `usage` is silent about, by what was counted; the reasons. */
export function joinUsage(
  exchange: Exchange,
  usage: Usage,
  reading: MeterReading | null,
  tally: AnswerTally | null,
  complete: boolean,
  prompt: () => PromptCount | null,
): SideStep[] {
  const { api } = exchange.entry.identification;
  return settleUsage(usage, {
    api,
    prompt,
    answer: tally === null ? null : () => tally.count(),
    output: () => outputScale(exchange, exchange.promptModel ?? null),
    complete,
    finished: reading !== null && reading.finishReason !== null,
    recognised: reading !== null && isRecognised(reading, api),
    cancelStopsBilling: stopsBilling(exchange),
  });
}

function isRecognised({ finishReason, modelServed, whole }: MeterReading, api: ApiName): boolean {
  return finishReason !== null || modelServed !== null || (whole && !GENERATES.has(api));
}

function wasLeft(outcome: Outcome, error: WeirError | null): boolean {
  if (outcome === 'aborted' || outcome === 'interrupted') return true;
  return error !== null && (error.code === 'weir_first_byte_timeout' || error.code === 'weir_total_timeout');
}

function stopsBilling({ routing, targetIndex, runtime }: Exchange): boolean {
  const target = routing?.targets[targetIndex];
  return target !== undefined && runtime.provider(target.provider).spec.cancelStopsBilling;
}

function outputScale({ thread }: Exchange, model: string | null): OutputScale {
  const { encoding, exact } = encodingOf(model);
  const { factor, spread } = thread.prompts.factors.of(model, 'output');
  return { encoding, exact, factor, spread };
}

/**
 * Teaches the model's factors by an answer that reported its usage. The simulator's numbers are no model's. Of the output
 * only visible text compares: reasoning that is counted in the report but not shown, or shown but not told apart, does not.
 */
function learn(exchange: Exchange, usage: Usage, tally: AnswerTally | null): void {
  const { promptModel: model = null, routing, targetIndex, runtime, thread } = exchange;
  if (model === null || encodingOf(model).exact) return;
  const target = routing?.targets[targetIndex];
  if (target === undefined || runtime.provider(target.provider).simulated) return;
  const { factors } = thread.prompts;
  const { inputTokens, outputTokens, inputSource, outputSource, reasoningTokens } = usage;
  const prompt = inputSource === 'provider' ? promptOf(exchange) : null;
  if (inputTokens !== null && prompt !== null && prompt.uncounted.length === 0)
    factors.learn(model, 'input', prompt.counted, inputTokens);
  if (outputSource !== 'provider' || outputTokens === null || tally === null || !tally.live) return;
  const count = tally.count();
  if (count === null || (count.reasoning > 0 && reasoningTokens === null)) return;
  const [counted, reported] = [count.tokens - count.reasoning, outputTokens - (reasoningTokens ?? 0)];
  if (counted > 0 && reported > 0) factors.learn(model, 'output', counted, reported);
}
