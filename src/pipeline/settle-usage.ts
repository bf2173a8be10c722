// What is known of an attempt's tokens when it has ended: the provider's own report first, Weir's count where it is silent or
// was cut off, and for each side by which of these. Pure.
import type { ApiName } from '../core/api.js';
import type { Step } from '../core/entry.js';
import type { Usage } from '../core/usage.js';
import { weakestSource } from '../core/usage-source.js';
import type { PromptCount } from '../tokens/count-prompt.js';
import type { AnswerCount } from './answer-tally.js';

/** How a count of output becomes tokens of the model. */
export interface OutputScale {
  readonly encoding: string;
  /** The model's own tokenizer: no factor. */
  readonly exact: boolean;
  readonly factor: number;
  /** Share of the factor, e.g. 0.04. */
  readonly spread: number;
}

export interface UsageFacts {
  readonly api: ApiName;
  /** Asked only where the provider reported no input. */
  readonly prompt: () => PromptCount | null;
  /** Asked at most once, and only where the provider's own report does not settle it. */
  readonly answer: (() => AnswerCount | null) | null;
  readonly output: () => OutputScale;
  /** The answer was read to its end. */
  readonly complete: boolean;
  /** It told why it ended, so that no text at all means no text. */
  readonly finished: boolean;
  /** It is an answer of its api at all: names a model, or told why it ended. */
  readonly recognised: boolean;
  /** Where the provider goes on after an abort, what was seen of the output is a lower bound. */
  readonly cancelStopsBilling: boolean;
}

/** A step that says how one side was found. */
export interface SideStep {
  readonly code: 'input_counted' | 'input_estimated' | 'output_counted' | 'output_estimated';
  readonly evidence: Step['evidence'];
}

/** Fills in what is missing in `usage`, and returns the reasons. */
export function settleUsage(usage: Usage, facts: UsageFacts): SideStep[] {
  const steps: SideStep[] = [];
  const output = GENERATES.has(facts.api) ? fillOutput(usage, facts) : null;
  // Whoever answered with a page of HTML has read no prompt.
  const answered = !facts.complete || facts.recognised || usage.outputTokens !== null;
  const prompt = answered && usage.inputTokens === null ? facts.prompt() : null;
  if (prompt !== null) steps.push(fillInput(usage, prompt));
  if (output !== null) steps.push(output);
  usage.source = weakestSource(usage, facts.api);
  return steps;
}

/** Apis whose answers are text that a model generates. */
export const GENERATES: ReadonlySet<ApiName> = new Set<ApiName>([
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'anthropic.messages',
  'anthropic.complete',
  'gemini.generate',
  'gemini.interactions',
  'bedrock.converse',
  'bedrock.invoke',
  'cohere.chat',
  'cohere.generate',
  'ollama.chat',
  'ollama.generate',
]);

function fillInput(usage: Usage, prompt: PromptCount): SideStep {
  const sure = prompt.exact && prompt.uncounted.length === 0;
  usage.inputTokens = prompt.tokens;
  usage.inputSource = sure ? 'counted' : 'estimated';
  return {
    code: sure ? 'input_counted' : 'input_estimated',
    evidence: {
      tokens: prompt.tokens,
      counted: prompt.counted,
      encoding: prompt.encoding,
      ...(prompt.exact ? {} : { factor: prompt.factor, spread: prompt.spread }),
      ...(prompt.uncounted.length === 0 ? {} : { uncounted: prompt.uncounted.join(', ') }),
    },
  };
}

function fillOutput(usage: Usage, facts: UsageFacts): SideStep | null {
  const { complete, cancelStopsBilling } = facts;
  const reported = usage.outputTokens;
  if (complete && reported !== null) return null;
  const output = facts.output();
  const answer = facts.answer?.() ?? null;
  const tokens = answer === null ? 0 : scaled(answer.tokens, output);
  if (answer === null || (reported !== null && reported > tokens)) {
    // What had been reported when the answer broke off is a lower bound, not the provider's last word.
    if (reported !== null) usage.outputSource = 'estimated';
    return null;
  }
  // Nothing was seen: that is no number, unless the answer says that it is all.
  if (tokens === 0 && !(complete && facts.finished)) return null;
  const sure = output.exact && (complete || cancelStopsBilling);
  usage.outputTokens = tokens;
  usage.outputSource = sure ? 'counted' : 'estimated';
  if (usage.reasoningTokens === null && answer.reasoning > 0)
    usage.reasoningTokens = Math.min(tokens, scaled(answer.reasoning, output));
  return {
    code: sure ? 'output_counted' : 'output_estimated',
    evidence: {
      tokens,
      counted: answer.tokens,
      encoding: output.encoding,
      ...(output.exact ? {} : { factor: output.factor, spread: output.spread }),
      ...(reported === null ? {} : { reported }),
      ...(complete ? {} : { cut: true, billing_stops: cancelStopsBilling }),
    },
  };
}

function scaled(counted: number, { exact, factor }: OutputScale): number {
  return exact ? counted : Math.round(counted * factor);
}
