// OpenAI's dialect and the many servers that copy it: input includes cached tokens, output includes reasoning, except where
// `total_tokens` shows that it does not (xAI chat, Vercel with Gemini models, Perplexity's reasoning models).
import * as R from '../core/raw-usage.js';
import { firstOf, type UsageNumbers, type UsageRule } from './usage-rules.js';

/** Responses: usage stands in the closing event alone; where several answers pass in one stream, the last is the one asked for. */
export const openaiResponsesUsage: UsageRule = (raw, context) =>
  openaiUsage({ ...raw, numbers: raw.last }, context);

export const openaiUsage: UsageRule = (raw, context) => {
  const cached = firstOf(raw, R.RAW_DETAIL_CACHED, R.RAW_FLAT_CACHED, R.RAW_CACHE_HIT, R.RAW_CACHE_READ);
  const reasoning = firstOf(raw, R.RAW_DETAIL_REASONING, R.RAW_FLAT_REASONING);
  const audioInput = R.rawNumber(raw, R.RAW_AUDIO_INPUT);
  const total = R.rawNumber(raw, R.RAW_TOTAL_TOKENS);
  const prompt = promptTokens(raw);
  const completion = firstOf(raw, R.RAW_COMPLETION_TOKENS, R.RAW_OUTPUT_TOKENS);
  const chat = R.rawNumber(raw, R.RAW_INPUT_TOKENS) === null;
  const numbers: UsageNumbers = {
    inputTokens: withHidden(prompt, audioInput, total === null ? null : total - (completion ?? 0)),
    outputTokens: completion,
    cachedInputTokens: cached,
    cacheWriteTokens: firstOf(raw, R.RAW_DETAIL_CACHE_WRITE, R.RAW_CACHE_WRITE),
    cacheWrite1hTokens: R.rawNumber(raw, R.RAW_CACHE_WRITE_1H),
    reasoningTokens: reasoning,
    audioInputTokens: audioInput,
    audioOutputTokens: R.rawNumber(raw, R.RAW_AUDIO_OUTPUT),
  };
  // xAI: where more was cached than asked, cached tokens are not among the prompt's.
  if (context.kind === 'xai' && prompt !== null && cached !== null && cached > prompt)
    numbers.inputTokens = prompt + cached;
  if (
    completion !== null &&
    reasoning !== null &&
    !includesReasoning(context.kind, chat, total, prompt, completion, reasoning)
  )
    numbers.outputTokens = completion + reasoning;
  return numbers;
};

/** DeepSeek's prompt is the sum of what hit its cache and what missed it. */
function promptTokens(raw: R.RawUsage): number | null {
  const prompt = firstOf(raw, R.RAW_PROMPT_TOKENS, R.RAW_INPUT_TOKENS);
  if (prompt !== null) return prompt;
  const hit = R.rawNumber(raw, R.RAW_CACHE_HIT);
  const miss = R.rawNumber(raw, R.RAW_CACHE_MISS);
  return hit === null || miss === null ? null : hit + miss;
}

/** Mistral's prompt_tokens leave the audio out; the total has it. `room` is what the total leaves for the input. */
function withHidden(prompt: number | null, hidden: number | null, room: number | null): number | null {
  if (prompt === null || hidden === null || hidden === 0) return prompt;
  return room === prompt + hidden ? room : prompt;
}

function includesReasoning(
  kind: string | null,
  chat: boolean,
  total: number | null,
  prompt: number | null,
  completion: number,
  reasoning: number,
): boolean {
  if (reasoning > completion) return false; // a part is not larger than the whole
  if (total !== null && prompt !== null && total > prompt + completion)
    return total !== prompt + completion + reasoning;
  return !(kind === 'xai' && chat && total === null);
}
